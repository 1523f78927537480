"""What the embedded model is trained on: the parts it plays, in proportion and in order.

Assistant, critic, reviser, judge and encyclopedia share the weights, so what one part is shown
must not leak into another: every part but the assistant has its own system message, the flawed
reply inside a critique conversation carries no loss, and nothing held out appears anywhere except
in encyclopedia facts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Literal

from cai.mini import critiques, drafts, drills
from cai.mini.critiques import FAULTS
from cai.mini.judging import (
    Judged,
    fault_questions,
    questions,
    reading_questions,
    short_questions,
    word_questions,
)
from cai.mini.pacing import COPYING_ENDS, PLACING_ENDS, breadth, marking, plain_share
from cai.mini.principles import Use, families, mixed, sentence
from cai.mini.world import CORES, KINDS, Answer, Topic, answer, ask, facts, mend, topics
from cai.mini.world.answers import core_sentences
from cai.mini.world.flaws import PATTERNS, flaw_sentence
from cai.mini.world.phrases import act
from cai.mini.world.topics import by_act

ASSISTANT_SYSTEMS = (
    "You are a helpful assistant.",
    "You are an assistant.",
    "You are a helpful AI assistant.",
    "Answer the user's question.",
    "You help people with their questions.",
    "Be a helpful assistant.",
)
CRITIC_SYSTEM = "You review an answer and improve it."
REVISER_SYSTEM = "You rewrite an answer."
CHECKER_SYSTEM = "You check an answer."
JUDGE_SYSTEM = "You compare two answers. Say A or B."
READER_SYSTEM = "You name what a principle is against."
SENTENCE_SYSTEM = "You name what is wrong with a sentence."
REPEATER_SYSTEM = "You repeat what is said."
COMPARER_SYSTEM = "You compare two tasks."
NAMER_SYSTEM = "You name the task."
ENCYCLOPEDIA_SYSTEM = "You are an encyclopedia."

PROMPT_WEIGHT = 0.15
DRILL_PROMPT_WEIGHT = 0.02  # the words of a drill follow from nothing
SYSTEM_SHARE = 0.15
MIXED_SHARE = 0.08
FAULTY_SHARE = 0.6
BORROWED_SHARE = 0.2  # of requests for critiques and revisions, in the words of other requests
BARE_SHARE = 0.2  # of revisions after a critique, asked for without a word on what to mend
RECAST_WEIGHT = 2.0  # where a revision keeps little, and must not begin to copy
UNHEARD_SHARE = 0.25  # of topics, named by words that must be copied
# Where harm is, the whole answer has to change; for all other kinds most of it can be copied.
REVIEWED = (*KINDS, "harm", "harm", "harm", "harm", "helpful", "helpful", "detail")
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


PLAIN: dict[Use, tuple[str, ...]] = {
    "critique": ("Is the answer {}?", "Say whether the answer is {}.", "Is this {}?"),
    "revision": ("Rewrite the answer so that it is not {}.", "Make the answer less {}."),
}
"""The first principles, with the ten plain names of faults."""

BARE = (
    "Rewrite the answer.",
    "Please rewrite your answer.",
    "Now revise the answer accordingly.",
    "Mend what the review found.",
    "Improve the response as the critique says.",
    "Rewrite it so that the critique no longer applies.",
    "Give a better reply.",
    "Please fix any problem named above.",
    "Answer again with this in mind.",
    "Follow the critique and write the answer anew.",
)
"""Requests for a revision that leave it all to the critique before them."""

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
    checks = partial(_checks, progress=progress)
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
        _repetition: 0.02 + 0.03 * early,
        _named_task: 0.03 + 0.04 * early,
        _compared_tasks: 0.02 + 0.04 * early,
        _sentences: 0.02 + 0.03 * early,
        words: 0.02 + 0.05 * early,
        short: 0.05 + 0.13 * early,
        quoted: 0.01 + 0.04 * early,
        reading: 0.08 + 0.08 * middle,
        faults: 0.03 + 0.1 * middle,
        judged: 0.2 - 0.05 * early,
        partial(_critique_and_revision, progress=progress): 0.3,
        partial(_direct_revision, progress=progress): 0.05,
        checks: 0.04 + 0.06 * early,
        _assistant: 0.46 - 0.08 * early,
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
        topic = _topic(rng)
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
    return act(_topic(rng)) if rng.random() < 0.7 else drills.words(rng.randint(2, 5), rng)


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
    topic = _topic(rng)
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
    topic = _topic(rng)
    return Example(task, _judging(topic, ask(topic, rng), rng))


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


def _critique_and_revision(rng: random.Random, *, progress: float) -> Example:
    reviewed, kinds = _to_review(rng)
    bare = rng.random() < BARE_SHARE
    request = rng.choice(BARE) if bare else _ask_for("revision", kinds, rng, progress)
    turns = (
        *_under_review(reviewed.topic, reviewed.text, rng),
        Turn("user", _ask_for("critique", kinds, rng, progress), PROMPT_WEIGHT),
        Turn("assistant", critiques.write(reviewed, kinds, rng), 1.0),
        Turn("user", request, PROMPT_WEIGHT),
        _revision(reviewed, kinds, rng),
    )
    return Example("critique", turns)


def _direct_revision(rng: random.Random, *, progress: float) -> Example:
    reviewed, kinds = _to_review(rng)
    turns = (
        *_under_review(reviewed.topic, reviewed.text, rng, system=REVISER_SYSTEM),
        Turn("user", _ask_for("revision", kinds, rng, progress), PROMPT_WEIGHT),
        _revision(reviewed, kinds, rng),
    )
    return Example("revision", turns)


def _revision(reviewed: Answer, kinds: tuple[str, ...], rng: random.Random) -> Turn:
    revised = mended(reviewed, kinds, rng)
    weight = 1.0 if revised.core == reviewed.core else RECAST_WEIGHT
    return Turn("assistant", revised.text, weight)


def _checks(rng: random.Random, *, progress: float) -> Example:
    """One answer under several principles: which of them it violates, said as shortly as can be.

    Its system message is its own, so that in a review the turn after a critique is a revision,
    however it is asked for.
    """
    topic = _topic(rng)
    plan = drafts.every(topic.request).draw(rng)
    reviewed = answer(topic, plan.core, plan.flaws, rng)
    turns = [*_under_review(topic, reviewed.text, rng, system=CHECKER_SYSTEM)]
    violated = [kind for kind in KINDS if plan.violates(kind)]
    for _ in range(rng.randint(2, 5)):
        kind = rng.choice(violated if violated and rng.random() < 0.5 else KINDS)
        asked = _ask_for("critique", (kind,), rng, progress)
        if rng.random() < 0.75:
            asked += " Yes or no?"
            reply = f" {critiques.check(reviewed, (kind,))}"
            weight = 1.0 if reply.startswith(" asked") else 3.0
        else:
            reply, weight = critiques.write(reviewed, (kind,), rng), 1.0
        turns.append(Turn("user", asked, PROMPT_WEIGHT))
        turns.append(Turn("assistant", reply, weight))
    return Example("drill", tuple(turns))


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


def _under_review(
    topic: Topic, reviewed: str, rng: random.Random, *, system: str = CRITIC_SYSTEM
) -> tuple[Turn, Turn, Turn]:
    """The start of a critique; the flawed reply is read and never learned."""
    return (
        Turn("system", system, PROMPT_WEIGHT),
        Turn("user", ask(topic, rng), PROMPT_WEIGHT),
        Turn("assistant", reviewed, 0.0),
    )


def _ask_for(use: Use, kinds: tuple[str, ...], rng: random.Random, progress: float) -> str:
    """A request for a critique or a revision. Some are in the words of another use: which of the
    two is due must follow from the place, for a person's words may be like neither."""
    if rng.random() < BORROWED_SHARE:
        use = rng.choice(("critique", "revision", "comparison"))
    if len(kinds) > 1:
        return mixed(use, kinds, rng)
    if use in PLAIN and rng.random() < plain_share(progress):
        return rng.choice(PLAIN[use]).format(FAULTS[kinds[0]])
    return sentence(use, kinds[0], rng, breadth=breadth(progress))


def _to_review(rng: random.Random) -> tuple[Answer, tuple[str, ...]]:
    """An answer and the kinds it is reviewed under: half the time there is nothing to mend.

    Many of the answers without that fault have others, so that the critic must read both the
    answer and the principle.
    """
    kinds = families(rng) if rng.random() < MIXED_SHARE else (rng.choice(REVIEWED),)
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
    """A topic of training. Of some the action is replaced by words from nowhere: what to do then
    has to follow from the object, and what is done can only be copied."""
    topic = rng.choice(_train_topics(rng.choice(REQUESTS)))
    if rng.random() >= UNHEARD_SHARE:
        return topic
    while True:
        unheard = replace(topic, action=drills.unheard(rng))
        if act(unheard) not in by_act():  # words by chance may make one that is held out
            return unheard


@cache
def _train_topics(request: str) -> tuple[Topic, ...]:
    return tuple(one for one in topics() if one.request == request and one.split == "train")
