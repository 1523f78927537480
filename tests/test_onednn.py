"""Linear layers through oneDNN: values and gradients, and nothing left behind."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from cai import onednn

pytestmark = pytest.mark.skipif(not onednn.available(), reason="this torch has no oneDNN")


def layer_of(kind: str, inputs: int, outputs: int) -> nn.Module:
    if kind == "Conv1D":
        return Conv1D(outputs, inputs)
    return nn.Linear(inputs, outputs, bias=kind == "biased")


def passed(layer: nn.Module, x: Tensor, up: Tensor) -> list[Tensor]:
    """The output, and the gradients of the input and all parameters."""
    given = x.clone().requires_grad_()
    out = layer(given)
    return [out.detach(), *torch.autograd.grad(out, [given, *layer.parameters()], up)]


@pytest.mark.parametrize("kind", ["plain", "biased", "Conv1D"])
@pytest.mark.parametrize(("inputs", "outputs"), [(48, 160), (160, 48)])
def test_values_and_gradients_are_those_of_double_precision(
    kind: str, inputs: int, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 200, inputs, generator=generator)
    up = torch.randn(3, 200, outputs, generator=generator)
    layer = layer_of(kind, inputs, outputs)
    calls = []
    product = onednn._product
    monkeypatch.setattr(onednn, "_product", lambda *args: calls.append(1) or product(*args))
    monkeypatch.setattr(onednn, "_LEAST", 0)
    with onednn.through_onednn(onednn.linears_of(layer)):
        found = passed(layer, x, up)
    assert len(calls) == 3  # forward, for the input, for the weight
    exact = passed(layer.double(), x.double(), up.double())
    for one, other in zip(found, exact, strict=True):
        # As far as 200 · 3 roundings of single precision reach; a bfloat16 would miss it by far.
        torch.testing.assert_close(one.double(), other, rtol=1e-5, atol=2e-4)


def test_layers_are_themselves_again_afterwards() -> None:
    block = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))
    layers = onednn.linears_of(block)
    assert len(layers) == 2
    with onednn.through_onednn(layers):
        with onednn.through_onednn(layers):  # within itself
            pass
        assert all("forward" in layer.__dict__ for layer in layers)
    assert not any("forward" in layer.__dict__ for layer in layers)
    with pytest.raises(RuntimeError, match="shapes"), onednn.through_onednn(layers):
        block(torch.zeros(2, 7))
    assert not any("forward" in layer.__dict__ for layer in layers)


def test_other_types_and_small_products_stay_where_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onednn, "_product", lambda *_: pytest.fail("called"))
    single, double = nn.Linear(8, 4), nn.Linear(8, 4).double()
    assert onednn.linears_of(double) == []
    with onednn.through_onednn([single]):
        single(torch.zeros(2, 8))
        with torch.autocast("cpu", torch.bfloat16):
            assert single(torch.zeros(70_000, 8)).dtype == torch.bfloat16
