"""Several answers per prompt: drawn once, kept in a file, of one model after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from cai.engines.base import EngineIdentity, GenerateRequest, call_key
from cai.errors import RunError
from cai.feedback.sample import SampleSettings, sample
from cai.feedback.sample.draws import possible
from cai.feedback.sample.pool import Pool, Pools, draw
from cai.likeness import differ
from cai.progress import silent
from cai.records import Prompt

Engines = Callable[..., Any]
SETTINGS = SampleSettings(
    pairs_per_prompt=2,
    answers=6,
    choose_pairs="random",
    temperature=1.0,
    min_difference=0.1,
    max_new_tokens=8,
    too_long="drop",
    seed=0,
)
TWO = replace(SETTINGS, models=2, temperature=(0.5, 1.0))
OTHER = EngineIdentity(model="other", weights="1", dtype="-", template="-")


def gathered(
    path: Path, prompts: list[Prompt], settings: SampleSettings, *authors: Any
) -> list[Pool]:
    pools = Pools(path)
    pools.gather(prompts, iter(authors), settings, silent)
    return pools.read(prompts, settings)


def test_no_two_answers_of_a_pool_are_nearly_the_same(
    engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    for pool in gathered(tmp_path / "a", prompts, TWO, engine(), engine(identity=OTHER)):
        texts = [answer.text for answer in pool.answers]
        assert 2 <= len(texts) <= 6
        assert all(differ(a, b, 0.1) for a, b in combinations(texts, 2))


@given(alphabet=st.integers(min_value=1, max_value=4), seed=st.integers(0, 20))
@checked(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_few_things_a_model_says_it_says_none_twice(
    engine: Engines, alphabet: int, seed: int
) -> None:
    def few(request: GenerateRequest) -> str:
        return f"{request.seed % alphabet} is the answer"

    author = engine(say=few)
    prompt = Prompt(id="p", messages=({"role": "user", "content": "?"},))
    (row,) = draw([prompt], author, 0, replace(SETTINGS, min_difference=0.0, seed=seed))
    texts = [answer.text for answer in row.answers]
    assert len(texts) == len(set(texts)) <= alphabet
    # Who is asked often enough has said all there is to say.
    assert len(author.asked) <= 6 * 4
    assert len({request.seed for request in author.asked}) == len(author.asked)


def test_the_models_take_turns_and_each_goes_through_the_temperatures(
    engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    authors = engine(), engine(identity=OTHER)
    plain = replace(TWO, min_difference=0.0)
    pools = gathered(tmp_path / "a", prompts[:9], plain, *authors)
    for pool in pools:
        for name in ("fake", "other"):
            own = [answer.temperature for answer in pool.answers if answer.model == name]
            assert own in (
                [0.5, 1.0, 0.5],
                [0.5, 1.0],
                [0.5, 0.5],
                [1.0, 0.5],
            )  # a copy is left out
    asked = {call_key(author.identity, r): r for author in authors for r in author.asked}
    for pool in pools:
        for answer in pool.answers:
            assert asked[answer.call].temperature == answer.temperature


def test_a_pool_holds_the_answers_that_pairs_of_their_own_would_have(
    engine: Engines, prompts: list[Prompt]
) -> None:
    """So that another choice of pairs finds them in the store of calls."""
    pooled, paired = engine(), engine()
    plain = replace(SETTINGS, answers=4, min_difference=0.0)
    draw(prompts, pooled, 0, plain)
    sample(prompts, paired, plain)
    first = {call_key(pooled.identity, request) for request in pooled.asked[: 4 * len(prompts)]}
    again = {call_key(paired.identity, request) for request in paired.asked[: 4 * len(prompts)]}
    assert first == again


def test_a_pool_does_not_depend_on_its_company(engine: Engines, prompts: list[Prompt]) -> None:
    together = draw(prompts, engine(), 0, SETTINGS)
    assert draw(prompts[7:9], engine(), 0, SETTINGS) == together[7:9]
    assert draw([prompts[8], prompts[7]], engine(), 0, SETTINGS) == together[8:6:-1]


def test_every_answer_is_one_that_may_have_been_asked_for(
    engine: Engines, prompts: list[Prompt]
) -> None:
    author = engine(say=lambda request: engine().say(request)[:6])  # so that many are drawn again
    for row, prompt in zip(draw(prompts, author, 1, TWO), prompts, strict=True):
        keys = {call_key(author.identity, request) for request in possible(prompt, TWO)}
        assert {answer.call for answer in row.answers} <= keys


def test_a_file_cut_at_any_byte_is_completed_to_the_same_bytes(
    engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    def authors() -> Iterator[Any]:
        return iter([engine(), engine(identity=OTHER)])

    whole = tmp_path / "whole"
    Pools(whole).gather(prompts, authors(), TWO, silent)
    expected = whole.read_bytes()
    rng = random.Random(0)
    for attempt in range(6):
        cut = tmp_path / str(attempt)
        cut.write_bytes(expected[: rng.randrange(len(expected))])
        pools = Pools(cut)
        pools.gather(prompts, authors(), TWO, silent)
        assert sorted(cut.read_bytes().splitlines()) == sorted(expected.splitlines())
        assert pools.read(prompts, TWO) == gathered(whole, prompts, TWO, *authors())


def test_a_damaged_row_is_named(engine: Engines, prompts: list[Prompt], tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"prompt_id": "p"}\n')
    with pytest.raises(RunError, match=r"answers\.jsonl: damaged row at byte 0"):
        Pools(path).gather(prompts, iter([engine()]), SETTINGS, silent)
