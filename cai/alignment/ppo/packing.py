"""Sequences one behind the other in a single row, so that no forward pass computes padding.

Every layer but attention treats tokens one by one, and so does not care. Attention runs over each
sequence by itself, through transformers' `AttentionInterface` (Krell et al. 2021, "Efficient
sequence packing without cross-contamination"). Only models that were seen to give the same as
without packing are packed: a sliding window or ALiBi would be wrong in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers import PreTrainedModel

from cai.alignment.ppo.batches import TokenBatch, TokenSequence, collate
from cai.engines.prefix.attention import NotShareableError
from cai.engines.prefix.probe import why_not
from cai.models import context_in

# From a batch to hidden states [R, H].
Pass = Callable[[TokenBatch], Tensor]

# Rows come in multiples of this: the matrix library keeps a compiled product for every new shape.
STEP = 64

# How far packed hidden states may be from padded ones, as a share of the largest.
_TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}
_TRIAL = (5, 23, 2, 40)  # lengths, shortened where the context is


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """A batch in one row of N positions, a multiple of `STEP`.

    input_ids, position_ids: [1, N]; what follows the last sequence is token 0 at position 0.
    spans: where each sequence stands.
    places: [R] positions of the batch's predicted tokens, then of the first again up to a multiple
        of `STEP`.
    """

    input_ids: Tensor
    position_ids: Tensor
    spans: tuple[tuple[int, int], ...]
    places: Tensor


def pack(batch: TokenBatch) -> Stream:
    """The batch without its padding."""
    device = batch.input_ids.device
    lengths = torch.tensor(batch.lengths, device=device)
    ends = lengths.cumsum(0)
    columns = torch.arange(batch.input_ids.shape[1], device=device).expand(batch.input_ids.shape)
    real = columns < lengths[:, None]
    spare = -sum(batch.lengths) % STEP
    places = (ends - lengths)[batch.rows] + batch.columns
    return Stream(
        input_ids=nn.functional.pad(batch.input_ids[real], (0, spare))[None],
        position_ids=nn.functional.pad(columns[real], (0, spare))[None],
        spans=tuple(zip((ends - lengths).tolist(), ends.tolist(), strict=True)),
        places=torch.cat([places, places[:1].expand(-len(places) % STEP)]),
    )


@dataclass(frozen=True, slots=True)
class Apart:
    """Attention that lets each span see itself alone: [1, H, N, D] to [1, N, H, D]."""

    spans: tuple[tuple[int, int], ...]

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, scale: float | None) -> Tensor:
        # Under autocast rotary positions leave some of the three in float32.
        dtype = _computed_in(query.dtype)
        query, key, value = (states.to(dtype) for states in (query, key, value))
        groups = query.shape[1] // key.shape[1]
        if groups > 1:
            key, value = (states.repeat_interleave(groups, dim=1) for states in (key, value))
        inputs = query, key, value, self.spans, scale
        out: Tensor = _Attention.apply(*inputs)  # type: ignore[no-untyped-call]
        return out


class _Attention(torch.autograd.Function):
    """Causal attention span by span, written into one output and one gradient.

    By public functions the same would build a full-sized gradient for every span. The operations
    called here are those below `scaled_dot_product_attention` on a CPU, under their private names.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        spans: Sequence[tuple[int, int]],
        scale: float | None,
    ) -> Tensor:
        states = [_dense(each) for each in (query, key, value)]
        out = states[0].new_zeros(query.shape[0], query.shape[2], query.shape[1], query.shape[3])
        sums = []
        for start, end in spans:
            own = (each[:, :, start:end] for each in states)
            part, logsumexp = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                *own, 0.0, True, scale=scale
            )
            out[:, start:end] = part.transpose(1, 2)
            sums.append(logsumexp)
        ctx.save_for_backward(*states, out, *sums)
        ctx.spans, ctx.scale = spans, scale
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        query, key, value, out, *sums = ctx.saved_tensors
        given = (_dense(gradient).transpose(1, 2), query, key, value, out.transpose(1, 2))
        found = [torch.zeros_like(out).transpose(1, 2) for _ in range(3)]
        for (start, end), logsumexp in zip(ctx.spans, sums, strict=True):
            parts = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                *(each[:, :, start:end] for each in given), logsumexp, 0.0, True, scale=ctx.scale
            )
            for whole, part in zip(found, parts, strict=True):
                whole[:, :, start:end] = part
        return found[0], found[1], found[2], None, None


def _computed_in(dtype: torch.dtype) -> torch.dtype:
    """The type in which products of this type are computed here."""
    mixed = torch.is_autocast_enabled("cpu") and dtype == torch.float32
    return torch.get_autocast_dtype("cpu") if mixed else dtype


def _dense(states: Tensor) -> Tensor:
    """The operations read each head's numbers as neighbours, and do not check that they are."""
    return states if states.stride(-1) == 1 else states.contiguous()


@torch.no_grad()
def can_pack(body: PreTrainedModel, *, plain: Pass, packed: Pass) -> bool:
    """Whether one way to compute a batch's hidden states gives this body what the other does.

    Tried on a few sequences, after a look at the configuration.
    """
    config = body.config.get_text_config()
    if body.device.type != "cpu" or why_not(config):
        return False
    batch = _trial(body.get_input_embeddings().num_embeddings, context_in(body.config))
    wanted = plain(batch)
    try:
        found = packed(batch)
    except (NotShareableError, TypeError, ValueError, AttributeError, RuntimeError):
        return False
    error = float((found[: len(wanted)] - wanted).abs().max() / wanted.abs().max())
    return error <= _TOLERANCE.get(_computed_in(body.dtype), 0.0)  # NaN is not


def _trial(vocabulary: int, context: int) -> TokenBatch:
    """A few sequences of unequal lengths, read at every token. Nothing is drawn."""
    sequences = []
    for seed, length in enumerate(_TRIAL, 1):
        # Multiples of a prime visit the whole vocabulary.
        size = max(2, min(length, context))
        tokens = tuple((seed * 7919 + 104_729 * i) % vocabulary for i in range(size))
        sequences.append(TokenSequence(tokens[:1], tokens[1:]))
    return collate(sequences, torch.device("cpu"))
