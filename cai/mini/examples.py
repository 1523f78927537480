"""What the embedded model is trained on: the parts it plays, in proportion and in order.

Assistant, critic, reviser, judge and encyclopedia share the weights, so what one part is shown
must not leak into another: every part but the assistant has its own system message, the flawed
reply inside a critique conversation carries no loss, and nothing held out appears anywhere except
in encyclopedia facts. The judge starts on easy pairs and moves on to pairs on which principles
disagree: without the easy ones it stays at chance, without the others it never reads the principle.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cai.mini import critiques
from cai.mini.garble import garble
from cai.mini.pairs import Draft, combined, conflict, contrast, leanings
from cai.mini.principles import mixed, sentence
from cai.mini.world import FLAWS, KINDS, Answer, Topic, answer, ask, facts, faults, mend, topics

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
ENCYCLOPEDIA_SYSTEM = "You are an encyclopedia."

PROMPT_WEIGHT = 0.15
LETTER_WEIGHT = 6.0
SOFT_WEIGHT = 3.0  # letters drawn from a soft label pull less
CONFLICT_SHARE = 0.88

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


def examples(seed: int, *, count: int, progress: float) -> list[Example]:
    """`count` training examples for the point `progress` in [0, 1] of training.

    The same arguments give the same examples; different seeds give different ones. Raises
    ValueError for a progress outside [0, 1].
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress must lie in [0, 1], not {progress}")
    rng = random.Random(f"{seed}/{count}/{progress}")
    makers: list[Callable[[random.Random, float], Example]]
    makers = rng.choices(*zip(*_mixture(progress), strict=True), k=count)
    return [make(rng, progress) for make in makers]


def _mixture(progress: float) -> list[tuple[Callable[[random.Random, float], Example], float]]:
    """The tasks and their shares of the examples; facts are learned first, judging later."""
    early = max(0.0, 1 - 4 * progress)
    return [
        (_assistant, 0.27),
        (_critique_and_revision, 0.22),
        (_direct_revision, 0.13),
        (_judge, 0.33 - 0.08 * early),
        (_encyclopedia, 0.05 + 0.08 * early),
    ]


# The assistant.


def _assistant(rng: random.Random, progress: float) -> Example:
    topic = _topic(rng)
    core, flaws = assistant_draft(topic, rng)
    turns = [
        Turn("user", ask(topic, rng), PROMPT_WEIGHT),
        Turn("assistant", answer(topic, core, flaws, rng).text, 1.0),
    ]
    if rng.random() < 0.15:
        turns.insert(0, Turn("system", rng.choice(ASSISTANT_SYSTEMS), PROMPT_WEIGHT))
    return Example("assistant", tuple(turns))


def assistant_draft(topic: Topic, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """Core and flaws of what the helpful-only assistant says: it mostly does as it is told, and
    slips often enough that every principle finds something to mend."""
    draw = rng.random()
    if topic.request == "harmful":
        core = "comply" if draw < 0.82 else "redirect" if draw < 0.91 else "refuse"
        core = core if draw < 0.95 else "evade" if draw < 0.98 else "preach"
    else:
        core = "help" if draw < 0.965 else "refuse" if draw < 0.98 else "evade"
        core = core if draw < 0.99 else "preach"
    usable = [flaw for flaw in FLAWS if flaw != "detail" or core == "help"]
    draw = rng.random()
    if draw < 0.72 or core == "preach":
        return core, ()
    return core, tuple(sorted(rng.sample(usable, 1 if draw < 0.96 else 2)))


# The encyclopedia.


def _encyclopedia(rng: random.Random, progress: float) -> Example:
    question, reply = rng.choice(facts(rng.choice(topics()), rng))
    turns = (
        Turn("system", ENCYCLOPEDIA_SYSTEM, PROMPT_WEIGHT),
        Turn("user", question, PROMPT_WEIGHT),
        Turn("assistant", reply, 1.0),
    )
    return Example("encyclopedia", turns)


# The critic and reviser.


def _critique_and_revision(rng: random.Random, progress: float) -> Example:
    flawed, kinds = _to_review(rng)
    request, revision = _ask("critique", kinds, rng), _ask("revision", kinds, rng)
    turns = (
        *_under_review(flawed, rng),
        Turn("user", request, PROMPT_WEIGHT),
        Turn("assistant", critiques.write(flawed, kinds, rng), 1.0),
        Turn("user", revision, PROMPT_WEIGHT),
        Turn("assistant", mended(flawed, kinds, rng).text, 1.0),
    )
    return Example("revision" if rng.random() < 0.5 else "critique", turns)


def _direct_revision(rng: random.Random, progress: float) -> Example:
    flawed, kinds = _to_review(rng)
    request = _ask("revision", kinds, rng)
    turns = (
        *_under_review(flawed, rng),
        Turn("user", request, PROMPT_WEIGHT),
        Turn("assistant", mended(flawed, kinds, rng).text, 1.0),
    )
    return Example("revision", turns)


def mended(flawed: Answer, kinds: tuple[str, ...], rng: random.Random) -> Answer:
    """What a perfect reviser makes of an answer under principles of these kinds."""
    for kind in kinds:
        flawed = mend(flawed, kind, rng)
    return flawed


def _under_review(flawed: Answer, rng: random.Random) -> tuple[Turn, Turn, Turn]:
    return (
        Turn("system", CRITIC_SYSTEM, PROMPT_WEIGHT),
        Turn("user", ask(flawed.topic, rng), PROMPT_WEIGHT),
        Turn("assistant", flawed.text, 0.0),
    )


def _ask(use: Use, kinds: tuple[str, ...], rng: random.Random) -> str:
    return sentence(use, kinds[0], rng) if len(kinds) == 1 else mixed(use, kinds, rng)


def _to_review(rng: random.Random) -> tuple[Answer, tuple[str, ...]]:
    """An answer and the kinds it is reviewed under: half the time there is nothing to mend.

    The answers without that fault are clean ones and ones with other faults, so that the critic
    must read both the answer and the principle.
    """
    kinds = families(rng) if rng.random() < MIXED_SHARE else (rng.choice(KINDS),)
    wanted = rng.random() < FAULTY_SHARE
    while True:
        topic = _topic(rng)
        draft = _review_draft(topic, kinds[0], rng) if wanted else _realistic_draft(topic, rng)
        if any(draft.grades[KINDS.index(kind)] < FAULT_BELOW for kind in kinds) == wanted:
            return answer(topic, draft.core, draft.flaws, rng), kinds


def _review_draft(topic: Topic, kind: str, rng: random.Random) -> Draft:
    """A draft that probably has this kind of fault."""
    core, flaws = _core_and_flaws(topic, rng)
    if kind == "harm" and topic.request == "harmful":
        return draft(topic.request, "comply", flaws)
    if kind == "helpful" or (kind == "detail" and topic.request == "harmful"):
        core = rng.choice(("evade", "refuse", "preach", "off_topic"))
        return draft(topic.request, core, tuple(f for f in flaws if f not in ("detail", "preach")))
    if kind == "preach" and rng.random() < 0.3:
        return draft(topic.request, "preach", tuple(f for f in flaws if f not in CORE_FLAWS))
    if kind == "detail":
        return draft(topic.request, "help", tuple(sorted({kind, *flaws[:1]})))
    if kind in FLAWS and not (kind == "preach" and core == "preach"):
        return draft(topic.request, core, tuple(sorted({kind, *flaws[:1]})))
    return draft(topic.request, core, flaws)
