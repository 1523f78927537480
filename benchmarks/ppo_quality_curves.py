"""Reward at equal KL, and intervals over seeds: the arithmetic of `benchmarks/ppo_quality.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import NamedTuple

# 97.5 % points of Student's t with 1, 2, … degrees of freedom.
_T975 = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157)


class Interval(NamedTuple):
    """A mean over seeds and its 95 % interval; one seed alone has none."""

    mean: float
    low: float
    high: float


def over_seeds(values: Sequence[float]) -> Interval:
    """Mean and Student's 95 % interval of values that are independent from seed to seed.

    Raises:
        ValueError: for no value, and for more than 10.
    """
    if not 1 <= len(values) <= len(_T975) + 1:
        raise ValueError(f"{len(values)} seeds; there must be 1 to {len(_T975) + 1}")
    mean = fmean(values)
    if len(values) == 1:
        return Interval(mean, math.nan, math.nan)
    half = _T975[len(values) - 2] * stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A policy on the way: its distance and its gain, both from the SFT model.

    Attributes:
        kl: nats per answer.
        gains: mean reward less that of the SFT model, on each half of the prompts.
    """

    kl: float
    gains: tuple[float, float]

    @property
    def gain(self) -> float:
        """On all prompts."""
        return (self.gains[0] + self.gains[1]) / 2


START = Point(kl=0.0, gains=(0.0, 0.0))


def within(curve: Sequence[Point], kl: float) -> float:
    """What the best policy on the way gains that is at most `kl` from the SFT model.

    The way goes from the SFT model straight from point to point. The largest of several noisy
    gains is too large, and larger the more there are; so one half of the prompts chooses the
    policy, the other half says what it gains, and the mean over both choices is free of that.

    Raises:
        ValueError: if the way never gets as far as `kl`.
    """
    if furthest(curve) < kl:
        raise ValueError(f"the way ends {furthest(curve):g} nats out, not {kl:g}")
    reached = [point for point in crossings([START, *curve], kl) if point.kl <= kl]
    found = [
        max(reached, key=lambda point: point.gains[half]).gains[1 - half] for half in (0, 1)
    ]  # fmt: skip
    return fmean(found)


def crossings(curve: Sequence[Point], kl: float) -> list[Point]:
    """The points of a curve, and between two of them the one where it passes `kl`, if it does."""
    found = list(curve[:1])
    for one, other in pairwise(curve):
        if min(one.kl, other.kl) < kl < max(one.kl, other.kl):
            share = (kl - one.kl) / (other.kl - one.kl)
            first, second = (
                a + share * (b - a) for a, b in zip(one.gains, other.gains, strict=True)
            )
            found.append(Point(kl=kl, gains=(first, second)))
        found.append(other)
    return found


def furthest(curve: Sequence[Point]) -> float:
    """The largest distance on the way, in nats per answer."""
    return max((point.kl for point in curve), default=0.0)


def common_distances(sides: Sequence[Sequence[Sequence[Point]]]) -> list[float]:
    """Four distances to compare at: the largest is what every run of every side reaches."""
    most = min(furthest(curve) for curves in sides for curve in curves)
    return [most * part / 4 for part in (1, 2, 3, 4)]
