"""Intervals against published ones."""

import pytest

from cai.intervals import wilson


def test_wilson_interval_of_a_published_case() -> None:
    # 81 of 263: Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    interval = wilson(81, 263)
    assert interval["value"] == pytest.approx(0.3080, abs=5e-5)
    assert interval["low"] == pytest.approx(0.2553, abs=5e-5)
    assert interval["high"] == pytest.approx(0.3662, abs=5e-5)


@pytest.mark.parametrize(("wins", "n"), [(0, 5), (5, 5)])
def test_intervals_stay_inside_zero_and_one(wins: int, n: int) -> None:
    interval = wilson(wins, n)
    assert 0 <= interval["low"] < interval["high"] <= 1  # type: ignore[operator]
