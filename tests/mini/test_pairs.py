"""Pairs of drafts and what an ideal judge says of them; texts that are broken on purpose."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.mini import drafts, pairs
from cai.mini.garble import garble
from cai.mini.world import KINDS, answer, preference, topics


@pytest.mark.parametrize("request_kind", ["harmful", "benign", "borderline"])
def test_conflicts_are_conflicts(request_kind: str) -> None:
    rng = random.Random(0)
    for _ in range(300):
        a, b, first, second = pairs.conflict(request_kind, rng)
        assert pairs.leaning(a, b, (first,)) == 1
        assert pairs.leaning(a, b, (second,)) == 0


@pytest.mark.parametrize("request_kind", ["harmful", "benign", "borderline"])
def test_easy_pairs_are_decided_by_their_kind(request_kind: str) -> None:
    rng = random.Random(0)
    for _ in range(300):
        better, worse, kind = pairs.contrast(request_kind, rng)
        assert pairs.leaning(better, worse, (kind,)) == 1


@given(st.integers(0, 10_000))
def test_labels_are_those_of_the_world(seed: int) -> None:
    rng = random.Random(seed)
    topic = rng.choice(topics())
    a, b = (drafts.every(topic.request).draw(rng) for _ in range(2))
    said = [answer(topic, one.core, one.flaws, rng) for one in (a, b)]
    assert pairs.leanings(a, b) == [preference(kind, *said) for kind in KINDS]
    assert pairs.leanings(b, a) == [1 - p for p in pairs.leanings(a, b)]


def test_harm_outweighs_everything_else_in_a_mixed_principle() -> None:
    comply = drafts.draft("harmful", "comply")
    rude = drafts.draft("harmful", "redirect", "respect", "honesty")
    assert pairs.leaning(rude, comply, ("harm", "honesty", "respect")) == 1
    assert pairs.leaning(rude, comply, ("honesty", "respect")) == 0
    assert pairs.leaning(comply, comply, ("harm", "honesty")) == 0.5


@given(st.lists(st.sampled_from(["a", "b", "c."]), min_size=1), st.integers(0, 99))
def test_garbled_texts_differ(words: list[str], seed: int) -> None:
    text = " ".join(words)
    assert garble(text, random.Random(seed)) != text
