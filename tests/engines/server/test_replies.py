"""Options read off what servers list, and off what they say."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cai.engines.server.failures import Unreadable
from cai.engines.server.replies import Text, first_tokens, of_options, texts, vote


def listed(probabilities: dict[str, float], drawn: str = "") -> dict[str, Any]:
    top = [{"token": token, "logprob": math.log(p)} for token, p in probabilities.items()]
    place = {"token": drawn, "logprob": -1.0, "top_logprobs": top}
    return {"choices": [{"message": {"content": ""}, "logprobs": {"content": [place]}}]}


def read(
    probabilities: dict[str, float], *options: str, drawn: str = ""
) -> tuple[list[float | None], float]:
    first = first_tokens(listed(probabilities, drawn))
    assert first is not None
    values, unseen = of_options(first, options)
    return [None if value is None else math.exp(value) for value in values], unseen


def test_space_around_a_token_is_not_what_is_said() -> None:
    values, unseen = read({"A": 0.5, " A": 0.2, "B": 0.2, "\n": 0.05}, "A", "B")
    assert values == pytest.approx([0.7, 0.2])
    assert unseen == 0


def test_what_is_not_listed_has_at_most_what_is_left_or_the_last_has() -> None:
    values, unseen = read({"A": 0.9, "I": 0.05, "The": 0.02}, "A", "B")
    assert values == [pytest.approx(0.9), None]
    assert unseen == pytest.approx(0.02)
    assert read({"A": 0.99, "I": 0.005}, "A", "B")[1] == pytest.approx(0.005)
    # The token that was drawn is listed though it is none of the likeliest.
    assert read({"A": 0.8, "I": 0.05, "Z": 1e-6}, "A", "B", drawn="Z")[1] == pytest.approx(0.05)


def test_an_option_of_several_tokens_may_be_all_of_what_it_begins_with() -> None:
    values, unseen = read({"1": 0.6, "7": 0.39, "x": 1e-3}, "1", "7", "10")
    assert values == [pytest.approx(0.6), pytest.approx(0.39), None]
    assert unseen == pytest.approx(0.601)


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [None]}, {"choices": "x"}])
def test_an_answer_without_choices_is_not_read(answer: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        texts(answer)
    with pytest.raises(Unreadable):
        first_tokens(answer)


def test_probabilities_that_are_none_are_not_read() -> None:
    answer = listed({"A": 0.5})
    place = answer["choices"][0]["logprobs"]["content"][0]
    for wrong in (float("nan"), 3.0, None, "x"):
        place["top_logprobs"][0]["logprob"] = wrong
        with pytest.raises(Unreadable):
            first_tokens(answer)


@pytest.mark.parametrize(
    ("message", "reason", "expected"),
    [
        ({"content": " yes \n"}, "stop", ("yes", "stop")),
        ({"content": "cut"}, "length", ("cut", "length")),
        ({"content": None}, "content_filter", ("", "refused")),
        ({"content": None, "refusal": "I will not."}, "stop", ("I will not.", "refused")),
        ({"content": [{"type": "text", "text": "in "}, {"text": "parts"}]}, None,
         ("in parts", "stop")),
    ],
)  # fmt: skip
def test_how_texts_end(message: dict[str, Any], reason: str, expected: tuple[str, str]) -> None:
    assert texts({"choices": [{"message": message, "finish_reason": reason}]}) == [expected]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *[(text, 0) for text in ("A", " A", "(A)", "**A**", "A.", "A. Because", "A: it is")],
        *[(text, 1) for text in ("B", "B)", '"B"')],
        *[(text, None) for text in ("A good answer", "As", "I", "", "AB", "a", "Both A")],
    ],
)
def test_a_vote_says_one_option_and_no_sentence(said: str, expected: int | None) -> None:
    assert vote(Text(said, "stop"), ("A", "B")) == expected
    assert vote(Text(said, "refused"), ("A", "B")) is None


def test_ten_is_not_one() -> None:
    assert vote(Text("10", "stop"), ("1", "10")) == 1
    assert vote(Text("1", "stop"), ("1", "10")) == 0
