"""Alignment from preferences alone: DPO and IPO, with TRL's trainer and soft labels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from datasets import Dataset, load_from_disk
from transformers import PreTrainedTokenizerBase
from trl import DPOConfig
from trl.trainer.dpo_trainer import DataCollatorForPreference

from cai.adapters import lora
from cai.alignment.soft_dpo import SoftLabelDPOTrainer
from cai.engines.base import Engine, GenerateRequest
from cai.engines.transformers import TransformersEngine
from cai.errors import RunError
from cai.journal import read_records, write_rows
from cai.models import common_prefix, encode_chat, encode_full, load_causal, load_tokenizer
from cai.progress import Progress
from cai.quiet import quiet
from cai.ranks import ALONE, World
from cai.ranks.collectives import wait_for_all
from cai.ranks.limits import per_process
from cai.records import Preference, Row
from cai.soft_labels import SoftLabelCollator
from cai.training import (
    CHECKPOINTS,
    METRICS,
    MODEL,
    check_schedule,
    last_metrics,
    run_trainer,
    trl_config,
)

SAMPLES = "samples.jsonl"

_LOSSES = {"dpo": "sigmoid", "ipo": "ipo"}
_SAMPLES = 64
_PAIRS = "pairs"


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferenceSettings:
    """How a model learns from preferences without a reward model.

    Attributes:
        loss: "dpo" (Rafailov et al. 2023) or "ipo" (Azar et al. 2023), which cannot be driven to
            extremes by pairs that are always decided the same way.
        beta: strength of the pull towards the SFT model; for IPO the tau of its paper.
        learning_rate: peak, with a short warm-up and linear decay.
        epochs: few: DPO goes on widening margins when there is nothing left to learn.
        batch_size: pairs per step (two sequences each), over all processes together.
        nll_weight: weight of the chosen answers' negative log-likelihood per token (Pang et al.
            2024). Without it both answers of a pair may become unlikely, and what takes their
            place may be no text at all.
        max_length: tokens; pairs with a longer conversation are left out and counted.
        soft_labels: whether a pair pulls as strongly as its label is sure; else as if it were
            certain.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all
            weights.
        max_new_tokens: longest answer in samples.jsonl.
        seed: of the order of pairs and of fresh adapters.
        trl: further fields of TRL's `DPOConfig`, passed on unchanged.
    """

    loss: Literal["dpo", "ipo"] = "dpo"
    beta: float = 0.1
    learning_rate: float = 5e-5
    epochs: float = 2.0
    batch_size: int = 16
    nll_weight: float = 0.05
    max_length: int = 1024
    soft_labels: bool = True
    lora_rank: int = 0
    max_new_tokens: int = 96
    seed: int = 0
    trl: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.loss not in _LOSSES:
            raise ValueError('loss must be "dpo" or "ipo"')
        if self.beta <= 0:
            raise ValueError("beta must be above 0")
        for name in ("nll_weight", "lora_rank"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0")
        check_schedule(self)


def run(
    *,
    preferences: Path,
    model: str,
    settings: PreferenceSettings,
    folder: Path,
    progress: Progress,
    device: str | None = None,
    engine: Callable[[str], Engine] | None = None,
    world: World = ALONE,
) -> dict[str, int | float]:
    """Writes `model/`, `metrics.jsonl` (TRL's names) and `samples.jsonl` into `folder`.

    Args:
        preferences: the label stage's `preferences.jsonl`; rows of split `heldout` are not
            trained on.
        model: the SFT model, which is both the start and the reference.
        engine: makes the engine that samples of the finished model are asked of; None: one of
            transformers, on the same device.
        world: the processes that share the training; the first one writes, and samples.

    Returns:
        Counts of pairs and the trainer's last metrics.

    Raises:
        RunError: if there are no preferences to train on.
        RecipeError: if `settings.trl` does not fit `DPOConfig`.
    """
    tokenizer = load_tokenizer(model)
    rows = read_records(preferences, Preference)
    training = [row for row in rows if row.split == "train"]
    pairs = [token_ids(tokenizer, row) for row in training]
    fitting = [pair for pair in pairs if _length(pair) <= settings.max_length]
    if not fitting:
        raise RunError(
            f"{preferences}: none of its {len(rows)} rows can be trained on (split `train`, at "
            f"most {settings.max_length} tokens); label more prompts or raise align-dpo.max_length"
        )
    if (folder / MODEL).exists():  # made by an earlier try
        if not world.leads:
            return {"rows": len(fitting)}
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        metrics = last_metrics(folder / METRICS)
    else:
        trainer = make_trainer(model, tokenizer, fitting, settings, folder, device, world)
        metrics = run_trainer(trainer, folder=folder, progress=progress, world=world)
    if not world.leads:
        return {"rows": len(fitting), **metrics}
    heldout = [row for row in rows if row.split == "heldout"]
    asked = (engine or partial(TransformersEngine, device=device))(str(folder / MODEL))
    samples = _samples(heldout or training, asked, settings)
    write_rows(folder / SAMPLES, samples)
    return {"rows": len(fitting), "too_long": len(pairs) - len(fitting), **metrics}


def token_ids(tokenizer: PreTrainedTokenizerBase, row: Preference) -> Row:
    """A preference as TRL's columns of token ids, and its probability.

    `prompt_ids` and what follows make exactly what `encode_full` makes of each conversation; the
    answers begin where the two, and the bare prompt, part ways.
    """
    prompt = encode_chat(tokenizer, row.prompt)
    chosen = encode_full(tokenizer, [*row.prompt, *row.chosen])
    rejected = encode_full(tokenizer, [*row.prompt, *row.rejected])
    start = min(common_prefix(prompt, chosen), common_prefix(prompt, rejected))
    return {
        "prompt_ids": prompt[:start],
        "chosen_ids": chosen[start:],
        "rejected_ids": rejected[start:],
        "probability": row.probability,
    }


def trainer_config(
    settings: PreferenceSettings,
    folder: Path,
    *,
    device: str | None = None,
    world: World = ALONE,
) -> DPOConfig:
    """The trainer's configuration, with checkpoints below `folder`.

    Raises:
        RecipeError: if `settings.trl` does not fit `DPOConfig`, or the processes cannot share it.
    """
    with_nll = settings.nll_weight > 0
    return trl_config(
        DPOConfig,
        section="align-dpo",
        folder=folder,
        own={
            "loss_type": [_LOSSES[settings.loss], *(["sft"] if with_nll else [])],
            "loss_weights": [1.0, *([settings.nll_weight] if with_nll else [])],
            "beta": settings.beta,
            "learning_rate": settings.learning_rate,
            "num_train_epochs": settings.epochs,
            "per_device_train_batch_size": per_process(
                settings.batch_size, world, setting="align-dpo.batch_size"
            ),
            "seed": settings.seed,
            "max_length": None,  # done above, where it is counted
            "remove_unused_columns": False,
            "precompute_ref_log_probs": True,
            "disable_dropout": True,
            # Under these the log-ratios that the soft term is made of would be others.
            "f_divergence_type": "reverse_kl",
            "ld_alpha": None,
            "use_weighting": False,
            "sync_ref_model": False,
        },
        user=settings.trl,
        defaults={"warmup_steps": 0.1, "lr_scheduler_type": "linear"},
        device=device,
        lora_rank=settings.lora_rank,
        world=world,
    )


def make_trainer(
    model: str,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[Row],
    settings: PreferenceSettings,
    folder: Path,
    device: str | None,
    world: World,
) -> SoftLabelDPOTrainer:
    rows = [
        {**pair, "probability": pair["probability"] if settings.soft_labels else 1.0}
        for pair in pairs
    ]
    with quiet(), _no_bars():
        base = load_causal(model, tokenizer=tokenizer, device=device)
        return SoftLabelDPOTrainer(
            model=base,
            args=trainer_config(settings, folder, device=device, world=world),
            data_collator=SoftLabelCollator(DataCollatorForPreference(tokenizer.pad_token_id)),
            train_dataset=_shared(Dataset.from_list(rows), folder / CHECKPOINTS / _PAIRS, world),
            processing_class=tokenizer,
            peft_config=lora(settings.lora_rank, base) if settings.lora_rank else None,
        )


def _shared(pairs: Dataset, folder: Path, world: World) -> Dataset:
    """The same rows, on disk where several processes need them.

    TRL has one process write the reference's log-probabilities beside the rows, and all read them:
    rows in memory would have them in a temporary folder that no other process knows.
    """
    if world.alone:
        return pairs
    if world.leads and not folder.exists():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        pairs.save_to_disk(str(partial))
        partial.rename(folder)
    wait_for_all(world, device=torch.device("cpu"))
    return load_from_disk(str(folder))


def _samples(rows: Sequence[Preference], engine: Engine, settings: PreferenceSettings) -> list[Row]:
    """Greedy answers to the first few prompts, for a person to look at."""
    prompts = list({row.prompt_id: row.prompt for row in rows}.items())
    fitting = [
        (prompt_id, prompt)
        for prompt_id, prompt in prompts
        if engine.count(prompt) + settings.max_new_tokens <= engine.context
    ][:_SAMPLES]
    answers = engine.generate(
        [
            GenerateRequest(
                messages=prompt, max_new_tokens=settings.max_new_tokens, temperature=0.0
            )
            for _, prompt in fitting
        ]
    )
    return [
        {"prompt_id": prompt_id, "prompt": list(prompt), "text": answer.text}
        for (prompt_id, prompt), answer in zip(fitting, answers, strict=True)
    ]


def _length(pair: Row) -> int:
    return len(pair["prompt_ids"]) + max(len(pair["chosen_ids"]), len(pair["rejected_ids"]))


@contextmanager
def _no_bars() -> Iterator[None]:
    """TRL draws a bar while it precomputes, and hears of nothing but this variable."""
    before = os.environ.get("TQDM_DISABLE")
    os.environ["TQDM_DISABLE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["TQDM_DISABLE"]
        else:
            os.environ["TQDM_DISABLE"] = before
