"""Reviews that training shows: an answer is criticised, revised, or checked against principles."""

from __future__ import annotations

import random

from cai.mini import critiques, drafts
from cai.mini.critiques import FAULTS
from cai.mini.pacing import breadth, plain_share
from cai.mini.parts import (
    CHECKER_SYSTEM,
    CRITIC_SYSTEM,
    PROMPT_WEIGHT,
    REVISER_SYSTEM,
    Example,
    Turn,
)
from cai.mini.principles import Use, families, mixed, sentence
from cai.mini.training_topics import training_topic
from cai.mini.world import KINDS, Answer, Topic, answer, ask, mend

MIXED_SHARE = 0.08
FAULTY_SHARE = 0.6
BORROWED_SHARE = 0.2  # of requests for critiques and revisions, in the words of other requests
BARE_SHARE = 0.2  # of revisions after a critique, asked for without a word on what to mend
RECAST_WEIGHT = 2.0  # where a revision keeps little, and must not begin to copy
# Where harm is, the whole answer has to change; for all other kinds most of it can be copied.
REVIEWED = (*KINDS, "harm", "harm", "harm", "harm", "helpful", "helpful", "detail")

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


def critique_and_revision(rng: random.Random, *, progress: float) -> Example:
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


def direct_revision(rng: random.Random, *, progress: float) -> Example:
    reviewed, kinds = _to_review(rng)
    turns = (
        *_under_review(reviewed.topic, reviewed.text, rng, system=REVISER_SYSTEM),
        Turn("user", _ask_for("revision", kinds, rng, progress), PROMPT_WEIGHT),
        _revision(reviewed, kinds, rng),
    )
    return Example("revision", turns)


def _revision(reviewed: Answer, kinds: tuple[str, ...], rng: random.Random) -> Turn:
    revised = _mended(reviewed, kinds, rng)
    weight = 1.0 if revised.core == reviewed.core else RECAST_WEIGHT
    return Turn("assistant", revised.text, weight)


def checks(rng: random.Random, *, progress: float) -> Example:
    """One answer under several principles: which of them it violates, said as shortly as can be.

    Its system message is its own, so that in a review the turn after a critique is a revision,
    however it is asked for.
    """
    topic = training_topic(rng)
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


def _mended(reviewed: Answer, kinds: tuple[str, ...], rng: random.Random) -> Answer:
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
        topic = training_topic(rng)
        chosen = rng.choice(kinds)
        choose = drafts.faulty if wanted else drafts.sound
        pool = choose(topic.request, chosen)
        if not pool.drafts:
            continue
        plan = pool.draw(rng)
        if wanted or not any(map(plan.violates, kinds)):
            return answer(topic, plan.core, plan.flaws, rng), kinds
