"""The reward stage: a model with one score per answer, trained on soft preferences."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from trl import RewardConfig

from cai.adapters import with_lora
from cai.errors import RunError
from cai.journal import read_records
from cai.models import load_new_scorer, load_tokenizer
from cai.progress import Progress
from cai.ranks import ALONE, World
from cai.ranks.limits import per_process
from cai.records import Preference
from cai.reward.adapter import describe
from cai.reward.card.gate import GateSettings
from cai.reward.card.gold import read_gold
from cai.reward.ensemble import EnsembleSettings
from cai.reward.measuring import measured, note_scale, write_json
from cai.reward.members import member_seed, member_work, progress_of, resampled
from cai.reward.pairs import Pair, encode_pair, training_rows
from cai.reward.soft_label import SoftLabelRewardTrainer, collator_of
from cai.training import ADAPTER, MODEL, check_schedule, run_trainer, trl_config

CARD = "card.json"
_HEADS = ("score", "classifier")  # of decoders, of encoders


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardSettings:
    """How the reward model is trained.

    Attributes:
        base: "sft" starts from the SFT model's body, which has read such conversations already; any
            other name is a model of its own, with its own tokenizer. An existing reward model
            keeps its score head.
        learning_rate: peak, with a short warm-up and linear decay.
        epochs: few, since a reward model overfits its pairs quickly.
        batch_size: pairs per step (two sequences each), over all processes together.
        max_length: tokens; pairs with a longer conversation are left out and counted, for a cut
            answer has no end to be scored at.
        center_coefficient: weight of the squared sum of a pair's rewards, which keeps rewards
            near mean zero (Eisenstein et al. 2023).
        lora_rank: rank of LoRA adapters on all linear layers, trained with the score head and
            merged at the end; 0 trains all weights. The adapter is kept as well: over a policy
            that starts from the same model, PPO then needs no weights for the reward.
        ensemble: reward models that differ by chance, and how their scores become one.
        seed: of the score head, of adapters and of the order of pairs.
        gate: what the model must reach before PPO follows it.
        trl: further fields of TRL's `RewardConfig`, passed on unchanged.
    """

    base: str = "sft"
    learning_rate: float = 2e-4
    epochs: float = 3.0
    batch_size: int = 16
    max_length: int = 1024
    center_coefficient: float = 0.01
    lora_rank: int = 0
    ensemble: EnsembleSettings = field(default_factory=EnsembleSettings)
    seed: int = 0
    gate: GateSettings = field(default_factory=GateSettings)
    trl: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lora_rank < 0:
            raise ValueError("lora_rank must be at least 0")
        check_schedule(self)


def run(
    *,
    preferences: Path,
    sft: str,
    settings: RewardSettings,
    folder: Path,
    progress: Progress,
    device: str | None = None,
    world: World = ALONE,
) -> dict[str, int | float]:
    """Writes `model/`, `metrics.jsonl` and `card.json` into `folder`, and `adapter/` with LoRA.

    The further members of an ensemble have a `model/` and `metrics.jsonl` each in `members/1/` and
    so on.

    Args:
        preferences: the label stage's `preferences.jsonl`; gold beside it, if there is any, is
            used to measure the model and never to train it.
        sft: the SFT model's folder or name.
        world: the processes that share the training; the first one writes, and measures the card.

    Returns:
        Counts: `rows` (pairs trained on), the card's `pairs`, the trainer's last metrics and the
        card's main numbers.

    Raises:
        RunError: if there are no preferences to train on, or the model scores a text otherwise
            than it was trained to.
        RecipeError: if `settings.trl` does not fit `RewardConfig`.
    """
    base = sft if settings.base == "sft" else settings.base
    tokenizer = load_tokenizer(base)
    every = [encode_pair(tokenizer, row) for row in read_records(preferences, Preference)]
    pairs = [pair for pair in every if pair.length <= settings.max_length]
    training = [pair for pair in pairs if not pair.heldout]
    if not training:
        raise RunError(
            f"{preferences}: none of its {len(every)} rows can be trained on (split `train`, at "
            f"most {settings.max_length} tokens); label more prompts or raise reward.max_length"
        )
    metrics, *_ = [
        _train_member(member, base, tokenizer, training, settings, folder, device, progress, world)
        for member in range(settings.ensemble.size)
    ]
    if not world.leads:
        return {"rows": len(training), **metrics}
    began = time.monotonic()
    heldout = [pair for pair in pairs if pair.heldout]
    works = [member_work(folder, member) for member in range(settings.ensemble.size)]
    scales = [note_scale(work / MODEL, heldout or training, device) for work in works]
    card: dict[str, Any] = {
        "base": settings.base,
        "pairs": {
            "train": len(training),
            "heldout": len(heldout),
            "too_long": len(every) - len(pairs),
        },
        **measured(
            heldout, training, scales=scales, models=[work / MODEL for work in works],
            ensemble=settings.ensemble,
            gold=read_gold(preferences.parent, {pair.row.prompt_id for pair in training}),
            batch_size=settings.batch_size, device=device,
        ),
    }  # fmt: skip
    for work in works if settings.lora_rank else ():
        describe(work / MODEL, work / ADAPTER, base=base)
    write_json(folder / CARD, card)
    counts: dict[str, int] = card["pairs"]
    seconds = round(time.monotonic() - began, 1)
    return {
        "rows": len(training), **metrics, **counts, **_headline(card), "card_seconds": seconds
    }  # fmt: skip


def fresh_head(model: PreTrainedModel, seed: int) -> None:
    """Draws the score head anew, small, so that training starts at a loss of about log 2.

    The hidden state that it reads is normalised, of length about sqrt(width), so first scores have
    a standard deviation of about 0.1.
    """
    generator = torch.Generator().manual_seed(seed)
    for name in _HEADS:
        for layer in getattr(model, name, nn.Module()).modules():
            if isinstance(layer, nn.Linear):
                spread = 0.1 / math.sqrt(layer.in_features + 1)
                drawn = torch.randn(layer.weight.shape, generator=generator) * spread
                with torch.no_grad():
                    layer.weight.copy_(drawn)
                    if layer.bias is not None:
                        layer.bias.zero_()


def trainer_config(
    settings: RewardSettings, folder: Path, *, device: str | None = None, world: World = ALONE
) -> RewardConfig:
    """The trainer's configuration, with checkpoints below `folder`.

    Raises:
        RecipeError: if `settings.trl` does not fit `RewardConfig`, or processes cannot share it.
    """
    return trl_config(
        RewardConfig,
        section="reward",
        folder=folder,
        own={
            "learning_rate": settings.learning_rate,
            "num_train_epochs": settings.epochs,
            "per_device_train_batch_size": per_process(
                settings.batch_size, world, setting="reward.batch_size"
            ),
            "center_rewards_coefficient": settings.center_coefficient or None,
            "seed": settings.seed,
            "max_length": None,  # done above, where it is counted
            "remove_unused_columns": False,
            "disable_dropout": True,
        },
        user=settings.trl,
        defaults={"warmup_steps": 0.1, "lr_scheduler_type": "linear"},
        device=device,
        lora_rank=settings.lora_rank,
        world=world,
    )


def _train_member(
    member: int,
    base: str,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[Pair],
    settings: RewardSettings,
    folder: Path,
    device: str | None,
    progress: Progress,
    world: World,
) -> dict[str, float]:
    """Trains a member of the ensemble, the first of which is the reward model itself."""
    own = replace(settings, seed=member_seed(settings.seed, member))
    rows = resampled(pairs, lambda pair: pair.row.prompt_id, member=member, seed=settings.seed)
    work = member_work(folder, member)
    work.mkdir(parents=True, exist_ok=True)
    trainer = make_trainer(base, tokenizer, rows, own, work, device, world)
    told = progress_of(progress, member, settings.ensemble.size)
    return run_trainer(
        trainer, folder=work, progress=told, base=base if settings.lora_rank else None,
        world=world,
    )  # fmt: skip


def make_trainer(
    base: str,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[Pair],
    settings: RewardSettings,
    folder: Path,
    device: str | None,
    world: World,
) -> SoftLabelRewardTrainer:
    model, drawn = load_new_scorer(base, tokenizer=tokenizer, device=device, seed=settings.seed)
    if any(name.partition(".")[0] in _HEADS for name in drawn):
        fresh_head(model, settings.seed)
    if settings.lora_rank:
        whole = [name for name in drawn if name.partition(".")[0] not in _HEADS]  # peft adds those
        model = with_lora(
            model, rank=settings.lora_rank, seed=settings.seed, task="SEQ_CLS", whole=whole
        )
    return SoftLabelRewardTrainer(
        model=model,
        args=trainer_config(settings, folder, device=device, world=world),
        data_collator=collator_of(tokenizer),
        train_dataset=Dataset.from_list(training_rows(pairs)),
        processing_class=tokenizer,
    )


def _headline(card: dict[str, Any]) -> dict[str, float]:
    numbers = {
        "heldout_accuracy": card["accuracy"]["value"],
        "cross_entropy": card["cross_entropy"],
        "entropy_floor": card["entropy_floor"],
        "reward_mean": card["reward_mean"],
        "reward_std": card["reward_std"],
    }
    return {name: value for name, value in numbers.items() if value is not None}
