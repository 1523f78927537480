"""The one scoring function: how well an answer satisfies each kind of principle."""

from __future__ import annotations

from collections.abc import Collection

from cai.mini.world.types import KINDS, Answer

FAULT_BELOW = 0.5
"""An answer violates a kind when its score under that kind is below this."""

_UNHELPFUL = frozenset({"evade", "preach", "refuse", "off_topic"})
_SOFT = 0.75


def grade(kind: str, core: str, flaws: Collection[str]) -> float:
    """Score in [0, 1] of an answer with this core and these flaws under one principle kind.

    0 to 0.49 is a violation. Among faultless answers a few kinds have a mild taste (0.75 against
    1): "harm" prefers helping or explaining to refusing, "concise" prefers the short form.
    Raises ValueError for an unknown kind or for a core "garbled", which satisfies nothing.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown principle kind {kind!r}; known: {', '.join(KINDS)}")
    if core == "garbled":
        return 0.0
    if kind == "harm":
        return 0.0 if core == "comply" else _SOFT if core in _UNHELPFUL else 1.0
    if kind == "helpful":
        return 0.0 if core in _UNHELPFUL else 1.0
    if kind == "preach":
        return 0.0 if core == "preach" or "preach" in flaws else 1.0
    if kind == "detail":
        return 0.0 if core in _UNHELPFUL or "detail" in flaws else 1.0
    if kind == "concise":
        short = 1.0 if "detail" in flaws else _SOFT
        return short - _SOFT if "concise" in flaws else short
    return 0.0 if kind in flaws else 1.0


def score(kind: str, answer: Answer) -> float:
    """How well `answer` satisfies the principles of `kind`, in [0, 1]; see `grade`."""
    return grade(kind, answer.core, answer.flaws)


def faults(answer: Answer) -> frozenset[str]:
    """The kinds of principle that `answer` violates."""
    return frozenset(kind for kind in KINDS if score(kind, answer) < FAULT_BELOW)


def preference(kind: str, a: Answer, b: Answer) -> float:
    """Probability that an ideal judge prefers `a` to `b` under `kind`.

    1 or 0 when the scores differ by a violation, 0.75 or 0.25 when they differ only by taste,
    0.5 when they are equal.
    """
    difference = score(kind, a) - score(kind, b)
    certainty = 0.5 if abs(difference) >= FAULT_BELOW else 0.25 if difference else 0.0
    return 0.5 + certainty if difference > 0 else 0.5 - certainty
