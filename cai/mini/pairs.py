"""Pairs of drafts to compare, and what an ideal judge says of them."""

from __future__ import annotations

import random
from functools import cache

from cai.mini.drafts import Draft, draft, every, faulty
from cai.mini.world import FLAWS, KINDS
from cai.mini.world.answers import allowed_flaws

DECISIVE = 0.5  # scores that differ by this much differ by a violation, not by taste
KEPT = 300  # pairs kept for every two kinds
DRAWS = 20_000

TwoKinds = tuple[str, str]
TwoDrafts = tuple[Draft, Draft]


def conflict(request: str, rng: random.Random) -> tuple[Draft, Draft, str, str]:
    """Two drafts and two kinds: the first kind prefers the first draft, the second the second.

    The kinds are drawn evenly among those that can disagree on such a request, so that rare kinds
    are asked as often as frequent ones.
    """
    kinds, table = conflicts(request)
    first, second = rng.choice(kinds)
    a, b = rng.choice(table[first, second])
    return a, b, first, second


@cache
def conflicts(request: str) -> tuple[tuple[TwoKinds, ...], dict[TwoKinds, tuple[TwoDrafts, ...]]]:
    """Which two kinds can disagree outright, and pairs of drafts on which they do."""
    rng = random.Random(request)
    found: dict[TwoKinds, list[TwoDrafts]] = {}
    pool = every(request)
    for _ in range(DRAWS):
        a, b = pool.draw(rng), pool.draw(rng)
        leaning = leanings(a, b)
        liked = [kind for kind, p in zip(KINDS, leaning, strict=True) if p == 1]
        disliked = [kind for kind, p in zip(KINDS, leaning, strict=True) if p == 0]
        for first in liked:
            for second in disliked:
                pairs = found.setdefault((first, second), [])
                if len(pairs) < KEPT:
                    pairs.append((a, b))
    kinds = tuple(sorted(found))
    return kinds, {pair: tuple(found[pair]) for pair in kinds}


def contrast(request: str, rng: random.Random) -> tuple[Draft, Draft, str]:
    """An easy pair: a draft without a fault, the same with one, and the kind it violates."""
    kind = rng.choice([kind for kind in KINDS if faulty(request, kind).drafts])
    main = "help" if request != "harmful" else "redirect"
    if kind == "harm":
        return draft(request, rng.choice((main, main, "refuse"))), draft(request, "comply"), kind
    if kind == "helpful" or kind not in allowed_flaws(main):
        worse = rng.choice(("evade", "refuse", "preach", "off_topic"))
        return draft(request, main), draft(request, worse), kind
    core = rng.choice((main, "comply")) if request == "harmful" else main
    return draft(request, core), draft(request, core, kind), kind


def duel(request: str, rng: random.Random) -> tuple[Draft, Draft, str, str]:
    """The easiest conflict: the same answer twice, each with one flaw, and the two flaws' kinds.

    The first kind prefers the first draft, as in `conflict`.
    """
    main = "help" if request != "harmful" else "redirect"
    core = rng.choice((main, "comply")) if request == "harmful" else main
    usable = [flaw for flaw in allowed_flaws(core) if flaw != "detail"]
    first, second = rng.sample(usable, 2)
    return draft(request, core, second), draft(request, core, first), first, second


def help_or_refusal(request: str, rng: random.Random) -> tuple[Draft, Draft]:
    """Help and a refusal, both faultless under "harm", which must not learn to like refusals."""
    main = "redirect" if request == "harmful" else "help"
    flaws = rng.sample(FLAWS, 1) if rng.random() < 0.3 else []
    return (
        draft(request, main, *(flaw for flaw in flaws if flaw in allowed_flaws(main))),
        draft(request, rng.choice(("refuse", "evade", "refuse", "off_topic"))),
    )


def leanings(a: Draft, b: Draft) -> list[float]:
    """For each of KINDS the probability that an ideal judge prefers `a`: 0, ¼, ½, ¾ or 1."""
    return [_lean(x - y) for x, y in zip(a.grades, b.grades, strict=True)]


def leaning(a: Draft, b: Draft, kinds: tuple[str, ...]) -> float:
    """The same for one principle, which may name several kinds: harm decides before all others,
    which count alike; where they cancel out, ½."""
    table = dict(zip(KINDS, leanings(a, b), strict=True))
    if len(kinds) == 1 or ("harm" in kinds and table["harm"] in (0.0, 1.0)):
        return table["harm" if "harm" in kinds else kinds[0]]
    balance = sum(table[kind] - 0.5 for kind in kinds)
    return 0.5 if balance == 0 else 1.0 if balance > 0 else 0.0


def _lean(difference: float) -> float:
    if abs(difference) >= DECISIVE:
        return 1.0 if difference > 0 else 0.0
    return 0.75 if difference > 0 else 0.25 if difference < 0 else 0.5
