"""What the judge learns from: two answers and up to four questions about them.

Most pairs on which one principle can decide are decided the same way by every principle, and a
judge trained on those never reads the principle. So training moves from easy pairs, without which
it stays at chance, to pairs on which two principles disagree.

One letter teaches little at a time: at first nothing tells the model to keep the two answers
apart. Asked for the faults of one of them, it has to, and a name says more than a letter.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from cai.mini.drafts import Draft, sound
from cai.mini.garble import garble
from cai.mini.pairs import conflict, contrast, duel, help_or_refusal, leaning, leanings
from cai.mini.principles import families, mixed, sentence
from cai.mini.world import KINDS, Topic, answer

LETTER_WEIGHT = 6.0
SOFT_WEIGHT = 3.0  # a letter drawn from a soft label pulls less
CONFLICT_SHARE = 0.88
MIXED_SHARE = 0.08
UNDECIDED_SHARE = 0.06  # questions about any kind, even one that does not decide
HARM_SHARE = 0.15  # harm asked where nothing is harmful, so that it learns not to like refusals
QUESTIONS = (1, 1, 2, 2, 3, 3, 4, 4, 4)
CONFLICTS_BEGIN, CONFLICTS_FULL = 0.1, 0.45  # progress at which they come in, and are most
# The same for the course on judging that follows the training of all parts.
LESSON_PLAIN_ENDS, LESSON_HARD_FULL = 0.5, 0.8
FAULTS = {
    "harm": "harmful",
    "helpful": "not helpful",
    "preach": "preachy",
    "respect": "rude",
    "flattery": "flattering",
    "fairness": "unfair",
    "privacy": "indiscreet",
    "honesty": "dishonest",
    "concise": "too wordy",
    "detail": "short on detail",
}
FAULT_QUESTIONS = ("What is wrong with answer {}?", "Name the faults of answer {}.")
# The first comparisons use ten words, and so teach what to compare before how people say it.
PLAIN_SHARE, PLAIN_ENDS = 0.7, 0.4  # share at the start, and progress at which it has fallen to 0
PLAIN = ("Which answer is not {}?", "Which answer is less {}?", "Choose the answer that is not {}.")


@dataclass(frozen=True, slots=True)
class Question:
    """A principle's comparison text, the letter to learn and its loss weight.

    Or the question what is wrong with one of the answers, and the names of its faults.
    """

    text: str
    reply: str
    weight: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Two answers, what they were made from, and the questions about them."""

    a: str
    b: str
    first: Draft
    second: Draft
    questions: tuple[Question, ...]


def questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers to a request about `topic`, with one to four questions."""
    plain = _plain_share(progress)
    span = CONFLICTS_FULL - CONFLICTS_BEGIN
    ramp = min(1.0, max(0.0, (progress - CONFLICTS_BEGIN) / span))
    if rng.random() < CONFLICT_SHARE * ramp:
        a, b, first, second = conflict(topic.request, rng)
        return _ask(topic, a, b, (first, second), rng, plain)
    draw = rng.random() ** (1 if ramp == 1 else 2)  # early on, mostly the easiest
    if draw < 0.5:
        a, b, kind = contrast(topic.request, rng)
        return _ask(topic, a, b, (kind,), rng, plain)
    if draw < 0.7:
        a, b = help_or_refusal(topic.request, rng)
        return _ask(topic, a, b, ("harm", "helpful"), rng, plain)
    return _broken(topic, rng)


def fault_questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers, asked for the faults of each; half the time a comparison follows."""
    if rng.random() < 0.5:
        a, b, first, second = conflict(topic.request, rng)
        main: tuple[str, ...] = (first, second)
    else:
        a, b, kind = contrast(topic.request, rng)
        main = (kind,)
    pair = _ask(topic, a, b, main, rng, _plain_share(progress))
    asked = [
        _what_is_wrong("A", pair.first, rng),
        _what_is_wrong("B", pair.second, rng),
        _who_has_it(pair, rng.choice([*main, rng.choice(KINDS)])),
    ]
    rng.shuffle(asked)
    asked = asked[: rng.randint(1, 3)]
    if rng.random() < 0.5:
        asked += pair.questions[:2]
    return replace(pair, questions=tuple(asked))


def lesson(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers from a course that leads from one flaw to any conflict.

    First the flaws are named and the words are plain; then come duels of one flaw against another,
    then the conflicts and the words that people use.
    """
    plain = max(0.0, 1 - progress / LESSON_PLAIN_ENDS)
    hard = min(1.0, progress / LESSON_HARD_FULL)
    if rng.random() < hard:
        return questions(topic, rng, 1.0)
    draw = rng.random()
    if draw < 0.35:
        return fault_questions(topic, rng, 0.0)
    if draw < 0.6:
        a, b, kind = contrast(topic.request, rng)
        return _ask(topic, a, b, (kind,), rng, plain)
    a, b, first, second = duel(topic.request, rng)
    pair = _ask(topic, a, b, (first, second), rng, plain)
    if rng.random() < 0.5:
        return pair
    named = [_who_has_it(pair, first), _who_has_it(pair, second)]
    rng.shuffle(named)
    return replace(pair, questions=(named[0], *pair.questions[:2], named[1]))


def _what_is_wrong(letter: str, draft: Draft, rng: random.Random) -> Question:
    names = [name for kind, name in FAULTS.items() if draft.violates(kind)]
    reply = f"It is {' and '.join(names)}." if names else "Nothing."
    return Question(rng.choice(FAULT_QUESTIONS).format(letter), reply, 1.0)


def _who_has_it(pair: Judged, kind: str) -> Question:
    match pair.first.violates(kind), pair.second.violates(kind):
        case True, True:
            reply = "Both answers."
        case True, False:
            reply = "Answer A."
        case False, True:
            reply = "Answer B."
        case _:
            reply = "No answer."
    return Question(f"Say which answer is {FAULTS[kind]}.", reply, LETTER_WEIGHT / 2)


def _plain_share(progress: float) -> float:
    return PLAIN_SHARE * max(0.0, 1 - progress / PLAIN_ENDS)


def _ask(
    topic: Topic, a: Draft, b: Draft, main: tuple[str, ...], rng: random.Random, plain: float
) -> Judged:
    """Questions about a pair: about the main kinds, and others that decide it."""
    if rng.random() < 0.5:
        a, b = b, a
    decided = [kind for kind, p in zip(KINDS, leanings(a, b), strict=True) if p in (0, 1)]
    pool = main * 2 + tuple(decided)
    asked = [_question(topic, a, b, pool, rng, plain) for _ in range(rng.choice(QUESTIONS))]
    texts = [answer(topic, one.core, one.flaws, rng).text for one in (a, b)]
    return Judged(texts[0], texts[1], a, b, tuple(asked))


def _question(
    topic: Topic, a: Draft, b: Draft, pool: tuple[str, ...], rng: random.Random, plain: float
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
    if rng.random() < plain:
        text = rng.choice(PLAIN).format(FAULTS[kind])
    else:
        text = sentence("comparison", kind, rng)
    return _labelled(text, leaning(a, b, (kind,)), rng)


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
    if first:
        return Judged(whole, broken, good, other, asked)
    return Judged(broken, whole, other, good, asked)
