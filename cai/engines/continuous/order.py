"""In which order sequences begin: those of similar length together, and those that share much."""

from __future__ import annotations

from collections.abc import Sequence

from cai.models import common_prefix

_MOST = 2  # sequences stay together that have one in so many of their tokens in common


def in_order(prompts: Sequence[Sequence[int]]) -> list[int]:
    """Indices, the shortest prompts first; equal ones, and those that begin alike, are neighbours.

    Each cohort computes what its own prompts begin with once, and pads them to their longest.
    """
    families: list[list[int]] = []
    for index in sorted(range(len(prompts)), key=lambda index: list(prompts[index])):
        last = prompts[families[-1][-1]] if families else ()
        if families and _MOST * common_prefix(last, prompts[index]) >= len(prompts[index]):
            families[-1].append(index)
        else:
            families.append([index])
    # Within a family as well: what it shares is found again wherever its cohort is cut.
    for family in families:
        family.sort(key=lambda index: len(prompts[index]))
    families.sort(key=lambda family: len(prompts[family[-1]]))
    return [index for family in families for index in family]
