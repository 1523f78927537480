"""Looks: the same prompts answered with the same draws, and scored by somebody outside training.

Between two looks only the policy differs, so that differences are paired: what one prompt or one
lucky draw adds to a score, it adds to both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, pstdev, stdev
from typing import Any

from cai.alignment.ppo.rollout import RewardFunction, pick
from cai.alignment.ppo.trainer import PPOTrainer
from cai.errors import RecipeError

# A number that no update has: the draws of looks are not those of training.
_DRAW = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One look, after `step` updates: by prompt the independent score and the training reward."""

    step: int
    scores: tuple[float, ...]
    rewards: tuple[float, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """Both means, as the rows of metrics have them."""
        return {"independent/score": fmean(self.scores), "independent/reward": fmean(self.rewards)}

    def to_row(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @staticmethod
    def from_row(row: Mapping[str, Any]) -> Look:
        """What `to_row` gave."""
        return Look(step=row["step"], scores=tuple(row["scores"]), rewards=tuple(row["rewards"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A mean of paired differences and its standard error."""

    mean: float
    error: float

    @property
    def in_errors(self) -> float:
        """The mean in standard errors; 0 where nothing differs."""
        if self.error == 0:
            return math.copysign(math.inf, self.mean) if self.mean else 0.0
        return self.mean / self.error


def look(trainer: PPOTrainer, independent: RewardFunction, *, count: int) -> Look:
    """Looks at the trainer's policy as it is; nothing is learned, and no state changes.

    Raises:
        RunError: if either gives a score that is not a finite number.
        RecipeError: if there are fewer prompts than processes.
    """
    prompts = pick(
        trainer.prompts, name="independent", seed=trainer.settings.seed,
        first=0, count=min(count, len(trainer.prompts)),
    )  # fmt: skip
    if len(prompts) < trainer.world.size:
        raise RecipeError(
            f"align-ppo: a look at {len(prompts)} prompts gives {trainer.world.size} processes not "
            "even one each; raise independent.prompts, give more prompts, or start fewer processes"
        )
    _, rewards, scores = trainer.try_out(prompts, draw=_DRAW, independent=independent)
    return Look(
        step=trainer.updates_done,
        scores=tuple(scores.total.tolist()),
        rewards=tuple(rewards.total.tolist()),
    )


def change(before: Sequence[float], now: Sequence[float]) -> Change:
    """The mean of `now` minus `before`, pair by pair; two pairs or more."""
    differences = [b - a for a, b in zip(before, now, strict=True)]
    return Change(mean=fmean(differences), error=stdev(differences) / math.sqrt(len(differences)))


def best(looks: Sequence[Look]) -> Look | None:
    """The look with the highest mean independent score, of equal ones the first."""
    return max(looks, key=lambda one: (fmean(one.scores), -one.step), default=None)


def spread(one: Look) -> float:
    """The standard deviation of a look's independent scores."""
    return pstdev(one.scores)
