"""RMS norms (Zhang & Sennrich 2019) in a third of the operations.

Models write y = w · x / rms(x) as six operations, whose gradient is made by a dozen more, each of
which reads and writes all states. On a CPU that takes several times as long as it has to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from cai.forwards import replaced


def norms_of(module: nn.Module) -> list[nn.Module]:
    """The layers below `module` that are such norms, on a CPU and in single precision.

    Models have a class each for it, and some of them compute something else by that name: the first
    layer of every class is tried.
    """
    found = [layer for layer in module.modules() if _looks_like_one(layer)]
    first = {type(layer): layer for layer in reversed(found)}
    plain = {kind for kind, layer in first.items() if _is_one(layer)}
    return [layer for layer in found if type(layer) in plain]


@contextmanager
def fast_norms(layers: Sequence[nn.Module]) -> Iterator[None]:
    """Within it, these layers are computed by `rms_norm`; a backward pass may come later."""
    with replaced(layers, _forward):
        yield


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """w · x / √(mean(x²) + ε) over the last dimension: `x` [..., H], `weight` [H] to [..., H]."""
    if not torch.is_grad_enabled():  # an autograd function costs as much as a small norm
        return torch.mul(x, _reciprocal(x, epsilon)).mul_(weight)
    out: Tensor = _RMSNorm.apply(x, weight, epsilon)  # type: ignore[no-untyped-call]
    return out


def _reciprocal(x: Tensor, epsilon: float) -> Tensor:
    """1 / √(mean(x²) + ε): [..., H] to [..., 1]."""
    squares: Tensor = torch.linalg.vecdot(x, x).unsqueeze(-1)
    return squares.div_(x.shape[-1]).add_(epsilon).rsqrt_()


def _forward(layer: Any, x: Tensor) -> Tensor:
    if x.dtype != layer.weight.dtype:
        return type(layer).forward(layer, x)  # type: ignore[no-any-return]
    return rms_norm(x, layer.weight, layer.variance_epsilon)


def _looks_like_one(layer: nn.Module) -> bool:
    weight = getattr(layer, "weight", None)
    return (
        isinstance(weight, nn.Parameter)
        and weight.ndim == 1
        and weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and isinstance(getattr(layer, "variance_epsilon", None), float)
    )


@torch.no_grad()
def _is_one(layer: Any) -> bool:
    size = len(layer.weight)
    x = torch.linspace(-3, 5, 4 * size, dtype=layer.weight.dtype).reshape(4, size)
    try:
        wanted = type(layer).forward(layer, x)
    except TypeError:  # it asks for more than states
        return False
    return torch.allclose(_forward(layer, x), wanted, rtol=1e-5, atol=1e-6)


class _RMSNorm(torch.autograd.Function):
    """With r = 1 / rms(x) and g the gradient of y:

    ∂w = Σ g · x · r, and ∂x = r · (w · g) - x · r³ · mean(x · w · g).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        r = _reciprocal(x, epsilon)
        ctx.save_for_backward(x, weight, r)
        return torch.mul(x, r).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight, r = ctx.saved_tensors
        size = x.shape[-1]
        for_x = for_weight = None
        if ctx.needs_input_grad[1]:
            for_weight = (r.reshape(1, -1) @ (gradient * x).reshape(-1, size)).squeeze(0)
        if ctx.needs_input_grad[0]:
            for_x = gradient * weight
            along = torch.linalg.vecdot(for_x, x).unsqueeze(-1).mul_(r**3).div_(-size)
            for_x.mul_(r).addcmul_(x, along)
        return for_x, for_weight, None
