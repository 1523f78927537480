"""A finished reward model, measured: its scale, its card, and that it is one on all ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from cai.reward.card import agreement, making
from cai.reward.card.gold import GoldPair
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
    scale: Scale,
    models: Sequence[Path],
    gold: Sequence[GoldPair],
    batch_size: int,
    device: str | None,
) -> dict[str, Any]:
    """The card's numbers; without held-out pairs only gold and the scale of rewards can be told.

    Args:
        scale: of the held-out pairs, or of those of training where there are none.
        models: the reward model's folder, and those of the further members of an ensemble.

    Raises:
        RunError: if the model scores a text otherwise than in a trainer's batch.
    """
    scorer = Scorer(str(models[0]), device=device)
    found = making.measure(
        heldout,
        scale.rewards if heldout else [],
        std=scale.std,
        scorer=scorer,
        gold=gold,
        members=[scorer.score_ids, *(partial(_scores_of, one, device) for one in models[1:])],
    )
    compared = (heldout or training)[: agreement.MOST]
    return {
        **found,
        "reward_mean": scale.mean,
        "reward_std": scale.std,
        "measured_on": "heldout" if heldout else "train",
        "agreement": _agreement(compared, scorer, batch_size),
    }


def write_json(path: Path, value: Any) -> None:
    """Writes a value whole or not at all, for people to read."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _scores_of(model: Path, device: str | None, sequences: Sequence[Sequence[int]]) -> Tensor:
    """The scores of a model that is in memory for this alone."""
    return Scorer(str(model), device=device).score_ids(sequences)


def _agreement(pairs: Sequence[Pair], scorer: Scorer, batch_size: int) -> dict[str, Any]:
    """The scores of training's batches beside those of texts, as PPO reads them."""
    rows = [pair.columns() for pair in pairs]
    collator = collator_of(scorer.tokenizer)
    trained = agreement.through_batches(scorer.model, collator, rows, batch_size)
    texts = [
        [*pair.row.prompt, *side] for pair in pairs for side in (pair.row.chosen, pair.row.rejected)
    ]
    return agreement.compared(trained, scorer(texts).tolist())
