"""Adapters over shared weights: what is shared, and that nothing leaks from one to another."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, PreTrainedModel

from cai.adapters import (
    bytes_of,
    has_adapter,
    merged,
    save_adapter,
    sets_of_weights,
    twin,
    with_adapter,
    with_lora,
)

IDS = torch.arange(2, 12)[None]


@pytest.fixture(params=["tiny_model", "tiny_gpt2"])
def model(request: pytest.FixtureRequest) -> PreTrainedModel:
    """One with tied embeddings, and one that keeps its matrices transposed."""
    folder: Path = request.getfixturevalue(request.param)
    return AutoModelForCausalLM.from_pretrained(folder).eval()


def places(model: torch.nn.Module) -> set[int]:
    return {parameter.data_ptr() for parameter in model.parameters()}


@torch.no_grad()
def logits(model: torch.nn.Module) -> Tensor:
    return model(input_ids=IDS).logits


def randomise(model: torch.nn.Module, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) / 10)


def test_a_twin_has_the_same_memory_and_modules_of_its_own(model: PreTrainedModel) -> None:
    other = twin(model)
    assert places(other) == places(model)
    assert not {id(part) for part in other.modules()} & {id(part) for part in model.modules()}
    assert not any(parameter.requires_grad for parameter in other.parameters())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert torch.equal(logits(other), logits(model))
    assert bytes_of([model, other]) == bytes_of([model])
    assert {name for name, _ in other.named_buffers()} == {n for n, _ in model.named_buffers()}


def test_adapters_over_one_base_do_not_meet(model: PreTrainedModel) -> None:
    """Each equals a separate copy with the same adapter, and training one moves no other."""
    alone = [with_lora(copy.deepcopy(model), rank=2, seed=seed) for seed in (1, 2)]
    plain, second = twin(model), twin(model)
    shared = [with_lora(model, rank=2, seed=1), with_lora(second, rank=2, seed=2)]
    for seed, (mine, own) in enumerate(zip(shared, alone, strict=True)):
        randomise(mine, seed)
        randomise(own, seed)
        torch.testing.assert_close(logits(mine), logits(own))
    assert float((logits(shared[0]) - logits(shared[1])).abs().max()) > 1e-3
    before = [logits(shared[0]), logits(plain)]
    trained = [p for p in shared[1].parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.1)
    shared[1](input_ids=IDS).logits.square().mean().backward()
    assert all(p.grad is None for p in shared[0].parameters())
    optimizer.step()
    assert torch.equal(logits(shared[0]), before[0])
    assert torch.equal(logits(plain), before[1])
    names = {"policy": shared[0], "value": shared[1], "reference": plain, "other": alone[0]}
    assert sets_of_weights(names) == [("policy", "value", "reference"), ("other",)]


def test_a_set_of_weights_is_told_through_a_third_model(model: PreTrainedModel) -> None:
    left, right = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    both = torch.nn.Sequential(left, right)
    found = sets_of_weights({"left": left, "right": right, "model": model, "both": both})
    assert found == [("model",), ("left", "right", "both")]


def test_merging_leaves_the_model_and_the_weights_that_others_share(
    model: PreTrainedModel, tmp_path: Path
) -> None:
    plain, weights = twin(model), copy.deepcopy(model.state_dict())
    adapted = with_lora(model, rank=2, seed=0)
    randomise(adapted)
    expected, before = logits(adapted), logits(plain)
    found = merged(adapted)
    torch.testing.assert_close(logits(found), expected, atol=1e-5, rtol=1e-4)
    assert torch.equal(logits(adapted), expected)
    assert torch.equal(logits(plain), before)
    found.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert torch.equal(logits(again), logits(found))
    assert again.state_dict().keys() == weights.keys()
    for name, weight in plain.state_dict().items():
        assert torch.equal(weight, weights[name]), name


def test_an_adapter_is_saved_and_put_over_the_same_memory(
    model: PreTrainedModel, tmp_path: Path
) -> None:
    base, other = twin(model), twin(model)
    adapted = with_lora(model, rank=2, seed=0, task="CAUSAL_LM")
    randomise(adapted)
    save_adapter(adapted, tmp_path, base="cai-mini")
    first = (tmp_path / "adapter_config.json").read_bytes()
    save_adapter(adapted, tmp_path, base="cai-mini")
    assert (tmp_path / "adapter_config.json").read_bytes() == first
    found = with_adapter(base, tmp_path)
    torch.testing.assert_close(logits(found), logits(adapted))
    assert type(found) is type(other)
    assert not any(parameter.requires_grad for parameter in found.parameters())
    assert places(other) < places(found)
    again = twin(found, own_adapter=True)
    assert torch.equal(logits(again), logits(found))
    assert places(again) & places(found) == places(other)
    for name, parameter in again.named_parameters():
        assert parameter.requires_grad == ("lora_" in name)
    assert has_adapter(again)
    assert not has_adapter(other)


def test_gradients_are_right_where_activations_are_computed_again(model: PreTrainedModel) -> None:
    """Under gradient checkpointing the backward pass of one model runs after the other's forward.

    With one tree and a switch of adapters this is where the wrong adapter would be met.
    """
    one, two = with_lora(twin(model), rank=2, seed=1), with_lora(twin(model), rank=2, seed=2)
    for index, adapted in enumerate((one, two)):
        randomise(adapted, index)
    expected = gradients(one, two)
    for adapted in (one, two):
        plain = adapted.get_base_model()
        plain.activation_checkpointing_enable({"use_reentrant": False})
        adapted.train()
    found = gradients(one, two)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-6, rtol=1e-4)


def gradients(*models: torch.nn.Module) -> dict[str, Tensor]:
    for model in models:
        model.zero_grad()
        for part in model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
    losses = [model(input_ids=IDS, use_cache=False).logits.square().mean() for model in models]
    for loss in losses:
        loss.backward()
    return {
        f"{index}.{name}": parameter.grad.clone()
        for index, model in enumerate(models)
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
