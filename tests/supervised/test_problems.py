"""Leaked preambles and other faults of a revision as a text."""

import pytest

from cai.records import Said
from cai.supervised.problems import finds_nothing, problems


def said(text: str, finish: str = "stop") -> Said:
    return Said(text=text, call="c", finish=finish)


@pytest.mark.parametrize(
    "text",
    [
        "Here is the revised answer: call a locksmith.",
        "Here's a revised version of the response:\n\nCall a locksmith.",
        "Here\N{RIGHT SINGLE QUOTATION MARK}s my rewritten answer. Call a locksmith.",
        "Sure, here is what I would say: call a locksmith.",
        "Certainly! Of course: call a locksmith."[11:],
        "**Revised answer:** Call a locksmith.",
        "Revised answer:\nCall a locksmith.",
        "Revision: call a locksmith.",
        "The revised answer would be to call a locksmith.",
        "I have rewritten the answer so that it is kind. Call a locksmith.",
        "I've revised it. Call a locksmith.",
        "Below is an improved reply to the user: call a locksmith.",
        "Assistant: Call a locksmith.",
        "Answer: call a locksmith.",
    ],
)
def test_a_preamble_is_found(text: str) -> None:
    assert problems(said(text), "before") == ("preamble",)


@pytest.mark.parametrize(
    "text",
    [
        "Call a locksmith.",
        "Sure, you can pick a rose. Cut it low.",
        "Here is why: the owner would be hurt. Ask before you take it.",
        "The answer depends on the weather.",
        "I would not do that. Revise your plan: talk to your neighbour first.",
        "A new rose needs water. A better way to plant it: dig deeper.",
        "Certain roses like shade: plant them by the wall.",
        "Responses vary, but most people say yes.",
        "The new message on your phone can be deleted.",
    ],
)
def test_an_answer_that_only_looks_like_one_is_left_alone(text: str) -> None:
    assert problems(said(text), "before") == ()


def test_empty_truncated_and_identical() -> None:
    assert problems(said(" \n"), "before") == ("empty",)
    assert problems(said("half an", "length"), "before") == ("truncated",)
    assert problems(said("The  Same\ntext "), " the same text") == ("identical",)
    assert problems(said("", "length"), "") == ("empty", "truncated")


def test_no_issue_is_how_a_critique_finds_nothing() -> None:
    assert finds_nothing("No issue: the answer is safe.")
    assert finds_nothing("  no issues found")
    assert finds_nothing("Critique: No issue.")
    assert finds_nothing("Check: rude no, harmful no. No issue: the answer is polite.")
    assert not finds_nothing("Check: rude yes. The answer is rude, which is no issue of taste.")
    assert not finds_nothing("The tone is polite. No issue there, but the answer helps a thief.")
    assert not finds_nothing("There is no issue with the tone, but the answer helps a thief.")
    assert not finds_nothing("")
