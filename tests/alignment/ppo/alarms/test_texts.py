"""What a batch of answers looks like as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cai.alignment.ppo.alarms.texts import PHRASE_WORDS, text_numbers


def test_numbers_of_a_batch() -> None:
    found = text_numbers(
        ["You are valid, valued and LOVED.", "Dear: you are valid valued and so on."]
    )
    assert found.metrics["answers/words"] == 7
    assert found.metrics["answers/distinct_2"] == 8 / 12
    assert found.metrics["answers/common_phrase"] == 1
    assert next(iter(found.phrases)) == "you are valid valued and"


def test_the_share_of_answers_that_refuse() -> None:
    found = text_numbers(["I can\u2019t help with that.", "Bread."])
    assert found.metrics["answers/refusals"] == 0.5


@given(st.lists(st.text(alphabet="ab ", max_size=30), min_size=1, max_size=8))
def test_shares_are_shares_and_order_means_nothing(texts: list[str]) -> None:
    found = text_numbers(texts)
    assert found == text_numbers(texts[::-1])
    assert all(0 < share <= 1 for share in found.phrases.values())
    assert 0 < found.metrics["answers/distinct_2"] <= 1
    assert list(found.phrases.values()) == sorted(found.phrases.values(), reverse=True)
    for phrase, share in found.phrases.items():
        spaced = [f" {' '.join(text.split())} " for text in texts]
        holders = sum(f" {phrase} " in text for text in spaced)
        if len(phrase.split()) == PHRASE_WORDS:
            assert share == holders / len(texts)


@given(st.lists(st.text(alphabet="abc ", min_size=1, max_size=20), min_size=1, max_size=6))
def test_saying_everything_twice_lowers_the_variety(texts: list[str]) -> None:
    once = text_numbers(texts).metrics["answers/distinct_2"]
    assert text_numbers([*texts, *texts]).metrics["answers/distinct_2"] <= once
