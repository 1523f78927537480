"""Probabilities that are shares of votes, and how far off they may be."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.engines.base import IMPOSSIBLE, Choice
from cai.feedback.probabilities import first_share
from cai.feedback.reading import Verdict, compared, scored
from cai.feedback.votes import between_scores, both_orders, score_variance, share_of


def shares(first: int, second: int, votes: int) -> tuple[float, float]:
    return tuple(math.log(n / votes) if n else IMPOSSIBLE for n in (first, second))  # type: ignore[return-value]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_swapping_the_options_swaps_the_share(first: int, second: int, neither: int) -> None:
    votes = first + second + neither
    if votes == 0:
        return
    one = share_of(shares(first, second, votes), votes)
    other = share_of(shares(second, first, votes), votes)
    assert one.value == pytest.approx(1 - other.value)
    assert one.low == pytest.approx(1 - other.high)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.value == pytest.approx((first + 0.5) / (first + second + 1))


def test_without_votes_nothing_is_added() -> None:
    exact = (math.log(0.7), math.log(0.2))
    assert share_of(exact, 0) == (first_share(exact),) * 4
    value, interval = both_orders(share_of(exact, 0), share_of(exact, 0))
    assert (value, interval) == (0.5, ())


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    draw = random.Random(0)
    votes, held = 16, []
    for _ in range(4000):
        p_ab, p_ba = draw.random(), draw.random()
        truth = (p_ab + 1 - p_ba) / 2
        ab, ba = (sum(draw.random() < p for _ in range(votes)) for p in (p_ab, p_ba))
        value, (low, high) = both_orders(
            share_of(shares(ab, votes - ab, votes), votes),
            share_of(shares(ba, votes - ba, votes), votes),
        )
        assert low <= value <= high
        held.append(low <= truth <= high)
    assert fmean(held) == pytest.approx(0.95, abs=0.015)


def verdict(view: str, logprobs: tuple[float, ...], votes: int) -> Verdict:
    choice = Choice(logprobs=logprobs, prompt_tokens=1, call="", votes=votes)
    return Verdict(view, (), None, choice)  # type: ignore[arg-type]


def test_a_label_says_how_many_votes_it_is_made_of() -> None:
    all_a, all_b = shares(16, 0, 16), shares(0, 16, 16)
    found = compared([verdict("ab", all_a, 16), verdict("ba", all_b, 16)])
    assert found.votes == 32
    assert found.p_a == pytest.approx(16.5 / 17)
    assert found.interval[0] < 0.93
    assert found.interval[1] == 1
    assert found.masses == pytest.approx((1.0, 1.0))


def test_votes_for_neither_are_not_a_verdict() -> None:
    none = shares(0, 0, 16)
    found = compared([verdict("ab", none, 16), verdict("ba", shares(8, 8, 16), 16)])
    assert not found.readable(0.0)


def test_scores_by_votes_are_whole_and_have_an_interval() -> None:
    # Eight votes for 10 and eight for 1: as tokens "10" may begin with "1", as votes it does not.
    split = tuple(math.log(0.5) if score in (1, 10) else IMPOSSIBLE for score in range(1, 11))
    sure = tuple(0.0 if score == 3 else IMPOSSIBLE for score in range(1, 11))
    found = scored(
        [verdict("a", split, 16), verdict("b", sure, 16)], scale=1.0, ten_begins_with_one=True
    )
    assert found.scores[0].expected == pytest.approx(5.5)
    low, high = found.interval
    assert low < found.p_a < high
    exact = scored(
        [verdict("a", sure, 0), verdict("b", sure, 0)], scale=1.0, ten_begins_with_one=False
    )
    assert exact.interval == ()


def test_equal_votes_are_no_certainty() -> None:
    sure = [0.0] * 9 + [1.0]
    assert score_variance(sure, 0) == 0
    assert score_variance(sure, 4) > score_variance(sure, 64) > 0
    assert between_scores(5, 5, score_variance(sure, 4), scale=1.0)[0] < 0.5
