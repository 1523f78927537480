"""A finished reward, measured: its scale, its card, and that its models are one on all ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cai.resampling import Array
from cai.reward.card import agreement, making
from cai.reward.card.gold import GoldPair
from cai.reward.ensemble import EnsembleSettings, combine
from cai.reward.pairs import Pair
from cai.reward.score import MEAN, STD, Scorer
from cai.reward.soft_label import collator_of
from cai.store import write_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Mean and standard deviation of a model's rewards of pairs, and these: chosen, rejected, …"""

    mean: float
    std: float
    rewards: list[float]


def note_scale(model: Path, pairs: Sequence[Pair], device: str | None) -> Scale:
    """Scores both answers of pairs, and notes mean and deviation in the model's config."""
    scores = Scorer(str(model), device=device).score_ids(making.both(pairs))
    mean, std = scores.mean().item(), scores.std(correction=0).item() or 1.0
    config = json.loads((model / "config.json").read_text("utf-8"))
    write_json(model / "config.json", config | {MEAN: mean, STD: std})
    return Scale(mean=mean, std=std, rewards=scores.tolist())


def measured(
    heldout: Sequence[Pair],
    training: Sequence[Pair],
    *,
    scales: Sequence[Scale],
    models: Sequence[Path],
    ensemble: EnsembleSettings,
    gold: Sequence[GoldPair],
    batch_size: int,
    device: str | None,
) -> dict[str, Any]:
    """The card's numbers; without held-out pairs only gold and the scale of rewards can be told.

    They are of what PPO follows: of several members their combination.

    Args:
        scales: each model's, of the held-out pairs, or of those of training where there are none.
        models: the reward model's folder, and those of the further members of an ensemble.

    Raises:
        RunError: if a model scores a text otherwise than in a trainer's batch.
    """
    combined = partial(together, scales=scales, settings=ensemble)
    known = np.array([scale.rewards for scale in scales])
    rewards = combined(known)
    mean, std = float(rewards.mean()), float(rewards.std()) or 1.0
    compared = (heldout or training)[: agreement.MOST]
    scorer = Scorer(str(models[0]), device=device)
    asked = making.questions(
        heldout, rewards.tolist() if heldout else [], gold=gold, tokenizer=scorer.tokenizer,
        context=scorer.context,
    )  # fmt: skip
    answers, agreements = [], []
    for member, model in enumerate(models):  # one at a time in memory
        scorer = Scorer(str(model), device=device) if member else scorer
        answers.append(scorer.score_ids(asked.ids).tolist())
        agreements.append(_agreement(compared, scorer, batch_size))
    return {
        "combined": _use(ensemble),
        **making.measure(
            asked,
            heldout=known if heldout else known[:, :0],
            answers=np.array(answers),
            combined=combined,
            std=std,
        ),
        "reward_mean": mean,
        "reward_std": std,
        "measured_on": "heldout" if heldout else "train",
        "agreement": max(agreements, key=lambda one: float(one["largest_difference"])),
    }


def together(rewards: Array, *, scales: Sequence[Scale], settings: EnsembleSettings) -> Array:
    """The reward that PPO follows, [members, n] -> [n].

    The members in training are combined on one scale, as PPO does it; the result is multiplied by
    their mean deviation, so that margins of an ensemble are in the unit of its members' too.
    """
    kept = rewards[: settings.in_training]
    if len(kept) == 1:
        alone: Array = kept[0]
        return alone
    mean = np.array([scale.mean for scale in scales[: len(kept)]])[:, None]
    std = np.array([scale.std for scale in scales[: len(kept)]])[:, None]
    scores = torch.from_numpy((kept - mean) / std)
    one = combine(scores, how=settings.combine, std_weight=settings.std_weight)
    score: Array = one.numpy() * std.mean()
    return score


def write_json(path: Path, value: Any) -> None:
    """Writes a value whole or not at all, for people to read."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _use(settings: EnsembleSettings) -> dict[str, Any] | None:
    """What the numbers are of, where it is more than one model."""
    if settings.in_training == 1:
        return None
    use: dict[str, Any] = {"members": settings.in_training, "combine": settings.combine}
    lower = settings.combine == "lower-bound"
    return use | ({"std_weight": settings.std_weight} if lower else {})


def _agreement(pairs: Sequence[Pair], scorer: Scorer, batch_size: int) -> dict[str, Any]:
    """The scores of training's batches beside those of texts, as PPO reads them."""
    rows = [pair.columns() for pair in pairs]
    collator = collator_of(scorer.tokenizer)
    trained = agreement.through_batches(scorer.model, collator, rows, batch_size)
    texts = [
        [*pair.row.prompt, *side] for pair in pairs for side in (pair.row.chosen, pair.row.rejected)
    ]
    return agreement.compared(trained, scorer(texts).tolist())
