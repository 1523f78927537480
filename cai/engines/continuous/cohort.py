"""Sequences that began together, with all their layers' keys and values."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_GAPS = 8  # one slot in so many may be empty before the others close up


@dataclass(slots=True)
class Cohort:
    """Sequences in slots; those from `len(rows)` on are free.

    Prompts are padded on the left, so that all sequences write their next token in one column.

    Attributes:
        rows: which sequence is in which slot, by its caller's number; ended ones stay for a while.
        ended: whether it has ended, per slot.
        keys, values: per layer [slots, heads, room, D], filled up to column `width`.
        mask: [slots, 1, 1, room] added to attention scores; None where nothing is padded.
        noise: [slots, new tokens] uniform numbers, one for each token that may be drawn.
        positions: [slots] of the token that comes next.
        tokens: [slots] that token, once it is drawn.
        said: how many tokens each sequence has drawn.
    """

    rows: list[int]
    ended: list[bool]
    keys: list[Tensor]
    values: list[Tensor]
    mask: Tensor | None
    noise: Tensor | None
    positions: Tensor
    tokens: Tensor
    width: int
    said: int = 0

    @property
    def size(self) -> int:
        """Tokens that there is memory for."""
        slots, _, room, _ = self.keys[0].shape
        return int(slots * room)

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Writes [rows, heads, D] of the next token; returns a layer's keys and values with it."""
        count, end = len(self.rows), self.width + 1
        keys, values = self.keys[layer], self.values[layer]
        keys[:count, :, self.width] = key
        values[:count, :, self.width] = value
        return keys[:count, :, :end], values[:count, :, :end]

    def seen(self) -> Tensor | None:
        """The mask up to and with the next token."""
        return None if self.mask is None else self.mask[: len(self.rows), ..., : self.width + 1]

    def close_up(self) -> None:
        """Lets ended sequences go, where there are enough of them: moving others has its cost."""
        living = [slot for slot, ended in enumerate(self.ended) if not ended]
        if (len(self.rows) - len(living)) * _GAPS < len(self.rows):
            return
        count = len(living)
        gaps = [slot for slot in range(count) if self.ended[slot]]
        movers = living[count - len(gaps) :]
        for to, slot in zip(gaps, movers, strict=True):
            self.rows[to] = self.rows[slot]
        self.rows, self.ended = self.rows[:count], [False] * count
        for states in (*self.keys, *self.values):
            _move(states[:, :, : self.width], gaps, movers)
        for each in (self.mask, self.noise, self.positions, self.tokens):
            if each is not None:
                _move(each, gaps, movers)
        if 2 * count <= self.keys[0].shape[0]:
            self._shrink(count)

    def _shrink(self, count: int) -> None:
        # Copied, or the memory of the other slots would stay.
        self.keys = [_first(states, count, self.width) for states in self.keys]
        self.values = [_first(states, count, self.width) for states in self.values]
        self.mask, self.noise = (
            None if each is None else each[:count].clone() for each in (self.mask, self.noise)
        )
        self.positions, self.tokens = self.positions[:count], self.tokens[:count]


def _move(states: Tensor, to: list[int], slots: list[int]) -> None:
    if to:
        places = torch.tensor([to, slots], device=states.device)
        states[places[0]] = states[places[1]]


def _first(states: Tensor, count: int, width: int) -> Tensor:
    kept = states.new_empty(count, *states.shape[1:])
    kept[:, :, :width] = states[:count, :, :width]
    return kept
