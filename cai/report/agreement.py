"""How far two judgements of the same pairs agree, beyond chance."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cai.intervals import Estimate

_RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Paired:
    """Two probabilities that answer A of one comparison is better, and whose prompt it answers."""

    prompt_id: str
    one: float
    other: float


def agreement(pairs: Sequence[Paired]) -> Estimate:
    """The share of pairs in which both prefer the same answer, with its 95 % interval.

    The interval comes from a bootstrap over prompts, whose pairs are not independent of each other.
    Where one of the two is undecided (0.5), half an agreement is counted.
    """
    if not pairs:
        return Estimate(value=None, low=None, high=None, n=0)
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair in pairs:
        undecided = 0.5 in (pair.one, pair.other)
        same = 0.5 if undecided else float((pair.one > 0.5) == (pair.other > 0.5))
        sums[pair.prompt_id][0] += same
        sums[pair.prompt_id][1] += 1
    prompts = list(sums.values())
    rng = random.Random(0)
    shares = sorted(_share(rng.choices(prompts, k=len(prompts))) for _ in range(_RESAMPLES))
    low, high = shares[int(0.025 * _RESAMPLES)], shares[int(0.975 * _RESAMPLES)]
    return Estimate(value=_share(prompts), low=low, high=high, n=len(pairs))


def kappa(found: Estimate) -> Estimate:
    """Cohen's kappa (1960) of an agreement: 0 by chance, 1 where both always agree.

    Which answer is called A means nothing, so every pair counts both ways round: chance agreement
    is then 1/2, and kappa is ``2 p - 1``.
    """
    value, low, high = (
        None if bound is None else 2 * bound - 1
        for bound in (found["value"], found["low"], found["high"])
    )
    return Estimate(value=value, low=low, high=high, n=found["n"])


def _share(sums: Sequence[Sequence[float]]) -> float:
    return sum(same for same, _ in sums) / sum(count for _, count in sums)
