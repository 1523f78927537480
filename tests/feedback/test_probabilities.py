"""The arithmetic of verdicts, against float64 definitions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.probabilities import (
    SCORES,
    clamped,
    expected_score,
    first_share,
    mixture,
    preference_of,
    score_shares,
    writable,
)

logprob = st.floats(-40, 0)
chains = st.lists(st.tuples(logprob, logprob), min_size=1, max_size=6)
probability = st.floats(0, 1)
score = st.floats(1, 10)


@given(chains)
def test_the_mixture_is_the_mean_of_probabilities(values: list[tuple[float, float]]) -> None:
    means = [math.fsum(map(math.exp, column)) / len(column) for column in zip(*values, strict=True)]
    assert [math.exp(one) for one in mixture(values)] == pytest.approx(means, rel=1e-9)
    assert mixture(values[::-1]) == pytest.approx(mixture(values), abs=1e-12)
    mirrored = [chain[::-1] for chain in values]
    assert mixture(mirrored) == mixture(values)[::-1]


@given(st.tuples(st.floats(-1000, 0), st.floats(-1000, 0)))
def test_the_mixture_of_one_chain_is_that_chain(chain: tuple[float, float]) -> None:
    assert mixture([chain]) == chain


def test_one_saturated_chain_among_several_does_not_decide() -> None:
    faint, sure = (math.log(0.4), math.log(0.6)), (0.0, -1000.0)
    assert first_share(mixture([faint, faint, faint, sure])) == pytest.approx((3 * 0.4 + 1) / 4)


def test_impossible_chains_stay_impossible() -> None:
    assert mixture([(-1000.0, -1000.0)] * 3) == pytest.approx((-1000.0, -1000.0))


def test_numbers_that_json_cannot_hold_are_replaced() -> None:
    assert writable((-math.inf, -0.5)) == (-1000.0, -0.5)
    assert writable((math.nan, -0.5)) == (-1000.0, -1000.0)


@given(st.lists(logprob, min_size=10, max_size=10))
def test_the_expected_score_is_the_mean_of_the_distribution(logprobs: list[float]) -> None:
    shares = score_shares(logprobs, ten_begins_with_one=False)
    weights = [math.exp(one) for one in logprobs]
    expected = sum(int(text) * w for text, w in zip(SCORES, weights, strict=True)) / sum(weights)
    found = expected_score(shares)
    assert found == pytest.approx(expected)
    turned = expected_score(shares[::-1])
    assert found is not None
    assert turned == pytest.approx(11 - found)


def test_a_ten_that_begins_with_one_is_taken_from_it() -> None:
    # "1" is said in 50 of 100 cases, and in 40 of these a "0" follows.
    logprobs = [math.log(0.5), *[math.log(0.05)] * 8, math.log(0.4)]
    shares = score_shares(logprobs, ten_begins_with_one=True)
    assert shares[0] == pytest.approx(0.1)
    assert sum(shares) == pytest.approx(0.9)
    assert expected_score(shares) == pytest.approx((0.1 + 0.05 * sum(range(2, 10)) + 4.0) / 0.9)
    rounded = score_shares([-1.0, *[-50.0] * 8, -0.999999], ten_begins_with_one=True)
    assert rounded[0] == 0.0


def test_no_score_is_no_score() -> None:
    assert expected_score(score_shares([-1000.0] * 10, ten_begins_with_one=False)) is None


@given(score, score, st.floats(0.05, 5))
def test_the_better_score_is_preferred_alike_in_either_place(
    a: float, b: float, scale: float
) -> None:
    p_a = preference_of(a, b, scale=scale)
    assert p_a == pytest.approx(1 - preference_of(b, a, scale=scale), abs=1e-12)
    assert (p_a > 0.5) <= (a > b)
    assert preference_of(a, a, scale=scale) == 0.5
    assert preference_of(min(10.0, a + 0.5), b, scale=scale) >= p_a


def test_a_scale_of_points_is_odds_of_e() -> None:
    p_a = preference_of(7.5, 6.0, scale=1.5)
    assert p_a / (1 - p_a) == pytest.approx(math.e)
    assert preference_of(1.0, 10.0, scale=0.001) == 0.0


@given(probability, probability, st.floats(0.501, 1))
def test_the_clamp_is_symmetric_and_monotone(one: float, other: float, most: float) -> None:
    assert clamped(1 - one, most) == pytest.approx(1 - clamped(one, most), abs=1e-15)
    assert (clamped(one, most) <= clamped(other, most)) or one > other
    assert 1 - most <= clamped(one, most) <= most
    assert clamped(clamped(one, most), most) == clamped(one, most)
    assert clamped(one, 1.0) == one
    if 1 - most < one < most:
        assert clamped(one, most) == one
