"""Principle texts: wide vocabulary, sound English forms, held-out frames kept out."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from cai.mini.principles import LEXICON, Use, families, frames, mixed, sentence
from cai.mini.principles.words import comparative, gerund, superlative, third_person
from cai.mini.vocabulary import unknown_words
from cai.mini.world import KINDS

USES = get_args(Use)
CONSTITUTION = Path(__file__).parents[2] / "constitution" / "default.yaml"


def test_every_kind_has_words() -> None:
    assert tuple(LEXICON) == KINDS
    for words in LEXICON.values():
        assert len(words.key_phrases()) >= 60
        assert min(len(words.good_nouns), len(words.bad_nouns), len(words.reasons)) >= 7
        assert words.asides


def test_no_phrase_belongs_to_two_kinds() -> None:
    owner: dict[str, str] = {}
    for kind, words in LEXICON.items():
        for phrase in words.key_phrases():
            assert owner.setdefault(phrase, kind) == kind, phrase


def test_phrases_are_plain() -> None:
    for words in LEXICON.values():
        for phrase in words.key_phrases():
            assert re.fullmatch(r"[a-zA-ZÀ-ÿ][a-zA-ZÀ-ÿ ,'-]*", phrase), phrase
        for verb in words.good_verbs + words.bad_verbs:
            assert not verb.startswith(("be ", "not ")), verb  # "does not be rude" is no English


@pytest.mark.parametrize("use", USES)
def test_texts_are_short_sentences_without_open_slots(use: Use) -> None:
    rng = random.Random(1)
    for kind in KINDS:
        for heldout in (False, True):
            for _ in range(150):
                text = sentence(use, kind, rng, heldout=heldout)
                assert not re.search(r"[{}]|  | ,|\.\.", text), text
                assert len(text.split()) <= 60, text


def test_enough_frames_and_none_in_both_sets() -> None:
    for train, heldout in (
        (frames.COMPARISON, frames.COMPARISON_HELDOUT),
        (frames.CRITIQUE, frames.CRITIQUE_HELDOUT),
        (frames.REVISION, frames.REVISION_HELDOUT),
    ):
        assert len(set(train)) >= 30
        assert len(set(heldout)) >= 8
        assert not set(train) & set(heldout)


def test_held_out_frames_do_not_occur_in_training() -> None:
    rng = random.Random(2)
    # What a held-out comparison says before its first slot, where that is more than a word.
    heads = [re.split(r"\{", frame)[0] for frame in frames.COMPARISON_HELDOUT]
    heads = [head for head in heads if len(head.split()) >= 3]
    texts = [sentence("comparison", kind, rng) for kind in KINDS for _ in range(300)]
    assert heads
    assert not [text for text in texts if text.startswith(tuple(heads))]


@pytest.mark.parametrize("use", USES)
def test_mixed_principles_name_several_kinds_with_harm_first(use: Use) -> None:
    rng = random.Random(3)
    for _ in range(300):
        kinds = families(rng)
        assert len(set(kinds)) == len(kinds) >= 2
        assert set(kinds) <= set(KINDS)
        assert "harm" not in kinds[1:]
        assert {"concise", "detail"} - set(kinds)
        assert re.search(r" (and|or) ", mixed(use, kinds, rng))


@pytest.mark.parametrize(
    ("base", "third", "ing"),
    [
        ("insult the user", "insults the user", "insulting the user"),
        ("mention a name", "mentions a name", "mentioning a name"),
        ("lie", "lies", "lying"),
        ("bully the user", "bullies the user", "bullying the user"),
        ("reply politely", "replies politely", "replying politely"),
        ("carry on", "carries on", "carrying on"),
        ("say no", "says no", "saying no"),
        ("preach", "preaches", "preaching"),
        ("put down a group", "puts down a group", "putting down a group"),
        ("openly mock the user", "openly mocks the user", "openly mocking the user"),
        ("go on and on", "goes on and on", "going on and on"),
        ("agree", "agrees", "agreeing"),
    ],
)
def test_verbs_are_inflected(base: str, third: str, ing: str) -> None:
    assert third_person(base) == third
    assert gerund(base) == ing


@pytest.mark.parametrize(
    ("adjective", "more", "most"),
    [
        ("polite", "more polite", "most polite"),
        ("kind to the user", "kinder to the user", "kindest to the user"),
        ("safe", "safer", "safest"),
        ("friendly", "friendlier", "friendliest"),
        ("full", "fuller", "fullest"),
    ],
)
def test_adjectives_are_graded(adjective: str, more: str, most: str) -> None:
    assert comparative(adjective) == more
    assert superlative(adjective) == most


def test_every_text_of_the_generator_is_known_vocabulary() -> None:
    rng = random.Random(4)
    for use in USES:
        for kind in KINDS:
            for _ in range(100):
                text = sentence(use, kind, rng)
                assert unknown_words(text) == [], text


def test_strange_words_are_reported_once_in_order() -> None:
    text = "Which answer is more quixotic, doesn't insult Zorblax and isn't quixotic?"
    assert unknown_words(text) == ["quixotic", "zorblax"]
    assert unknown_words("Was nobody insulted, mocked or bullied here?") == []


def test_the_default_constitution_is_within_the_vocabulary() -> None:
    principles = yaml.safe_load(CONSTITUTION.read_text(encoding="utf-8"))["principles"]
    texts = [
        one[field]
        for one in principles
        for field in ("critique_request", "revision_request", "comparison")
        if field in one
    ]
    assert texts
    assert [(text, words) for text in texts if (words := unknown_words(text))] == []
