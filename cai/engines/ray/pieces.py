"""Requests cut into pieces for workers, by the requests alone: so that results do not depend on
how many workers there are, on which of them is fast, and on which is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.prefix.tree import batches
from cai.models import common_prefix
from cai.records import Message

# Enough pieces for workers to end at about the same time; none so small that it fills no batch,
# none so large that much is lost with a worker.
_PIECES = 16
_FEWEST, _MOST = 32, 256  # requests
_SHORTEST, _LONGEST = 1 << 14, 1 << 17  # characters, of what is shared once


def pieces_of(requests: Sequence[GenerateRequest | ChooseRequest]) -> list[list[int]]:
    """The indices of requests in pieces, those that take longest first.

    Answers of similar length are together, which wastes little of a batch, and so are questions
    that begin alike, whose beginnings an engine reads once.
    """
    generating = [i for i, one in enumerate(requests) if isinstance(one, GenerateRequest)]
    choosing = [i for i, one in enumerate(requests) if isinstance(one, ChooseRequest)]
    return [*_by_length(requests, generating), *_by_beginning(requests, choosing)]


def _by_length(
    requests: Sequence[GenerateRequest | ChooseRequest], indices: Sequence[int]
) -> list[list[int]]:
    def work(index: int) -> tuple[float, ...]:
        one = requests[index]
        shape = (one.max_new_tokens, one.temperature, one.top_p)  # type: ignore[union-attr]
        return (*shape, len(_text(one.messages)))

    size = min(max(len(indices) // _PIECES, _FEWEST), _MOST)
    order = sorted(indices, key=work, reverse=True)
    return [order[first : first + size] for first in range(0, len(order), size)]


def _by_beginning(
    requests: Sequence[GenerateRequest | ChooseRequest], indices: Sequence[int]
) -> list[list[int]]:
    texts = {index: _text(requests[index].messages) for index in indices}
    order = sorted(indices, key=texts.__getitem__)
    in_order = [texts[index] for index in order]
    once = sum(map(len, in_order)) - sum(common_prefix(a, b) for a, b in pairwise(in_order))
    budget = min(max(once // _PIECES, _SHORTEST), _LONGEST)
    runs = [[order[place] for place in run] for run in batches(in_order, budget)]
    return sorted(runs, key=lambda run: sum(len(texts[index]) for index in run), reverse=True)


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(f"{message['role']}: {message['content']}" for message in messages)
