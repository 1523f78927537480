"""Cutting a batch into one share per process."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from cai.ranks.world import World


def shares(sizes: Sequence[int], count: int) -> list[list[int]]:
    """Indices of `sizes` in `count` shares of nearly equal sums, each in ascending order.

    The largest first, each to the share that has the least (Graham 1969: no share is above 4/3 of
    the best possible largest one). Where there are fewer items than shares, some are empty.
    """
    # A heap of (sum, items, share): equal sums give way to fewer items, then to the lower share.
    least = [(0, 0, share) for share in range(count)]
    found: list[list[int]] = [[] for _ in range(count)]
    for index in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
        total, items, share = heapq.heappop(least)
        found[share].append(index)
        heapq.heappush(least, (total + sizes[index], items + 1, share))
    return [sorted(share) for share in found]


def own_share(sizes: Sequence[int], world: World) -> list[int]:
    """The indices that this process works on; all of them if it is alone."""
    return list(range(len(sizes))) if world.alone else shares(sizes, world.size)[world.rank]
