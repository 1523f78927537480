"""Readings that share what they begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from cai.engines.prefix.forward import Way, stream_logits
from cai.engines.prefix.stream import place, spans_of, stream_of
from cai.engines.prefix.tree import batches, tree_of
from cai.engines.reading import Reading, looked_up
from cai.heads import Head


def shared_batches(
    readings: Sequence[Reading], budget: int, *, enough: int | None = None
) -> Iterator[list[int]]:
    """Indices in batches of at most `budget` tokens; neighbours are what begins alike.

    A reading longer than the budget gets a batch of its own; `enough` is that of `batches`.
    """
    order = sorted(range(len(readings)), key=lambda index: readings[index].tokens)
    for run in batches([readings[index].tokens for index in order], budget, enough=enough):
        yield [order[index] for index in run]


def read_shared(
    readings: Sequence[Reading], *, head: Head, way: Way, pad_id: int
) -> list[list[float]]:
    """What `read_each` returns, from one stream of tokens; to be called within `sharing`.

    Readings in the order of `shared_batches` save a sort.

    Raises:
        NotShareableError: if the model's attention cannot be done in this way.
    """
    device = head.model.device
    order = sorted(range(len(readings)), key=lambda index: readings[index].tokens)
    sequences: list[list[int]] = []
    number = [0] * len(readings)  # which of the distinct sequences a reading reads
    for index in order:
        if not sequences or sequences[-1] != readings[index].tokens:
            sequences.append(readings[index].tokens)
        number[index] = len(sequences) - 1
    tree = tree_of(sequences)
    spans = spans_of(tree)
    places = [
        place(tree, spans, number[index], position)
        for index, reading in enumerate(readings)
        for position in reading.positions
    ]
    distinct = sorted(set(places))
    logits = stream_logits(
        head, way, stream_of(tree, device), torch.tensor(distinct, device=device)
    )
    row = {where: index for index, where in enumerate(distinct)}
    return looked_up(readings, logits, [row[where] for where in places], pad_id)
