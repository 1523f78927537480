"""How well probabilities keep what they promise: proper scores, and the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.feedback.trust.resampling import Array, estimate, share, summed

SUREST = 1 - 1e-6
"""A probability nearer to 0 or 1 than this says so by rounding."""

_BINS = 10


def quality(p: Array, gold: Array, prompts: Sequence[str]) -> dict[str, Any]:
    """How good probabilities of A are against gold: proper scores, and the reliability diagram.

    `brier` is the mean of ``(p - gold)²`` and `log_loss` that of ``-log`` of what gold was given,
    in nats; both with intervals. `ece` is the expected calibration error of the bins: the mean of
    |share right - mean confidence|, weighted by their cases (Naeini et al. 2015). `bins` are those
    of `reliability`, `spread` counts cases by confidence.
    """
    rows = np.column_stack([(p - gold) ** 2, -np.log(np.where(gold == 1, p, 1 - p))])
    sums = summed(prompts, rows)
    bins = reliability(p, gold)
    errors = sum(one["n"] * abs(one["right"] - one["confidence"]) for one in bins)
    return {
        "ece": errors / len(p),
        "brier": estimate(sums, share(0)),
        "log_loss": estimate(sums, share(1)),
        "bins": bins,
        "spread": spread(p),
    }


def reliability(p: Array, gold: Array, bins: int = _BINS) -> list[dict[str, Any]]:
    """The reliability diagram: by confidence in the preferred answer, how often it is the better.

    Folded onto [0.5, 1], since both namings of a pair are one case. Bins hold about equally many
    cases (equal mass, Nixon et al. 2019); equal confidences share one. A p of 0.5 prefers neither
    answer and is half right.
    """
    confidence = np.maximum(p, 1 - p)
    correct = np.where(p == 0.5, 0.5, (p > 0.5) == (gold == 1))
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]))
    index = np.searchsorted(edges, confidence, side="left")
    counts = np.bincount(index, minlength=len(edges) + 1).astype(np.float64)
    confidences = np.bincount(index, confidence, len(counts)).astype(np.float64)
    hits = np.bincount(index, correct, len(counts)).astype(np.float64)
    filled = zip(confidences[counts > 0], hits[counts > 0], counts[counts > 0], strict=True)
    return [
        {"confidence": float(sure / n), "right": float(right / n), "n": int(n)}
        for sure, right, n in filled
    ]


def spread(p: Array, parts: int = _BINS) -> list[int]:
    """How many cases have a confidence in each of equal parts of [0.5, 1]."""
    counts, _ = np.histogram(np.maximum(p, 1 - p), bins=parts, range=(0.5, 1.0))
    return [int(count) for count in counts]


def logit(p: Array) -> Array:
    """Log-odds, of probabilities kept off 0 and 1."""
    kept = np.clip(p, 1 - SUREST, SUREST)
    return np.log(kept) - np.log1p(-kept)


def sigmoid(z: Array) -> Array:
    """The inverse of `logit`; never 0 or 1, or one wrong case would cost infinitely much."""
    return np.clip(1 / (1 + np.exp(-np.clip(z, -700, 700))), 1 - SUREST, SUREST)
