"""RMS norms in few operations: values, gradients, and which layers are taken for one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm

from cai.rms_norm import fast_norms, norms_of, rms_norm


def made(kind: type[nn.Module], size: int = 24) -> nn.Module:
    layer = kind(size)
    with torch.no_grad():
        layer.weight.copy_(torch.linspace(0.5, 1.5, size))
    return layer


def states(dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 7, 24, generator=generator, dtype=torch.float64).to(dtype)


def passed(layer: nn.Module, x: Tensor) -> list[Tensor]:
    """The output, and the gradients of the input and the weight."""
    given = x.clone().requires_grad_()
    out = layer(given)
    up = torch.linspace(-1, 2, out.numel(), dtype=out.dtype).reshape(out.shape)
    return [out.detach(), *torch.autograd.grad(out, [given, layer.weight], up)]


@pytest.mark.parametrize("kind", [LlamaRMSNorm, Qwen2RMSNorm])
def test_values_and_gradients_are_those_of_double_precision(kind: type[nn.Module]) -> None:
    layer = made(kind)
    with fast_norms(norms_of(layer)):
        assert "forward" in layer.__dict__
        found = passed(layer, states())
    # Of torch, for those of the models compute in single precision whatever they are given.
    x = states(torch.float64)
    weight = layer.weight.detach().double()
    reference = nn.RMSNorm(24, eps=layer.variance_epsilon, dtype=torch.float64)
    with torch.no_grad():
        reference.weight.copy_(weight)
    for one, other in zip(found, passed(reference, x), strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-5, atol=1e-5)


def test_the_gradient_is_that_of_the_function() -> None:
    x = states(torch.float64)[0, :3].requires_grad_()
    weight = torch.linspace(0.5, 1.5, 24, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: rms_norm(a, b, 1e-5), (x, weight))
    frozen = weight.detach()
    assert torch.autograd.gradcheck(lambda a: rms_norm(a, frozen, 1e-5), (x,))


def test_layers_that_compute_something_else_are_left_alone() -> None:
    class Doubled(LlamaRMSNorm):
        def forward(self, hidden_states: Tensor) -> Tensor:
            return 2 * super().forward(hidden_states)

    class Gated(LlamaRMSNorm):
        def forward(self, hidden_states: Tensor, gate: Tensor) -> Tensor:
            return super().forward(hidden_states) * gate

    others = [made(Doubled), made(Gated), made(GemmaRMSNorm), nn.LayerNorm(24), nn.Linear(24, 24)]
    plain = [made(LlamaRMSNorm), made(LlamaRMSNorm)]
    assert norms_of(nn.ModuleList([*others, *plain])) == plain
    assert norms_of(made(LlamaRMSNorm).bfloat16()) == norms_of(made(LlamaRMSNorm).double()) == []


def test_states_of_another_precision_go_the_usual_way() -> None:
    layer = made(LlamaRMSNorm)
    x = states(torch.bfloat16)
    wanted = layer(x)
    with fast_norms(norms_of(layer)):
        assert torch.equal(layer(x), wanted)
    assert "forward" not in layer.__dict__
