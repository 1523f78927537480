"""How good a reward model is: measured on preferences that it was not trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from cai.intervals import wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One held-out preference as the reward model sees it.

    `probability` is the label's p(chosen is better); lengths are in tokens of the answer.
    """

    chosen: float
    rejected: float
    probability: float
    chosen_length: int
    rejected_length: int

    @property
    def margin(self) -> float:
        return self.chosen - self.rejected

    @property
    def longer(self) -> int:
        return self.chosen_length - self.rejected_length


def measure(rows: Sequence[Judged]) -> dict[str, Any]:
    """The numbers of the card.

    `accuracy`: share of pairs in which the chosen answer has the higher reward.
    `expected_accuracy`: the mean label probability, what a model that knew the judge's mind would
    reach if the labels are calibrated. `cross_entropy` (nats) of the soft labels, beside
    `entropy_floor`, below which no model can get. `longer_answer`: the accuracy of preferring the
    longer answer (a tie counts half). `length_correlation`: Pearson, of reward differences with
    length differences within pairs. Intervals take pairs for independent. Without rows every
    value is None.
    """
    wins = sum(row.margin > 0 for row in rows)
    longer = sum((row.longer > 0) + 0.5 * (row.longer == 0) for row in rows)
    return {
        "accuracy": wilson(wins, len(rows)),
        "expected_accuracy": fmean(row.probability for row in rows) if rows else None,
        "cross_entropy": fmean(map(_cross_entropy, rows)) if rows else None,
        "entropy_floor": fmean(_entropy(row.probability) for row in rows) if rows else None,
        "longer_answer": wilson(longer, len(rows)),
        "length_correlation": _correlation(
            [row.margin for row in rows], [float(row.longer) for row in rows]
        ),
    }


def _cross_entropy(row: Judged) -> float:
    # log(1 + exp(-d)) without overflow, then the soft term of cai.reward.soft_label.
    hard = max(-row.margin, 0.0) + math.log1p(math.exp(-abs(row.margin)))
    return hard + (1 - row.probability) * row.margin


def _entropy(probability: float) -> float:
    parts = [part for part in (probability, 1 - probability) if part > 0]
    return -sum(part * math.log(part) for part in parts)


def _correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's r; None where one side does not vary."""
    if len(first) < 2:
        return None
    spread = pstdev(first) * pstdev(second)
    if spread == 0:
        return None
    means = fmean(first), fmean(second)
    covariance = fmean((a - means[0]) * (b - means[1]) for a, b in zip(first, second, strict=True))
    return covariance / spread
