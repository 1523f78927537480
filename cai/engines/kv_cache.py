"""A key-value cache with room for the tokens to come."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer


class RoomyLayer(DynamicLayer):
    """A layer's keys and values at the front of a buffer that never has to grow.

    The layer it takes the place of copies everything at every token, which on a CPU is most of the
    time that decoding a small model takes.
    """

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Appends [batch, heads, new, dim] keys and values; returns all there are so far."""
        start = self.get_seq_length()
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._key_buffer = self._buffer(key_states)
            self._value_buffer = self._buffer(value_states)
        end = start + key_states.shape[-2]
        self._key_buffer[:, :, start:end] = key_states
        self._value_buffer[:, :, start:end] = value_states
        self.keys = self._key_buffer[:, :, :end]
        self.values = self._value_buffer[:, :, :end]
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keeps those rows of the batch."""
        end = self.get_seq_length()
        if end:
            self._key_buffer = self._key_buffer[indices]
            self._value_buffer = self._value_buffer[indices]
            self.keys = self._key_buffer[:, :, :end]
            self.values = self._value_buffer[:, :, :end]

    def _buffer(self, states: Tensor) -> Tensor:
        batch, heads, _, dim = states.shape
        return torch.empty(batch, heads, self._room, dim, dtype=self.dtype, device=self.device)


def roomy_cache(config: PretrainedConfig, room: int) -> DynamicCache:
    """The cache that a model of this config wants, with that much room in full attention."""
    cache = DynamicCache(config=config)
    cache.layers = [
        RoomyLayer(room) if type(layer) is DynamicLayer else layer for layer in cache.layers
    ]
    return cache
