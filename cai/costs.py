"""`costs.jsonl`: what a run has spent on models, by tries of stages and models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cai.budget import Spent
from cai.journal import append_rows
from cai.records import to_row

FILE = "costs.jsonl"

_SECONDS_BETWEEN_ROWS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one try of a stage asked of one model since its last row.

    `usd` is 0 where the recipe has no price. Calls that the store answered cost nothing and are not
    here, and neither is the last half minute of a process that was killed at once.
    """

    stage: str
    started: str
    model: str
    calls: int
    prompt_tokens: int
    new_tokens: int
    usd: float


class Ledger:
    """Adds what a try of a stage spends to the file of a run's folder, while it spends it.

    `clock` gives seconds.
    """

    def __init__(
        self,
        folder: Path,
        stage: str,
        started: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = folder / FILE
        self._stage = stage
        self._started = started
        self._clock = clock
        self._written: dict[str, Spent] = {}
        self._last = clock()

    def watch(self, spent: Mapping[str, Spent]) -> None:
        """Writes if half a minute has gone by; `spent` is all that the try has, by models."""
        if self._clock() - self._last >= _SECONDS_BETWEEN_ROWS:
            self.write(spent)

    def write(self, spent: Mapping[str, Spent]) -> None:
        """Adds what was spent since the last time."""
        before = {model: self._written.get(model, Spent()) for model in spent}
        new = {model: replace(now) for model, now in spent.items() if now != before[model]}
        if new:
            rows = [self._row(model, before[model], now) for model, now in new.items()]
            append_rows(self._path, map(to_row, rows))
            self._written |= new  # not before: what could not be written is written next time
        self._last = self._clock()

    def _row(self, model: str, before: Spent, now: Spent) -> Cost:
        return Cost(
            stage=self._stage,
            started=self._started,
            model=model,
            calls=now.calls - before.calls,
            prompt_tokens=now.prompt_tokens - before.prompt_tokens,
            new_tokens=now.new_tokens - before.new_tokens,
            # Rounded before: so rows of a try sum up to the rounded whole.
            usd=round(round(now.usd, 6) - round(before.usd, 6), 6),
        )


def told(spent: Mapping[str, Spent]) -> str | None:
    """What was spent where it costs something, in a line; None where nothing does."""
    parts = [
        f"{model}: {one.usd:.4f} US dollars for {one.prompt_tokens:,} tokens read and "
        f"{one.new_tokens:,} said"
        for model, one in spent.items()
        if one.usd
    ]
    return "; ".join(parts) or None
