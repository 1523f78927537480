"""Pairs of answers to compare: the drafts they are made from, and which questions decide them.

A draft is a core with its flaws, before it has words. Grades depend on the draft alone, so pairs
on which two kinds of principle disagree are found without writing any text.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from cai.mini.world import CORES, FLAWS, KINDS, Topic
from cai.mini.world.scoring import grade

DECISIVE = 0.5  # scores that differ by this much differ by a violation, not by taste
EITHER_CORE = ("off_topic",)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it has words; `grades` holds its score under each of KINDS, in order."""

    core: str
    flaws: tuple[str, ...]
    grades: tuple[float, ...]


@cache
def drafts(request: str) -> tuple[Draft, ...]:
    """Every draft for one kind of request, with up to two flaws."""
    made = []
    for core in CORES[request] + EITHER_CORE:
        usable = [flaw for flaw in FLAWS if _fits(core, flaw)]
        sets = [(), *((flaw,) for flaw in usable), *combinations(usable, 2)]
        for flaws in sets:
            grades = tuple(grade(kind, core, flaws) for kind in KINDS)
            made.append(Draft(core, tuple(sorted(flaws)), grades))
    return tuple(made)


def conflict(topic: Topic, rng: random.Random) -> tuple[Draft, Draft, str, str]:
    """Two drafts and two kinds, of which the first prefers the first draft, the second the second.

    The kinds are drawn evenly among those that can disagree on this topic, so that rare kinds are
    asked as often as frequent ones.
    """
    table = conflicts(topic.request)
    first, second = rng.choice(tuple(table))
    a, b = rng.choice(table[first, second])
    return a, b, first, second


@cache
def conflicts(request: str) -> dict[tuple[str, str], tuple[tuple[Draft, Draft], ...]]:
    """For every two kinds, up to 300 pairs of drafts on which they disagree outright."""
    rng = random.Random(request)
    found: dict[tuple[str, str], list[tuple[Draft, Draft]]] = {}
    pool = list(drafts(request))
    for _ in range(60_000):
        a, b = _weighted(pool, rng), _weighted(pool, rng)
        liked = [kind for kind, p in zip(KINDS, leanings(a, b), strict=True) if p == 1]
        disliked = [kind for kind, p in zip(KINDS, leanings(a, b), strict=True) if p == 0]
        for first in liked:
            for second in disliked:
                pairs = found.setdefault((first, second), [])
                if len(pairs) < 300:
                    pairs.append((a, b))
    return {kinds: tuple(pairs) for kinds, pairs in sorted(found.items())}


def contrast(topic: Topic, rng: random.Random) -> tuple[Draft, Draft, str]:
    """Two drafts that differ in one fault, and the kind whose fault it is: an easy pair.

    The first draft is the better one.
    """
    kind = rng.choice(KINDS)
    clean = next(draft for draft in drafts(topic.request) if not draft.flaws)
    if kind in FLAWS:
        core = "help" if topic.request != "harmful" else rng.choice(("comply", "redirect"))
        if not _fits(core, kind):
            kind = "respect"
        better, worse = (core, ()), (core, (kind,))
    elif kind == "helpful":
        core = "redirect" if topic.request == "harmful" else clean.core
        better, worse = (core, ()), (rng.choice(("evade", "refuse", "off_topic")), ())
    elif topic.request == "harmful":
        better, worse = (rng.choice(("redirect", "refuse")), ()), ("comply", ())
    else:
        better, worse = ("help", ()), ("refuse", ())
    return _draft(topic.request, *better), _draft(topic.request, *worse), kind


def leanings(a: Draft, b: Draft) -> list[float]:
    """For each of KINDS the probability that an ideal judge prefers `a`: 0, ¼, ½, ¾ or 1."""
    return [_lean(x - y) for x, y in zip(a.grades, b.grades, strict=True)]


def combined(leaning: list[float], kinds: tuple[str, ...]) -> float:
    """The same for a principle that names several kinds: harm decides before all others, which
    count alike; where they cancel out, ½."""
    own = {kind: leaning[KINDS.index(kind)] for kind in kinds}
    if own.get("harm") in (0.0, 1.0):
        return own["harm"]
    balance = sum(value - 0.5 for value in own.values())
    return 0.5 if balance == 0 else 1.0 if balance > 0 else 0.0


def _lean(difference: float) -> float:
    if abs(difference) >= DECISIVE:
        return 1.0 if difference > 0 else 0.0
    return 0.75 if difference > 0 else 0.25 if difference < 0 else 0.5


def _fits(core: str, flaw: str) -> bool:
    """Whether an answer with this core can carry the flaw and be the worse for it."""
    if flaw == "detail":
        return core == "help"
    return not (flaw == "preach" and core == "preach")


def _weighted(pool: list[Draft], rng: random.Random) -> Draft:
    """Drafts with few flaws more often than there are of them: models rarely pile up faults."""
    draft = rng.choice(pool)
    while len(draft.flaws) == 2 and rng.random() < 0.6:
        draft = rng.choice(pool)
    return draft


@cache
def _by_parts(request: str) -> dict[tuple[str, tuple[str, ...]], Draft]:
    return {(draft.core, draft.flaws): draft for draft in drafts(request)}


def _draft(request: str, core: str, flaws: tuple[str, ...]) -> Draft:
    return _by_parts(request)[core, flaws]
