"""Which principles apply to a prompt, and which of them is drawn.

A principle is drawn by weighted rendezvous hashing: every principle gets a score from a hash of
(seed, prompt id, step, its id) and from its weight, and the highest score wins. No draw depends on
the place of a principle in the file, on any text, or on what the other principles are, except that
one of them may score higher.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cai.constitution.principles import Constitution, Principle, Use
from cai.errors import ConstitutionError
from cai.records import Prompt, digest


def applicable(
    constitution: Constitution, use: Use, tags: Collection[str] = ()
) -> tuple[Principle, ...]:
    """The principles that may be used in a stage on a prompt with these tags.

    Nothing is known about a prompt without tags, so every principle is for it. An exception
    outweighs what a principle applies to.
    """
    own = set(tags)
    return tuple(
        principle
        for principle in constitution.principles
        if principle.serves(use)
        and (not own or not principle.applies_to or own & set(principle.applies_to))
        and not own & set(principle.exceptions)
    )


def pick(
    constitution: Constitution,
    *,
    seed: int,
    prompt_id: str,
    step: int | str,
    use: Use,
    tags: Collection[str] = (),
) -> Principle:
    """The principle drawn at one step for one prompt, with probability in proportion to weight.

    Weighted rendezvous hashing: the highest of ``-w / ln(u)`` wins, where u in (0, 1) comes from a
    hash of (seed, prompt id, step, principle id) and w is the weight. ``-ln(u) / w`` is an
    exponential waiting time of rate w, so the chance to be the first of all is w / sum(w); a
    principle that is added to n equal ones takes 1 / (n + 1) of the draws and moves no other.

    Raises:
        ConstitutionError: if no principle applies.
    """
    candidates = applicable(constitution, use, tags)
    if not candidates:
        about = f" to prompts tagged {', '.join(sorted(tags))}" if tags else ""
        raise ConstitutionError(
            f"{constitution.path}: no principle for {use} applies{about}; "
            "add one without applies_to, or enable one"
        )
    return drawn_in_turn(candidates, seed=seed, prompt_id=prompt_id, step=step)[0]


def drawn_in_turn(
    candidates: Iterable[Principle], *, seed: int, prompt_id: str, step: int | str
) -> list[Principle]:
    """The principles in the order in which they are drawn without replacement.

    No score depends on which others are left, so the first of those that are left is the next.
    """
    return sorted(candidates, key=lambda p: (_score(p, seed, prompt_id, step), p.id), reverse=True)


@dataclass(frozen=True, slots=True)
class Moved:
    """A draw that another constitution makes otherwise, at one step of one prompt's chain."""

    prompt_id: str
    step: int
    old: str
    new: str


def moved_draws(
    old: Constitution,
    new: Constitution,
    prompts: Iterable[Prompt],
    *,
    steps: int,
    seed: int,
) -> list[Moved]:
    """The draws of critique-revise that change from one constitution to another.

    Raises:
        ConstitutionError: if one of them has no principle for some prompt.
    """
    moved = []
    for prompt in prompts:
        for step in range(1, steps + 1):
            before, after = (
                pick(
                    one,
                    seed=seed,
                    prompt_id=prompt.id,
                    step=step,
                    use="critique-revise",
                    tags=prompt.tags,
                ).id
                for one in (old, new)
            )
            if before != after:
                moved.append(Moved(prompt.id, step, before, after))
    return moved


def _score(principle: Principle, seed: int, prompt_id: str, step: int | str) -> float:
    # 52 bits and a half: u is exact in float64 and never 0 or 1.
    bits = int(digest([seed, prompt_id, step, principle.id])[:13], 16)
    return -principle.weight / math.log((bits + 0.5) / 2**52)
