"""One source of a reward: what it is asked, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from cai.reward.sources.answered import Answered


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a source says of n answers.

    Attributes:
        values: [n], NaN where it does not apply.
        beside: further numbers about each answer, [n], by what they are; for reading only.
        logged: further numbers of the whole batch.
        columns: further values of each answer.
    """

    values: Tensor
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    logged: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Source(Protocol):
    """Anything that scores answers."""

    def __call__(self, answered: Answered) -> Said:
        """The source's own scores, before normalisation and weight.

        Raises:
            RunError: if it cannot score them; the message names the recipe's key.
        """
