"""A generator with weights of its own must speak for the policy, before and after an update."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from transformers import PreTrainedModel

from cai.alignment.ppo import PPOConfig, PPOTrainer
from cai.alignment.ppo.loading import adapted_policy
from cai.errors import EngineError

Make = Callable[..., PreTrainedModel]
MakeTrainer = Callable[..., PPOTrainer]


@pytest.mark.parametrize(("dtype", "low", "high"), [
    (torch.float32, 0.0, 1e-5), (torch.bfloat16, 1e-5, 0.05),
])  # fmt: skip
def test_a_copy_is_accepted_and_the_weights_are_put_back(
    dtype: torch.dtype, low: float, high: float,
    make_policy: Make, make_trainer: MakeTrainer,
) -> None:  # fmt: skip
    policy = make_policy()
    before = {name: one.clone() for name, one in policy.state_dict().items()}
    found = make_trainer(policy, dtype=dtype)
    assert low <= found.parity.before <= high
    assert low <= found.parity.after <= 3 * high
    assert low <= found.parity.restored <= high
    assert found.parity.moved > 0.3  # a stale engine would have been this far off
    assert all(torch.equal(before[name], one) for name, one in policy.state_dict().items())
    assert all(one.grad is None for one in policy.parameters())
    assert all(one.requires_grad for one in policy.parameters())


def test_with_adapters_the_update_is_theirs(make_policy: Make, make_trainer: MakeTrainer) -> None:
    policy = adapted_policy(make_policy(), PPOConfig(lora_rank=2))
    before = {name: one.clone() for name, one in policy.state_dict().items()}
    found = make_trainer(policy)
    assert found.parity.moved > 0.05
    assert found.parity.after < 1e-5
    assert all(torch.equal(before[name], one) for name, one in policy.state_dict().items())


def test_an_engine_that_no_update_reaches_is_refused(
    make_policy: Make, make_trainer: MakeTrainer
) -> None:
    policy = make_policy()
    before = {name: one.clone() for name, one in policy.state_dict().items()}
    with pytest.raises(EngineError, match=r"a weight update of .* does not reach the generator"):
        make_trainer(policy, synced=False)
    assert all(torch.equal(before[name], one) for name, one in policy.state_dict().items())


def test_an_engine_that_misses_one_matrix_is_refused(
    make_policy: Make, make_trainer: MakeTrainer
) -> None:
    with pytest.raises(EngineError, match=r"a weight update of .* does not reach the generator"):
        make_trainer(lost="lm_head.weight")


def test_an_engine_at_another_temperature_is_refused(
    make_policy: Make, make_trainer: MakeTrainer
) -> None:
    policy = make_policy()
    with torch.no_grad():
        policy.lm_head.weight.mul_(20)  # a flat distribution is the same at any temperature
    with pytest.raises(EngineError, match="samples from another distribution"):
        make_trainer(policy, temperature=0.5)
