"""How much a command may spend on models, and stopping before it is more."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from cai.errors import RunError
from cai.progress import Progress

# Calls made before any pace is known: few, in case each of them is slow.
_FIRST = 8


class BudgetError(RunError):
    """The next model call would be more than may be spent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a model's tokens cost, in US dollars per million."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, new_tokens: int) -> float:
        """The price of a call in US dollars."""
        return (self.prompt * prompt_tokens + self.completion * new_tokens) / 1e6


@dataclass(slots=True)
class Spent:
    """What calls to one model came to; `usd` stays 0 where no price is known."""

    calls: int = 0
    prompt_tokens: int = 0
    new_tokens: int = 0
    usd: float = 0.0

    def add(self, other: Spent) -> None:
        """Counts other calls in."""
        self.calls += other.calls
        self.prompt_tokens += other.prompt_tokens
        self.new_tokens += other.new_tokens
        self.usd += other.usd


@dataclass(slots=True)
class Budget:
    """Limits on one command, and what it has spent. None is no limit.

    Calls that the store answers cost nothing. `clock` gives seconds.
    """

    calls: int | None = None
    seconds: float | None = None
    usd: float | None = None
    clock: Callable[[], float] = time.monotonic
    made: int = 0
    spent: float = 0.0
    paces: dict[Hashable, tuple[int, float]] = field(default_factory=dict)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def admit(self, costs: Sequence[float], kind: Hashable) -> int:
        """How many of the next calls, each of at most these US dollars, may be made together.

        Calls of a `kind`, of one engine and one verb, are taken to have one pace.

        Raises:
            BudgetError: if not even one.
        """
        admitted = len(costs)
        if self.calls is not None:
            admitted = min(admitted, self.calls - self.made)
            self._refuse_if(admitted < 1, f"{self.made} of {self.calls} calls are made")
        if self.usd is not None:
            left, affordable = self.usd - self.spent, 0
            for cost in costs[:admitted]:
                left -= cost
                if left < 0:
                    break
                affordable += 1
            admitted = affordable
            self._refuse_if(admitted < 1, f"{self.spent:.4f} of {self.usd:g} US dollars are spent")
        if self.seconds is not None:
            left = self.seconds - (self.clock() - self.began)
            calls, seconds = self.paces.get(kind, (0, 0.0))
            fitting = int(left * calls / seconds) if seconds else _FIRST
            admitted = min(admitted, fitting if left > 0 else 0)
            self._refuse_if(admitted < 1, f"the next call may not end within {self._limit}")
        return admitted

    def book(self, kind: Hashable, *, calls: int, usd: float, seconds: float) -> None:
        """Adds calls that were made."""
        self.made += calls
        self.spent += usd
        before = self.paces.get(kind, (0, 0.0))
        self.paces[kind] = (before[0] + calls, before[1] + seconds)

    def watching(self, progress: Progress) -> Progress:
        """The same progress, which ends the work when time is up.

        A training then goes on from its last checkpoint, so a budget should hold a few of these.
        """

        def show(done: int, total: int, note: str = "") -> None:
            progress(done, total, note)
            if self.seconds is not None and done < total:
                over = self.clock() - self.began >= self.seconds
                self._refuse_if(over, f"{self._limit} are up")

        return show

    @property
    def _limit(self) -> str:
        return f"{(self.seconds or 0.0) / 60:g} minutes"

    def _refuse_if(self, over: bool, why: str) -> None:
        if over:
            raise BudgetError(
                f"stopped by the budget: {why}; what is made is kept, and the same command goes on "
                "from there (a training from its last checkpoint)"
            )
