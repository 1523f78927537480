"""Log-probabilities of single tokens, read off a model that is shown token sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cai.heads import Head


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model is shown, and which tokens are looked up after which positions of it.

    `targets[i]` is a token that may be said after `tokens[: positions[i] + 1]`.
    """

    tokens: list[int]
    positions: tuple[int, ...]
    targets: tuple[int, ...]


def readings_of(
    prompt: list[int], options: Sequence[Sequence[int]]
) -> Iterator[tuple[Reading, tuple[int, ...]]]:
    """What must be read to score each option as a whole after `prompt`.

    With each reading comes, for every target, the number of the option that it belongs to: an
    option's log-probability is the sum of its targets'.
    """
    last = len(prompt) - 1
    single = tuple(number for number, option in enumerate(options) if len(option) == 1)
    if single:  # all of them are looked up after the prompt
        targets = tuple(options[number][0] for number in single)
        yield Reading(prompt, (last,) * len(single), targets), single
    for number, option in enumerate(options):
        if len(option) > 1:
            positions = tuple(range(last, last + len(option)))
            yield (
                Reading([*prompt, *option[:-1]], positions, tuple(option)),
                (number,) * len(option),
            )


def read_each(readings: Sequence[Reading], *, head: Head, pad_id: int) -> list[list[float]]:
    """Per reading the natural-log probability of each target: one padded batch, nothing shared.

    Padding is on the right, where a causal model never looks, so no mask is needed and the fastest
    attention kernel is used.
    """
    device = head.model.device
    ids = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(reading.tokens) for reading in readings],
        batch_first=True,
        padding_value=pad_id,
    )
    places = [
        (row, position) for row, reading in enumerate(readings) for position in reading.positions
    ]
    distinct = sorted(set(places))
    rows, columns = torch.tensor(distinct, device=device).T
    logits = head.logits_at(ids.to(device), rows, columns)
    where = {place: index for index, place in enumerate(distinct)}
    return looked_up(readings, logits, [where[place] for place in places], pad_id)


def looked_up(
    readings: Sequence[Reading], logits: Tensor, rows: Sequence[int], pad_id: int
) -> list[list[float]]:
    """The log-probabilities of all targets, given for each its row of `logits` [R, vocabulary].

    The pad token is never said, here as in `generate`.
    """
    logits = logits.float()
    logits[:, pad_id] = -torch.inf
    logprobs = torch.log_softmax(logits, dim=-1)
    targets = [target for reading in readings for target in reading.targets]
    index = torch.tensor([list(rows), targets], device=logits.device)
    values = iter(logprobs[index[0], index[1]].tolist())
    return [[next(values) for _ in reading.targets] for reading in readings]
