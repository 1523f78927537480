"""What is tried, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A stage's step that can be made at several sizes.

    Attributes:
        unit: what a size counts, such as "rows"; `configured` of them are what the recipe says, or
            what an engine would do of itself.
        length: tokens of each; 0 where the unit is tokens.
        parameters: of the model.
        step: makes the step at a size; returns the bytes of the weights, gradients and moments that
            it held: what grows with the model and not with the size.
    """

    unit: str
    configured: int
    length: int
    parameters: int
    step: Callable[[int], int]

    @property
    def sizes(self) -> tuple[int, ...]:
        """A small one first, which says whether the configured one should be tried."""
        return tuple(sorted({max(1, self.configured // 4), self.configured}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What a trial took; bytes.

    Attributes:
        unit, configured, length, parameters: of the trial.
        base: what the process held before it.
        held: what the step returned.
        free: what the process may hold in all.
        peaks: the most it held at each size that was tried and went well. Without any, and with
            none `short`, nothing was tried: what it must hold is known to be more than `free`.
        short: the size at which memory ran out, if one did.
    """

    unit: str
    configured: int
    length: int
    parameters: int
    base: int
    held: int
    free: int
    peaks: Mapping[int, int] = field(default_factory=dict)
    short: int | None = None
    seconds: float = 0.0
