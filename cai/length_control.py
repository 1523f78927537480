"""Accuracy as it would be if the longer answer were the better one half of the time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cai.intervals import Estimate
from cai.resampling import Array, divided, estimate, summed


def at_equal_length(
    prompt_ids: Sequence[str], kinds: Sequence[int], points: Sequence[float]
) -> Estimate:
    """The mean of `points`, with both kinds of unequal pairs weighted to the same total.

    The aim is that of length-controlled win rates (Dubois et al. 2024), reached by
    post-stratification instead of a regression, which would assume a form of the length's effect.

    Args:
        kinds: 1 where the better answer of a pair is the longer, -1 where it is the shorter, 0
            where both are as long.
        points: 1 for a pair that was told right, 0 for one told wrong, 0.5 for a tie. Who counts
            characters gets exactly 0.5.

    Returns:
        None as its value without pairs of both kinds.
    """
    rows = []
    for kind, point in zip(kinds, points, strict=True):
        counts = [float(kind == wanted) for wanted in (1, -1, 0)]
        rows.append([*counts, *(point * count for count in counts)])

    def balanced(sums: Array) -> Array:
        longer, shorter, equal = (divided(sums[..., 3 + i], sums[..., i]) for i in range(3))
        unequal = sums[..., 0] + sums[..., 1]
        total = unequal * (longer + shorter) / 2 + np.nan_to_num(equal) * sums[..., 2]
        return divided(total, sums[..., -1])

    return estimate(summed(prompt_ids, np.reshape(rows, (-1, 6))), balanced)
