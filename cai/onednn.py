"""Linear layers in float32 through oneDNN, on processors where torch's own choice is slower.

torch hands float32 products on a CPU to a library that leaves half of an AMD core's vector width
unused. Its switch for another one (`set_float32_matmul_precision`) is global, slows attention
several times, and may round to bfloat16. Here single layers call oneDNN's float32 product by
itself: the results are as exact as before, to the order in which sums are added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers.pytorch_utils import Conv1D

from cai.forwards import replaced

_LEAST = 1 << 22  # multiplications; for fewer, calling costs more than it saves


def linears_of(module: nn.Module) -> list[nn.Module]:
    """The layers below `module` (itself included) that `onednn` knows: linear ones of a CPU."""
    if not available():
        return []
    return [
        layer
        for layer in module.modules()
        if type(layer) in (nn.Linear, Conv1D)
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype == torch.float32
    ]


def available() -> bool:
    """Whether this build of torch has the operation (its name is private and may change)."""
    return bool(torch._C._has_mkldnn) and hasattr(torch.ops.mkldnn, "_linear_pointwise")


@contextmanager
def through_onednn(layers: Sequence[nn.Module]) -> Iterator[None]:
    """Within it, these layers multiply by oneDNN; a backward pass may come later."""
    with replaced(layers, _forward):
        yield


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`x` [..., I], `weight` [O, I], `bias` [O] to [..., O], all float32 on a CPU."""
    if not torch.is_grad_enabled():
        return _product(x, weight, bias)
    out: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return out


def _forward(layer: Any, x: Tensor) -> Tensor:
    weight = layer.weight.T if type(layer) is Conv1D else layer.weight
    few = x.numel() * weight.shape[0] < _LEAST
    if x.dtype != torch.float32 or torch.is_autocast_enabled("cpu") or few:
        return type(layer).forward(layer, x)  # type: ignore[no-any-return]
    return linear(x, weight, layer.bias)


class _Linear(torch.autograd.Function):
    """y = x Wᵀ + b."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _product(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        rows = grad.reshape(-1, grad.shape[-1])
        return (
            _product(grad, weight.T, None) if for_x else None,
            _inner(rows, x.reshape(-1, x.shape[-1])) if for_weight else None,
            rows.sum(0) if for_bias else None,
        )


def _inner(grad: Tensor, x: Tensor) -> Tensor:
    """gradᵀ x: [N, O], [N, I] to [O, I].

    The operation is several times slower with many rows and few columns than the other way round.
    """
    if grad.shape[1] <= x.shape[1]:
        return _product(grad.T, x.T, None)
    return _product(x.T, grad.T, None).T


def _product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return out
