"""Attention that also returns the log-sum-exp of its scores, by which results can be merged.

torch's public attention keeps it to itself; the operations below it, which have private names and
may change, return it. Where none of them works, plain matrix products do.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Kernel(Protocol):
    """Queries [B, H, Q, D] and keys and values [B, G, K, D] to outputs [B, H, Q, D] and
    log-sum-exps [B, H, Q] in float32.

    H is a multiple of G: heads of a group share keys. A causal call has Q = K. A scale of None is
    1 / sqrt(D). A mask [B, 1, 1, K] is added to the scores.
    """

    def __call__(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *,
        causal: bool,
        scale: float | None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]: ...


def kernels_for(device: torch.device) -> list[Kernel]:
    """What may work on a device, the fastest first."""
    fast: dict[str, list[Kernel]] = {"cpu": [on_cpu], "cuda": [on_cuda]}
    return [*fast.get(device.type, []), plain]


def on_cpu(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    causal: bool,
    scale: float | None,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        _dense(query), _dense(key), _dense(value), 0.0, causal, attn_mask=mask, scale=scale
    )
    return out, lse


def on_cuda(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    causal: bool,
    scale: float | None,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The memory-efficient kernel: it takes float32 too, and any lengths.

    Masks it takes only laid out in its own way; where there is one, few tokens ask.
    """
    if mask is not None:
        return plain(query, key, value, causal=causal, scale=scale, mask=mask)
    out, lse, *_ = torch.ops.aten._scaled_dot_product_efficient_attention(
        query,
        _grouped(key, query),
        _grouped(value, query),
        None,
        True,  # compute_log_sumexp
        0.0,
        causal,
        scale=scale,
    )
    return out, lse[:, :, : query.shape[2]]  # it is padded to whole blocks


def plain(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    causal: bool,
    scale: float | None,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Softmax(QKᵀ · scale) V as it is written, with scores in float32."""
    key, value = _grouped(key, query), _grouped(value, query)
    scores = (query @ key.transpose(-1, -2)).float() * (scale or query.shape[-1] ** -0.5)
    if mask is not None:
        scores = scores + mask
    if causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -torch.inf)
    return scores.softmax(-1).to(value.dtype) @ value, scores.logsumexp(-1)


def _dense(states: Tensor) -> Tensor:
    """The operation reads each head's numbers as neighbours, and does not check that they are."""
    return states if states.stride(-1) == 1 else states.contiguous()


def _grouped(states: Tensor, query: Tensor) -> Tensor:
    return states.repeat_interleave(query.shape[1] // states.shape[1], dim=1)
