"""How fast a server is asked, and what its failures mean."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.engines.server.failures import of_status, retry_after
from cai.engines.server.pace import Allowance, Window, wait_before


def test_a_window_opens_fast_and_closes_only_where_many_are_refused() -> None:
    window = Window(64)
    rounds = 0
    while window.limit < 64:
        rounds += 1
        for _ in range(window.limit):
            window.answered()
    assert rounds == 3  # 8, 16, 32
    draw = random.Random(0)
    for _ in range(2000):  # faults that have nothing to do with the load
        (window.refused if draw.random() < 0.08 else window.answered)()
    assert window.limit == 64
    for _ in range(300):
        (window.refused if draw.random() < 0.6 else window.answered)()
    assert window.limit < 16
    before = window.limit
    for _ in range(3 * before):
        window.answered()
    assert before < window.limit <= before + 4  # by one per round now


@given(st.lists(st.booleans(), max_size=400), st.integers(1, 300))
def test_a_window_stays_between_one_and_its_most(answers: list[bool], most: int) -> None:
    window = Window(most)
    for fine in answers:
        (window.answered if fine else window.refused)()
        assert 1 <= window.limit <= most


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 5)), min_size=1, max_size=50),
    st.floats(30, 6000),
)
def test_an_allowance_never_gives_more_than_its_rate(
    taken: list[tuple[float, float]], per_minute: float
) -> None:
    now = 0.0
    allowance = Allowance(per_minute, lambda: now)
    total, last = 0.0, 0.0
    for pause, amount in taken:
        now += pause
        used_at = now + allowance.take(amount)
        total += amount
        last = max(last, used_at)
        assert total <= per_minute / 60 * last + max(1.0, per_minute / 60) + 1e-6


@given(st.integers(1, 10_000), st.integers())
def test_waits_are_drawn_from_all_of_a_growing_range(attempt: int, seed: int) -> None:
    assert 0 <= wait_before(attempt, random.Random(seed)) <= min(30, 0.5 * 2 ** min(attempt, 20))


def test_retry_after_is_seconds_or_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after": later}) == pytest.approx(20, abs=3)
    assert retry_after({"retry-after": "86400"}) == 600
    for nothing in ({}, {"retry-after": "soon"}, {"retry-after": "nan"}):
        assert retry_after(nothing) is None
    assert retry_after({"retry-after": "-3"}) == 0


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {"error": {"message": "slow"}}, {"busy": True, "final": False}),
        (429, {"code": "insufficient_quota"}, {"busy": False, "final": True}),
        (503, "<html>busy</html>", {"busy": True, "final": False}),
        (500, None, {"busy": False, "final": False}),
        (408, None, {"final": False}),
        (401, {"message": "no"}, {"final": True}),
        (400, {"error": {"code": "content_filter"}}, {"filtered": True, "final": False}),
        (400, {"error": "odd"}, {"filtered": False, "final": True}),
    ],
)
def test_what_a_status_means(status: int, body: Any, expected: dict[str, bool]) -> None:
    failure = of_status(status, {}, body)
    assert {name: getattr(failure, name) for name in expected} == expected
    assert "<html>" not in failure.why
