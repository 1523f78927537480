"""What a recipe says of one part of a reward."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Normalise = Literal["model", "start", "none"]
# `model: reward` is the run's own reward model.
OWN_MODEL = "reward"

_KINDS = ("model", "function", "length", "repetition", "require", "forbid")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Endings of metrics that are named after a source.
_TAKEN = ("_std", "_disagreement")


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardSource:
    """One part of a reward: a model, a Python function or a rule; exactly one of these.

    Attributes:
        name: under which its numbers are logged; null: `reward`, the model's or function's own
            name, or the rule's.
        weight: what one unit of it counts in the sum. Rules are penalties between -1 and 0, or
            below, so that their weight is a price.
        normalise: what is subtracted from its scores and divides them, before the weight. `model`:
            mean and deviation that the reward model stores. `start`: those of the first answers of
            the model to be aligned, measured once. `none`: as they are. null: `model` for a model
            that stores them, `start` for one that does not, `none` for rules and functions.
        model: a reward model's folder or hub name; `reward` is the run's own, with its ensemble.
        function: `module:function` or `file.py:function` with the signature of TRL's reward
            functions, found from the recipe's folder, then from the current one.
        length: tokens beyond which an answer costs; 1 at twice as many, and on in proportion.
        repetition: n; an answer costs the share of its n-grams of tokens that it has said before.
        require: a regular expression; an answer in which it is found nowhere costs 1.
        forbid: a regular expression; an answer in which it is found costs 1.
    """

    name: str | None = None
    weight: float = 1.0
    normalise: Normalise | None = None
    model: str | None = None
    function: str | None = None
    length: int | None = None
    repetition: int | None = None
    require: str | None = None
    forbid: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot work, naming the field and the mend."""
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a source of rewards has {' and '.join(given) or 'nothing to score with'}; "
                f"give exactly one of {', '.join(_KINDS)}"
            )
        value = getattr(self, given[0])
        if value == "":
            raise ValueError(f"{given[0]} of a source of rewards is empty; fill it in")
        if isinstance(value, int) and value < 1:
            raise ValueError(f"{given[0]} of a source of rewards is {value}; it must be at least 1")
        if not math.isfinite(self.weight) or self.weight == 0:
            raise ValueError(
                f"weight of the source {self.label!r} is {self.weight:g}; give a number other than "
                "0, or leave the source out"
            )
        if self.normalise == "model" and self.model is None:
            raise ValueError(
                f"normalise of the source {self.label!r}: only a model stores statistics; use "
                "start or none"
            )
        if not _NAME.fullmatch(self.label) or self.label.endswith(_TAKEN):
            raise ValueError(
                f"name of a source of rewards: {self.label!r}; use letters, digits, '_', '.' and "
                f"'-', and none of the endings {', '.join(_TAKEN)}"
            )

    @property
    def kind(self) -> str:
        """Which of the kinds it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def label(self) -> str:
        """Its name, given or not."""
        if self.name is not None:
            return self.name
        if self.function is not None:
            return self.function.rpartition(":")[2]
        if self.model is not None:
            return _own_part(self.model)
        return self.kind


class Statistics(NamedTuple):
    """Mean and standard deviation of a source's scores."""

    mean: float
    std: float


NOTHING_CHANGED = Statistics(0.0, 1.0)


def check_names(sources: Sequence[RewardSource]) -> None:
    """Checks that no two sources have one name.

    Raises:
        ValueError: naming it.
    """
    labels = [source.label for source in sources]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"rewards: two sources are called {label!r}; give each a name")


def _own_part(model: str) -> str:
    """The part of a path or hub name that tells models apart: runs/x/reward/model is `x`."""
    parts = [part for part in re.split(r"[/\\@]", model.split("@")[0]) if part not in ("", ".")]
    while len(parts) > 1 and parts[-1] in ("model", "reward"):
        parts.pop()
    return parts[-1] if parts else model
