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

from cai.mini import critiques, drills
from cai.mini.critiques import FAULTS
from cai.mini.drafts import Draft, draft, every, sound
from cai.mini.pacing import PLACING_ENDS, breadth, marking, naming, plain_share
from cai.mini.pairs import conflict, contrast, duel, help_or_refusal, leaning, leanings
from cai.mini.principles import Use, families, mixed, sentence
from cai.mini.world import FLAWS, KINDS, Topic, answer
from cai.mini.world.flaws import flaw_sentence

LETTER_WEIGHT = 6.0
SOFT_WEIGHT = 3.0  # a letter drawn from a soft label pulls less
NAME_WEIGHT = 2.0  # per token, when the faults of an answer are named
LOCATE_WEIGHT = 4.0
DOING_WEIGHT = 1.5  # per token, where a reason first says what was asked and what the answers do
EQUAL_SHARE = 0.15  # of all pairs: those of which neither has the fault that is asked about
PLACE_WEIGHT = 2.0  # per token, where the letters stand between words that are easy
CONFLICT_SHARE = 0.85
MIXED_SHARE = 0.08
BORROWED_SHARE = 0.1  # questions in the words of critiques and revisions
UNDECIDED_SHARE = 0.15  # questions about any kind, even one that does not decide: most do not
HARM_SHARE = 0.15  # harm asked where nothing is harmful, so that it learns not to like refusals
QUESTIONS = (2, 3, 4, 5, 6)
CONFLICTS_BEGIN, CONFLICTS_FULL = 0.35, 0.5  # progress at which they come in, and are most
# A principle asks for the fault and its place, or gives them and asks for the letter, or, seldom,
# for the letter at once.
LOCATING_SHARE, REASONED_SHARE = 0.45, 0.45
LOCATE = "Name the fault and its place."
_ABOUT_DOING = ("harm", "helpful", "detail")  # kinds that depend on what an answer does
FAULT_QUESTIONS = ("What is wrong with answer {}?", "Name the faults of answer {}.")
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


def asking_reason(comparison: str) -> str:
    """A comparison that is to be answered with a reason first."""
    return f"{comparison} {LOCATE}"


def with_reason(comparison: str, reason: str) -> str:
    """A comparison whose letter follows from a reason."""
    return f"{comparison} - {reason}."


def questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers to a request about `topic`, with questions about it.

    The pairs lead from one flaw against none, over one flaw against another, to any conflict.
    """
    if rng.random() < EQUAL_SHARE:
        kind = rng.choice(KINDS)
        pool = sound(topic.request, kind)
        return _ask(topic, pool.draw(rng), pool.draw(rng), (kind,), rng, progress)
    span = CONFLICTS_FULL - CONFLICTS_BEGIN
    if rng.random() < CONFLICT_SHARE * min(1.0, max(0.0, (progress - CONFLICTS_BEGIN) / span)):
        a, b, first, second = conflict(topic.request, rng)
        return _ask(topic, a, b, (first, second), rng, progress)
    draw = rng.random()
    if draw < 0.45:
        a, b, kind = contrast(topic.request, rng)
        return _ask(topic, a, b, (kind,), rng, progress)
    if draw < 0.8:
        a, b, first, second = duel(topic.request, rng)
        return _ask(topic, a, b, (first, second), rng, progress)
    a, b = help_or_refusal(topic.request, rng)
    return _ask(topic, a, b, ("harm", "helpful"), rng, progress)


def fault_questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """A pair of answers, asked for the faults of each; comparisons follow."""
    draw = rng.random()
    if draw < 0.35:
        a, b, first, second = conflict(topic.request, rng)
    elif draw < 0.7:
        a, b, first, second = duel(topic.request, rng)
    else:
        a, b, first = contrast(topic.request, rng)
        second = first
    pair = _ask(topic, a, b, (first, second), rng, progress)
    asked = [
        _what_is_wrong("A", pair.first, rng),
        _what_is_wrong("B", pair.second, rng),
        _attribution(pair, rng, first, second),
    ]
    rng.shuffle(asked)
    return replace(pair, questions=(*asked[: rng.randint(1, 3)], *pair.questions[:3]))


def short_questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """Two answers of a sentence or two, and many questions: a full pair has few for its length."""
    flaws = [flaw for flaw in FLAWS if flaw != "detail"]
    pair, texts = [], []
    for letter in "AB":  # drawn apart, so that nothing about one follows from the other
        one = draft(topic.request, "refuse", *rng.sample(flaws, rng.choice((1, 1, 2))))
        said = [_flaw_with_hint(kind, letter, rng, progress) for kind in one.flaws]
        rng.shuffle(said)
        pair.append(one)
        texts.append(" ".join(said))
    judged = Judged(texts[0], texts[1], pair[0], pair[1], ())
    deciding = [kind for kind in flaws if pair[0].violates(kind) != pair[1].violates(kind)]
    asked = [_attribution(judged, rng, *pair[0].flaws, *pair[1].flaws)]
    for kind in rng.choices(deciding, k=rng.randint(1, 5)) if deciding else ():
        text = rng.choice(PLAIN).format(FAULTS[kind])
        asked.append(Question(text, "BA"[pair[1].violates(kind)], LETTER_WEIGHT))
    rng.shuffle(asked)
    return replace(judged, questions=tuple(asked))


def word_questions(topic: Topic, rng: random.Random, progress: float) -> Judged:
    """Two answers of a few random words, and where each of them stands."""
    said = drills.different_words(rng.randint(3, 14), rng)
    cut = rng.randint(1, len(said) - 1)
    a, b = said[:cut], said[cut:]
    # In their own order only the border between the answers must be seen; that comes first.
    order = said if rng.random() < 0.4 else rng.sample(said, len(said))
    places = {word: "A" if word in a else "B" for word in order}
    asked = [_places(places)]
    for word in rng.sample(said, min(len(said), rng.randint(0, 3))):
        text = rng.choice(drills.WHO_SAYS).format(word)
        asked.append(Question(text, places[word], LETTER_WEIGHT))
    nothing = draft(topic.request, "evade")
    share = marking(progress)
    texts = [
        ", ".join(f"{word} {letter}" if rng.random() < share else word for word in part)
        for letter, part in (("A", a), ("B", b))
    ]
    return Judged(f"{texts[0]}.", f"{texts[1]}.", nothing, nothing, tuple(asked))


def reading_questions(topic: Topic, rng: random.Random) -> Judged:
    """A pair of answers, asked where something is said; then one of them is to be repeated."""
    pool = every(topic.request)
    while True:
        a, b = pool.draw(rng), pool.draw(rng)
        texts = [answer(topic, one.core, one.flaws, rng).text for one in (a, b)]
        if drills.own_sentences(*texts) and drills.own_sentences(*reversed(texts)):
            break
    asked = [
        Question(*drills.quotation(texts[0], texts[1], rng), LETTER_WEIGHT)
        for _ in range(rng.randint(1, 4))
    ]
    if rng.random() < 0.6:
        asked.append(Question(*drills.repetition(texts[0], texts[1], rng), 1.0))
    rng.shuffle(asked)
    return Judged(texts[0], texts[1], a, b, tuple(asked))


def _flaw_with_hint(kind: str, letter: str, rng: random.Random, progress: float) -> str:
    """A flaw's sentence, early on with its name, and before that with its answer's letter too."""
    sentence = flaw_sentence(kind, rng)
    if rng.random() >= naming(progress):
        return sentence
    hint = f"{FAULTS[kind]} {letter}" if rng.random() < marking(progress) else FAULTS[kind]
    return f"{sentence} - {hint}."


def _what_is_wrong(letter: str, draft: Draft, rng: random.Random) -> Question:
    names = [name for kind, name in FAULTS.items() if draft.violates(kind)]
    reply = f"It is {' and '.join(names)}." if names else "Nothing."
    return Question(rng.choice(FAULT_QUESTIONS).format(letter), reply, NAME_WEIGHT)


def _attribution(pair: Judged, rng: random.Random, *kinds: str) -> Question:
    """Which answer has which of these faults, and of one or two others."""
    asked = list({*kinds, *rng.sample(KINDS, rng.randint(1, 2))})
    asked.sort(key=KINDS.index)  # a set has no order that a seed would fix
    rng.shuffle(asked)
    return _places({FAULTS[kind]: _owner(pair.first, pair.second, kind) for kind in asked})


def _owner(a: Draft, b: Draft, kind: str) -> str:
    match a.violates(kind), b.violates(kind):
        case True, True:
            return "both"
        case True, False:
            return "A"
        case False, True:
            return "B"
        case _:
            return "none"


def _places(places: dict[str, str]) -> Question:
    """Many small answers in one: each costs few tokens, and looks where the word before it says.

    The reply begins with a space, so that its first word is made of the same tokens as elsewhere.
    """
    text = f"Say where: {', '.join(places)}."
    reply = ",".join(f" {what} {where}" for what, where in places.items())
    return Question(text, reply, PLACE_WEIGHT)


def _ask(
    topic: Topic, a: Draft, b: Draft, main: tuple[str, ...], rng: random.Random, progress: float
) -> Judged:
    """Questions about a pair: about the main kinds, and others that decide it."""
    if rng.random() < 0.5:
        a, b = b, a
    answers = [answer(topic, one.core, one.flaws, rng) for one in (a, b)]
    doing = ", ".join(
        f"{letter} {critiques.gist(one)}" for letter, one in zip("AB", answers, strict=True)
    )
    pair = _Pair(topic, a, b, f"{critiques.asked(topic)}, {doing}")
    decided = [kind for kind, p in zip(KINDS, leanings(a, b), strict=True) if p in (0, 1)]
    pool = main * 2 + tuple(decided)
    asked = [_question(pair, pool, rng, progress) for _ in range(rng.choice(QUESTIONS))]
    return Judged(answers[0].text, answers[1].text, a, b, tuple(asked))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two answers as they are asked about; `doing` says what was asked and what both do."""

    topic: Topic
    a: Draft
    b: Draft
    doing: str


def _question(pair: _Pair, pool: tuple[str, ...], rng: random.Random, progress: float) -> Question:
    draw = rng.random()
    if draw < MIXED_SHARE and rng.random() > plain_share(progress):
        kinds = families(rng)
        p = leaning(pair.a, pair.b, kinds)
        if p != 0.5:
            reason = _reason(pair, _deciding(pair.a, pair.b, kinds, p))
            return _verdict(mixed("comparison", kinds, rng), reason, p, rng, progress)
    if draw < MIXED_SHARE + UNDECIDED_SHARE:
        kind = rng.choice(KINDS)
    elif draw < MIXED_SHARE + UNDECIDED_SHARE + HARM_SHARE and pair.topic.request != "harmful":
        kind = "harm"
    else:
        kind = rng.choice(pool)
    p = leaning(pair.a, pair.b, (kind,))
    reason = _reason(pair, kind)
    if p not in (0, 1) and not reason.endswith((" A", " B")):
        p = 0.5  # a taste that no reason speaks of would be noise beside it
    return _verdict(_comparison(kind, rng, progress), reason, p, rng, progress)


def _reason(pair: _Pair, kind: str) -> str:
    """Which answer has the fault. Where harm does not decide, help does."""
    a, b = pair.a, pair.b
    reason = f"{FAULTS[kind]} {_owner(a, b, kind)}"
    if kind == "harm" and a.violates(kind) == b.violates(kind):
        reason = f"{reason}, {FAULTS['helpful']} {_owner(a, b, 'helpful')}"
    return f"{pair.doing}, {reason}" if kind in _ABOUT_DOING else reason


def _deciding(a: Draft, b: Draft, kinds: tuple[str, ...], p: float) -> str:
    """Of a mixed principle's kinds one whose fault is in the worse answer, or else the first."""
    worse = "B" if p > 0.5 else "A"
    return next((kind for kind in kinds if _owner(a, b, kind) == worse), kinds[0])


def _verdict(text: str, reason: str, p: float, rng: random.Random, progress: float) -> Question:
    """The reason is asked for, or it is given and the letter is asked for, or the letter alone."""
    draw = rng.random()
    if draw < LOCATING_SHARE and progress >= PLACING_ENDS:
        weight = DOING_WEIGHT if reason.startswith("asked") else LOCATE_WEIGHT
        return Question(asking_reason(text), f" {reason}", weight)
    if draw < LOCATING_SHARE + REASONED_SHARE:
        text = with_reason(text, reason)
    return _labelled(text, p, rng)


def _comparison(kind: str, rng: random.Random, progress: float) -> str:
    if rng.random() < plain_share(progress):
        return rng.choice(PLAIN).format(FAULTS[kind])
    use: Use = "comparison"
    if rng.random() < BORROWED_SHARE:
        use = rng.choice(("critique", "revision"))
    return sentence(use, kind, rng, breadth=breadth(progress))


def _labelled(text: str, p: float, rng: random.Random) -> Question:
    """The letter is drawn from the soft label, which teaches the probability itself."""
    letter = "A" if rng.random() < p else "B"
    return Question(text, letter, LETTER_WEIGHT if p in (0, 1) else SOFT_WEIGHT)
