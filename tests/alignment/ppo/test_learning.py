"""Gradient steps: what the loss is the mean of, and when no step is taken."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from cai.alignment.ppo import (
    ComputeSettings,
    PPOConfig,
    TokenPolicy,
    ValueModel,
    ValueSettings,
)
from cai.alignment.ppo.batches import TokenSequence
from cai.alignment.ppo.gradients import Record
from cai.alignment.ppo.learning import (
    Credit,
    Learner,
    accumulate,
    assign_credit,
    imitate,
    learn,
    minibatches,
)
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.rollout import TokenMatrix, measure
from cai.alignment.ppo.schedule import set_rates
from cai.errors import RunError

SETTINGS = PPOConfig(
    batch_size=4, minibatch_size=4, ppo_epochs=1, compute=ComputeSettings(micro_batch_tokens=10_000)
)
SEQUENCES = [
    TokenSequence((10, 11, 12), (13, 14, 1)),
    TokenSequence((20,), (21,)),
    TokenSequence((30, 31, 32, 33, 34, 35), (36, 37, 38, 39, 40, 1)),
    TokenSequence((50, 51), (52, 53, 54, 55)),
]
Fixture = tuple[Learner, TokenMatrix, Credit]


@pytest.fixture
def parts(
    make_policy: Callable[..., PreTrainedModel], make_scorer: Callable[..., PreTrainedModel]
) -> Fixture:
    """A learner, and a rollout whose policy was a slightly different one."""
    model, other = make_policy("llama", seed=0), make_policy("llama", seed=0)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1.05)
    policy, value = TokenPolicy(model), ValueModel.from_scorer(make_scorer("llama"))
    learner = Learner(
        policy=policy,
        value=value,
        policy_optimizer=torch.optim.Adam(model.parameters(), lr=1e-3),
        value_optimizer=torch.optim.Adam(value.parameters(), lr=1e-3),
    )
    tokens = measure(
        SEQUENCES, policy=TokenPolicy(other), reference=policy, value=value, micro_batch_tokens=30
    )
    credit = assign_credit(
        tokens, torch.tensor([1.0, -1.0, 0.5, 2.0]), beta=0.05, settings=SETTINGS
    )
    return learner, tokens, credit


EVERY_TERM = replace(
    SETTINGS, entropy_coefficient=0.1, clip_range=0.02, clip_range_high=0.03, dual_clip=1.01
)


def gradients(
    parts: Fixture, budget: int, settings: PPOConfig = SETTINGS
) -> tuple[list[Tensor], Record]:
    learner, tokens, credit = parts
    learner.policy.model.zero_grad()
    learner.value.zero_grad()
    record = Record()
    accumulate(
        learner, [2, 0, 3, 1], SEQUENCES, tokens, credit, record,
        settings=replace(settings, compute=ComputeSettings(micro_batch_tokens=budget)),
    )  # fmt: skip
    parameters = [*learner.policy.model.parameters(), *learner.value.parameters()]
    return [p.grad.clone() for p in parameters if p.grad is not None], record


@pytest.mark.parametrize("budget", [1, 13, 24])
@pytest.mark.parametrize("settings", [SETTINGS, EVERY_TERM], ids=["plain", "every term"])
def test_gradients_do_not_depend_on_the_cut_into_passes(
    parts: Fixture, budget: int, settings: PPOConfig
) -> None:
    learner, tokens, credit = parts
    if settings is EVERY_TERM:
        learner.policy.entropy_gradient = True
        parts = learner, tokens, replace(credit, kl_price=0.4)
    whole, _ = gradients(parts, 10_000, settings)
    cut, record = gradients(parts, budget, settings)
    assert len(record.log_ratios) > 1
    assert len(whole) == len(cut) > 20
    for one, other in zip(whole, cut, strict=True):
        torch.testing.assert_close(other, one, atol=1e-7, rtol=1e-4)


def test_both_networks_learn_side_by_side(
    parts: Fixture, two_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, _, _ = parts
    both = threading.Barrier(2, timeout=10)  # nobody begins unless the other is there
    met = set[int]()

    def meet(body: nn.Module, _: object) -> None:
        if id(body) not in met:
            met.add(id(body))
            both.wait()

    wait = [
        body.register_forward_pre_hook(meet)
        for body in (learner.policy.plain.base_model, learner.value.body)
    ]
    apart, record = gradients(parts, 24)  # passes of 12 tokens, for each of the two
    for hook in wait:
        hook.remove()
    monkeypatch.setattr(Computing, "workers", lambda *_: 1)
    alone, in_turn = gradients(parts, 12)
    for one, other in zip(apart, alone, strict=True):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=1e-4)
    for one, other in zip(record.log_ratios, in_turn.log_ratios, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_the_loss_is_the_mean_over_all_real_tokens(parts: Fixture) -> None:
    learner, tokens, credit = parts
    _, record = gradients(parts, 13)
    now = measure(
        SEQUENCES, policy=learner.policy, reference=learner.policy, value=learner.value,
        micro_batch_tokens=10_000,
    )  # fmt: skip
    losses = []
    for row, column in tokens.mask.nonzero().tolist():
        ratio = math.exp(float(now.logprobs[row, column] - tokens.logprobs[row, column]))
        advantage = float(credit.advantages[row, column])
        losses.append(-min(ratio * advantage, min(max(ratio, 0.8), 1.2) * advantage))
    assert len(losses) == 14
    found = float(torch.cat(record.policy_losses).mean())
    assert found == pytest.approx(math.fsum(losses) / len(losses), abs=1e-5)


@pytest.mark.parametrize("budget", [1, 13, 10_000])
def test_imitation_adds_the_weighted_mean_loss_of_demonstrations(
    parts: Fixture, budget: int
) -> None:
    learner, *_ = parts
    model = learner.policy.model
    settings = replace(
        SETTINGS, ptx_coefficient=0.3, compute=ComputeSettings(micro_batch_tokens=budget)
    )
    record = Record()
    imitate(learner.policy, SEQUENCES, record, settings=settings)
    found = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    losses = []
    for one in SEQUENCES:
        ids = torch.tensor([[*one.prompt, *one.response]])
        logprobs = model(input_ids=ids).logits[0].log_softmax(-1)
        places = range(len(one.prompt) - 1, ids.shape[1] - 1)
        losses += [-logprobs[t, ids[0, t + 1]] for t in places]
    mean = torch.stack(losses).mean()
    torch.autograd.backward(0.3 * mean)
    recorded = torch.cat(record.ptx_losses).mean()
    torch.testing.assert_close(recorded, mean.detach(), atol=1e-5, rtol=0)
    expected = [p.grad for p in model.parameters() if p.grad is not None]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


def test_credit_is_whitened_over_real_tokens(parts: Fixture) -> None:
    _, tokens, credit = parts
    real = credit.advantages[tokens.mask].double()
    assert float(real.mean()) == pytest.approx(0, abs=1e-6)
    assert float(real.var(correction=0)) == pytest.approx(1, abs=1e-5)
    assert bool((credit.advantages[~tokens.mask] == 0).all())


def test_an_unchanged_policy_has_ratio_one(parts: Fixture) -> None:
    learner, _, credit = parts
    tokens = measure(
        SEQUENCES, policy=learner.policy, reference=learner.policy, value=learner.value,
        micro_batch_tokens=20,
    )  # fmt: skip
    assert torch.equal(tokens.logprobs, tokens.reference_logprobs)
    _, record = gradients((learner, tokens, credit), 10_000)
    assert float(torch.cat(record.log_ratios).abs().max()) < 1e-5


def weights(learner: Learner) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    return (
        copy.deepcopy(learner.policy.model.state_dict()),
        copy.deepcopy(learner.value.state_dict()),
    )


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def step(parts: Fixture, *, settings: PPOConfig = SETTINGS) -> Record:
    learner, tokens, credit = parts
    return learn(learner, SEQUENCES, tokens, credit, settings=settings, seed=0)


def test_both_networks_learn_and_hold_no_gradient_afterwards(parts: Fixture) -> None:
    policy, value = weights(parts[0])
    step(parts)
    new_policy, new_value = weights(parts[0])
    assert not same(policy, new_policy)
    assert not same(value, new_value)
    assert all(p.grad is None for p in parts[0].policy.model.parameters())


def test_value_warmup_leaves_the_policy_alone(parts: Fixture) -> None:
    learner, _, _ = parts
    policy, value = weights(learner)
    optimizers = (learner.policy_optimizer, learner.value_optimizer)
    settings = replace(SETTINGS, value=ValueSettings(warmup_updates=1), lr_warmup_updates=0)
    assert set_rates(optimizers, settings, 0) == 0
    step(parts, settings=settings)
    new_policy, new_value = weights(learner)
    assert same(policy, new_policy)
    assert not same(value, new_value)
    gathered = [state["exp_avg"] for state in learner.policy_optimizer.state.values()]
    assert all(moments.abs().max() > 0 for moments in gathered)
    assert set_rates(optimizers, settings, 1) > 0
    step(parts, settings=settings)
    assert not same(policy, weights(learner)[0])


def test_target_kl_stops_before_the_step(parts: Fixture) -> None:
    before = weights(parts[0])
    record = step(parts, settings=replace(SETTINGS, target_kl=1e-9))
    after = weights(parts[0])
    assert record.stopped_early
    assert same(before[0], after[0])
    assert same(before[1], after[1])


def test_a_gradient_that_is_not_finite_changes_no_weight(parts: Fixture) -> None:
    learner, tokens, credit = parts
    before = weights(learner)
    returns = credit.returns.clone()
    returns[0, 0] = math.nan
    with pytest.raises(RunError, match=r"lower learning_rate and value\.learning_rate"):
        step((learner, tokens, replace(credit, returns=returns)))
    assert same(before[1], weights(learner)[1])


def test_every_epoch_sees_every_episode_once() -> None:
    settings = replace(SETTINGS, batch_size=10, minibatch_size=4, ppo_epochs=3)
    parts = list(minibatches(10, settings=settings, seed=5))
    assert [len(part) for part in parts] == [4, 4, 2] * 3
    for epoch in range(3):
        seen = [row for part in parts[3 * epoch : 3 * epoch + 3] for row in part]
        assert sorted(seen) == list(range(10))
    assert parts[:3] != parts[3:6]
    assert parts == list(minibatches(10, settings=settings, seed=5))
