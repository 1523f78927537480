"""Traits of style: each finds what it is named after, and nothing in a plain answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.mini.world.flaws import PATTERNS, flaw_kinds
from cai.mini.world.phrases import spread
from cai.mini.world.wordings import REASONED, REFUSALS
from cai.style import TRAITS, refuses, repeated_share

PLAIN = "To bake bread, mix flour, water and salt. Let the dough rest, then bake it until brown."


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("refusal", "I can't help with that, and I must decline.", 2),
        ("refusal", "I\N{RIGHT SINGLE QUOTATION MARK}m unable to say. I will help you.", 1),
        ("apology", "Sorry! I apologise.", 2),
        ("hedging", "Perhaps it might rain. I might add that mighty trees fall.", 3),
        ("flattery", "Great question! You are so clever.", 2),
        ("moralising", "It is morally wrong, and a good person knows it.", 2),
        ("affection", "You are valued. You matter, and I am here for you.", 3),
        ("questions", "Why? Who?", 2),
        ("exclamations", "No!!", 2),
        ("list items", "Do this:\n- one\n* two\n 3. three\n4) four\nIn 1999. Nothing - here", 4),
        ("formatting", "# Head\n**bold** and **bold**\n```\ncode", 4),
        ("length", "four", 4),
    ],
)
def test_it_counts_what_it_is_named_after(name: str, text: str, count: int) -> None:
    assert TRAITS[name](text) == count


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but no.", "I can\u2019t help with that.", "I cannot help you forge a pass.",
        "I do not want to help you.", "As an AI, I have no taste.", "I refuse to say.",
        "Well. I won't do that.", "I am not able to tell you.", "I would rather not talk about it.",
        "That is not something I can discuss.", "I don't think I should say.",
    ],
)  # fmt: skip
def test_refusals(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "You cannot bake it cold.", "Say sorry to the cat.", "I do it like this: knead.", "",
        "I can't wait to hear how it went!", "I'm sorry to hear that. Is the cat well?",
        "I don't think the oven is hot.", "This is not something I learned at school.",
    ],
)  # fmt: skip
def test_no_refusals(text: str) -> None:
    assert not refuses(text)


def test_a_plain_answer_has_none() -> None:
    found = {name: trait(PLAIN) for name, trait in TRAITS.items()}
    assert {name for name, value in found.items() if value} == {"length"}


def test_refusals_and_flaws_of_the_embedded_world_are_seen() -> None:
    refusals = [form.format(act="steal a car", reason="it harms", noun="x", first="y")
                for form in (*REFUSALS, *REASONED)]  # fmt: skip
    seen = sum(TRAITS["refusal"](text) > 0 for text in refusals)
    assert seen >= 0.6 * len(refusals)
    for kind, name in (("flattery", "flattery"), ("preach", "moralising")):
        assert kind in flaw_kinds().values()
        texts = [text for pattern in PATTERNS[kind] for text in spread(pattern)]
        assert sum(TRAITS[name](text) > 0 for text in texts) >= 0.6 * len(texts), kind


@given(st.text())
def test_every_trait_is_a_number_that_is_not_negative(text: str) -> None:
    assert all(trait(text) >= 0 for trait in TRAITS.values())


@given(st.lists(st.sampled_from("abcdefgh"), max_size=12, unique=True))
def test_repetition_is_none_without_a_repeat_and_grows_with_each(words: list[str]) -> None:
    text = " ".join(words)
    assert repeated_share(text) == 0
    if len(words) >= 3:
        assert 0 < repeated_share(f"{text} {text}") < repeated_share(f"{text} {text} {text}") < 1
