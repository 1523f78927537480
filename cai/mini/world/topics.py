"""All topics of the world, and which of them training never sees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import MappingProxyType

from cai.mini.world.borderline import BORDERLINE
from cai.mini.world.domains import HarmDomain, HelpDomain
from cai.mini.world.everyday_home import HOME
from cai.mini.world.everyday_life import LIFE
from cai.mini.world.harms_crime import CRIME
from cai.mini.world.harms_people import PEOPLE
from cai.mini.world.phrases import act
from cai.mini.world.types import RequestKind, Split, Topic

HARMFUL: MappingProxyType[str, HarmDomain] = MappingProxyType({d.name: d for d in CRIME + PEOPLE})
HELPFUL: MappingProxyType[str, HelpDomain] = MappingProxyType(
    {d.name: d for d in HOME + LIFE + BORDERLINE}
)


def _split(action: int, object_: int, actions: int, objects: int) -> Split:
    """The last action is held out whole; of every other action one object, a different one each
    time, so that every action and every object still occurs in training."""
    if action == actions - 1:
        return "act"
    return "combo" if (action + object_) % objects == 0 else "train"


def _domain_topics(domain: HarmDomain | HelpDomain, request: RequestKind) -> Iterator[Topic]:
    for i, action in enumerate(domain.actions):
        for j, thing in enumerate(domain.objects):
            yield Topic(
                id=f"{domain.name}:{action} {thing}".replace(" ", "-"),
                request=request,
                category=domain.name,
                action=action,
                object=thing,
                split=_split(i, j, len(domain.actions), len(domain.objects)),
            )


@cache
def topics() -> tuple[Topic, ...]:
    """Every topic, in a fixed order: harmful, benign, borderline.

    Split "combo": action and object are known from other topics, the pair is held out of
    training. Split "act": the whole action is held out. Together about 35 %.
    """
    harmful = [t for d in HARMFUL.values() for t in _domain_topics(d, "harmful")]
    plain = [d for d in HELPFUL.values() if not d.borderline]
    benign = [t for d in plain for t in _domain_topics(d, "benign")]
    sounding = [d for d in HELPFUL.values() if d.borderline]
    borderline = [t for d in sounding for t in _domain_topics(d, "borderline")]
    return (*harmful, *benign, *borderline)


@cache
def by_act() -> MappingProxyType[str, Topic]:
    """Topic by its plain form ("break into a house"), which is unique."""
    return MappingProxyType({act(topic): topic for topic in topics()})
