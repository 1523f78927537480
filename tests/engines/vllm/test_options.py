"""Options of several tokens are scored as a whole, with as few look-ups as there are beginnings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.engines.vllm.options import lookups, scores, without

_OPTIONS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=6)


def _logprob(start: tuple[int, ...], token: int) -> float:
    """A made-up model: what it says next depends on all that it has said."""
    weights = [1 + hash((start, other)) % 97 for other in range(5)]
    return math.log(weights[token] / sum(weights))


@given(_OPTIONS)
def test_scores_are_the_chain_rule(options: list[list[int]]) -> None:
    wanted = lookups(options)
    found = {start: {t: _logprob(start, t) for t in tokens} for start, tokens in wanted.items()}
    expected = [
        math.fsum(_logprob(tuple(option[:n]), token) for n, token in enumerate(option))
        for option in options
    ]
    assert scores(options, found) == pytest.approx(expected)


@given(_OPTIONS)
def test_each_beginning_is_looked_up_once(options: list[list[int]]) -> None:
    wanted = lookups(options)
    assert set(wanted) == {tuple(one[:n]) for one in options for n in range(len(one))}
    assert all(len(set(tokens)) == len(tokens) for tokens in wanted.values())


def test_options_of_one_token_take_one_lookup() -> None:
    assert lookups([[5], [7], [5]]) == {(): (5, 7)}


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6))
def test_a_token_that_is_never_said_leaves_its_share_to_the_others(weights: list[float]) -> None:
    total = math.fsum(weights)
    logprobs = {token: math.log(weight / total) for token, weight in enumerate(weights)}
    left = without(logprobs, 0)
    assert left[0] == -math.inf
    kept = math.fsum(weights[1:])
    for token, weight in enumerate(weights[1:], 1):
        assert left[token] == pytest.approx(math.log(weight / kept), abs=1e-9)
    assert without(logprobs, None) == logprobs
