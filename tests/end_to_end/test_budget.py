"""Budgets: nothing is asked beyond them, and what was asked is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai import cli
from cai.budget import Budget, BudgetError, Price
from cai.engines.base import GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.records import said_by

Engines = Callable[..., Any]


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def requests(count: int, start: int = 0) -> list[GenerateRequest]:
    return [
        GenerateRequest(messages=said_by("user", f"question {n}"), max_new_tokens=10, temperature=0)
        for n in range(start, start + count)
    ]


def test_calls_are_made_up_to_the_last_one_allowed(engine: Engines, tmp_path: Path) -> None:
    inner, budget = engine(), Budget(calls=7)
    cached = CachedEngine(
        lambda: inner,
        identity=inner.identity,
        cache=CallCache(tmp_path / "calls.sqlite"),
        chunk=4,
        budget=budget,
    )
    cached.generate(requests(5))
    cached.generate(requests(5))  # known, so they cost nothing
    with pytest.raises(BudgetError, match="7 of 7 calls are made; what is made is kept"):
        cached.generate(requests(5, start=5))
    assert budget.made == 7
    assert cached.count_of_calls.made == 7
    # What was asked before the end is in the store: asked again, it is known.
    assert all(answer.cached for answer in cached.generate(requests(7)))


def test_dollars_are_reserved_for_the_longest_answer_and_booked_for_the_real_one() -> None:
    price = Price(prompt=2.0, completion=10.0)
    assert price.of(100, 50) == pytest.approx(0.0007)
    budget = Budget(usd=0.002)
    assert budget.admit([0.0007] * 5, "x") == 2
    budget.book("x", calls=2, usd=0.0004, seconds=1.0)
    assert budget.admit([0.0007] * 5, "x") == 2
    budget.book("x", calls=2, usd=0.0012, seconds=1.0)
    with pytest.raises(BudgetError, match=r"0\.0016 of 0\.002 US dollars are spent"):
        budget.admit([0.0007], "x")


def test_time_is_kept_by_the_pace_so_far() -> None:
    clock = Clock()
    budget = Budget(seconds=60, clock=clock)
    assert budget.admit([0.0] * 100, "x") == 8
    clock.now += 16
    budget.book("x", calls=8, usd=0.0, seconds=16.0)
    assert budget.admit([0.0] * 100, "x") == 22  # 44 seconds at 2 seconds each
    assert budget.admit([0.0] * 100, "another kind of call") == 8
    clock.now += 43
    with pytest.raises(BudgetError, match="the next call may not end within 1 minutes"):
        budget.admit([0.0], "x")


def test_training_stops_at_a_step_when_time_is_up() -> None:
    clock, seen = Clock(), []
    budget = Budget(seconds=60, clock=clock)
    progress = budget.watching(lambda done, total, note="": seen.append(done))
    progress(1, 3)
    clock.now += 61
    with pytest.raises(BudgetError, match="1 minutes are up"):
        progress(2, 3)
    progress(3, 3)  # finished: nothing is left to stop
    assert seen == [1, 2, 3]


def test_without_limits_everything_is_admitted() -> None:
    assert Budget().admit([5.0] * 300, "x") == 300


@pytest.mark.parametrize("stage", ["critique-revise"])
def test_a_stopped_stage_goes_on_and_ends_as_if_unbroken(
    stage: str, small_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def command(folder: str) -> list[str]:
        return [stage, str(small_recipe), "--out", str(tmp_path / folder), "--limit", "6"]

    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "one"))
    assert cli.main(command("whole")) == 0
    made = json.loads((tmp_path / "whole" / stage / "manifest.json").read_text())["calls"]
    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "other"))
    stops = 0
    while cli.main([*command("broken"), "--budget-calls", "10"]) == 2:
        stops += 1
        assert "stopped by the budget: 10 of 10 calls" in capsys.readouterr().err
        assert stops < made
    assert stops == (made - 1) // 10
    for file in ("revisions.jsonl", "sft.jsonl"):
        whole, broken = (tmp_path / name / stage / file for name in ("whole", "broken"))
        assert whole.read_bytes() == broken.read_bytes()


def test_a_budget_in_dollars_needs_prices(
    small_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["critique-revise", str(small_recipe), "--out", str(tmp_path / "run"), "--limit", "4"]
    command += ["--budget-usd", "0.001"]
    assert cli.main(command) == 2
    assert "prices: none for cai-mini, so --budget-usd cannot be kept" in capsys.readouterr().err
    priced = [*command, "--set", "prices.cai-mini={prompt: 1, completion: 3}"]
    assert cli.main(priced) == 2
    assert "of 0.001 US dollars are spent" in capsys.readouterr().err
    assert cli.main([*command, "--set", "prices.cai-mini={prompt: 0, completion: 0}"]) == 0


@pytest.mark.parametrize(("flag", "value"), [("--budget-calls", "-1"), ("--budget-minutes", "nan")])
def test_budgets_that_are_none(
    flag: str, value: str, small_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["critique-revise", str(small_recipe), "--out", str(tmp_path / "run"), flag, value]
    assert cli.main(command) == 2
    assert f"{flag} {value}: give a number" in capsys.readouterr().err
