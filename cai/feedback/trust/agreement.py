"""How far annotators agree, beyond what chance would give them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cai.resampling import Array, divided

VERDICTS = (0.0, 0.5, 1.0)
"""The categories of agreement: B is better, neither, A is better. An unread verdict is missing."""


def verdict_row(one: float, other: float) -> list[float]:
    """Two verdicts on one pair as a row of counts: a flat confusion matrix with a single 1."""
    row = [0.0] * len(VERDICTS) ** 2
    row[len(VERDICTS) * VERDICTS.index(one) + VERDICTS.index(other)] = 1.0
    return row


def cohen_kappa(confusion: Array) -> Array:
    """Cohen's kappa (1960) of confusion counts, shape [..., k, k]: ``(p_o - p_e) / (1 - p_e)``.

    0 by chance, 1 where both always agree; NaN where chance alone makes them agree.
    """
    n = confusion.sum(axis=(-2, -1))
    observed = divided(np.trace(confusion, axis1=-2, axis2=-1), n)
    rows, columns = confusion.sum(axis=-1), confusion.sum(axis=-2)
    expected = divided((rows * columns).sum(axis=-1), n * n)
    return divided(observed - expected, 1 - expected)


def kappa_of(sums: Array) -> Array:
    """`cohen_kappa` of sums of `verdict_row`s, shape [..., 9 or more]; what follows is not read."""
    k = len(VERDICTS)
    return cohen_kappa(sums[..., : k * k].reshape(*sums.shape[:-1], k, k))


def unit_row(values: Sequence[int], categories: int) -> list[float]:
    """One unit's part in Krippendorff's alpha: its disagreement, then its count per category.

    `values` are the categories that annotators gave it, below `categories`; who gave none is left
    out. A unit with fewer than two values has nothing to pair, and is all zeros.
    """
    m = len(values)
    if m < 2:
        return [0.0] * (categories + 1)
    counts = [float(values.count(category)) for category in range(categories)]
    disagreeing = (m * m - sum(count * count for count in counts)) / (m - 1)
    return [disagreeing, *counts]


def alpha_of(sums: Array, categories: int = len(VERDICTS)) -> Array:
    """Krippendorff's alpha for nominal data of sums of `unit_row`s, shape [..., 1 + categories …].

    With ``n_c`` pairable values of category c, ``n`` in all, and ``D`` the units' disagreement:
    ``1 - (n - 1) D / (n² - Σ n_c²)`` (Krippendorff 2011, "Computing Krippendorff's
    Alpha-Reliability"). Annotators may be any number, and may leave units out. NaN where all
    values are the same.
    """
    counts = sums[..., 1 : 1 + categories]
    n = counts.sum(axis=-1)
    return 1 - divided((n - 1) * sums[..., 0], n * n - (counts * counts).sum(axis=-1))
