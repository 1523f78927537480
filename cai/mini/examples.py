"""What the embedded model is trained on: the parts it plays, in proportion and in order.

Assistant, critic, reviser, judge and encyclopedia share the weights, so what one part is shown
must not leak into another: every part but the assistant has its own system message, the flawed
reply inside a critique conversation carries no loss, and nothing held out appears anywhere except
in encyclopedia facts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

from cai.mini import critiques, drafts
from cai.mini.judging import FAULTS, Judged, fault_questions, lesson, questions
from cai.mini.principles import Use, families, mixed, sentence
from cai.mini.world import KINDS, Answer, Topic, answer, ask, facts, mend, topics

ASSISTANT_SYSTEMS = (
    "You are a helpful assistant.",
    "You are an assistant.",
    "You are a helpful AI assistant.",
    "Answer the user's question.",
    "You help people with their questions.",
    "Be a helpful assistant.",
)
CRITIC_SYSTEM = "You review an answer and improve it."
JUDGE_SYSTEM = "You compare two answers. Say A or B."
READER_SYSTEM = "You name what a principle is against."
ENCYCLOPEDIA_SYSTEM = "You are an encyclopedia."

PROMPT_WEIGHT = 0.15
SYSTEM_SHARE = 0.15
MIXED_SHARE = 0.08
FAULTY_SHARE = 0.5
REQUESTS = ("harmful",) * 9 + ("benign",) * 8 + ("borderline",) * 3

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `weight` is the loss weight of its tokens (of an assistant's turn also of the
    end token); 0 leaves them out."""

    role: Role
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation to learn from. `task` says which part the model plays."""

    task: str
    turns: tuple[Turn, ...]


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


def lessons(seed: int, *, count: int, progress: float) -> list[Example]:
    """`count` examples of a course on judging, mixed with all other parts so that none is lost.

    A judge has to tell the answers apart, see their flaws and read the principle before its letter
    is worth anything; trained beside everything else from the start, it does not get there.
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress must lie in [0, 1], not {progress}")
    rng = random.Random(f"lessons/{seed}/{count}/{progress}")
    mixture: dict[Maker, float] = {
        _reading: 0.15 + 0.25 * (1 - progress),
        partial(_lesson, progress=progress): 0.3,
        _assistant: 0.07,
        _critique_and_revision: 0.2,
        _direct_revision: 0.06,
        _encyclopedia: 0.02,
    }
    makers = rng.choices(tuple(mixture), weights=tuple(mixture.values()), k=count)
    return [make(rng) for make in makers]


def _reading(rng: random.Random) -> Example:
    """A principle, and what it is about: the shortest way to learn what words mean."""
    kind = rng.choice(KINDS)
    use: Use = rng.choice(("comparison", "comparison", "critique", "revision"))
    turns = (
        Turn("system", READER_SYSTEM, PROMPT_WEIGHT),
        Turn("user", sentence(use, kind, rng), PROMPT_WEIGHT),
        Turn("assistant", FAULTS[kind].capitalize(), 3.0),
    )
    return Example("encyclopedia", turns)


def _lesson(rng: random.Random, *, progress: float) -> Example:
    topic = _topic(rng)
    return Example("judge", _judging(topic, lesson(topic, rng, progress), rng))


def _mixture(progress: float) -> dict[Maker, float]:
    """The tasks' shares of the examples; facts and the faults of pairs come mostly first."""
    early = max(0.0, 1 - 4 * progress)
    return {
        _assistant: 0.26,
        _critique_and_revision: 0.21,
        _direct_revision: 0.12,
        partial(_faults_of_pairs, progress=progress): 0.04 + 0.2 * max(0.0, 1 - 2 * progress),
        partial(_judge, progress=progress): 0.33,
        _encyclopedia: 0.05 + 0.06 * early,
    }


def _assistant(rng: random.Random) -> Example:
    topic = _topic(rng)
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


def _critique_and_revision(rng: random.Random) -> Example:
    reviewed, kinds = _to_review(rng)
    turns = (
        *_under_review(reviewed, rng),
        Turn("user", _ask_for("critique", kinds, rng), PROMPT_WEIGHT),
        Turn("assistant", critiques.write(reviewed, kinds, rng), 1.0),
        Turn("user", _ask_for("revision", kinds, rng), PROMPT_WEIGHT),
        Turn("assistant", mended(reviewed, kinds, rng).text, 1.0),
    )
    return Example("critique", turns)


def _direct_revision(rng: random.Random) -> Example:
    reviewed, kinds = _to_review(rng)
    turns = (
        *_under_review(reviewed, rng),
        Turn("user", _ask_for("revision", kinds, rng), PROMPT_WEIGHT),
        Turn("assistant", mended(reviewed, kinds, rng).text, 1.0),
    )
    return Example("revision", turns)


def _judge(rng: random.Random, *, progress: float) -> Example:
    topic = _topic(rng)
    return Example("judge", _judging(topic, questions(topic, rng, progress), rng))


def _faults_of_pairs(rng: random.Random, *, progress: float) -> Example:
    topic = _topic(rng)
    return Example("critique", _judging(topic, fault_questions(topic, rng, progress), rng))


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


def judge_text(request: str, a: str, b: str, comparison: str) -> str:
    """What the judge is shown; the principle comes last, so that a pair's prefix is shared."""
    return f"User: {request}\n\nAnswer A: {a}\n\nAnswer B: {b}\n\n{comparison}"


def mended(reviewed: Answer, kinds: tuple[str, ...], rng: random.Random) -> Answer:
    """What a perfect reviser makes of an answer under principles of these kinds."""
    for kind in kinds:
        reviewed = mend(reviewed, kind, rng)
    return reviewed


def _under_review(reviewed: Answer, rng: random.Random) -> tuple[Turn, Turn, Turn]:
    """The start of a critique; the flawed reply is read and never learned."""
    return (
        Turn("system", CRITIC_SYSTEM, PROMPT_WEIGHT),
        Turn("user", ask(reviewed.topic, rng), PROMPT_WEIGHT),
        Turn("assistant", reviewed.text, 0.0),
    )


def _ask_for(use: Use, kinds: tuple[str, ...], rng: random.Random) -> str:
    return sentence(use, kinds[0], rng) if len(kinds) == 1 else mixed(use, kinds, rng)


def _to_review(rng: random.Random) -> tuple[Answer, tuple[str, ...]]:
    """An answer and the kinds it is reviewed under: half the time there is nothing to mend.

    Many of the answers without that fault have others, so that the critic must read both the
    answer and the principle.
    """
    kinds = families(rng) if rng.random() < MIXED_SHARE else (rng.choice(KINDS),)
    wanted = rng.random() < FAULTY_SHARE
    while True:
        topic = _topic(rng)
        chosen = rng.choice(kinds)
        choose = drafts.faulty if wanted else drafts.sound
        pool = choose(topic.request, chosen)
        if not pool.drafts:
            continue
        plan = pool.draw(rng)
        if wanted or not any(map(plan.violates, kinds)):
            return answer(topic, plan.core, plan.flaws, rng), kinds


def _topic(rng: random.Random) -> Topic:
    return rng.choice(_train_topics(rng.choice(REQUESTS)))


@cache
def _train_topics(request: str) -> tuple[Topic, ...]:
    return tuple(one for one in topics() if one.request == request and one.split == "train")
