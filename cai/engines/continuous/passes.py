"""The three passes of generation: what all begin with, the prompts of a cohort, the next tokens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

import torch
from torch import Tensor

from cai.engines.continuous.attention import Beginning, Begun, Following
from cai.engines.continuous.cohort import Cohort
from cai.engines.prefix.attention import Cascade
from cai.engines.prefix.forward import ReadAt, Way, trimmed
from cai.engines.prefix.stream import Stream, place, spans_of, stream_of, way_to
from cai.engines.prefix.tree import tree_of
from cai.heads import Head


def beginning_of(tokens: Sequence[int], *, head: Head, way: Way) -> Beginning:
    """Computes what all prompts begin with; no tokens give an empty one.

    This and the other passes are to be called within `shared_attention`.
    """
    if not tokens:
        return Beginning()
    stream = stream_of(tree_of([tokens]), head.model.device)
    begun = Begun(Cascade(stream, way.kernel), Beginning())
    _read(stream, begun, [len(tokens) - 1], head=head, way=way)
    return Beginning(begun.keys, begun.values)


def begin(
    rows: Sequence[int],
    prompts: Sequence[Sequence[int]],
    *,
    beginning: Beginning,
    room: int,
    noise: Tensor | None,
    head: Head,
    way: Way,
) -> tuple[Cohort, Tensor]:
    """A new cohort, and the logits [rows, vocabulary] of what its sequences say first.

    Args:
        rows: the numbers of the sequences.
        prompts: what comes after `beginning` in each, at least one token. Of equal ones, and of
            what several begin with, each layer is computed once.
        room: for how many tokens after a prompt.
        noise: as the cohort's.
    """
    distinct = sorted({tuple(prompt) for prompt in prompts})
    number = {prompt: index for index, prompt in enumerate(distinct)}
    tree = tree_of(distinct)
    spans = spans_of(tree)
    device = head.model.device
    stream = stream_of(tree, device)
    stream = replace(stream, positions=stream.positions + beginning.length)
    ends = [place(tree, spans, index, len(each) - 1) for index, each in enumerate(distinct)]
    # A place is named once: what the last layer returns there is written there.
    read = sorted(set(ends))
    begun = Begun(Cascade(stream, way.kernel), beginning)
    logits = _read(stream, begun, read, head=head, way=way)
    which = [number[tuple(prompt)] for prompt in prompts]
    asked = torch.tensor([read.index(ends[index]) for index in which], device=device)

    width = max(map(len, prompts))
    ways = [way_to(end, tree.segments, spans) for end in tree.ends]
    places = torch.stack([_places(ways[index], width) for index in which]).to(device)
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    cohort = Cohort(
        rows=list(rows),
        ended=[False] * len(rows),
        keys=[_laid_out(states, places, room) for states in begun.keys],
        values=[_laid_out(states, places, room) for states in begun.values],
        mask=_mask(lengths, width, room, begun.keys[0]),
        noise=noise,
        positions=(lengths + beginning.length).to(device),
        tokens=torch.zeros(len(rows), dtype=torch.long, device=device),
        width=width,
    )
    return cohort, logits[asked]


def follow(cohorts: Sequence[Cohort], *, beginning: Beginning, head: Head, way: Way) -> Tensor:
    """Puts each sequence's last token after it; returns the logits [N, vocabulary] of the next."""
    tokens = torch.cat([cohort.tokens[: len(cohort.rows)] for cohort in cohorts])
    positions = torch.cat([cohort.positions[: len(cohort.rows)] for cohort in cohorts])
    every = torch.arange(len(tokens), device=tokens.device)
    logits = head.logits_at(
        tokens[None],
        torch.zeros_like(every),
        every,
        position_ids=positions[None],
        attending=Following(cohorts, beginning, way.kernel),
    )
    for cohort in cohorts:
        cohort.width += 1
        cohort.positions += 1
    return logits


def _read(stream: Stream, begun: Begun, places: list[int], *, head: Head, way: Way) -> Tensor:
    where = torch.tensor(places, device=head.model.device)
    with trimmed(head.model) if way.trims else nullcontext():
        return head.logits_at(
            stream.tokens,
            torch.zeros_like(where),
            where,
            position_ids=stream.positions,
            attending=ReadAt(begun, where, int(stream.tokens.shape[1])),
        )


def _places(way: list[slice], width: int) -> Tensor:
    """[width] where in the stream a sequence's tokens stand; the padding before them, anywhere."""
    found = torch.cat([torch.arange(span.start, span.stop) for span in way])
    return torch.cat([found[:1].expand(width - len(found)), found])


def _laid_out(states: Tensor, places: Tensor, room: int) -> Tensor:
    """[1, heads, N, D] at places [rows, width]: [rows, heads, width + room, D]."""
    count, width = places.shape
    found = states[0].transpose(0, 1).index_select(0, places.flatten())
    out = states.new_empty(count, found.shape[1], width + room, found.shape[2])
    out[:, :, :width] = found.view(count, width, *found.shape[1:]).transpose(1, 2)
    return out


def _mask(lengths: Tensor, width: int, room: int, like: Tensor) -> Tensor | None:
    """[rows, 1, 1, width + room]: what hides the padding before each of the prompts."""
    if bool((lengths == width).all()):
        return None
    padded = torch.arange(width + room) < (width - lengths)[:, None]
    mask = torch.zeros(padded.shape, dtype=like.dtype)
    mask.masked_fill_(padded, torch.finfo(like.dtype).min)
    return mask[:, None, None].to(like.device)
