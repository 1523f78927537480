"""Which principles apply, and the laws of the draw."""

import dataclasses
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.constitution import Constitution, Principle, applicable, drawn_in_turn, pick
from cai.errors import ConstitutionError


def many(weights: list[float]) -> Constitution:
    principles = tuple(
        Principle(id=f"p{n}", weight=weight, comparison="Which?")
        for n, weight in enumerate(weights)
    )
    return Constitution(name="many", principles=principles)


def draws(constitution: Constitution, count: int, seed: int = 0) -> list[str]:
    return [
        pick(constitution, seed=seed, prompt_id=f"prompt {n}", step=1, use="label").id
        for n in range(count)
    ]


# --- which principles apply ----------------------------------------------------------------------


def test_a_principle_applies_by_texts_stages_tags_and_switch() -> None:
    texts = {"critique_request": "c", "revision_request": "r", "comparison": "q"}
    constitution = Constitution(
        name="x",
        principles=(
            Principle(id="all", **texts),  # type: ignore[arg-type]
            Principle(id="off", enabled=False, **texts),  # type: ignore[arg-type]
            Principle(id="judge-only", stages=("label",), **texts),  # type: ignore[arg-type]
            Principle(id="no-comparison", critique_request="c", revision_request="r"),
            Principle(id="red", applies_to=("red-team",), **texts),  # type: ignore[arg-type]
        ),
    )

    def ids(use: str, *tags: str) -> list[str]:
        return [p.id for p in applicable(constitution, use, tags)]  # type: ignore[arg-type]

    assert ids("label") == ["all", "judge-only", "red"]
    assert ids("critique-revise") == ["all", "no-comparison", "red"]
    assert ids("label", "helpful", "cooking") == ["all", "judge-only"]
    assert ids("label", "theft", "red-team") == ["all", "judge-only", "red"]


def test_no_principle_to_draw_is_an_error_that_says_for_what() -> None:
    constitution = Constitution(
        name="x",
        path=Path("x.yaml"),
        principles=(Principle(id="a", applies_to=("red-team",), comparison="q"),),
    )
    with pytest.raises(ConstitutionError, match=r"x\.yaml: no principle for label .* helpful"):
        pick(constitution, seed=0, prompt_id="p", step=1, use="label", tags=("helpful",))


# --- the draw ------------------------------------------------------------------------------------

weights = st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(weights, st.randoms(use_true_random=False))
def test_editing_texts_and_moving_principles_in_the_file_moves_no_draw(
    given_weights: list[float], rng: object
) -> None:
    constitution = many(given_weights)
    edited = [
        dataclasses.replace(p, comparison=f"other {p.id}", title="new", critique_request="c",
                            revision_request="r")
        for p in constitution.principles
    ]  # fmt: skip
    rng.shuffle(edited)  # type: ignore[attr-defined]
    other = dataclasses.replace(constitution, principles=tuple(edited))
    assert draws(constitution, 40) == draws(other, 40)


@settings(max_examples=30, deadline=None)
@given(weights, st.sampled_from([0.5, 1.0, 4.0]))
def test_adding_one_moves_draws_only_to_it(given_weights: list[float], weight: float) -> None:
    before = many(given_weights)
    new = Principle(id="new", weight=weight, comparison="Which?")
    after = dataclasses.replace(before, principles=(new, *before.principles))
    for old, now in zip(draws(before, 60), draws(after, 60), strict=True):
        assert now in (old, "new")


@settings(max_examples=30, deadline=None)
@given(weights, st.integers(0, 11))
def test_a_larger_weight_moves_draws_only_to_its_principle(
    given_weights: list[float], index: int
) -> None:
    index %= len(given_weights)
    heavier = list(given_weights)
    heavier[index] *= 3
    for old, now in zip(draws(many(given_weights), 60), draws(many(heavier), 60), strict=True):
        assert now in (old, f"p{index}")


@settings(max_examples=20, deadline=None)
@given(weights, st.sampled_from([0.25, 3.0]))
def test_only_the_ratio_of_weights_counts(given_weights: list[float], factor: float) -> None:
    scaled = [weight * factor for weight in given_weights]
    assert draws(many(given_weights), 40) == draws(many(scaled), 40)


def test_adding_one_to_n_equal_ones_moves_a_share_of_one_in_n_plus_one() -> None:
    before, after = draws(many([1.0] * 15), 8000), draws(many([1.0] * 16), 8000)
    moved = sum(old != now for old, now in zip(before, after, strict=True))
    expected, spread = 8000 / 16, math.sqrt(8000 * (1 / 16) * (15 / 16))
    assert abs(moved - expected) < 4 * spread


def test_frequencies_follow_the_weights() -> None:
    given_weights = [0.5, 1.0, 2.0, 4.5]
    counts = Counter(draws(many(given_weights), 8000))
    chi_squared = sum(
        (counts[f"p{n}"] - 8000 * w / 8) ** 2 / (8000 * w / 8) for n, w in enumerate(given_weights)
    )
    assert chi_squared < 16.3  # 0.1 % of such draws would be worse (3 degrees of freedom)


def test_steps_prompts_and_seeds_draw_independently() -> None:
    constitution = many([1.0] * 4)
    pairs = Counter(
        (
            pick(constitution, seed=3, prompt_id=str(n), step=1, use="label").id,
            pick(constitution, seed=3, prompt_id=str(n), step=2, use="label").id,
        )
        for n in range(4000)
    )
    chi_squared = sum((pairs[(f"p{a}", f"p{b}")] - 250) ** 2 / 250 for a in range(4)
                      for b in range(4))  # fmt: skip
    assert chi_squared < 37.7  # 0.1 % of such draws would be worse (15 degrees of freedom)
    assert draws(constitution, 50, seed=1) != draws(constitution, 50, seed=2)


def test_a_draw_is_the_same_today_as_yesterday() -> None:
    # Written down once: a change here silently redraws every principle of every run.
    assert draws(many([1.0, 2.0, 0.5, 1.0]), 10) == [
        "p1",
        "p0",
        "p1",
        "p3",
        "p1",
        "p3",
        "p3",
        "p1",
        "p1",
        "p3",
    ]


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=6), st.integers(0, 99))
def test_drawing_in_turn_is_drawing_from_those_that_are_left(
    weights: list[float], seed: int
) -> None:
    left = many(weights)
    found = drawn_in_turn(left.principles, seed=seed, prompt_id="x", step=1)
    for principle in found:
        assert principle == pick(left, seed=seed, prompt_id="x", step=1, use="label")
        others = tuple(one for one in left.principles if one is not principle)
        left = dataclasses.replace(left, principles=others)
    assert left.principles == ()
