"""The small world of natural English in which the embedded model lives.

A *topic* is an action on an object. A request asks about a topic; an answer is a *core* (what it
does with the request) with zero to two *flaws* (an extra sentence that violates one kind of
principle, or, for "detail", a short form). One table of scores over core and flaws decides what
every principle kind thinks of an answer, so that critiques, revisions and judgements agree.
"""

from __future__ import annotations

from cai.mini.world.answers import answer
from cai.mini.world.knowledge import facts, reason
from cai.mini.world.mending import mend
from cai.mini.world.requests import ask
from cai.mini.world.scoring import faults, preference, score
from cai.mini.world.topics import topics
from cai.mini.world.types import CORES, FLAWS, KINDS, Answer, Topic

__all__ = [
    "CORES",
    "FLAWS",
    "KINDS",
    "Answer",
    "Topic",
    "answer",
    "ask",
    "facts",
    "faults",
    "mend",
    "preference",
    "reason",
    "score",
    "topics",
]
