"""Measured numbers with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TypedDict

Z95 = 1.959963984540054  # standard normal quantile of a two-sided 95 % interval


class Estimate(TypedDict):
    """A number over `n` cases with its 95 % interval; None where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def wilson(successes: float, n: int) -> Estimate:
    """A share with its score interval (Wilson 1927), which stays inside [0, 1]."""
    if n == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    share = successes / n
    centre = share + Z95**2 / (2 * n)
    spread = Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    scale = 1 + Z95**2 / n
    return Estimate(
        value=share,
        # At the ends the bound is the end itself; rounding would miss it by 1e-17.
        low=0.0 if successes == 0 else (centre - spread) / scale,
        high=1.0 if successes == n else (centre + spread) / scale,
        n=n,
    )


def mean(values: Sequence[float]) -> Estimate:
    """A mean with its normal interval; a single value has none."""
    if not values:
        return Estimate(value=None, low=None, high=None, n=0)
    value = fmean(values)
    if len(values) == 1:
        return Estimate(value=value, low=None, high=None, n=1)
    half = Z95 * stdev(values) / math.sqrt(len(values))
    return Estimate(value=value, low=value - half, high=value + half, n=len(values))
