"""Several reward models that differ by chance alone, and one score from what they say.

Where they agree, training data has settled the matter; where they differ, it has not, and there a
single model pays for its own mistakes. Combinations that take disagreement into account put off
the point at which more of the reward is less of what it stands for (Coste et al. 2023, "Reward
Model Ensembles Help Mitigate Overoptimization"; Eisenstein et al. 2023, "Helping or Herding?", who
also show what is left: members that start from one model share its errors).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from cai.errors import RunError
from cai.records import Message
from cai.reward.score import Scorer

MEMBERS = "members"

Combine = Literal["mean", "min", "lower-bound"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EnsembleSettings:
    """Reward models that differ by chance, and how their scores become one.

    Attributes:
        size: members to train. The first is the reward model itself, trained on every pair; each
            further one draws its own score head and order, and trains on prompts drawn with
            replacement, as many as there are, each with all of its pairs. 3 to 5 are usual.
        combine: the score of the members for PPO. `mean`; `min`, the most cautious; `lower-bound`,
            the mean less `std_weight` standard deviations among members.
        std_weight: how much disagreement costs in the lower bound.
        held_out: keeps the last member out of what PPO raises, as an independent opinion of it.
    """

    size: int = field(default=1, metadata={"minimum": 1})
    combine: Combine = "mean"
    std_weight: float = field(default=1.0, metadata={"minimum": 0})
    held_out: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where members are missing for what is asked of them."""
        if self.size < 1:
            raise ValueError(f"ensemble.size is {self.size}; it must be at least 1")
        if self.std_weight < 0:
            raise ValueError(f"ensemble.std_weight is {self.std_weight}; it must be at least 0")
        if self.combine not in ("mean", "min", "lower-bound"):
            raise ValueError(f"ensemble.combine {self.combine!r}: use mean, min or lower-bound")
        if self.held_out and self.size < 2:
            raise ValueError("ensemble.held_out needs an ensemble.size of 2 or more")
        if self.combine != "mean" and self.in_training < 2:
            raise ValueError(
                f"ensemble.combine {self.combine} needs 2 members in training; raise ensemble.size"
            )

    @property
    def in_training(self) -> int:
        """Members that PPO's reward is made of."""
        return self.size - self.held_out


def member_folders(model: Path, size: int) -> list[Path]:
    """The folders of an ensemble's members, the first of which is `model`.

    Raises:
        RunError: if there are fewer than `size`.
    """
    folders = [model, *(model.parent / MEMBERS / str(i) / model.name for i in range(1, size))]
    for folder in folders[1:]:
        if not folder.is_dir():
            raise RunError(
                f"{folder}: the ensemble has no such member; run `cai reward` to train {size}, or "
                "lower reward.ensemble.size"
            )
    return folders


def combine(scores: Tensor, *, how: Combine, std_weight: float = 1.0) -> Tensor:
    """One score from those of k members, [k, n] -> [n].

    mean: 1/k Σ_i s_i.  min: min_i s_i.  lower-bound: mean - λ·std, λ = `std_weight`.

    Coste et al. (2023) call the second worst-case optimization; their uncertainty
    weighted optimization subtracts the variance where this subtracts its root, which has the
    unit of the score, so that λ means the same at every scale.
    """
    if how == "min":
        return scores.min(dim=0).values
    mean = scores.mean(dim=0)
    return mean if how == "mean" else mean - std_weight * disagreement(scores)


def disagreement(scores: Tensor) -> Tensor:
    """Standard deviation among k members, [k, n] -> [n], with divisor k."""
    return scores.std(dim=0, correction=0)


class Ensemble:
    """The members of an ensemble as one function of conversations.

    Args:
        scorers: the members; best normalised, for each has a zero and a scale of its own.
    """

    def __init__(self, scorers: Sequence[Scorer]) -> None:
        self.scorers = tuple(scorers)

    def __call__(self, conversations: Sequence[Sequence[Message]]) -> Tensor:
        """Each member's score of each conversation's last answer: [k, n], float32, on the CPU."""
        return torch.stack([scorer.fitting(conversations) for scorer in self.scorers])


def held_out_member(model: Path, size: int, *, device: str | None = None) -> Scorer:
    """The last of an ensemble's `size` members, which `held_out` keeps out of training; normalised,
    so that its scores and the reward's can be looked at on one scale.

    Raises:
        EngineError: if it cannot be loaded.
        RunError: if there is no such member.
    """
    return Scorer(str(member_folders(model, size)[-1]), normalised=True, device=device)
