"""The SFT stage: fine-tunes a model on the rows of critique-revise, by TRL's SFTTrainer.

The rows' conversations become token ids here, by the same function that every other stage uses,
and TRL is given ids: what is learned is token for token what is later generated and scored. The
loss is on the answer and its end-of-turn token only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer

from cai.adapters import lora
from cai.errors import RunError
from cai.journal import read_records
from cai.models import common_prefix, encode_chat, encode_full, load_causal, load_tokenizer
from cai.progress import Progress
from cai.quiet import quiet
from cai.ranks import ALONE, World
from cai.ranks.limits import per_process
from cai.records import Message, SftRow
from cai.training import check_schedule, run_trainer, trl_config


@dataclass(frozen=True, kw_only=True, slots=True)
class SftSettings:
    """How the model is fine-tuned.

    Attributes:
        learning_rate: highest rate, after a short warm-up; it then falls linearly to zero. Gentle,
            for a harsh one makes a model safe by making it useless.
        epochs: times that every row is seen.
        batch_size: rows per step, over all processes together.
        max_length: tokens; longer rows are left out and counted, for a cut answer teaches a model
            to stop in the middle.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all
            weights.
        seed: of the order of rows and of adapters.
        trl: further fields of TRL's `SFTConfig`, passed on unchanged.
    """

    learning_rate: float = 3e-4
    epochs: float = 2.0
    batch_size: int = 16
    max_length: int = 1024
    lora_rank: int = 0
    seed: int = 0
    trl: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lora_rank < 0:
            raise ValueError("lora_rank must be at least 0")
        check_schedule(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """One row as SFTTrainer takes it: `completion_mask` is 1 where there is a loss."""

    input_ids: list[int]
    completion_mask: list[int]


def run(
    *,
    rows_path: Path,
    model: str,
    settings: SftSettings,
    folder: Path,
    progress: Progress,
    device: str | None = None,
    world: World = ALONE,
) -> dict[str, int | float]:
    """Writes `model/` and `metrics.jsonl` into `folder`; of a `world` of processes the first does.

    Args:
        rows_path: the critique-revise stage's `sft.jsonl`.
        model: the name or folder of the model to start from.

    Returns:
        Counts: `rows`, `rows_too_long`, `tokens` with a loss, and the trainer's last metrics.

    Raises:
        RunError: if there are no rows to train on.
        RecipeError: if `settings.trl` does not fit `SFTConfig`.
    """
    tokenizer = load_tokenizer(model)
    encoded = [
        encode(tokenizer, row.prompt, row.completion) for row in read_records(rows_path, SftRow)
    ]
    fitting = [row for row in encoded if len(row.input_ids) <= settings.max_length]
    if not fitting:
        raise RunError(
            f"{rows_path}: none of its {len(encoded)} rows has at most {settings.max_length} "
            "tokens; raise sft.max_length, or make more rows with critique-revise"
        )
    trainer = make_trainer(
        model, tokenizer, fitting, settings, folder=folder, device=device, world=world
    )
    metrics = run_trainer(trainer, folder=folder, progress=progress, world=world)
    return {
        "rows": len(fitting),
        "rows_too_long": len(encoded) - len(fitting),
        "tokens": sum(sum(row.completion_mask) for row in fitting),
        **metrics,
    }


def make_trainer(
    model: str,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Encoded],
    settings: SftSettings,
    *,
    folder: Path,
    device: str | None = None,
    world: World = ALONE,
) -> SFTTrainer:
    """TRL's trainer over a model that it loads, with checkpoints below `folder`."""
    config = trainer_config(settings, folder, device=device, world=world)
    with quiet():
        base = load_causal(model, tokenizer=tokenizer, device=device)
        return SFTTrainer(
            model=base,
            args=config,
            train_dataset=Dataset.from_dict(
                {
                    "input_ids": [row.input_ids for row in rows],
                    "completion_mask": [row.completion_mask for row in rows],
                }
            ),
            processing_class=tokenizer,
            peft_config=lora(settings.lora_rank, base) if settings.lora_rank else None,
        )


def encode(
    tokenizer: PreTrainedTokenizerBase, prompt: Sequence[Message], completion: Sequence[Message]
) -> Encoded:
    """A row's ids, ending with the end-of-turn token, and which of them are the completion's."""
    ids = encode_full(tokenizer, [*prompt, *completion])
    shown = encode_chat(tokenizer, prompt, add_generation_prompt=True)
    # Where a tokenizer merges across the border, the merged token is the completion's first.
    start = common_prefix(ids, shown)
    return Encoded(input_ids=ids, completion_mask=[0] * start + [1] * (len(ids) - start))


def trainer_config(
    settings: SftSettings, folder: Path, *, device: str | None = None, world: World = ALONE
) -> SFTConfig:
    """The trainer's configuration, with checkpoints below `folder`.

    Raises:
        RecipeError: if `settings.trl` does not fit `SFTConfig`, or the processes cannot share it.
    """
    return trl_config(
        SFTConfig,
        section="sft",
        folder=folder,
        own={
            "learning_rate": settings.learning_rate,
            "num_train_epochs": settings.epochs,
            "per_device_train_batch_size": per_process(
                settings.batch_size, world, setting="sft.batch_size"
            ),
            "seed": settings.seed,
            "max_length": None,  # long rows are left out above
            "completion_only_loss": True,
            "assistant_only_loss": False,
        },
        user=settings.trl,
        defaults={"lr_scheduler_type": "linear", "warmup_steps": 0.05},
        device=device,
        lora_rank=settings.lora_rank,
        world=world,
    )
