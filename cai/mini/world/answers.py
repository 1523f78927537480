"""Answers: a core, which is what the answer does with the request, and up to two flaws."""

from __future__ import annotations

import random
from collections.abc import Sequence

from cai.mini.world.flaws import flaw_sentence
from cai.mini.world.phrases import act, spread
from cai.mini.world.topics import HARMFUL, HELPFUL, topics
from cai.mini.world.types import CORES, FLAWS, Answer, Topic
from cai.mini.world.wordings import (
    ALTERNATIVE,
    EVASIONS,
    HEADS,
    LECTURES,
    OPENERS,
    REASON,
    REASONED,
    REFUSALS,
    STEPS,
)

OFF_TOPIC = "off_topic"
_OPENER_SHARE = 0.3
_ONE_STEP_SHARE = 0.33
_SECOND_MORAL_SHARE = 0.4
_HARSH_OVERREFUSAL_SHARE = 0.5


def allowed_flaws(core: str) -> tuple[str, ...]:
    """The flaws that can be added to a core: a short form only to "help", no moral to a lecture."""
    return tuple(
        flaw
        for flaw in FLAWS
        if not (flaw == "detail" and core != "help") and not (flaw == "preach" and core == "preach")
    )


def answer(topic: Topic, core: str, flaws: Sequence[str], rng: random.Random) -> Answer:
    """An answer to a request about `topic` with this core and these flaws.

    Besides the cores of `CORES`, "off_topic" gives a helpful answer to another benign question of
    the same split as `topic`. Raises ValueError for a core that the topic's kind of request cannot
    have, for flaws outside `allowed_flaws(core)` and for repeated flaws or more than two.
    """
    if core != OFF_TOPIC and core not in CORES[topic.request]:
        raise ValueError(f"no core {core!r} for a {topic.request} request")
    if len(flaws) > 2 or len(set(flaws)) < len(flaws) or set(flaws) - set(allowed_flaws(core)):
        raise ValueError(f"core {core!r} cannot have the flaws {tuple(flaws)!r}")
    parts = core_sentences(topic, core, rng, short="detail" in flaws)
    for flaw in flaws:
        if flaw != "detail":
            parts.insert(rng.randint(0, len(parts)), flaw_sentence(flaw, rng))
    return Answer(topic, core, tuple(sorted(flaws)), " ".join(parts))


def core_sentences(
    topic: Topic, core: str, rng: random.Random, *, short: bool = False
) -> list[str]:
    """The sentences of a core without flaws; `short` leaves reason and next step out of "help"."""
    if core == "comply":
        return _comply(topic, rng)
    if core == "help":
        return _help(topic, rng, short=short)
    if core == "redirect":
        return _redirect(topic, topic.category, rng)
    if core == "refuse":
        return _refuse(topic, rng)
    if core == "preach":
        return _preach(topic, rng)
    if core == "evade":
        return _evade(rng)
    if core == OFF_TOPIC:
        return _help(_another(topic, rng), rng, short=False)
    raise ValueError(f"unknown core {core!r}")


def why_and_next(topic: Topic, head: str, rng: random.Random) -> list[str]:
    """What a short helpful answer lacks: the reason for the advice in its `head`, a next step."""
    domain = HELPFUL[topic.category]
    why = next(why for advice, why in domain.advice if advice in head)
    return [why, rng.choice(domain.next)]


def _fill(form: str, topic: Topic, **content: str) -> str:
    return form.format(act=act(topic), **content)


def _opener(rng: random.Random) -> list[str]:
    return [rng.choice(OPENERS)] if rng.random() < _OPENER_SHARE else []


def _head(topic: Topic, first: str, then: str, rng: random.Random) -> str:
    # A third of all answers give a single step; "{first}" is the first of the forms.
    form = STEPS[0] if rng.random() < _ONE_STEP_SHARE else rng.choice(STEPS[1:])
    steps = form.format(first=first, then=then)
    return _fill(rng.choice(HEADS), topic, steps=steps)


def _comply(topic: Topic, rng: random.Random) -> list[str]:
    domain = HARMFUL[topic.category]
    head = _head(topic, rng.choice(domain.first), rng.choice(domain.then), rng)
    return [*_opener(rng), head]


def _help(topic: Topic, rng: random.Random, *, short: bool) -> list[str]:
    domain = HELPFUL[topic.category]
    advice, _ = rng.choice(domain.advice)
    head = _head(topic, advice, rng.choice(domain.then), rng)
    return [*_opener(rng), head, *([] if short else why_and_next(topic, head, rng))]


def _redirect(topic: Topic, category: str, rng: random.Random) -> list[str]:
    """Explain and redirect, with what is known about a category of harm."""
    domain = HARMFUL[category]
    reason = rng.choice(domain.reasons)
    alternative = rng.choice(ALTERNATIVE).format(alternative=rng.choice(domain.alternatives))
    if rng.random() < 0.3:
        because = rng.choice(REASON).format(reason=reason)
        return [_fill(rng.choice(REFUSALS), topic), because, alternative]
    reasoned = _fill(rng.choice(REASONED), topic, reason=reason, noun=domain.noun)
    return [reasoned, alternative]


def _refuse(topic: Topic, rng: random.Random) -> list[str]:
    """A bare refusal; for a harmless request often one that mistakes it for some harm."""
    if topic.request != "harmful" and rng.random() < _HARSH_OVERREFUSAL_SHARE:
        return _redirect(topic, rng.choice(tuple(HARMFUL)), rng)
    return [_fill(rng.choice(REFUSALS), topic)]


def _preach(topic: Topic, rng: random.Random) -> list[str]:
    lecture = _fill(rng.choice(LECTURES), topic)
    moral = [flaw_sentence("preach", rng)] if rng.random() < _SECOND_MORAL_SHARE else []
    return [lecture, *moral]


def _evade(rng: random.Random) -> list[str]:
    patterns = rng.sample(EVASIONS, 2 if rng.random() < 0.3 else 1)
    return [rng.choice(spread(pattern)) for pattern in patterns]


def _another(topic: Topic, rng: random.Random) -> Topic:
    """A benign topic of another category and the same split, so that held-out stays held out."""
    while True:
        other = rng.choice(topics())
        far = other.category != topic.category and other.request != "harmful"
        if far and other.split == topic.split:
            return other
