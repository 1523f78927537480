"""Cutting work into pieces: so that it can be written in between, or fits a model's memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Any, TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[tuple[int, Sequence[T]]]:
    """The items in pieces of `size`, each with the index of its first."""
    for first in range(0, len(items), size):
        yield first, items[first : first + size]


def filled(items: Iterable[T], size: Callable[[T], int], least: int) -> Iterator[list[T]]:
    """The items in pieces whose sizes add up to `least` or more; the last may have less.

    A piece depends on the items from its first on alone, so cutting may begin at any piece.
    """
    piece: list[T] = []
    total = 0
    for item in items:
        piece.append(item)
        total += size(item)
        if total >= least:
            yield piece
            piece, total = [], 0
    if piece:
        yield piece


def by_length(
    lengths: Sequence[int], budget: int, *, kinds: Sequence[Any] | None = None
) -> Iterator[list[int]]:
    """Indices in batches of similar length, each of at most `budget` padded tokens.

    A sequence longer than the budget gets a batch of its own.

    Args:
        kinds: of each sequence; a batch holds only one. They must have an order.
    """
    keys = list(zip(kinds or [0] * len(lengths), lengths, strict=True))
    batch: list[int] = []
    # Shortest first, so that the last of a batch is its widest.
    for index in sorted(range(len(keys)), key=keys.__getitem__):
        full = (len(batch) + 1) * lengths[index] > budget
        if batch and (full or keys[index][0] != keys[batch[0]][0]):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def at_intervals(
    parts: Iterable[list[T]], seconds: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[T]]:
    """What comes in parts put together, so that each is that much later than the one before it.

    The first part that is not empty is given at once.
    """
    gathered: list[T] = []
    due = -inf
    for part in parts:
        gathered += part
        if gathered and clock() >= due:
            yield gathered
            gathered, due = [], clock() + seconds
    if gathered:
        yield gathered
