"""The forward pass of a small Llama, written for training speed on a CPU.

It computes what ``transformers.LlamaForCausalLM`` computes, from the same named parameters, and
nothing else: no cache, no masks, no logits where nothing is learned. Batches are padded on the
right, so causal attention needs no mask: a real token never looks at the padding behind it.
Three element-wise pieces have hand-written backward passes, because on a CPU the intermediate
tensors that autograd would keep cost more than the arithmetic.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F
from transformers import LlamaConfig


class _RMSNorm(Function):
    """``x / rms(x) * weight`` over the last dimension (Zhang & Sennrich 2019)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        inverse = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_()
        inverse = inverse.div_(x.shape[-1]).add_(eps).rsqrt_()
        normed = x * inverse
        ctx.save_for_backward(normed, inverse, weight)
        return normed * weight

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (grad,) = grads
        normed, inverse, weight = ctx.saved_tensors
        grad_weight = (grad * normed).sum(0)
        scaled = grad * weight
        projection = torch.linalg.vecdot(scaled, normed).div_(-normed.shape[-1]).unsqueeze(-1)
        return scaled.addcmul_(normed, projection).mul_(inverse), grad_weight, None


class _SwiGLU(Function):
    """``silu(gate) * up``."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(gate)
        silu = sigmoid * gate
        ctx.save_for_backward(up, sigmoid, silu)
        return silu * up

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (grad,) = grads
        up, sigmoid, silu = ctx.saved_tensors
        # d silu(g) / d g = sigmoid + silu * (1 - sigmoid)
        slope = torch.addcmul(sigmoid + silu, silu, sigmoid, value=-1)
        return slope.mul_(up).mul_(grad), grad * silu


class _WeightedLoss(Function):
    """Sum of ``weights * cross_entropy(hidden @ head.T, targets)``; also the plain losses.

    The gradient of the logits is formed in the forward pass, a slice of rows at a time, so that
    the logits (rows x vocabulary) are never kept and stay in the processor's cache.
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


class _Rotate(Function):
    """Rotary position embedding (Su et al. 2021) in the half-split layout that Llama uses."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotate(x, cos, sin)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotate(grads[0], cos, -sin), None, None


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """``x``: [..., length, head size]; ``cos``, ``sin``: [length, head size / 2]."""
    first, second = x.chunk(2, -1)
    turned = torch.empty(x.shape, dtype=x.dtype)
    half_one, half_two = turned.chunk(2, -1)
    torch.mul(first, cos, out=half_one).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=half_two).addcmul_(first, sin)
    return turned


def rotary_tables(config: LlamaConfig, length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each [length, head size / 2]."""
    size = config.hidden_size // config.num_attention_heads
    frequencies = config.rope_parameters["rope_theta"] ** (-torch.arange(0, size, 2) / size)
    angles = torch.outer(torch.arange(length, dtype=torch.float32), frequencies)
    return angles.cos(), angles.sin()


def hidden_states(
    parameters: Mapping[str, Tensor],
    ids: Tensor,
    positions: Tensor,
    config: LlamaConfig,
    tables: tuple[Tensor, Tensor],
) -> Tensor:
    """Hidden states after the final norm, [positions, width], for ``ids`` [batch, length].

    ``positions`` are flat indices into ``ids``. What follows attention in the last layer is
    computed there only.
    """
    batch, length = ids.shape
    heads = config.num_attention_heads
    cos, sin = (table[:length] for table in tables)
    eps = config.rms_norm_eps
    x = F.embedding(ids.reshape(-1), parameters["model.embed_tokens.weight"])
    for layer in range(config.num_hidden_layers):

        def weight(name: str, layer: int = layer) -> Tensor:
            return parameters[f"model.layers.{layer}.{name}.weight"]

        normed = _RMSNorm.apply(x, weight("input_layernorm"), eps)
        query, key, value = (
            (normed @ weight(f"self_attn.{name}_proj").T)
            .view(batch, length, heads, -1)
            .transpose(1, 2)
            for name in "qkv"
        )
        mixed = F.scaled_dot_product_attention(
            _Rotate.apply(query, cos, sin), _Rotate.apply(key, cos, sin), value, is_causal=True
        )
        mixed = mixed.transpose(1, 2).reshape(batch * length, -1)
        if layer == config.num_hidden_layers - 1:
            x, mixed = x[positions], mixed[positions]
        x = torch.addmm(x, mixed, weight("self_attn.o_proj").T)
        normed = _RMSNorm.apply(x, weight("post_attention_layernorm"), eps)
        gated = _SwiGLU.apply(
            normed @ weight("mlp.gate_proj").T, normed @ weight("mlp.up_proj").T
        )
        x = torch.addmm(x, gated, weight("mlp.down_proj").T)
    final: Tensor = _RMSNorm.apply(x, parameters["model.norm.weight"], eps)
    return final


def weighted_loss(
    hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, *, rows: int = 256
) -> tuple[Tensor, Tensor]:
    """Weighted sum of next-token losses (nats), and each position's own loss without gradient.

    ``hidden`` [positions, width] must already be gathered where something is learned; ``head`` is
    [vocabulary, width]; ``targets`` and ``weights`` are [positions].
    """
    total, losses = _WeightedLoss.apply(hidden, head, targets, weights, rows)
    return total, losses
