"""How well probabilities keep what they promise: proper scores, and the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.resampling import Array, estimate, share, summed

SUREST = 1 - 1e-6
"""A probability nearer to 0 or 1 than this says so by rounding."""

_BINS = 10


def quality(p: Array, gold: Array, prompts: Sequence[str]) -> dict[str, Any]:
    """How good probabilities of A are against gold: proper scores, and the reliability diagram.

    `gold` is 1 or 0, or a probability itself. `brier` is the mean of ``(p - gold)²`` and `log_loss`
    that of ``-log`` of what gold was given, in nats; both with intervals. `ece` is
    `calibration_error`, `bins` are those of `reliability`.
    """
    loss = -(gold * np.log(p) + (1 - gold) * np.log1p(-p))
    rows = np.column_stack([(p - gold) ** 2, loss])
    sums = summed(prompts, rows)
    return {
        "ece": calibration_error(p, gold),
        "brier": estimate(sums, share(0)),
        "log_loss": estimate(sums, share(1)),
        "bins": reliability(p, gold),
    }


def reliability(p: Array, gold: Array, bins: int = _BINS) -> list[dict[str, Any]]:
    """The reliability diagram: by confidence in the preferred answer, how often it is the better.

    Folded onto [0.5, 1], since both namings of a pair are one case, and cut into `bins` of equal
    width, of which the empty ones are left out. A p of 0.5 prefers neither answer: half right.
    """
    confidence, correct = _folded(p, gold)
    index = np.minimum((2 * bins * (confidence - 0.5)).astype(int), bins - 1)
    return [
        {
            "from": 0.5 + part / (2 * bins),
            "confidence": float(confidence[index == part].mean()),
            "right": float(correct[index == part].mean()),
            "n": int((index == part).sum()),
        }
        for part in np.unique(index)
    ]


def calibration_error(p: Array, gold: Array, bins: int = _BINS) -> float:
    """The expected calibration error: the mean of |share right - mean confidence| (Naeini 2015).

    Its bins hold about equally many cases (Nixon et al. 2019: with equal widths a sure judge has
    nearly all its cases in one, and the rest are noise); equal confidences share a bin.
    """
    confidence, correct = _folded(p, gold)
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]))
    index = np.searchsorted(edges, confidence, side="left")
    gaps = np.bincount(index, correct - confidence)
    return float(np.abs(gaps).sum() / len(p))


def _folded(p: Array, gold: Array) -> tuple[Array, Array]:
    """The confidence of each case, and how likely what it prefers is to be right."""
    correct = np.where(p == 0.5, 0.5, np.where(p > 0.5, gold, 1 - gold))
    return np.maximum(p, 1 - p), correct


def logit(p: Array) -> Array:
    """Log-odds, of probabilities kept off 0 and 1."""
    kept = np.clip(p, 1 - SUREST, SUREST)
    return np.log(kept) - np.log1p(-kept)


def sigmoid(z: Array) -> Array:
    """The inverse of `logit`; never 0 or 1, or one wrong case would cost infinitely much."""
    return np.clip(1 / (1 + np.exp(-np.clip(z, -700, 700))), 1 - SUREST, SUREST)
