"""The ledger of a run: what a try spends stands there before the try ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cai.budget import Spent
from cai.costs import FILE, Ledger


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    return Ledger(tmp_path, "label", "2026-01-01T00:00:00Z", clock=clock)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def test_rows_are_what_was_spent_since_the_row_before(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    spent = {"big": Spent()}
    for turn in range(100):
        clock.now += 7.0
        spent["big"].add(Spent(calls=2, prompt_tokens=300, new_tokens=turn, usd=0.0000334))
        if turn == 60:
            spent["small"] = Spent(calls=1, prompt_tokens=5, new_tokens=1)
        ledger.watch(spent)
    ledger.write(spent)
    ledger.write(spent)  # nothing is there twice
    found = rows(tmp_path)
    assert {(row["stage"], row["started"]) for row in found} == {("label", "2026-01-01T00:00:00Z")}
    assert [row["calls"] for row in found if row["model"] == "small"] == [1]
    big = [row for row in found if row["model"] == "big"]
    assert len(big) == 20  # every 35 seconds
    names = ("calls", "prompt_tokens", "new_tokens", "usd")
    totals = {name: sum(row[name] for row in big) for name in names}
    assert totals == pytest.approx(
        {"calls": 200, "prompt_tokens": 30_000, "new_tokens": 4950, "usd": 0.00334}, abs=1e-9
    )


def test_what_could_not_be_written_is_written_later(
    tmp_path: Path, clock: Clock, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError("no space left")

    spent = {"big": Spent(calls=1000, usd=12.0)}
    clock.now += 31.0
    with monkeypatch.context() as patched:
        patched.setattr("cai.costs.append_rows", full)
        with pytest.raises(OSError, match="no space"):
            ledger.watch(spent)
    ledger.write(spent)
    assert [(row["calls"], row["usd"]) for row in rows(tmp_path)] == [(1000, 12.0)]


def test_a_try_that_asks_nothing_leaves_no_row(tmp_path: Path, ledger: Ledger) -> None:
    ledger.write({})
    assert not (tmp_path / FILE).exists()
