"""Engines that reserve memory leave it to the one that is asked."""

from __future__ import annotations

from cai.engines.vllm.seats import Seats


class _Engine:
    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_two_stay_side_by_side_while_they_fit() -> None:
    seats, first, second, third = Seats(), _Engine(), _Engine(), _Engine()
    seats.take(first, 0.4)
    seats.take(second, 0.6)
    assert (first.closed, second.closed) == (0, 0)
    seats.take(first, 0.4)  # so the second was asked longest ago
    seats.take(third, 0.4)
    assert (first.closed, second.closed, third.closed) == (0, 1, 0)


def test_one_that_needs_all_closes_all_others_and_not_itself() -> None:
    seats, first, second, third = Seats(), _Engine(), _Engine(), _Engine()
    seats.take(first, 0.3)
    seats.take(second, 0.3)
    seats.take(third, 1.0)
    seats.take(third, 1.0)
    assert (first.closed, second.closed, third.closed) == (1, 1, 0)


def test_all_are_closed_at_the_end_and_those_that_nobody_holds_are_gone() -> None:
    seats, first, second = Seats(), _Engine(), _Engine()
    seats.take(first, 0.3)
    seats.take(second, 0.7)
    del second
    third = _Engine()
    seats.take(third, 0.7)
    assert first.closed == 0
    seats.clear()
    assert (first.closed, third.closed) == (1, 1)
    seats.clear()
    assert (first.closed, third.closed) == (1, 1)
