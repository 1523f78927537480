"""What a perfect reviser does: repair what one kind of principle objects to, and nothing else."""

from __future__ import annotations

import random

from cai.mini.world.answers import core_sentences, why_and_next
from cai.mini.world.flaws import flaw_kinds
from cai.mini.world.phrases import sentences
from cai.mini.world.scoring import FAULT_BELOW, score
from cai.mini.world.types import Answer
from cai.mini.world.wordings import OPENERS


def mend(answer: Answer, kind: str, rng: random.Random) -> Answer:
    """`answer` after a perfect revision under one kind of principle.

    Without a violation it is the same answer, word for word. A bad core becomes an explanation
    with an alternative (harmful request) or real help (other requests). A flaw sentence goes and
    the rest stays; a short form gets its reason and next step. Flaws of other kinds stay.
    """
    if score(kind, answer) >= FAULT_BELOW:
        return answer
    parts = sentences(answer.text)
    flaws = tuple(flaw for flaw in answer.flaws if flaw != kind)
    core = answer.core
    if kind in answer.flaws:
        parts = (
            _lengthen(parts, answer, rng)
            if kind == "detail"
            else [part for part in parts if flaw_kinds().get(part) != kind]
        )
    else:
        core = "redirect" if answer.topic.request == "harmful" else "help"
        fresh = [s for s in core_sentences(answer.topic, core, rng) if s not in OPENERS]
        parts = _replace_core(parts, answer, fresh)
    return Answer(answer.topic, core, flaws, " ".join(parts))


def _is_flaw(sentence: str, answer: Answer) -> bool:
    """Whether a sentence is one of the answer's flaws and no part of its core."""
    return flaw_kinds().get(sentence) in answer.flaws


def _replace_core(parts: list[str], answer: Answer, core: list[str]) -> list[str]:
    """The new core where the old one began; the flaw sentences stay before and after it."""
    start = next(i for i, part in enumerate(parts) if not _is_flaw(part, answer))
    return parts[:start] + core + [part for part in parts[start:] if _is_flaw(part, answer)]


def _lengthen(parts: list[str], answer: Answer, rng: random.Random) -> list[str]:
    """Reason and next step straight after the advice."""
    head = next(
        i for i, part in enumerate(parts) if part not in OPENERS and not _is_flaw(part, answer)
    )
    return parts[: head + 1] + why_and_next(answer.topic, parts[head], rng) + parts[head + 1 :]
