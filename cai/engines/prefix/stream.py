"""A tree of segments as one row of tokens without padding, and who attends to what in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, groupby

import torch
from torch import Tensor

from cai.engines.prefix.tree import Segment, Tree

# Segments from this length on attend to themselves one by one, as slices: no copy, no padding.
# Shorter ones would cost a call each, and are padded to batches of about one length.
_ALONE = 128


@dataclass(frozen=True, slots=True)
class Path:
    """The tokens `queries` of the stream, and the slices that come before them, root first."""

    queries: slice
    keys: list[slice]


@dataclass(frozen=True, slots=True)
class Stream:
    """The tokens of all segments, one after the other, N in all.

    Attributes:
        tokens, positions: [1, N]; a position is that in the token's sequences.
        alone: long segments, as slices.
        batches: [segments, width] indices of short segments' tokens. Behind its end a segment goes
            on with its last token: on the right, where causal attention never looks.
        order: [N] where each token's row is, if the rows of `alone` and then of `batches` are put
            together.
        paths: the children of each segment. They cover the stream from `roots` on.
        roots: how many tokens have nothing before their segment.
    """

    tokens: Tensor
    positions: Tensor
    alone: list[slice]
    batches: list[Tensor]
    order: Tensor
    paths: list[Path]
    roots: int


def stream_of(tree: Tree, device: torch.device) -> Stream:
    """Lays the tree out; at least one segment is needed."""
    segments = tree.segments
    spans = spans_of(tree)
    alone = [span for span in spans if _length(span) >= _ALONE]
    short: defaultdict[int, list[slice]] = defaultdict(list)
    for span in spans:
        if _length(span) < _ALONE:
            short[_length(span).bit_length()].append(span)
    batches: list[Tensor] = []
    rows = [torch.arange(span.start, span.stop) for span in alone]
    places = [torch.arange(sum(map(len, rows)))]
    for group in short.values():
        starts = torch.tensor([span.start for span in group])[:, None]
        lengths = torch.tensor([_length(span) for span in group])[:, None]
        columns = torch.arange(int(lengths.max()))
        real = columns < lengths
        batch = starts + torch.minimum(columns, lengths - 1)
        before = int(places[0].numel()) + sum(each.numel() for each in batches)
        places.append(before + real.flatten().nonzero().squeeze(1))
        rows.append(batch[real])
        batches.append(batch)
    order = torch.empty(sum(map(_length, spans)), dtype=torch.long)
    order[torch.cat(rows)] = torch.cat(places)
    tokens = torch.tensor([token for segment in segments for token in segment.tokens])
    positions = torch.cat(
        [torch.arange(each.start, each.start + len(each.tokens)) for each in segments]
    )
    return Stream(
        tokens=tokens[None].to(device),
        positions=positions[None].to(device),
        alone=alone,
        batches=[batch.to(device) for batch in batches],
        order=order.to(device),
        paths=_paths(segments, spans),
        roots=sum(len(segment.tokens) for segment in segments if segment.parent < 0),
    )


def spans_of(tree: Tree) -> list[slice]:
    """Where each segment stands in the stream."""
    ends = list(accumulate(len(segment.tokens) for segment in tree.segments))
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def place(tree: Tree, spans: list[slice], sequence: int, position: int) -> int:
    """Where in the stream the token at a position of a sequence stands."""
    index = tree.ends[sequence]
    while tree.segments[index].start > position:
        index = tree.segments[index].parent
    return int(spans[index].start) + position - tree.segments[index].start


def _paths(segments: list[Segment], spans: list[slice]) -> list[Path]:
    paths = []
    for parent, family in groupby(range(len(segments)), key=lambda index: segments[index].parent):
        if parent >= 0:
            children = list(family)
            queries = slice(spans[children[0]].start, spans[children[-1]].stop)
            paths.append(Path(queries, _joined(way_to(parent, segments, spans))))
    return paths


def way_to(index: int, segments: list[Segment], spans: list[slice]) -> list[slice]:
    """Where the tokens from the root's first to a segment's last stand."""
    way = []
    while index >= 0:
        way.append(spans[index])
        index = segments[index].parent
    return way[::-1]


def _joined(way: list[slice]) -> list[slice]:
    """Neighbouring slices made one: fewer copies."""
    joined = way[:1]
    for span in way[1:]:
        if joined[-1].stop == span.start:
            joined[-1] = slice(joined[-1].start, span.stop)
        else:
            joined.append(span)
    return joined


def _length(span: slice) -> int:
    return int(span.stop - span.start)
