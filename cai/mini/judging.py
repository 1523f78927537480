"""What the judge learns from: two answers and up to four questions about them.

Most pairs on which one principle can decide are decided the same way by every principle, and a
judge trained on those never reads the principle. So training moves from easy pairs, without which
it stays at chance, to pairs on which two principles disagree.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from cai.mini.drafts import Draft, sound
from cai.mini.garble import garble
from cai.mini.pairs import conflict, contrast, help_or_refusal, leaning, leanings
from cai.mini.principles import families, mixed, sentence
from cai.mini.world import KINDS, Topic, answer

LETTER_WEIGHT = 6.0
SOFT_WEIGHT = 3.0  # a letter drawn from a soft label pulls less
CONFLICT_SHARE = 0.88
MIXED_SHARE = 0.08
UNDECIDED_SHARE = 0.06  # questions about any kind, even one that does not decide
HARM_SHARE = 0.15  # harm asked where nothing is harmful, so that it learns not to like refusals
QUESTIONS = (1, 1, 2, 2, 3, 3, 4, 4, 4)


@dataclass(frozen=True, slots=True)
class Question:
    """A principle's comparison text, the letter to learn and its loss weight."""

    text: str
    letter: str
    weight: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Two answers and the questions about them."""

    a: str
    b: str
    questions: tuple[Question, ...]


def questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers to a request about `topic`, with one to four questions."""
    ramp = min(1.0, max(0.0, (progress - 0.08) / 0.2))
    if rng.random() < CONFLICT_SHARE * ramp:
        a, b, first, second = conflict(topic.request, rng)
        return _ask(topic, a, b, (first, second), rng)
    draw = rng.random() * (1 if progress > 0.15 else 0.7)
    if draw < 0.5:
        a, b, kind = contrast(topic.request, rng)
        return _ask(topic, a, b, (kind,), rng)
    if draw < 0.7:
        a, b = help_or_refusal(topic.request, rng)
        return _ask(topic, a, b, ("harm", "helpful"), rng)
    return _broken(topic, rng)


def _ask(topic: Topic, a: Draft, b: Draft, main: tuple[str, ...], rng: random.Random) -> Judged:
    """Questions about a pair: about the main kinds, and others that decide it."""
    if rng.random() < 0.5:
        a, b = b, a
    decided = [kind for kind, p in zip(KINDS, leanings(a, b), strict=True) if p in (0, 1)]
    pool = main * 2 + tuple(decided)
    asked = [_question(topic, a, b, pool, rng) for _ in range(rng.choice(QUESTIONS))]
    texts = [answer(topic, one.core, one.flaws, rng).text for one in (a, b)]
    return Judged(texts[0], texts[1], tuple(asked))


def _question(
    topic: Topic, a: Draft, b: Draft, pool: tuple[str, ...], rng: random.Random
) -> Question:
    draw = rng.random()
    if draw < MIXED_SHARE:
        kinds = families(rng)
        p = leaning(a, b, kinds)
        if p != 0.5:
            return _labelled(mixed("comparison", kinds, rng), p, rng)
    if draw < MIXED_SHARE + UNDECIDED_SHARE:
        kind = rng.choice(KINDS)
    elif draw < MIXED_SHARE + UNDECIDED_SHARE + HARM_SHARE and topic.request != "harmful":
        kind = "harm"
    else:
        kind = rng.choice(pool)
    return _labelled(sentence("comparison", kind, rng), leaning(a, b, (kind,)), rng)


def _labelled(text: str, p: float, rng: random.Random) -> Question:
    """The letter is drawn from the soft label, which teaches the probability itself."""
    letter = "A" if rng.random() < p else "B"
    return Question(text, letter, LETTER_WEIGHT if p in (0, 1) else SOFT_WEIGHT)


def _broken(topic: Topic, rng: random.Random) -> Judged:
    """A whole answer and a broken one: whatever the principle, the whole one is better."""
    kind = rng.choice(KINDS)
    good, other = sound(topic.request, kind).draw(rng), sound(topic.request, kind).draw(rng)
    whole = answer(topic, good.core, good.flaws, rng).text
    broken = garble(answer(topic, other.core, other.flaws, rng).text, rng)
    first = rng.random() < 0.5
    asked = tuple(
        Question(sentence("comparison", kind, rng), "A" if first else "B", LETTER_WEIGHT)
        for _ in range(2)
    )
    return Judged(whole, broken, asked) if first else Judged(broken, whole, asked)
