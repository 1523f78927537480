"""Pairs are distinct, reproducible, and in an order that says nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cai.engines.base import call_key
from cai.feedback.sample import ATTEMPTS, SampleSettings, fits, sample
from cai.records import Comparison, Prompt, from_row, to_row

Engines = Callable[..., Any]
SETTINGS = SampleSettings(
    pairs_per_prompt=2, temperature=1.0, max_new_tokens=8, too_long="drop", seed=0
)


def test_pairs_are_distinct_and_belong_to_their_prompt(
    engine: Engines, prompts: list[Prompt]
) -> None:
    found = sample(prompts, engine(), SETTINGS)
    assert len(found) == 140
    assert [row.prompt_id for row in found] == [p.id for p in prompts for _ in range(2)]
    assert [row.pair for row in found] == [0, 1] * 70
    assert all(row.response_a.text != row.response_b.text for row in found)
    pairs = {(r.prompt_id, frozenset((r.response_a.text, r.response_b.text))) for r in found}
    assert len(pairs) == len({row.id for row in found}) == 140


def test_a_pair_does_not_depend_on_its_company(engine: Engines, prompts: list[Prompt]) -> None:
    together = sample(prompts, engine(), SETTINGS)
    assert sample(prompts[7:9], engine(), SETTINGS) == together[14:18]


def test_another_seed_gives_other_answers(engine: Engines, prompts: list[Prompt]) -> None:
    other = replace(SETTINGS, seed=1)
    assert sample(prompts[:4], engine(), SETTINGS) != sample(prompts[:4], engine(), other)


def test_identical_answers_are_drawn_again_then_left_out(
    engine: Engines, prompts: list[Prompt]
) -> None:
    stubborn = engine(say=lambda request: "Water it. ")
    assert sample(prompts[:3], stubborn, SETTINGS) == []
    assert len(stubborn.asked) == 3 * 2 * (1 + ATTEMPTS)
    assert len({request.seed for request in stubborn.asked}) == len(stubborn.asked)


def test_answers_that_differ_in_blanks_alone_are_the_same(
    engine: Engines, prompts: list[Prompt]
) -> None:
    spaced = engine(say=lambda request: "Water it." + " " * (request.seed % 7))
    assert sample(prompts[:3], spaced, SETTINGS) == []


@pytest.mark.parametrize(("least", "expected"), [(0.0, 2), (0.2, 0)])
def test_answers_that_are_nearly_the_same_are_drawn_again_then_left_out(
    engine: Engines, prompts: list[Prompt], least: float, expected: int
) -> None:
    long = "Water it in the morning, when the sun is low and the soil can take it in"
    talkative = engine(say=lambda request: f"{long}{'!' * (request.seed % 9)}")
    once = replace(SETTINGS, pairs_per_prompt=1, min_difference=least)
    assert len(sample(prompts[:2], talkative, once)) == expected


def test_answers_say_who_wrote_them_and_at_which_temperature(
    engine: Engines, prompts: list[Prompt]
) -> None:
    author = engine()
    mixed = replace(SETTINGS, temperature=(0.5, 1.0, 1.5))
    rows = sample(prompts, author, mixed)
    asked = {call_key(author.identity, request): request for request in author.asked}
    for row in rows:
        for said in (row.response_a, row.response_b):
            assert said.model == "fake"
            assert said.temperature == asked[said.call].temperature
        own = {row.response_a.temperature, row.response_b.temperature}
        assert own == ({0.5, 1.0} if row.pair == 0 else {1.5, 0.5})


def test_a_row_from_before_there_were_models_in_it_can_be_read(
    engine: Engines, prompts: list[Prompt]
) -> None:
    row = json.loads(json.dumps(to_row(sample(prompts[:1], engine(), SETTINGS)[0])))
    for side in ("response_a", "response_b"):
        del row[side]["model"], row[side]["temperature"]
    old = from_row(Comparison, row)
    assert (old.response_a.model, old.response_a.temperature) == ("", None)


def test_the_position_tells_nothing_about_the_order_of_drawing(
    engine: Engines, prompts: list[Prompt]
) -> None:
    once = replace(SETTINGS, pairs_per_prompt=1)
    first = engine()
    rows = sample(prompts, first, once)
    drawn_first = [first.say(request) for request in first.asked[: len(prompts)]]
    as_a = sum(row.response_a.text == text for row, text in zip(rows, drawn_first, strict=True))
    assert 18 <= as_a <= 52  # of 70; four standard deviations around the middle


def test_a_prompt_without_room_for_an_answer_does_not_fit(
    engine: Engines, prompts: list[Prompt]
) -> None:
    tokens = engine().count(prompts[0].messages)
    assert fits(prompts[0], engine(context=tokens + 8), SETTINGS)
    assert not fits(prompts[0], engine(context=tokens + 7), SETTINGS)
