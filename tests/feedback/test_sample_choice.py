"""Which pairs are chosen, given the answers and what is thought of them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.sample.choice import (
    Quick,
    Verdicts,
    cross_model,
    disagreement,
    expected_wins,
    extremes,
    most_different,
    most_disagreed,
    random_pairs,
)
from cai.feedback.sample.pool import Pool
from cai.likeness import difference
from cai.records import Prompt, Said, said_by

SIZES = st.integers(min_value=0, max_value=7)
COUNTS = st.integers(min_value=1, max_value=9)
SEEDS = st.integers(min_value=0, max_value=99)
SHARES = st.floats(min_value=0, max_value=1)


def pool(size: int, *, models: int = 1, prompt: str = "p") -> Pool:
    return Pool(
        prompt=Prompt(id=prompt, messages=said_by("user", prompt)),
        answers=tuple(
            Said(text=f"answer {n}", call=str(n), model=f"m{n % models}") for n in range(size)
        ),
    )


@given(size=SIZES, count=COUNTS, seed=SEEDS)
def test_no_choice_takes_a_pair_twice_or_an_answer_against_itself(
    size: int, count: int, seed: int
) -> None:
    most = math.comb(size, 2)
    chosen = {
        "random": (random_pairs(pool(size), count, seed), most),
        "cross": (cross_model(pool(size, models=size or 1), count, seed), most),
        "different": (most_different(pool(size), count, seed), most),
        "disagreed": (most_disagreed(pool(size), {}, count, seed), most),
        "extremes": (extremes(pool(size), [0.0] * size, count, seed), size // 2),
    }
    for pairs, there in chosen.values():
        assert len(pairs) == len(set(pairs)) == min(count, there)
        assert all(0 <= first < second < size for first, second in pairs)


@given(size=st.integers(min_value=2, max_value=7), seed=SEEDS)
def test_at_random_every_answer_is_met_before_any_is_met_again(size: int, seed: int) -> None:
    pairs = random_pairs(pool(size), size // 2, seed)
    assert max(Counter(place for pair in pairs for place in pair).values()) == 1


def test_at_random_every_pair_is_as_likely() -> None:
    met = Counter(random_pairs(pool(4, prompt=str(number)), 1, seed=0)[0] for number in range(1200))
    assert set(met) == set(combinations(range(4), 2))
    assert all(140 <= count <= 260 for count in met.values())  # 200 ± 4.6 standard deviations


@given(size=SIZES, models=st.integers(min_value=1, max_value=3), count=COUNTS, seed=SEEDS)
def test_across_models_no_pair_is_of_one_model(
    size: int, models: int, count: int, seed: int
) -> None:
    here = pool(size, models=models)
    pairs = cross_model(here, count, seed)
    own = [here.answers[place].model for place in range(size)]
    there = sum(own[a] != own[b] for a, b in combinations(range(size), 2))
    assert len(pairs) == min(count, there)
    assert all(own[a] != own[b] for a, b in pairs)


@given(scores=st.lists(st.floats(-9, 9), min_size=2, max_size=8), count=COUNTS, seed=SEEDS)
def test_extremes_are_nested_from_best_and_worst_inwards(
    scores: list[float], count: int, seed: int
) -> None:
    pairs = extremes(pool(len(scores)), scores, count, seed)
    ordered = sorted(scores)
    gaps = [abs(scores[a] - scores[b]) for a, b in pairs]
    assert gaps == [ordered[-1 - n] - ordered[n] for n in range(len(pairs))]
    places = [place for pair in pairs for place in pair]
    assert len(places) == len(set(places))


@given(texts=st.lists(st.text("ab ", max_size=12), min_size=2, max_size=5), seed=SEEDS)
def test_the_farthest_texts_come_first(texts: list[str], seed: int) -> None:
    here = replace(pool(0), answers=tuple(Said(text=text, call="") for text in texts))
    every = [difference(a, b) for a, b in combinations(texts, 2)]
    chosen = [difference(texts[a], texts[b]) for a, b in most_different(here, 2, seed)]
    assert chosen == sorted(every, reverse=True)[:2]


def test_the_pair_with_the_most_disagreement_comes_first() -> None:
    verdicts: Verdicts = {
        (0, 1): [Quick(0.5), Quick(0.5)],
        (0, 2): [Quick(0.9), Quick(0.1)],
        (1, 2): [Quick(0.9), Quick(0.3)],
    }
    assert most_disagreed(pool(3), verdicts, 2, seed=0) == [(0, 2), (1, 2)]


@given(
    verdicts=st.lists(
        st.tuples(SHARES, st.floats(min_value=0.1, max_value=5)), min_size=1, max_size=6
    )
)
def test_disagreement_is_the_mean_divergence_from_the_mean(
    verdicts: list[tuple[float, float]],
) -> None:
    """The same number as a weighted sum of Kullback-Leibler divergences, in bits."""
    total = sum(weight for _, weight in verdicts)
    mean = sum(weight * p for p, weight in verdicts) / total

    def divergence(p: float) -> float:
        two = ((p, mean), (1 - p, 1 - mean))
        return sum(q * math.log2(q / m) for q, m in two if q > 0 and m > 0)

    expected = sum(weight * divergence(p) for p, weight in verdicts) / total
    members = [Quick(p, weight) for p, weight in verdicts]
    assert disagreement(members) == pytest.approx(expected, abs=1e-6)
    assert 0 <= disagreement(members) <= 1 + 1e-9
    swapped = [Quick(1 - p, weight) for p, weight in verdicts]
    assert disagreement(swapped) == pytest.approx(disagreement(members), abs=1e-6)


def test_a_committee_that_agrees_to_be_unsure_does_not_disagree() -> None:
    assert disagreement([Quick(0.5)] * 4) == disagreement([Quick(0.99)] * 4) == 0
    assert disagreement([Quick(1.0), Quick(0.0)]) == 1
    assert disagreement([]) == 0


def test_wins_are_counted_over_opponents_and_principles_by_weight() -> None:
    verdicts: Verdicts = {
        (0, 1): [Quick(1.0, weight=3.0), Quick(0.0, weight=1.0)],
        (0, 2): [Quick(0.25)],
    }
    assert expected_wins(4, verdicts) == [0.5, 0.25, 0.75, 0.5]
