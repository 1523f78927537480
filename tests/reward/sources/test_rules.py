"""Penalties of texts, against slow definitions, and blind to how a text was cut into tokens."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from cai.errors import RecipeError
from cai.records import Prompt, said_by
from cai.reward.sources.answered import Answered
from cai.reward.sources.pattern import Pattern
from cai.reward.sources.rules import (
    length_penalties,
    length_rule,
    pattern_rule,
    repetition_penalties,
    repetition_rule,
)

WHERE = "align-ppo.rewards[0].forbid"


@pytest.fixture(scope="module")
def tokenizer(make_chat_tokenizer: Callable[..., PreTrainedTokenizerBase]) -> object:
    return make_chat_tokenizer(["the cat sat on the mat and the cat sat still"] * 4)


def answered(*texts: str) -> Answered:
    prompt = Prompt(id="p", messages=said_by("user", "hi"))
    return Answered(prompts=[prompt] * len(texts), texts=texts, token_ids=[(1,)] * len(texts))


def test_length_costs_nothing_up_to_the_target_and_grows_in_proportion(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    texts = ["Q" * count for count in (0, 1, 9, 10, 11, 15, 20, 40)]  # a token each
    found = length_penalties(texts, tokenizer, target=10).tolist()
    assert found == pytest.approx([0, 0, 0, 0, -0.1, -0.5, -1, -3])
    assert length_rule(tokenizer, target=10)(answered(*texts)).values.tolist() == found


@given(st.text(alphabet="abQ ", max_size=30), st.integers(1, 4))
def test_repetition_is_the_share_of_n_grams_said_before(
    tokenizer: PreTrainedTokenizerBase, text: str, size: int
) -> None:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    seen: set[tuple[int, ...]] = set()
    again = total = 0
    for start in range(len(ids) - size + 1):
        gram = tuple(ids[start : start + size])
        again += gram in seen
        seen.add(gram)
        total += 1
    expected = -again / total if total else 0.0
    (found,) = repetition_penalties([text], tokenizer, size=size).tolist()
    assert found == pytest.approx(expected, abs=1e-6)
    assert repetition_rule(tokenizer, size=size)(answered(text)).values.tolist() == [found]


def test_rules_see_the_text_and_not_the_sampled_ids(tokenizer: PreTrainedTokenizerBase) -> None:
    text = "the cat sat on the mat and the cat sat on the mat"
    ids = tokenizer(text, add_special_tokens=False).input_ids
    letters = [
        one for letter in text for one in tokenizer(letter, add_special_tokens=False).input_ids
    ]
    assert tokenizer.decode(letters) == tokenizer.decode(ids) == text
    assert len(letters) > len(ids)
    prompt = Prompt(id="p", messages=said_by("user", "hi"))
    both = Answered(prompts=[prompt] * 2, texts=[text] * 2, token_ids=[ids, letters])
    for rule in (
        length_rule(tokenizer, target=3),
        repetition_rule(tokenizer, size=2),
        pattern_rule(Pattern("mat$", where=WHERE), required=False),
    ):
        first, second = rule(both).values.tolist()
        assert first == second < 0


def test_expressions_are_searched_for() -> None:
    texts = ["Answer: 4", "I think\nAnswer: 4", "no"]
    must = pattern_rule(Pattern(r"(?m)^Answer: \d+$", where=WHERE), required=True)
    assert must(answered(*texts)).values.tolist() == [0, 0, -1]
    must_not = pattern_rule(Pattern(r"(?i)ANSWER", where=WHERE), required=False)
    assert must_not(answered(*texts)).values.tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("(", "no regular expression"), (r"(?:.*?,){12}P", "atomic group"), (r"(\w+\s?)*$", "atomic")],
)
def test_expressions_that_cannot_serve_are_refused_before_training(pattern: str, said: str) -> None:
    with pytest.raises(RecipeError, match=rf"^align-ppo\.rewards\[0\]\.forbid: .*{said}"):
        Pattern(pattern, where=WHERE, patience=0.1)


@pytest.mark.parametrize(
    "pattern",
    ["((a{1000}){1000}){1000}", "x{2147483647}", "(?:(?:a{9999}b){9999}c){9999}",
     "(" * 5000 + "a" + ")" * 5000],
)  # fmt: skip
def test_expressions_too_large_to_compile_are_refused_within_memory(pattern: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecipeError, match=rf"^{re.escape(WHERE)}: .*MB or .*lower its counts"):
        Pattern(pattern, where=WHERE)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024  # kB


@pytest.mark.parametrize("pattern", [r"\d{4}(?:-\d{2}){2}", r"(?:\w{1,30}\s){50,400}", "\ud800?"])
def test_ordinary_counts_are_no_matter(pattern: str) -> None:
    assert Pattern(pattern, where=WHERE).found_in("2026-11-22" + " word" * 60) is not None


def test_an_answer_that_stalls_a_check_breaks_the_rule_and_is_counted() -> None:
    pattern = Pattern(r"(?:[kq;]*?;){12}P", where=WHERE, patience=0.1)
    stalling = "k;" * 1000
    began = time.monotonic()
    for required in (True, False):
        said = pattern_rule(pattern, required=required)(answered("kq", stalling))
        assert said.values.tolist() == [-1.0 if required else 0.0, -1.0]
        assert said.logged == {"undecided": 0.5}
    assert time.monotonic() - began < 20
