"""What the embedded model is trained on: the parts it plays, in proportion and in order.

Assistant, critic, reviser, judge and encyclopedia share the weights, so what one part is shown
must not leak into another: every part but the assistant has its own system message, the flawed
reply inside a review carries no loss, and nothing held out appears anywhere except in encyclopedia
facts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from cai.mini import critiques, drafts, drills, reviews
from cai.mini.critiques import FAULTS
from cai.mini.judging import (
    Judged,
    fault_questions,
    questions,
    reading_questions,
    short_questions,
    word_questions,
)
from cai.mini.pacing import COPYING_ENDS, PLACING_ENDS, breadth, marking
from cai.mini.parts import (
    ASSISTANT_SYSTEMS,
    COMPARER_SYSTEM,
    ENCYCLOPEDIA_SYSTEM,
    JUDGE_SYSTEM,
    NAMER_SYSTEM,
    PROMPT_WEIGHT,
    READER_SYSTEM,
    REPEATER_SYSTEM,
    SENTENCE_SYSTEM,
    Example,
    Turn,
    judge_text,
)
from cai.mini.principles import Use, sentence
from cai.mini.training_topics import training_topic
from cai.mini.world import CORES, KINDS, Topic, answer, ask, facts, topics
from cai.mini.world.answers import core_sentences
from cai.mini.world.flaws import PATTERNS, flaw_sentence
from cai.mini.world.phrases import act

DRILL_PROMPT_WEIGHT = 0.02  # the words of a drill follow from nothing
SYSTEM_SHARE = 0.15

Maker = Callable[[random.Random], Example]


def examples(seed: int, *, count: int, progress: float) -> list[Example]:
    """`count` training examples for the point `progress` in [0, 1] of training.

    The same arguments give the same examples; different seeds give different ones. Raises
    ValueError for a progress outside [0, 1].
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress must lie in [0, 1], not {progress}")
    rng = random.Random(f"{seed}/{count}/{progress}")
    mixture = _mixture(progress)
    makers = rng.choices(tuple(mixture), weights=tuple(mixture.values()), k=count)
    return [make(rng) for make in makers]


def _mixture(progress: float) -> dict[Maker, float]:
    """The tasks' shares of the examples.

    First comes copying, until the heads that do it have formed, then telling two answers apart:
    before it has these skills, the letters of whatever needs them are noise. Names of faults and
    facts come mostly in the first half.
    """
    words = partial(_pair, task="drill", ask=partial(word_questions, progress=progress))
    short = partial(_pair, task="drill", ask=partial(short_questions, progress=progress))
    quoted = partial(_pair, task="drill", ask=reading_questions)
    faults = partial(_pair, task="critique", ask=partial(fault_questions, progress=progress))
    judged = partial(_pair, task="judge", ask=partial(questions, progress=progress))
    reading = partial(_reading, progress=progress)
    checks = partial(reviews.checks, progress=progress)
    if progress < COPYING_ENDS:
        return {
            _repetition: 0.5,
            _named_task: 0.15,
            _compared_tasks: 0.05,
            _sentences: 0.1,
            reading: 0.05,
            _assistant: 0.15,
        }
    if progress < PLACING_ENDS:
        return {
            _repetition: 0.08,
            _named_task: 0.03,
            _compared_tasks: 0.05,
            _sentences: 0.08,
            words: 0.1 + 0.3 * marking(progress),
            short: 0.4 - 0.1 * marking(progress),
            faults: 0.14 * (1 - marking(progress)),
            checks: 0.04,
            reading: 0.05,
            _assistant: 0.12,
        }
    early = max(0.0, 1 - (progress - PLACING_ENDS) / 0.2)
    middle = max(0.0, 1 - progress / 0.6)
    return {
        _repetition: 0.04 + 0.01 * early,
        _named_task: 0.05 + 0.02 * early,
        _compared_tasks: 0.02 + 0.04 * early,
        _sentences: 0.02 + 0.03 * early,
        words: 0.02 + 0.05 * early,
        short: 0.03 + 0.15 * early,
        quoted: 0.01 + 0.04 * early,
        reading: 0.08 + 0.08 * middle,
        faults: 0.03 + 0.1 * middle,
        judged: 0.14 - 0.02 * early,
        partial(reviews.critique_and_revision, progress=progress): 0.3,
        partial(reviews.direct_revision, progress=progress): 0.05,
        checks: 0.04 + 0.06 * early,
        _assistant: 0.6 - 0.1 * early,
        _encyclopedia: 0.06 + 0.04 * middle,
    }


def _repetition(rng: random.Random) -> Example:
    text = drills.words(rng.randint(3, 16), rng)
    return _drill(REPEATER_SYSTEM, (f"Repeat: {text}", text))


def _named_task(rng: random.Random) -> Example:
    return _drill(NAMER_SYSTEM, drills.named_task(rng))


def _compared_tasks(rng: random.Random) -> Example:
    """What was asked and what is answered, and whether they are the same: two tasks by themselves,
    or in a request and an answer."""
    if rng.random() < 0.6:
        topic = training_topic(rng)
        core = rng.choice(("off_topic", *CORES[topic.request][:1], *CORES[topic.request]))
        said = answer(topic, core, (), rng)
        question = f"{ask(topic, rng)} / {said.text}"
        pair = (question, f" {critiques.asked(topic)}, answer {critiques.gist(said)}")
        return _drill(COMPARER_SYSTEM, pair)
    pairs = []
    for _ in range(rng.randint(1, 4)):
        wanted = _some_task(rng)
        given = wanted if rng.random() < 0.5 else _some_task(rng)
        gist = critiques.same_or_not(wanted, given)
        pairs.append((f"{wanted} / {given}", f" asked how to {wanted}, answer {gist}"))
    return _drill(COMPARER_SYSTEM, *pairs)


def _some_task(rng: random.Random) -> str:
    return act(training_topic(rng)) if rng.random() < 0.7 else drills.words(rng.randint(2, 5), rng)


def _reading(rng: random.Random, *, progress: float) -> Example:
    """Principles, and what each is against: the shortest way to learn what words mean."""
    pairs = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.choice(KINDS)
        use: Use = rng.choice(("comparison", "comparison", "critique", "revision"))
        text = sentence(use, kind, rng, breadth=breadth(progress))
        pairs.append((f"Principle: {text}", f" {FAULTS[kind]}"))
    return _drill(READER_SYSTEM, *pairs, weight=3.0)


def _sentences(rng: random.Random) -> Example:
    """Sentences of answers one by one, and the fault of each: what a pair is searched for."""
    topic = training_topic(rng)
    pairs = []
    for _ in range(rng.randint(2, 6)):
        kind = rng.choice(tuple(PATTERNS))
        if rng.random() < 0.75:
            pairs.append((flaw_sentence(kind, rng), f" {FAULTS[kind]}"))
        else:
            main = "help" if topic.request != "harmful" else "redirect"
            pairs.append((rng.choice(core_sentences(topic, main, rng)), " faultless"))
    return _drill(SENTENCE_SYSTEM, *pairs, weight=3.0)


def _drill(system: str, *pairs: tuple[str, str], weight: float = 1.0) -> Example:
    turns = [Turn("system", system, PROMPT_WEIGHT)]
    for question, reply in pairs:
        turns.append(Turn("user", question, DRILL_PROMPT_WEIGHT))
        turns.append(Turn("assistant", reply, weight))
    return Example("drill", tuple(turns))


def _pair(
    rng: random.Random, *, task: str, ask: Callable[[Topic, random.Random], Judged]
) -> Example:
    """Two answers to one request, and what `ask` wants to know about them."""
    topic = training_topic(rng)
    return Example(task, _judging(topic, ask(topic, rng), rng))


def _assistant(rng: random.Random) -> Example:
    topic = training_topic(rng)
    plan = drafts.assistant(topic.request, rng)
    turns = [
        Turn("user", ask(topic, rng), PROMPT_WEIGHT),
        Turn("assistant", answer(topic, plan.core, plan.flaws, rng).text, 1.0),
    ]
    if rng.random() < SYSTEM_SHARE:
        turns.insert(0, Turn("system", rng.choice(ASSISTANT_SYSTEMS), PROMPT_WEIGHT))
    return Example("assistant", tuple(turns))


def _encyclopedia(rng: random.Random) -> Example:
    question, reply = rng.choice(facts(rng.choice(topics()), rng))
    turns = (
        Turn("system", ENCYCLOPEDIA_SYSTEM, PROMPT_WEIGHT),
        Turn("user", question, PROMPT_WEIGHT),
        Turn("assistant", reply, 1.0),
    )
    return Example("encyclopedia", turns)


def _judging(topic: Topic, pair: Judged, rng: random.Random) -> tuple[Turn, ...]:
    """The pair with its first question, then the other questions, each with its reply."""
    head, *rest = pair.questions
    shown = judge_text(ask(topic, rng), pair.a, pair.b, head.text)
    turns = [
        Turn("system", JUDGE_SYSTEM, PROMPT_WEIGHT),
        Turn("user", shown, PROMPT_WEIGHT),
        Turn("assistant", head.reply, head.weight),
    ]
    for question in rest:
        turns.append(Turn("user", question.text, PROMPT_WEIGHT))
        turns.append(Turn("assistant", question.reply, question.weight))
    return tuple(turns)
