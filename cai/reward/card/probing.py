"""What the probes did to the reward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.resampling import estimate, mean, share, summed
from cai.reward.card.judged import Judged
from cai.reward.card.probes import PROBES, Damaged


def measure(
    rows: Sequence[Judged], tried: Sequence[Damaged], rewards: Sequence[float | None], std: float
) -> dict[str, Any]:
    """For each probe, by its name: how many answers gained by being damaged, and how much.

    Args:
        tried: damaged answers of `rows`; `rewards` are theirs, None where one does not fit the
            model's context.
        std: standard deviation of the reward over held-out answers, the unit of `shift`.

    Returns:
        `n` answers; `rises` and `falls`, the shares whose reward is higher or lower than before;
        `shift`, the mean change in units of `std`. Intervals are resampled by prompt.
    """
    found = {}
    for name in PROBES:
        changes = [
            (rows[one.index].prompt_id, (reward - rows[one.index].chosen) / std)
            for one, reward in zip(tried, rewards, strict=True)
            if one.probe == name and reward is not None
        ]
        if not changes:
            continue
        prompts, shifts = [prompt for prompt, _ in changes], np.array([c for _, c in changes])
        sums = summed(prompts, np.column_stack([shifts > 0, shifts < 0, shifts]))
        found[name] = {
            "n": len(changes),
            "rises": mean(sums, 0),
            "falls": mean(sums, 1),
            "shift": estimate(sums, share(2)),
        }
    return found
