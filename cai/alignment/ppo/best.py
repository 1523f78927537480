"""Which checkpoint is the best one so far, and which policy a run ends with."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from cai.alignment.ppo.alarms.independent import best
from cai.alignment.ppo.alarms.watch import Watch
from cai.alignment.ppo.config import PPOConfig

EndedBy = Literal["end", "stop", "rollback"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a run ended.

    Attributes:
        update: the number of updates that made the policy that the run ends with.
        by: "end" after the last update, else the action of an alarm.
    """

    update: int
    by: EndedBy


def best_update(watch: Watch, settings: PPOConfig) -> int | None:
    """After how many updates the policy was best; None before there is anything to compare.

    By the mean independent score of the looks, if there are any. Else by objective/rlhf_reward,
    averaged over the updates since the checkpoint before, of those that trained the policy.
    """
    found = best(watch.looks)
    if found is not None:
        return found.step
    every = settings.checkpoints.every
    means = {
        last: fmean(
            each.metrics["objective/rlhf_reward"] for each in watch.seen[last - every : last]
        )
        for last in range(every, len(watch.seen) + 1, every)
        if last > settings.value.warmup_updates
    }
    return max(means, key=lambda update: (means[update], -update), default=None)


def ending(watch: Watch, settings: PPOConfig, *, done: bool) -> Ending | None:
    """How the run ends; None if it goes on.

    Args:
        done: whether the trainer has no more updates to make.
    """
    now = watch.seen[-1].step if watch.seen else 0
    action = next((row["action"] for row in watch.alarms if row["action"] != "warn"), None)
    if action == "stop":
        return Ending(update=now, by="stop")
    if action is None and not done:
        return None
    back = action == "rollback" or settings.checkpoints.finish_with == "best"
    update = best_update(watch, settings) if back else None
    return Ending(
        update=now if update is None else update, by="end" if action is None else "rollback"
    )
