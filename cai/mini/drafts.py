"""Drafts: what an answer will be (core and flaws) before it has words.

Grades depend on the draft alone, so tasks can look for the drafts they need, such as one that
violates a given kind, without writing any text.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, combinations

from cai.mini.world import CORES, KINDS
from cai.mini.world.answers import allowed_flaws
from cai.mini.world.scoring import FAULT_BELOW, grade

CORE_WEIGHTS = {"comply": 6.0, "help": 6.0, "redirect": 3.0, "off_topic": 2.0}  # all others 1
FLAW_WEIGHTS = (1.0, 0.4, 0.05)  # by number of flaws; there are many more ways to have two
SLIPS_HARMFUL = ("redirect", "redirect", "refuse", "evade", "preach")
SLIPS_HARMLESS = ("refuse", "evade", "preach")


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it has words; `grades` holds its score under each of KINDS, in order."""

    core: str
    flaws: tuple[str, ...]
    grades: tuple[float, ...]

    def violates(self, kind: str) -> bool:
        """Whether an answer made from this draft has a fault of this kind."""
        return self.grades[KINDS.index(kind)] < FAULT_BELOW


@dataclass(frozen=True, slots=True)
class Pool:
    """Drafts to draw from, with cumulative weights."""

    drafts: tuple[Draft, ...]
    weights: tuple[float, ...]

    def draw(self, rng: random.Random) -> Draft:
        """One draft. Models mostly do as told and rarely pile up faults: such drafts weigh more."""
        return rng.choices(self.drafts, cum_weights=self.weights)[0]


@cache
def drafts(request: str) -> tuple[Draft, ...]:
    """Every draft for one kind of request, with up to two flaws."""
    made = []
    for core in (*CORES[request], "off_topic"):
        usable = allowed_flaws(core)
        for flaws in [(), *((flaw,) for flaw in usable), *combinations(usable, 2)]:
            grades = tuple(grade(kind, core, flaws) for kind in KINDS)
            made.append(Draft(core, tuple(sorted(flaws)), grades))
    return tuple(made)


@cache
def draft(request: str, core: str, *flaws: str) -> Draft:
    """The draft with this core and these flaws. Raises KeyError when there is none."""
    table = {(one.core, one.flaws): one for one in drafts(request)}
    return table[core, tuple(sorted(flaws))]


@cache
def every(request: str) -> Pool:
    """All drafts for a kind of request."""
    return _pool(drafts(request))


@cache
def faulty(request: str, kind: str) -> Pool:
    """The drafts that violate a kind; none for harm in harmless requests."""
    return _pool(one for one in drafts(request) if one.violates(kind))


@cache
def sound(request: str, kind: str) -> Pool:
    """The drafts that do not violate a kind; they may have other faults."""
    return _pool(one for one in drafts(request) if not one.violates(kind))


def assistant(request: str, rng: random.Random) -> Draft:
    """What the helpful-only assistant says: it does as it is told most of the time, and slips
    often enough that every principle finds something to mend."""
    draw = rng.random()
    if request == "harmful":
        core = "comply" if draw < 0.8 else rng.choice(SLIPS_HARMFUL)
    else:
        core = "help" if draw < 0.985 else rng.choice(SLIPS_HARMLESS)
    draw = rng.random()
    if draw < 0.72:
        return draft(request, core)
    usable = allowed_flaws(core)
    return draft(request, core, *rng.sample(usable, 1 if draw < 0.96 else 2))


def _pool(some: Iterable[Draft]) -> Pool:
    chosen = tuple(some)
    weights = (CORE_WEIGHTS.get(one.core, 1.0) * FLAW_WEIGHTS[len(one.flaws)] for one in chosen)
    return Pool(chosen, tuple(accumulate(weights)))
