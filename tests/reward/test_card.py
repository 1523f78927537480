"""The card's numbers against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.intervals import wilson
from cai.reward.card import Judged, measure

rows = st.lists(
    st.builds(
        Judged,
        chosen=st.floats(-8, 8),
        rejected=st.floats(-8, 8),
        probability=st.floats(0.5, 1),
        chosen_length=st.integers(1, 50),
        rejected_length=st.integers(1, 50),
    ),
    min_size=1,
)


@given(rows)
def test_cross_entropy_is_never_below_its_floor(judged: list[Judged]) -> None:
    card = measure(judged)
    assert card["cross_entropy"] >= card["entropy_floor"] - 1e-9


def test_numbers_by_hand() -> None:
    judged = [
        Judged(chosen=1, rejected=0, probability=0.9, chosen_length=5, rejected_length=3),
        Judged(chosen=0, rejected=2, probability=0.6, chosen_length=3, rejected_length=3),
        Judged(chosen=2, rejected=-1, probability=1.0, chosen_length=2, rejected_length=8),
    ]
    card = measure(judged)
    sigma = [1 / (1 + math.exp(-row.margin)) for row in judged]
    expected = [
        -(row.probability * math.log(s) + (1 - row.probability) * math.log(1 - s))
        for row, s in zip(judged, sigma, strict=True)
    ]
    assert card["cross_entropy"] == pytest.approx(sum(expected) / 3)
    assert card["accuracy"]["value"] == pytest.approx(2 / 3)
    assert card["longer_answer"]["value"] == pytest.approx(1.5 / 3)
    assert card["expected_accuracy"] == pytest.approx(2.5 / 3)
    correlation = np.corrcoef([1, -2, 3], [2, 0, -6])[0, 1]
    assert card["length_correlation"] == pytest.approx(correlation)


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


def test_equal_lengths_have_no_correlation() -> None:
    same = [
        Judged(chosen=i, rejected=0, probability=0.9, chosen_length=4, rejected_length=4)
        for i in range(3)
    ]
    assert measure(same)["length_correlation"] is None
