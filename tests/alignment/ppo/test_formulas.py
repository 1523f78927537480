"""Every formula against a slow float64 reference that follows its definition."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cai.alignment.ppo import formulas

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5)
SEEDS = st.integers(0, 10_000)


def ragged(lengths: list[int], seed: int, count: int) -> tuple[Tensor, list[Tensor]]:
    """A mask of these lengths and float64 matrices that are NaN wherever nothing may be read."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
    matrices = [
        torch.randn(mask.shape, generator=generator, dtype=torch.float64).masked_fill(
            ~mask, math.nan
        )
        for _ in range(count)
    ]
    return mask, matrices


@settings(max_examples=60, deadline=None)
@given(LENGTHS, SEEDS, st.floats(0, 1), st.floats(0, 1))
def test_gae_equals_its_definition(lengths: list[int], seed: int, gamma: float, lam: float) -> None:
    mask, (rewards, values) = ragged(lengths, seed, 2)
    advantages, returns = formulas.gae(rewards, values, mask, gamma=gamma, lam=lam)
    for row, length in enumerate(lengths):
        v = [*values[row, :length].tolist(), 0.0]
        r = rewards[row, :length].tolist()
        deltas = [r[t] + gamma * v[t + 1] - v[t] for t in range(length)]
        for t in range(length):
            expected = sum((gamma * lam) ** (k - t) * deltas[k] for k in range(t, length))
            assert float(advantages[row, t]) == pytest.approx(expected, abs=1e-12)
            assert float(returns[row, t]) == pytest.approx(expected + v[t], abs=1e-12)
    assert torch.equal(advantages[~mask], torch.zeros_like(advantages[~mask]))


def test_gae_with_lambda_one_is_the_reward_to_go() -> None:
    mask, (rewards, values) = ragged([4, 2], 0, 2)
    _, returns = formulas.gae(rewards, values, mask, gamma=1.0, lam=1.0)
    for row, length in enumerate([4, 2]):
        for t in range(length):
            assert float(returns[row, t]) == pytest.approx(float(rewards[row, t:length].sum()))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2, 6), min_size=1, max_size=5), SEEDS)
def test_whitening_reads_real_tokens_only(lengths: list[int], seed: int) -> None:
    mask, (values,) = ragged(lengths, seed, 1)
    white = formulas.whiten(values, mask, epsilon=0.0)
    real = [float(x) for row, n in enumerate(lengths) for x in values[row, :n]]
    mean = math.fsum(real) / len(real)
    std = math.sqrt(math.fsum((x - mean) ** 2 for x in real) / len(real))
    expected = [(x - mean) / std for x in real]
    assert white[mask].tolist() == pytest.approx(expected, abs=1e-9)
    assert bool((white[~mask] == 0).all())


def test_whitening_of_equal_values_is_zero() -> None:
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert torch.equal(formulas.whiten(torch.full((2, 3), 4.0), mask), torch.zeros(2, 3))


def test_the_score_lands_on_the_last_real_token() -> None:
    mask, (logprobs, reference) = ragged([3, 1, 4], 3, 2)
    scores = torch.tensor([10.0, 20.0, 30.0], dtype=torch.float64)
    rewards = formulas.token_rewards(scores, logprobs, reference, mask, kl_coefficient=0.1)
    kl = 0.1 * (logprobs - reference)
    assert float(rewards[0, 2]) == pytest.approx(10 - float(kl[0, 2]))
    assert float(rewards[1, 0]) == pytest.approx(20 - float(kl[1, 0]))
    assert float(rewards[2, 3]) == pytest.approx(30 - float(kl[2, 3]))
    assert float(rewards[2, 0]) == pytest.approx(-float(kl[2, 0]))
    assert torch.equal(rewards[~mask], torch.zeros_like(rewards[~mask]))


def test_the_reward_clip_leaves_the_kl_alone() -> None:
    mask = torch.ones(1, 2, dtype=torch.bool)
    logprobs, reference = torch.zeros(1, 2), torch.full((1, 2), -100.0)
    scores = formulas.shape_scores(
        torch.tensor([50.0]), torch.tensor([True]), clip=5.0, missing_eos_penalty=1.0
    )
    rewards = formulas.token_rewards(scores, logprobs, reference, mask, kl_coefficient=1.0)
    assert rewards.tolist() == [[-100.0, -95.0]]


def test_missing_eos_is_charged_after_the_clip() -> None:
    shaped = formulas.shape_scores(
        torch.tensor([-9.0, -9.0, 9.0, 1.0]),
        torch.tensor([True, False, False, False]),
        clip=5.0,
        missing_eos_penalty=2.0,
    )
    assert shaped.tolist() == [-5.0, -7.0, 3.0, -1.0]


def test_policy_losses_by_cases() -> None:
    old = torch.zeros(6, dtype=torch.float64)
    ratios = [1.0, 1.5, 0.5, 1.5, 0.5, 1.1]
    advantages = [2.0, 2.0, 2.0, -2.0, -2.0, -2.0]
    new = torch.tensor([math.log(x) for x in ratios], dtype=torch.float64)
    losses = formulas.policy_losses(
        new, old, torch.tensor(advantages, dtype=torch.float64), formulas.Clips(0.2, 0.2)
    )
    expected = [
        -min(a * r, a * min(max(r, 0.8), 1.2)) for r, a in zip(ratios, advantages, strict=True)
    ]
    assert losses.tolist() == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_policy_gradient_is_zero_exactly_where_it_is_clipped(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    new = torch.randn(32, generator=generator, dtype=torch.float64).mul(0.3).requires_grad_()
    advantages = torch.randn(32, generator=generator, dtype=torch.float64)
    old = torch.zeros_like(new)
    clips = formulas.Clips(0.2, 0.3, 1.5)
    losses = formulas.policy_losses(new, old, advantages, clips)
    (gradient,) = torch.autograd.grad(losses.sum(), new)
    clipped = formulas.clip_sides(new.detach(), advantages, clips) != formulas.ClipSide.NONE
    assert torch.equal(gradient == 0, clipped)
    expected = torch.where(clipped, 0.0, -advantages * new.detach().exp())
    torch.testing.assert_close(gradient, expected)


def test_value_losses_take_the_worse_of_both() -> None:
    values, old, returns = [1.0, 3.0, 0.0, 3.0], [0.9, 1.0, 1.0, 1.0], [2.0, 2.9, 5.0, 0.0]
    tensors = [torch.tensor(x, dtype=torch.float64) for x in (values, old, returns)]
    expected = [
        max(0.5 * (v - r) ** 2, 0.5 * (min(max(v, o - 0.2), o + 0.2) - r) ** 2)
        for v, o, r in zip(values, old, returns, strict=True)
    ]
    assert formulas.value_losses(*tensors, clip_range=0.2).tolist() == pytest.approx(expected)
    plain = formulas.value_losses(*tensors, clip_range=None)
    assert plain.tolist() == pytest.approx(
        [0.5 * (v - r) ** 2 for v, r in zip(values, returns, strict=True)]
    )


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_both_kl_estimates_have_the_exact_kl_as_expectation(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    p, q = torch.randn(2, 7, generator=generator, dtype=torch.float64).log_softmax(-1)
    exact = sum(math.exp(a) * (a - b) for a, b in zip(p.tolist(), q.tolist(), strict=True))
    k1, k3 = formulas.kl_k1(p, q), formulas.kl_k3(p, q)
    assert float((p.exp() * k1).sum()) == pytest.approx(exact, abs=1e-12)
    assert float((p.exp() * k3).sum()) == pytest.approx(exact, abs=1e-12)
    assert bool((k3 >= 0).all())


@pytest.mark.parametrize(
    ("kl", "factor"), [(10.0, 1.0), (11.0, 1.01), (100.0, 1.02), (9.0, 0.99), (-3.0, 0.98)]
)
def test_the_kl_controller(kl: float, factor: float) -> None:
    changed = formulas.adapt_coefficient(0.5, kl=kl, target=10.0)
    assert changed == pytest.approx(0.5 * factor)
    fixed = formulas.adapt_coefficient(0.5, kl=kl, target=None)
    assert fixed == 0.5


def test_explained_variance() -> None:
    returns = torch.tensor([1.0, 2.0, 3.0])
    assert formulas.explained_variance(returns + 5, returns) == pytest.approx(1.0)
    assert formulas.explained_variance(torch.zeros(3), returns) == pytest.approx(0.0)
    assert formulas.explained_variance(returns, torch.ones(3)) == 0.0
