"""The ledger of a run: what a try spends stands there before the try ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cai.budget import Spent
from cai.costs import FILE, Ledger
from cai.progress import silent


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rows_are_what_was_spent_since_the_row_before(tmp_path: Path) -> None:
    clock, spent = Clock(), {"big": Spent()}
    ledger = Ledger(tmp_path, "label", "2026-01-01T00:00:00Z", spent, clock=clock)
    progress = ledger.watching(silent)
    totals = {"calls": 0, "prompt_tokens": 0, "new_tokens": 0, "usd": 0.0}
    for turn in range(100):
        clock.now += 7.0
        spent["big"].add(Spent(calls=2, prompt_tokens=300, new_tokens=turn, usd=0.0000334))
        if turn == 60:
            spent["small"] = Spent(calls=1, prompt_tokens=5, new_tokens=1)
        progress(turn, 100)
    ledger.write()
    ledger.write()  # nothing is there twice
    rows = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    for row in rows:
        assert (row["stage"], row["started"]) == ("label", "2026-01-01T00:00:00Z")
        for name in totals:
            totals[name] += row[name] if row["model"] == "big" else 0
    assert [row["calls"] for row in rows if row["model"] == "small"] == [1]
    assert len(rows) == 20 + 1  # one each 35 seconds, and one of the other model
    assert totals == pytest.approx(
        {"calls": 200, "prompt_tokens": 30_000, "new_tokens": 4950, "usd": 0.00334}, abs=1e-9
    )


def test_a_try_that_asks_nothing_leaves_no_row(tmp_path: Path) -> None:
    Ledger(tmp_path, "sft", "2026-01-01T00:00:00Z", {}).write()
    assert not (tmp_path / FILE).exists()
