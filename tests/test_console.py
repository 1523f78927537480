"""Progress where there is no terminal: a line now and then, with rate and time left."""

import io
import time

import pytest

from cai.console import stage_progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, to be set."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_lines_have_the_rate_of_the_work_at_hand(clock: list[float]) -> None:
    stream = io.StringIO()
    with stage_progress("label", stream) as progress:
        for seconds, done, total, note in (
            (1, 64, 128, "answers"),
            (21, 104, 128, "answers"),
            (22, 128, 128, "answers"),
            (32, 50, 200, "verdicts"),
            (33, 60, 200, "verdicts"),
            (62, 200, 200, "verdicts"),
        ):
            clock[0] = seconds
            progress(done, total, note)
    assert stream.getvalue().splitlines() == [
        "label: 104/128, 1.9/s, 13 s left  answers",
        "label: 128/128, 2.9/s  answers",
        "label: 50/200, 5.0/s, 30 s left  verdicts",
        "label: 200/200, 5.0/s  verdicts",
    ]


def test_what_was_there_before_has_no_rate(clock: list[float]) -> None:
    stream = io.StringIO()
    with stage_progress("sft", stream) as progress:
        clock[0] = 3
        progress(8, 8)
    assert stream.getvalue() == "sft: 8/8\n"
