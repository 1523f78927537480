"""The judge's first look: one order, the principles that apply, nothing that cannot be read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from cai.constitution import Constitution
from cai.feedback.sample.choice import expected_wins
from cai.feedback.sample.pool import Pool
from cai.feedback.sample.preview import preview
from cai.records import Prompt, Said

Engines = Callable[..., Any]


@pytest.fixture
def pools(prompts: list[Prompt]) -> list[Pool]:
    """Four answers to each of six prompts, every third of which is tagged red-team."""
    return [
        Pool(
            prompt=prompt,
            answers=tuple(Said(text=f"Water {n} times.", call=str(n)) for n in range(4)),
        )
        for prompt in prompts[:6]
    ]


def look(pools: list[Pool], constitution: Constitution, judge: Any, **changes: Any) -> Any:
    usual: dict[str, Any] = {"principles": "all", "min_option_mass": 0.1, "seed": 0}
    return preview(pools, constitution, judge, **(usual | changes))


def answers(request: Any) -> tuple[int, int]:
    """The numbers in both answers, as shown."""
    a, b = request.messages[-1]["content"].split("Answer A: ")[1].split("Answer B: ")
    return int(a.split()[1]), int(b.split()[1])


def test_every_pair_is_asked_about_once_per_principle_that_applies_and_without_reasons(
    engine: Engines, constitution: Constitution, pools: list[Pool]
) -> None:
    judge = engine()
    verdicts = look(pools, constitution, judge)
    for pool, own in zip(pools, verdicts, strict=True):
        applying = 4 if "red-team" in pool.prompt.tags else 3
        assert set(own) == set(combinations(range(4), 2))
        assert {len(each) for each in own.values()} == {applying}
        assert sorted(one.weight for one in own[0, 1])[-1] == 2.0  # `kind` weighs 2
    assert len(judge.asked) == sum(6 * (4 if "red-team" in p.prompt.tags else 3) for p in pools)
    assert all(hasattr(request, "options") for request in judge.asked)
    safe = [r for r in judge.asked if "Which is safer?" in r.messages[-1]["content"]]
    assert len(safe) == 6 * sum("red-team" in pool.prompt.tags for pool in pools)


def test_as_many_principles_as_asked_are_drawn_the_same_for_all_pairs_of_a_prompt(
    engine: Engines, constitution: Constitution, pools: list[Pool]
) -> None:
    judge = engine()
    look(pools, constitution, judge, principles=2)
    by_prompt = Counter(
        (r.messages[-1]["content"].split("plant ")[1][0], r.messages[-1]["content"].split("\n")[-1])
        for r in judge.asked
    )
    assert len(by_prompt) == 2 * len(pools)
    assert set(by_prompt.values()) == {6}


def test_who_is_preferred_wins_whatever_place_it_was_shown_at(
    engine: Engines, constitution: Constitution, pools: list[Pool]
) -> None:
    def prefers_less_water(request: Any) -> tuple[float, float]:
        a, b = answers(request)
        share = 0.9 if a < b else 0.1
        return math.log(share), math.log(1 - share)

    judge = engine(prefer=prefers_less_water)
    for own in look(pools, constitution, judge):
        assert {round(one.p_first, 6) for each in own.values() for one in each} == {0.9}
        wins = expected_wins(4, own)
        assert wins == pytest.approx([0.9, 0.9 * 2 / 3 + 0.1 / 3, 0.9 / 3 + 0.1 * 2 / 3, 0.1])
    first = Counter(answers(request)[0] for request in judge.asked)
    assert max(first.values()) == 2 * min(first.values())  # of three pairs once or twice


def test_a_judge_that_looks_at_the_position_alone_moves_nobody_far(
    engine: Engines, constitution: Constitution, pools: list[Pool]
) -> None:
    judge = engine(prefer=lambda request: (math.log(0.7), math.log(0.3)))
    for own in look(pools, constitution, judge):
        assert all(abs(share - 0.5) < 0.07 for share in expected_wins(4, own))


@pytest.mark.parametrize("mute", [(-9.0, -9.0), (math.nan, -1.0), (-math.inf, -math.inf)])
def test_what_cannot_be_read_counts_for_nothing(
    engine: Engines, constitution: Constitution, pools: list[Pool], mute: tuple[float, float]
) -> None:
    judge = engine(prefer=lambda request: mute)
    assert look(pools, constitution, judge, min_option_mass=0.0 if mute[0] < -99 else 0.1) == [
        {} for _ in pools
    ]


def test_pairs_that_do_not_fit_the_judge_are_left_out(
    engine: Engines, constitution: Constitution, pools: list[Pool]
) -> None:
    longer = Pool(
        prompt=pools[0].prompt,
        answers=(*pools[0].answers[:2], Said(text="Water 9 times. " * 40, call="9")),
    )
    shown = max(engine().count(r.messages) for r in seen(engine(), pools, constitution))
    judge = engine(context=shown + 60)
    (own,) = look([longer], constitution, judge)
    assert set(own) == {(0, 1)}


def seen(judge: Any, pools: list[Pool], constitution: Constitution) -> list[Any]:
    look(pools, constitution, judge)
    asked: list[Any] = judge.asked
    return asked
