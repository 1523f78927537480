"""What every stage that trains with a Hugging Face or TRL trainer shares.

A trainer is run so that it can be killed at any moment: checkpoints count only once they are
whole, metrics are not written twice, and the model appears under its name in one move.
"""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import types
import typing
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from transformers import (
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.training_args import ParallelMode

from cai.adapters import save_adapter
from cai.errors import RecipeError, RunError
from cai.journal import append_rows, read_rows, write_rows
from cai.models import device_for
from cai.naming import did_you_mean
from cai.progress import Progress
from cai.quiet import quiet
from cai.ranks import ALONE, World
from cai.ranks.limits import check_started, check_trainer, launch_of

C = TypeVar("C", bound=TrainingArguments)

CHECKPOINTS = "checkpoints"
METRICS = "metrics.jsonl"
MODEL = "model"
ADAPTER = "adapter"
_WHOLE = "whole"

# Counters that a trainer does not restore, and timings: they would differ after a resume.
_NOT_REPEATABLE = frozenset({"num_tokens", "total_flos", "train_loss"})


class Schedule(Protocol):
    """The settings that every such stage has."""

    @property
    def learning_rate(self) -> float: ...

    @property
    def epochs(self) -> float: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def max_length(self) -> int: ...


def check_schedule(settings: Schedule) -> None:
    """Checks a stage's settings when they are made.

    Raises:
        ValueError: naming the setting that cannot work.
    """
    for name in ("learning_rate", "epochs", "batch_size"):
        if getattr(settings, name) <= 0:
            raise ValueError(f"{name} must be above 0")
    if settings.max_length < 2:
        raise ValueError("max_length must be at least 2: a token and its end")


def trl_config(
    kind: type[C],
    *,
    section: str,
    folder: Path,
    own: Mapping[str, Any],
    user: Mapping[str, Any],
    defaults: Mapping[str, Any] | None = None,
    device: str | None = None,
    lora_rank: int = 0,
    world: World = ALONE,
) -> C:
    """The configuration of a trainer: ours, and what the recipe's `trl:` mapping says.

    Args:
        kind: the trainer's configuration class, such as `SFTConfig`.
        section: the recipe's section, for messages.
        folder: the stage's work folder; checkpoints go below it.
        own: fields that `cai` decides; the user may not set them here.
        user: the recipe's `trl:` mapping; any other field of `kind`.
        defaults: fields that `cai` sets unless the user does.
        device: where to train, as `device_for` takes it.
        lora_rank: of the adapters that the stage trains; 0 if it trains all weights.
        world: the processes that share the training.

    Raises:
        RecipeError: if `user` names an unknown field or one of ours, or gives it a wrong value; or
            if the launcher asks for what this training cannot do.
        EngineError: if there is no such device.
    """
    place = device_for(device)
    check_trainer(launch_of(os.environ), section=section, device=place.type, lora_rank=lora_rank)
    ours = _always(folder) | {"use_cpu": place.type == "cpu"} | dict(own)
    fields = {field.name for field in dataclasses.fields(kind) if field.init}
    hints = typing.get_type_hints(kind)
    chosen: dict[str, Any] = {}
    for name, value in user.items():
        where = f"{section}.trl.{name}"
        if name not in fields:
            raise RecipeError(
                f"{where}: {kind.__name__} has no such setting; {did_you_mean(name, fields)}"
            )
        if name in ours:
            raise RecipeError(f"{where}: cai sets this itself; use the settings of `{section}`")
        chosen[name] = _checked(where, hints[name], value)
    try:
        config: C = kind(**(_usual(fields, chosen, place) | dict(defaults or {}) | chosen | ours))
    except (TypeError, ValueError) as error:
        raise RecipeError(f"{section}.trl: {kind.__name__} refuses this: {error}") from error
    if world.alone and config.n_gpu > 1:
        # Else one process would spread each batch over all GPUs, and make it that much larger.
        config._n_gpu = 1
    return config


def _always(folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / CHECKPOINTS),
        "save_strategy": "steps",
        "save_total_limit": None,  # old checkpoints go only when a newer one is whole
        "save_only_model": False,
        "logging_strategy": "steps",
        "logging_nan_inf_filter": False,  # would log the last good loss for one that is none
        "report_to": "none",
        "disable_tqdm": True,
        "push_to_hub": False,
        "hub_token": None,  # would be written into the recipe's copy and the manifest
        "eval_strategy": "no",  # there are no rows to evaluate on
        "eval_on_start": False,
        "trust_remote_code": False,
    }


def _usual(
    fields: Collection[str], chosen: Mapping[str, Any], place: torch.device
) -> dict[str, Any]:
    gpu = place.type == "cuda"
    # Two names for one thing, the first of which older versions do not know.
    recompute = ("activation_checkpointing", "gradient_checkpointing")
    off = next(name for name in recompute if name in fields)
    return ({} if chosen.keys() & set(recompute) else {off: False}) | {
        "save_steps": 0.1,  # a share of all steps: a kill costs at most a tenth of the training
        "logging_steps": 0.02,
        "bf16": gpu and torch.cuda.is_bf16_supported(),
        "dataloader_pin_memory": gpu,
        "ddp_find_unused_parameters": False,  # there are none; looking for them costs time
    }


def run_trainer(
    trainer: Trainer,
    *,
    folder: Path,
    progress: Progress,
    base: str | None = None,
    world: World = ALONE,
) -> dict[str, float]:
    """Trains, from the newest whole checkpoint if there is one, and leaves the model in `folder`.

    Writes `metrics.jsonl` (rows `{"step": int, name: float, …}` under the trainer's own names),
    `model/` with the tokenizer (adapters merged), and removes the checkpoints. Where `model/` is
    there already, nothing is trained. The result is the same whether or not it was interrupted.
    In a `world` of several processes all call it, and the first one writes.

    Args:
        trainer: built with a configuration from `trl_config`.
        base: the name of the model that the trainer's adapters are for; they are then kept in
            `adapter/` as well.

    Returns:
        The last value of each metric, and `steps`.

    Raises:
        RunError: if the loss or the gradient is no finite number; if the trainer does not work with
            the processes, or not as sharded, as the launcher says.
    """
    model_folder, metrics_path = folder / MODEL, folder / METRICS
    if not model_folder.exists():
        with trainer.accelerator.main_process_first():  # which removes what is torn
            checkpoint = _newest_whole(folder / CHECKPOINTS)
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(_Journal(metrics_path, progress))
        trainer.add_callback(_Started(trainer, world))
        with quiet():
            if checkpoint:
                _expect(trainer, checkpoint)
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
            if base is not None:
                _save_adapter(trainer, folder / ADAPTER, base)
            _save_model(trainer, model_folder)  # last: where it is, all is
    if trainer.is_world_process_zero():
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    return last_metrics(metrics_path)


def last_metrics(path: Path) -> dict[str, float]:
    """The last value of each metric in a `metrics.jsonl`; `step` is called `steps`."""
    last: dict[str, float] = {}
    for row in read_rows(path):
        last.update({name: value for name, value in row.items() if value is not None})
    if "step" in last:
        last["steps"] = last.pop("step")
    return last


class _Journal(TrainerCallback):
    """Writes metrics, reports progress, and tells whole checkpoints from torn ones."""

    def __init__(self, metrics: Path, progress: Progress) -> None:
        self.metrics = metrics
        self.progress = progress
        self.note = ""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if state.is_world_process_zero:
            # Rows logged after the checkpoint that we resume from will be logged again.
            kept = [row for row in read_rows(self.metrics) if row["step"] <= state.global_step]
            write_rows(self.metrics, kept)
        self.progress(state.global_step, state.max_steps)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        # A loss is a mean since the last log; logging at each checkpoint makes that mean the same
        # for a training that starts from it.
        # So does logging the last step, after which nothing else would show that it failed.
        last = state.global_step >= state.max_steps
        control.should_log = control.should_log or control.should_save or last
        self.progress(state.global_step, state.max_steps, self.note)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        row = {
            name: float(value)
            for name, value in (logs or {}).items()
            if isinstance(value, int | float) and _repeatable(name)
        }
        _check_finite(row, state.global_step, scaled=args.fp16)
        if "loss" in row:
            self.note = f"loss {row['loss']:.3f}"
        if state.is_world_process_zero and row.keys() - {"epoch"}:
            append_rows(self.metrics, [{"step": state.global_step} | _finite(row)])

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if args.parallel_mode == ParallelMode.DISTRIBUTED:
            # Every process has a part of its own in a checkpoint.
            torch.distributed.barrier()
        if not state.is_world_process_zero or args.output_dir is None:
            return
        saved = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        (saved / _WHOLE).touch()
        for other in Path(args.output_dir).glob("checkpoint-*"):
            if other != saved:
                shutil.rmtree(other)


class _Started(TrainerCallback):
    """Looks at what the trainer has made of the model, before its first step."""

    def __init__(self, trainer: Trainer, world: World) -> None:
        self.trainer = trainer
        self.world = world

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        check_started(self.trainer, launch_of(os.environ), self.world)


def _check_finite(row: Mapping[str, float], step: int, *, scaled: bool) -> None:
    """Stops a training that has diverged, before a checkpoint or a model is written.

    With `scaled` losses (fp16) a gradient too large for its type is no failure: the scaler skips
    that step and scales less.
    """
    for name in ("loss",) if scaled else ("loss", "grad_norm"):
        if not math.isfinite(row.get(name, 0.0)):
            raise RunError(
                f"{name} is {row[name]} in step {step}: the training has diverged; lower the "
                "stage's learning_rate and run it again"
            )


def _repeatable(name: str) -> bool:
    return name not in _NOT_REPEATABLE and not name.endswith(
        ("_runtime", "_per_second", "_num_tokens")
    )


def _finite(row: dict[str, float]) -> dict[str, float | None]:
    # JSON has no NaN; a metric that has none is still worth its place in the row.
    return {name: value if math.isfinite(value) else None for name, value in row.items()}


def _newest_whole(folder: Path) -> Path | None:
    """The checkpoint to go on from; torn ones are removed."""
    whole = []
    for path in folder.glob("checkpoint-*"):
        if (path / _WHOLE).exists():
            whole.append(path)
        else:
            shutil.rmtree(path)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _expect(trainer: Trainer, checkpoint: Path) -> None:
    """Prepares a trainer for its own checkpoint, of which it would otherwise warn."""
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    # What the settings give as a share of all steps, a checkpoint has in steps.
    trainer.args.logging_steps = state.logging_steps
    trainer.args.save_steps = state.save_steps
    model: Any = trainer.model
    if isinstance(model, PreTrainedModel):
        # Tied weights are saved once: the other names are missing, to be tied again.
        unsaved = {*(model._keys_to_ignore_on_save or ()), *model.all_tied_weights_keys}
        model._keys_to_ignore_on_save = unsaved


def _save_model(trainer: Trainer, folder: Path) -> None:
    partial = folder.with_name(folder.name + ".partial")
    if trainer.is_world_process_zero():
        shutil.rmtree(partial, ignore_errors=True)
    model: Any = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(model, "merge_and_unload"):
        if trainer.is_world_process_zero():
            model.merge_and_unload().save_pretrained(partial)
            if trainer.processing_class is not None:
                trainer.processing_class.save_pretrained(partial)
    else:
        trainer.save_model(str(partial))
    trainer.accelerator.wait_for_everyone()
    if trainer.is_world_process_zero():
        (partial / "training_args.bin").unlink(missing_ok=True)  # a pickle
        if not any(partial.glob("*.safetensors")):
            raise RunError(f"{partial}: the trainer has saved no weights; see docs/distributed.md")
        partial.rename(folder)


def _save_adapter(trainer: Trainer, folder: Path, base: str) -> None:
    if trainer.is_world_process_zero():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), partial, base=base)
        if trainer.processing_class is not None:
            trainer.processing_class.save_pretrained(partial)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)


def _checked(where: str, hint: Any, value: Any) -> Any:
    """`value`, if it can be what the field's type says (unknown kinds of types pass)."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    options = typing.get_args(hint) if union else (hint,)
    if isinstance(value, int) and not isinstance(value, bool) and float in options:
        return value
    known = [option for option in options if option in (bool, int, float, str, type(None))]
    if len(known) < len(options) or type(value) in known:
        return value
    names = " or ".join("null" if o is type(None) else o.__name__ for o in known)
    raise RecipeError(f"{where}: {value!r} is not of type {names}")
