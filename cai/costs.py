"""`costs.jsonl`: what a run has spent on models, a row per try of a stage and model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cai.budget import Spent
from cai.journal import append_rows
from cai.records import to_row

FILE = "costs.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one try of a stage asked of one model.

    `usd` is 0 where the recipe has no price. Calls that the store answered cost nothing and are not
    here, and neither are tries of a process that was killed at once.
    """

    stage: str
    started: str
    model: str
    calls: int
    prompt_tokens: int
    new_tokens: int
    usd: float


def write(folder: Path, stage: str, started: str, spent: Mapping[str, Spent]) -> None:
    """Adds a try of a stage to the file of a run's folder."""
    rows = [
        Cost(
            stage=stage,
            started=started,
            model=model,
            calls=one.calls,
            prompt_tokens=one.prompt_tokens,
            new_tokens=one.new_tokens,
            usd=round(one.usd, 6),
        )
        for model, one in spent.items()
    ]
    if rows:
        append_rows(folder / FILE, map(to_row, rows))


def told(spent: Mapping[str, Spent]) -> str | None:
    """What was spent where it costs something, in a line; None where nothing does."""
    parts = [
        f"{model}: {one.usd:.4f} US dollars for {one.prompt_tokens:,} tokens read and "
        f"{one.new_tokens:,} said"
        for model, one in spent.items()
        if one.usd
    ]
    return "; ".join(parts) or None
