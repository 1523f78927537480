"""The forward pass of a small Llama, written for training speed on a CPU.

It computes what ``transformers.LlamaForCausalLM`` computes, from the same named parameters, and
nothing else: no cache, no masks, no logits where nothing is learned. Batches are padded on the
right, so causal attention needs no mask: a real token never looks at the padding behind it.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional
from transformers import LlamaConfig

Tables = tuple[Tensor, Tensor]
"""Cosines and sines of the rotary embedding, each [length, head size / 2]."""


def rotary_tables(config: LlamaConfig, length: int) -> Tables:
    """What ``hidden_states`` needs for sequences of up to ``length`` tokens."""
    size = config.hidden_size // config.num_attention_heads
    frequencies = config.rope_parameters["rope_theta"] ** (-torch.arange(0, size, 2) / size)
    angles = torch.outer(torch.arange(length, dtype=torch.float32), frequencies)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, tables: Tables) -> Tensor:
    """Rotary position embedding (Su et al. 2021), halves apart, of ``x`` [..., length, head]."""
    cos, sin = tables
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def hidden_states(
    parameters: Mapping[str, Tensor],
    ids: Tensor,
    positions: Tensor,
    config: LlamaConfig,
    tables: Tables,
) -> Tensor:
    """Hidden states after the final norm, [positions, width], for ``ids`` [batch, length].

    ``positions`` are flat indices into ``ids``. What follows attention in the last layer is
    computed there only.
    """
    batch, length = ids.shape
    tables = (tables[0][:length], tables[1][:length])

    def normed(x: Tensor, name: str) -> Tensor:
        weight = parameters[f"model.{name}.weight"]
        return functional.rms_norm(x, weight.shape, weight, config.rms_norm_eps)

    # Rows of x are tokens: [batch * length, width].
    x = functional.embedding(ids.reshape(-1), parameters["model.embed_tokens.weight"])
    for layer in range(config.num_hidden_layers):
        weights = {
            name: parameters[f"model.layers.{layer}.{part}.{name}_proj.weight"].T
            for part, names in (("self_attn", "qkvo"), ("mlp", ("gate", "up", "down")))
            for name in names
        }
        seen = normed(x, f"layers.{layer}.input_layernorm")
        query, key, value = (
            (seen @ weights[name])
            .view(batch, length, config.num_attention_heads, -1)
            .transpose(1, 2)
            for name in "qkv"
        )
        mixed = functional.scaled_dot_product_attention(
            _rotate(query, tables), _rotate(key, tables), value, is_causal=True
        )
        mixed = mixed.transpose(1, 2).reshape(batch * length, -1)
        if layer == config.num_hidden_layers - 1:
            x, mixed = x[positions], mixed[positions]
        x = torch.addmm(x, mixed, weights["o"])
        seen = normed(x, f"layers.{layer}.post_attention_layernorm")
        gated = functional.silu(seen @ weights["gate"]) * (seen @ weights["up"])
        x = torch.addmm(x, gated, weights["down"])
    return normed(x, "norm")


class _WeightedLoss(Function):
    """See ``weighted_loss``.

    The gradient of the logits is formed in the forward pass, some rows at a time, so that the
    logits [positions, vocabulary] are never kept and stay in the processor's cache.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, rows: int
    ) -> tuple[Tensor, Tensor]:
        grad_hidden = torch.empty_like(hidden)
        grad_head = torch.zeros_like(head)
        losses = torch.empty_like(weights)
        for start in range(0, len(hidden), rows):
            part = slice(start, start + rows)
            slope = (hidden[part] @ head.T).log_softmax(-1)
            index = targets[part, None]
            losses[part] = slope.gather(1, index).squeeze(1).neg_()
            slope.exp_().mul_(weights[part, None]).scatter_add_(1, index, -weights[part, None])
            torch.mm(slope, head, out=grad_hidden[part])
            grad_head.addmm_(slope.T, hidden[part])
        ctx.save_for_backward(grad_hidden, grad_head)
        ctx.mark_non_differentiable(losses)
        return losses @ weights, losses

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        grad_hidden, grad_head = ctx.saved_tensors
        return grad_hidden * grads[0], grad_head * grads[0], None, None, None


def weighted_loss(
    hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, *, rows: int = 512
) -> tuple[Tensor, Tensor]:
    """Weighted sum of next-token losses (nats), and each position's own loss without gradient.

    ``hidden`` [positions, width] is gathered where something is learned; ``head`` is
    [vocabulary, width]; ``targets`` and ``weights`` are [positions].
    """
    total, losses = _WeightedLoss.apply(  # type: ignore[no-untyped-call]
        hidden, head, targets, weights, rows
    )
    return total, losses
