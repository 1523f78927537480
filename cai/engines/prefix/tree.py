"""Common beginnings of token sequences, as a tree."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cai.models import common_prefix

# Sharing a node costs each layer one more attention call: about what so many tokens cost in a
# small model, and less than one in a large model. So the rule errs by little where it errs.
LEAST_SAVED = 16

_FEW = 16  # a run ends early where at most one in so many of its tokens is computed again


@dataclass(frozen=True, slots=True)
class Segment:
    """Tokens that one or more sequences have in common, after those of segment `parent`.

    `start` is the position of the first token in its sequences. A root's `parent` is -1.
    """

    parent: int
    start: int
    tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class Tree:
    """Segments in breadth-first order, and the one that each sequence ends in.

    Parents come before their children, and the children of one parent are neighbours. A sequence
    is the tokens of its segments from the root down.
    """

    segments: list[Segment]
    ends: list[int]


def tree_of(sequences: Sequence[Sequence[int]], *, least_saved: int = LEAST_SAVED) -> Tree:
    """The tree of sequences that are sorted, distinct and not empty.

    Args:
        least_saved: share only where that many tokens less are computed.
    """
    shared = _shared(sequences)
    segments: list[Segment] = []
    ends = [0] * len(sequences)
    # Ranges of sequences, the segment they have gone through, and the tokens up to its end.
    todo = deque([(0, len(sequences), -1, 0)] if sequences else [])
    while todo:
        low, high, parent, depth = todo.popleft()
        common = min(shared[low + 1 : high], default=len(sequences[low]))
        cuts = [low, *(i for i in range(low + 1, high) if shared[i] == common), high]
        parts = list(pairwise(cuts)) if high - low > 1 else []
        pays = (len(parts) - 1) * (common - depth) >= max(least_saved, 1)
        if parts and not pays:
            # In place of their parent, so that the children of one segment stay neighbours.
            todo.extendleft((a, b, parent, depth) for a, b in reversed(parts))
            continue
        if common > depth:
            segments.append(Segment(parent, depth, sequences[low][depth:common]))
            parent = len(segments) - 1
        if len(sequences[low]) == common:  # the shortest comes first: others go on from here
            ends[low] = parent
            parts = parts[1:]
        todo.extend((a, b, parent, common) for a, b in parts)
    return Tree(segments, ends)


def batches(
    sequences: Sequence[Sequence[object]], budget: int, *, enough: int | None = None
) -> Iterator[range]:
    """Cuts sorted sequences into runs of at most `budget` tokens, what is shared counted once.

    A sequence longer than the budget gets a run of its own. A run ends where its sequences have
    least in common with the next ones, though not before it is half full.

    Args:
        enough: from this many tokens on a run ends where the next sequence shares little with it.
    """
    shared = _shared(sequences)
    first = 0
    while first < len(sequences):
        total, last, cut = len(sequences[first]), first + 1, None
        while last < len(sequences):
            new = len(sequences[last]) - shared[last]
            if total + new > budget:
                break
            if enough is not None and total >= enough and _FEW * shared[last] <= total:
                cut = None
                break
            if 2 * total >= budget and (cut is None or shared[last] <= shared[cut]):
                cut = last
            total += new
            last += 1
        if last < len(sequences) and cut is not None and shared[cut] < shared[last]:
            last = cut
        yield range(first, last)
        first = last


def _shared(sequences: Sequence[Sequence[object]]) -> list[int]:
    """How many tokens each sequence has in common with the one before it."""
    return [0, *(common_prefix(a, b) for a, b in pairwise(sequences))]
