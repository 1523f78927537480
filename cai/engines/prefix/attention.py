"""Cascade attention over a stream of segments that share their beginnings.

Every segment attends causally to itself, and without a mask to what stands before it; the two
results are merged by their log-sum-exps (Juravsky et al. 2024, "Hydragen"; Ye et
al. 2024, "Cascade Inference"):

    o = (e^s o_self + e^p o_path) / (e^s + e^p) = o_self + (o_path - o_self) sigmoid(p - s)

Models call it through transformers' `AttentionInterface`, under `NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import AttentionInterface, PreTrainedModel

from cai.engines.prefix.kernels import Kernel
from cai.engines.prefix.stream import Stream

NAME = "cai_shared_prefix"


class NotShareableError(Exception):
    """The model's attention is more than causal softmax attention over what it is given."""


class Attending(Protocol):
    """What a forward pass brings for each layer's attention."""

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float | None
    ) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Cascade:
    """Attention over `stream`: [1, H, N, D] queries and [1, G, N, D] keys to [1, N, H, D]."""

    stream: Stream
    kernel: Kernel

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, scale: float | None) -> Tensor:
        return self.attend(query, key, value, scale)[0][None]

    def attend(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float | None
    ) -> tuple[Tensor, Tensor]:
        """[N, H, D] outputs and [N, H] log-sum-exps."""
        own = self._to_itself(query, key, value, scale)
        if not self.stream.paths:
            return own
        path = self._to_its_path(query, key, value, scale)
        roots = self.stream.roots
        out, lse = merged((own[0][roots:], own[1][roots:]), path)
        return torch.cat([own[0][:roots], out]), torch.cat([own[1][:roots], lse])

    def _to_itself(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float | None
    ) -> tuple[Tensor, Tensor]:
        """[N, H, D] outputs and [N, H] log-sum-exps of each segment's causal attention."""
        outs, lses = [], []
        for span in self.stream.alone:
            q, k, v = (states[:, :, span] for states in (query, key, value))
            out, lse = self.kernel(q, k, v, causal=True, scale=scale)
            outs.append(out[0].transpose(0, 1))
            lses.append(lse[0].T)
        rows = [states[0].transpose(0, 1) for states in (query, key, value)]
        for batch in self.stream.batches:
            q, k, v = (_padded(states, batch) for states in rows)
            out, lse = self.kernel(q, k, v, causal=True, scale=scale)
            outs.append(out.transpose(1, 2).flatten(0, 1))
            lses.append(lse.transpose(1, 2).flatten(0, 1))
        order = self.stream.order
        return torch.cat(outs).index_select(0, order), torch.cat(lses).index_select(0, order)

    def _to_its_path(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float | None
    ) -> tuple[Tensor, Tensor]:
        """The same of the attention to what stands before, for all tokens from `roots` on."""
        outs, lses = [], []
        for path in self.stream.paths:
            keys, values = (
                torch.cat([states[:, :, span] for span in path.keys], dim=2)
                if len(path.keys) > 1
                else states[:, :, path.keys[0]]
                for states in (key, value)
            )
            asking = query[:, :, path.queries]
            out, lse = self.kernel(asking, keys, values, causal=False, scale=scale)
            outs.append(out[0].transpose(0, 1))
            lses.append(lse[0].T)
        return torch.cat(outs), torch.cat(lses)


def merged(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Attention to two sets of keys as attention to all of them.

    Each is given by its outputs [..., D] and log-sum-exps [...].
    """
    (out, lse), (other, other_lse) = first, second
    weight = torch.sigmoid(other_lse - lse)[..., None].to(out.dtype)
    return torch.lerp(out, other, weight), torch.logaddexp(lse, other_lse)


def _padded(states: Tensor, batch: Tensor) -> Tensor:
    """[N, heads, D] at [segments, width] indices: [segments, heads, width, D]."""
    found = states.index_select(0, batch.flatten())
    return found.view(*batch.shape, *states.shape[1:]).transpose(1, 2)


def _forward(
    _module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    attending: Attending,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    extra = {
        "an attention mask": attention_mask,
        "a sliding window": sliding_window,
        "a cap on its scores": softcap,
        "attention sinks": s_aux,
    }
    for what, given in extra.items():
        if given is not None:
            raise NotShareableError(f"its attention has {what}")
    return attending(query, key, value, scaling), None


AttentionInterface.register(NAME, _forward)


@contextmanager
def shared_attention(model: PreTrainedModel) -> Iterator[None]:
    """The model calls this attention meanwhile, and its own again afterwards."""
    config = model.config.get_text_config()
    own = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = own
