"""The generated world: its size, its splits, its grammar, its answers and their mending."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.mini.world import (
    CORES,
    KINDS,
    Answer,
    Topic,
    answer,
    ask,
    facts,
    faults,
    mend,
    preference,
    reason,
    score,
    topics,
)
from cai.mini.world.answers import OFF_TOPIC, allowed_flaws
from cai.mini.world.flaws import PATTERNS, flaw_kinds, flaw_sentences
from cai.mini.world.phrases import act, sentences, spread
from cai.mini.world.requests import FRAMES, HELDOUT_FRAMES
from cai.mini.world.topics import HARMFUL, HELPFUL


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer the world can produce."""
    topic = draw(st.sampled_from(topics()))
    core = draw(st.sampled_from((*CORES[topic.request], OFF_TOPIC)))
    flaws = draw(st.lists(st.sampled_from(allowed_flaws(core)), max_size=2, unique=True))
    return answer(topic, core, flaws, random.Random(draw(st.integers(0, 10**6))))


def of_split(split: str) -> list[Topic]:
    return [topic for topic in topics() if topic.split == split]


def test_the_world_is_large_enough_and_every_topic_is_unique() -> None:
    requests = Counter(topic.request for topic in topics())
    assert requests["harmful"] >= 600
    assert requests["benign"] + requests["borderline"] >= 600
    assert len(HARMFUL) >= 18
    assert len({topic.id for topic in topics()}) == len(topics())
    assert len({act(topic) for topic in topics()}) == len(topics())


def test_every_domain_offers_variety() -> None:
    for harm in HARMFUL.values():
        assert min(map(len, (harm.reasons, harm.alternatives, harm.first, harm.then))) >= 3
        assert len(harm.actions) >= 5
        assert len(harm.objects) >= 6
    for domain in HELPFUL.values():
        assert len(domain.advice) >= 4
        assert len(domain.actions) >= 5
        assert len(domain.objects) >= 6


def test_held_out_pairs_are_made_of_known_actions_and_objects() -> None:
    known = {(topic.category, topic.action) for topic in of_split("train")}
    seen = {(topic.category, topic.object) for topic in of_split("train")}
    for topic in of_split("combo"):
        assert (topic.category, topic.action) in known
        assert (topic.category, topic.object) in seen
    share = len(of_split("combo")) / (len(of_split("combo")) + len(of_split("train")))
    assert 0.13 < share < 0.18


def test_one_whole_action_per_category_is_held_out() -> None:
    held_out = {(topic.category, topic.action) for topic in of_split("act")}
    assert Counter(category for category, _ in held_out) == Counter([*HARMFUL, *HELPFUL])
    others = {(topic.category, topic.action) for topic in topics() if topic.split != "act"}
    assert not held_out & others


def test_borderline_topics_share_their_verbs_with_harmful_ones() -> None:
    harmful = {topic.action.split()[0] for topic in topics() if topic.request == "harmful"}
    domains = {topic.category for topic in topics() if topic.request == "borderline"}
    sharing = {
        topic.category
        for topic in topics()
        if topic.request == "borderline" and topic.action.split()[0] in harmful
    }
    assert len(domains) >= 5
    assert len(sharing) >= 5


def test_spread_lists_every_variant() -> None:
    assert spread("{a|b} {|very }c", "d") == ("a c", "a very c", "b c", "b very c", "d")


@given(st.sampled_from(topics()), st.integers(0, 10**6), st.booleans())
def test_requests_name_their_topic_in_few_words(topic: Topic, seed: int, heldout: bool) -> None:
    text = ask(topic, random.Random(seed), heldout_wording=heldout)
    assert act(topic) in text
    assert text == ask(topic, random.Random(seed), heldout_wording=heldout)
    assert len(text.split()) <= 24
    assert text[0].isupper()
    assert text[-1] in ".?"


def test_held_out_request_frames_are_others() -> None:
    assert len(FRAMES) >= 20
    assert len(HELDOUT_FRAMES) >= 6
    assert not set(FRAMES) & set(HELDOUT_FRAMES)


@given(answers())
def test_answers_are_clean_sentences_on_topic(made: Answer) -> None:
    assert 1 <= len(sentences(made.text)) <= 6
    assert len(made.text.split()) <= 75
    for sentence in sentences(made.text):
        assert sentence[0].isupper()
        assert sentence[-1] in ".?!"
        assert "{" not in sentence
        assert "  " not in sentence
        assert not re.search(r"\b(\w+) \1\b", sentence), "a doubled word"
        assert not re.search(r"\ba [aeio]", sentence), "a before a vowel"
    if made.core not in ("evade", OFF_TOPIC):
        assert act(made.topic) in made.text


@given(answers())
def test_flaws_are_the_sentences_that_violate_a_kind(made: Answer) -> None:
    found = {flaw_kinds()[s] for s in sentences(made.text) if s in flaw_kinds()}
    if made.core == "preach":
        found.discard("preach")
    assert found == set(made.flaws) - {"detail"}


def test_every_flaw_kind_has_many_sentences_and_none_serves_two_kinds() -> None:
    texts = [text for kind in PATTERNS for group in flaw_sentences(kind) for text in group]
    assert len(texts) == len(set(texts))
    for kind in PATTERNS:
        assert sum(map(len, flaw_sentences(kind))) >= 15
        assert all(len(sentences(text)) == 1 for group in flaw_sentences(kind) for text in group)


@given(answers(), st.sampled_from(KINDS), st.integers(0, 10**6))
def test_mending_removes_the_fault_and_adds_none(made: Answer, kind: str, seed: int) -> None:
    mended = mend(made, kind, random.Random(seed))
    assert score(kind, mended) >= 0.5
    assert faults(mended) <= faults(made) - {kind}
    assert mended.topic == made.topic
    if kind not in faults(made):
        assert mended == made
    again = mend(mended, kind, random.Random(seed + 1))
    assert again == mended


@given(answers(), st.sampled_from(("respect", "flattery", "fairness", "privacy", "honesty")))
def test_removing_a_flaw_leaves_the_other_sentences_as_they_are(made: Answer, kind: str) -> None:
    mended = mend(made, kind, random.Random(0))
    kept = [text for text in sentences(made.text) if flaw_kinds().get(text) != kind]
    assert sentences(mended.text) == kept
    assert mended.core == made.core


@given(answers(), answers(), st.sampled_from(KINDS))
def test_swapping_answers_flips_the_preference(a: Answer, b: Answer, kind: str) -> None:
    assert preference(kind, a, b) == 1 - preference(kind, b, a)
    assert preference(kind, a, a) == 0.5


def test_harmlessness_prefers_help_to_a_refusal_only_mildly() -> None:
    rng = random.Random(0)
    topic = next(topic for topic in topics() if topic.request == "benign")
    helped, refused = (answer(topic, core, (), rng) for core in ("help", "refuse"))
    assert preference("harm", helped, refused) == 0.75
    assert preference("helpful", helped, refused) == 1.0


def test_unfit_cores_and_flaws_are_refused() -> None:
    rng = random.Random(0)
    benign = next(topic for topic in topics() if topic.request == "benign")
    for core, flaws in (
        ("comply", ()),
        ("refuse", ("detail",)),
        ("preach", ("preach",)),
        ("help", ("honesty", "honesty")),
        ("help", ("honesty", "respect", "privacy")),
        ("help", ("harm",)),
    ):
        with pytest.raises(ValueError, match="core"):
            answer(benign, core, flaws, rng)
    with pytest.raises(ValueError, match="unknown principle kind"):
        score("kindness", answer(benign, "help", (), rng))


def test_the_encyclopedia_knows_every_topic() -> None:
    rng = random.Random(0)
    for topic in topics():
        pairs = facts(topic, rng)
        assert len(pairs) >= 4
        for question, reply in pairs:
            assert act(topic) in question
            assert question.endswith("?")
            assert reply.endswith(".")


def test_the_reason_of_every_topic_is_in_the_encyclopedia() -> None:
    rng = random.Random(0)
    for topic in topics():
        known = {reply for _ in range(40) for _, reply in facts(topic, rng)}
        assert f"Because {reason(topic)}." in known
