"""95 % intervals for numbers whose cases come in clusters, such as all pairs of one prompt.

Every statistic here is a function of sums over cases. So the cases are summed by groups of prompts
once, and the bootstrap draws groups (the cluster bootstrap, Davison & Hinkley 1997, section 3.8).
Groups are a hash of the prompt: there are never more than `GROUPS` of them, whatever the number of
cases, and up to about that many prompts hardly two share one. Prompts that do are drawn together,
which makes the draws coarser and leaves the interval valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cai.intervals import Estimate, wilson
from cai.records import derive_seed

Array = npt.NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""From sums, shape [..., columns], to values, shape [...]; NaN where there is none."""

GROUPS = 1024
RESAMPLES = 1000
FEWEST_GROUPS = 20
"""With fewer, the draws of a bootstrap say little, and an interval could be a single point."""


@lru_cache(maxsize=1 << 16)
def group_of(prompt_id: str) -> int:
    """The group of prompts that a prompt is drawn with, below `GROUPS`."""
    return derive_seed(0, "group", prompt_id) % GROUPS


def summed(prompt_ids: Sequence[str], values: npt.ArrayLike) -> Array:
    """Sums of `values`, shape [cases, columns], by groups of prompts: [non-empty groups, columns].

    One column more, the last, counts the cases.
    """
    counted = np.column_stack([values, np.ones(len(prompt_ids))])
    sums = np.zeros((GROUPS, counted.shape[1]))
    np.add.at(sums, [group_of(name) for name in prompt_ids], counted)
    return sums[sums[:, -1] > 0]


def estimate(sums: Array, statistic: Statistic, *, n: int | None = None) -> Estimate:
    """A statistic of all cases, and the 2.5 and 97.5 % points of its bootstrap distribution.

    `sums` are as `summed` gives them; `n` is the number of cases if it is not their count. There is
    no interval with fewer than `FEWEST_GROUPS` groups.
    """
    value = _number(statistic(sums.sum(axis=0)))
    count = int(sums[:, -1].sum()) if n is None else n
    if value is None or len(sums) < FEWEST_GROUPS:
        return Estimate(value=value, low=None, high=None, n=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = statistic(_weights(len(sums)) @ sums)
    known = draws[np.isfinite(draws)]
    low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (None, None)
    return Estimate(value=value, low=_number(low), high=_number(high), n=count)


def mean(sums: Array, column: int = 0) -> Estimate:
    """The mean of a column whose values lie in [0, 1], over all cases.

    The interval is Wilson's, as if each group had a single case, where a bootstrap has too few
    groups, or where every case is right or every case wrong: draws of those are all the same.
    """
    found = estimate(sums, share(column))
    value, groups = found["value"], len(sums)
    if value is None or (groups >= FEWEST_GROUPS and value not in (0.0, 1.0)):
        return found
    few = wilson(value * groups, groups)
    return Estimate(value=value, low=few["low"], high=few["high"], n=found["n"])


def share(column: int = 0) -> Statistic:
    """The statistic that divides a column by the number of cases."""

    def statistic(sums: Array) -> Array:
        return divided(sums[..., column], sums[..., -1])

    return statistic


def divided(above: Array, below: Array) -> Array:
    """A quotient, NaN where there is nothing to divide by."""
    quotient = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=quotient, where=np.asarray(below) > 0)
    return quotient


@lru_cache(maxsize=4)
def _weights(groups: int) -> Array:
    """How often each group is drawn, shape [RESAMPLES, groups]: the same for every statistic."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES)
    return drawn.astype(np.float64)


def _number(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
