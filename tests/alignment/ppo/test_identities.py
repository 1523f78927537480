"""What must hold of the formulas whatever the numbers are, and the gradient of the KL."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cai.alignment.ppo import PPOConfig, formulas
from cai.alignment.ppo.formulas import Clips, ClipSide
from cai.alignment.ppo.moments import Moments
from cai.alignment.ppo.networks import TokenPolicy, TokenScores
from cai.alignment.ppo.objective import policy_objective

SEEDS = st.integers(0, 10_000)
LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5)
quickly = settings(max_examples=30, deadline=None)


def normal(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def mask_of(lengths: list[int]) -> Tensor:
    return torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]


# --- credit


@quickly
@given(LENGTHS, SEEDS, st.floats(0, 1))
def test_lambda_zero_leaves_one_step_and_one_leaves_all(
    lengths: list[int], seed: int, gamma: float
) -> None:
    mask = mask_of(lengths)
    rewards, values = normal(seed, 2, *mask.shape)
    short, _ = formulas.gae(rewards, values, mask, gamma=gamma, lam=0.0)
    long, returns = formulas.gae(rewards, values, mask, gamma=gamma, lam=1.0)
    for row, n in enumerate(lengths):
        for t in range(n):
            after = float(values[row, t + 1]) if t + 1 < n else 0.0
            delta = float(rewards[row, t]) + gamma * after - float(values[row, t])
            to_go = math.fsum(gamma ** (k - t) * float(rewards[row, k]) for k in range(t, n))
            assert float(short[row, t]) == pytest.approx(delta, abs=1e-12)
            assert float(long[row, t]) == pytest.approx(to_go - float(values[row, t]), abs=1e-12)
            assert float(returns[row, t]) == pytest.approx(to_go, abs=1e-12)


@quickly
@given(LENGTHS, SEEDS, st.integers(1, 4))
def test_padding_is_never_read(lengths: list[int], seed: int, more: int) -> None:
    mask = mask_of(lengths)
    rewards, values = normal(seed, 2, *mask.shape)
    wider = torch.nn.functional.pad(mask, (0, more))
    filled = [
        torch.nn.functional.pad(x, (0, more)).masked_fill(~wider, math.nan)
        for x in (rewards, values)
    ]
    expected = formulas.gae(rewards, values, mask, gamma=0.9, lam=0.8)
    found = formulas.gae(*filled, wider, gamma=0.9, lam=0.8)
    for one, other in zip(expected, found, strict=True):
        assert torch.equal(one[mask], other[wider])


@quickly
@given(
    st.lists(st.integers(2, 6), min_size=1, max_size=5), SEEDS, st.floats(0.1, 50), st.floats(-9, 9)
)
def test_whitening_forgets_scale_and_shift(
    lengths: list[int], seed: int, scale: float, shift: float
) -> None:
    mask = mask_of(lengths)
    values = normal(seed, *mask.shape)
    white = formulas.whiten(values, mask, epsilon=0.0)
    moved = formulas.whiten(values * scale + shift, mask, epsilon=0.0)
    torch.testing.assert_close(white, moved, atol=1e-6, rtol=1e-6)
    real = values[mask].tolist()
    factor = float(formulas.whitening_factor(values, mask, epsilon=0.0))
    assert factor == pytest.approx(1 / statistics.pstdev(real))


@quickly
@given(LENGTHS, SEEDS, st.floats(0, 2), st.floats(0.1, 5), st.floats(0, 3))
def test_rewards_add_up_to_score_and_kl_however_the_score_is_clipped(
    lengths: list[int], seed: int, beta: float, clip: float, penalty: float
) -> None:
    mask = mask_of(lengths)
    logprobs, reference = normal(seed, 2, *mask.shape) * 10
    scores = normal(seed + 1, len(lengths)) * 10
    finished = normal(seed + 2, len(lengths)) > 0
    shaped = formulas.shape_scores(scores, finished, clip=clip, missing_eos_penalty=penalty)
    rewards = formulas.token_rewards(shaped, logprobs, reference, mask, kl_coefficient=beta)
    for row, n in enumerate(lengths):
        score = min(max(float(scores[row]), -clip), clip)
        score -= 0.0 if finished[row] else penalty
        paid = [beta * float(logprobs[row, t] - reference[row, t]) for t in range(n)]
        assert float(shaped[row]) == pytest.approx(score)
        assert float(rewards[row].sum()) == pytest.approx(score - math.fsum(paid), abs=1e-9)
        for t in range(n - 1):
            assert float(rewards[row, t]) == pytest.approx(-paid[t], abs=1e-12)


# --- the surrogate


def slow_surrogate(ratio: float, advantage: float, clips: Clips) -> float:
    inside = min(max(ratio, 1 - clips.low), 1 + clips.high)
    gain = min(ratio * advantage, inside * advantage)
    if clips.dual is not None and advantage < 0:
        gain = max(gain, clips.dual * advantage)
    return -gain


@quickly
@given(
    SEEDS, st.floats(0.01, 0.5), st.floats(0.01, 0.5), st.none() | st.floats(1.01, 4),
)  # fmt: skip
def test_the_surrogate_by_its_definition(
    seed: int, low: float, high: float, dual: float | None
) -> None:
    clips = Clips(low, high, dual)
    new, advantages = normal(seed, 2, 40)
    losses = formulas.policy_losses(new, torch.zeros_like(new), advantages, clips)
    sides = formulas.clip_sides(new, advantages, clips).tolist()
    for x, a, loss, side in zip(
        new.tolist(), advantages.tolist(), losses.tolist(), sides, strict=True
    ):
        ratio = math.exp(x)
        assert loss == pytest.approx(slow_surrogate(ratio, a, clips), abs=1e-12)
        assert (side == ClipSide.LOW) == (a < 0 and ratio < 1 - low)
        assert (side == ClipSide.HIGH) == (a > 0 and ratio > 1 + high)
        assert (side == ClipSide.DUAL) == (dual is not None and a < 0 and ratio > dual)


@quickly
@given(SEEDS, st.floats(0.01, 0.5))
def test_a_symmetric_clip_is_plain_ppo(seed: int, clip: float) -> None:
    logprobs, advantages = normal(seed, 2, 40)
    old, entropies = torch.zeros_like(logprobs), torch.zeros_like(logprobs)
    found = [
        policy_objective(
            TokenScores(logprobs, entropies), old, old, advantages, kl_price=0.0,
            settings=PPOConfig(clip_range=clip, clip_range_high=high),
        ).total
        for high in (None, clip)
    ]  # fmt: skip
    assert torch.equal(found[0], found[1])
    plain = [
        -min(math.exp(x) * a, min(max(math.exp(x), 1 - clip), 1 + clip) * a)
        for x, a in zip(logprobs.tolist(), advantages.tolist(), strict=True)
    ]
    assert found[0].tolist() == pytest.approx(plain, abs=1e-12)


@quickly
@given(SEEDS, st.floats(1.01, 4))
def test_the_dual_clip_bounds_the_loss_and_spares_good_tokens(seed: int, dual: float) -> None:
    new, advantages = normal(seed, 2, 40) * 3
    old = torch.zeros_like(new)
    plain = formulas.policy_losses(new, old, advantages, Clips(0.2, 0.2))
    both = formulas.policy_losses(new, old, advantages, Clips(0.2, 0.2, dual))
    bad = advantages < 0
    assert bool((both[bad] <= -dual * advantages[bad] + 1e-12).all())
    assert torch.equal(both[~bad], plain[~bad])
    near = bad & (new.exp() <= dual)
    assert torch.equal(both[near], plain[near])


@quickly
@given(SEEDS)
def test_at_ratio_one_the_gradient_is_that_of_the_policy_gradient(seed: int) -> None:
    old, advantages = normal(seed, 2, 20)
    new = old.clone().requires_grad_()
    losses = formulas.policy_losses(new, old, advantages, Clips(0.2, 0.3, 3.0))
    (gradient,) = torch.autograd.grad(losses.sum(), new)
    torch.testing.assert_close(losses, -advantages)
    torch.testing.assert_close(gradient, -advantages)
    sides = formulas.clip_sides(new.detach() - old, advantages, Clips(0.2, 0.3, 3.0))
    assert not sides.any()


# --- the KL to the reference


@quickly
@given(SEEDS)
def test_the_loss_has_the_gradient_of_the_exact_kl_whoever_sampled(seed: int) -> None:
    """Over all tokens, each with its probability under an older policy, at several states."""
    logits = normal(seed, 3, 7).requires_grad_()
    old, reference = (normal(seed + i, 3, 7).log_softmax(-1) for i in (1, 2))
    logprobs = logits.log_softmax(-1)
    exact = (logprobs.exp() * (logprobs - reference)).sum()
    losses = formulas.kl_losses(logprobs, old, reference)
    expected = (old.exp() * losses).sum()
    assert expected.item() == pytest.approx(exact.item(), abs=1e-10)
    (wanted,) = torch.autograd.grad(exact, logits, retain_graph=True)
    (found,) = torch.autograd.grad(expected, logits, retain_graph=True)
    torch.testing.assert_close(found, wanted, atol=1e-10, rtol=0)
    # And by finite differences, so that autograd need not be believed either.
    for state, token in ((0, 0), (2, 6)):
        moved = []
        for step in (1e-5, -1e-5):
            other = logits.detach().clone()
            other[state, token] += step
            new = other[state].log_softmax(-1).tolist()
            pairs = zip(new, reference[state].tolist(), strict=True)
            moved.append(math.fsum(math.exp(a) * (a - b) for a, b in pairs))
        slope = (moved[0] - moved[1]) / 2e-5
        assert float(found[state, token]) == pytest.approx(slope, abs=1e-7)


def test_k3_alone_would_have_another_gradient() -> None:
    """Why it is corrected: even on fresh samples its gradient is that of the KL the other way."""
    logits = normal(0, 7).requires_grad_()
    reference = normal(1, 7).log_softmax(-1)
    logprobs = logits.log_softmax(-1)
    naive = (logprobs.detach().exp() * formulas.kl_k3(logprobs, reference)).sum()
    (found,) = torch.autograd.grad(naive, logits, retain_graph=True)
    (forward,) = torch.autograd.grad(
        (reference.exp() * (reference - logprobs)).sum(), logits, retain_graph=True
    )
    (reverse,) = torch.autograd.grad((logprobs.exp() * (logprobs - reference)).sum(), logits)
    torch.testing.assert_close(found, forward)
    assert float((found - reverse).abs().max()) > 0.01


@quickly
@given(SEEDS)
def test_the_reward_has_the_gradient_of_the_exact_kl_over_whole_answers(seed: int) -> None:
    """k1 in the reward, two-token answers, all of them: Σ_t ∇log π · (reward to go) = -β∇KL."""
    first, second = normal(seed, 3).requires_grad_(), normal(seed + 1, 3, 3).requires_grad_()
    reference_first, reference_second = normal(seed + 2, 4, 3).log_softmax(-1).split([1, 3])
    p, q = first.log_softmax(-1), second.log_softmax(-1)
    answers = [(a, b) for a in range(3) for b in range(3)]
    said = torch.stack([torch.stack([p[a], q[a, b]]) for a, b in answers])
    reference = torch.stack(
        [torch.stack([reference_first[0, a], reference_second[a, b]]) for a, b in answers]
    )
    probability = said.sum(1).exp()
    exact = (probability * (said - reference).sum(1)).sum()
    rewards = formulas.token_rewards(
        torch.zeros(9, dtype=torch.float64), said.detach(), reference,
        torch.ones(9, 2, dtype=torch.bool), kl_coefficient=0.3,
    )  # fmt: skip
    to_go = rewards.flip(1).cumsum(1).flip(1)
    surrogate = (probability.detach()[:, None] * said * to_go).sum()
    for parameter in (first, second):
        (wanted,) = torch.autograd.grad(exact, parameter, retain_graph=True)
        (found,) = torch.autograd.grad(surrogate, parameter, retain_graph=True)
        torch.testing.assert_close(found, -0.3 * wanted, atol=1e-10, rtol=0)


@quickly
@given(st.floats(0.01, 5), st.floats(-5, 50), st.floats(-5, 50), st.floats(0.1, 20))
def test_the_controller_rises_with_the_kl_and_by_two_percent_at_most(
    coefficient: float, one: float, other: float, target: float
) -> None:
    low, high = (
        formulas.adapt_coefficient(coefficient, kl=kl, target=target) for kl in sorted((one, other))
    )
    assert 0.98 * coefficient - 1e-12 <= low <= high <= 1.02 * coefficient + 1e-12
    assert formulas.adapt_coefficient(coefficient, kl=target, target=target) == coefficient


# --- what is added


@quickly
@given(SEEDS, st.floats(0.001, 1), st.floats(0.01, 2))
def test_the_objective_is_the_sum_of_its_terms(seed: int, bonus: float, price: float) -> None:
    logprobs, old, reference, advantages, entropies = normal(seed, 5, 20)
    config = PPOConfig(entropy_coefficient=bonus, dual_clip=2.0, clip_range_high=0.3)
    found = policy_objective(
        TokenScores(logprobs, entropies), old, reference, advantages, kl_price=price,
        settings=config,
    )  # fmt: skip
    for i in range(20):
        ratio = math.exp(float(logprobs[i] - old[i]))
        back = float(reference[i] - logprobs[i])
        surrogate = slow_surrogate(ratio, float(advantages[i]), Clips(0.2, 0.3, 2.0))
        kl = ratio * (math.exp(back) - 1 - back)
        total = surrogate + price * kl - bonus * float(entropies[i])
        assert found.kl is not None
        assert float(found.kl[i]) == pytest.approx(kl, rel=1e-9)
        assert float(found.surrogate[i]) == pytest.approx(surrogate, rel=1e-9)
        assert float(found.total[i]) == pytest.approx(total, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("wanted", [True, False])
def test_entropies_carry_a_gradient_only_where_it_is_wanted(wanted: bool) -> None:
    policy = object.__new__(TokenPolicy)
    policy.temperature, policy.banned_ids, policy.entropy_gradient = 0.7, (2,), wanted
    policy._banned = torch.tensor([2])
    logits = normal(3, 4, 6).requires_grad_()
    entropies = policy._score(logits * 1.0, torch.zeros(4, dtype=torch.long)).entropies
    assert entropies.requires_grad == wanted
    kept = torch.tensor([0, 1, 3, 4, 5])
    slow = (logits[:, kept] / 0.7).log_softmax(-1)
    exact = -(slow.exp() * slow).sum(1)
    torch.testing.assert_close(entropies.detach(), exact.detach())
    if wanted:
        (found,) = torch.autograd.grad(entropies.sum(), logits)
        (expected,) = torch.autograd.grad(exact.sum(), logits)
        torch.testing.assert_close(found, expected)


# --- running statistics


@quickly
@given(
    st.lists(st.lists(st.floats(-100, 100), min_size=1, max_size=6), min_size=1, max_size=5),
    st.sampled_from([0.0, 1e6, -3e7]),
)
def test_running_moments_are_those_of_all_scores_at_once(
    batches: list[list[float]], far: float
) -> None:
    moments = Moments()
    assert (moments.mean, moments.std) == (0.0, 1.0)
    for batch in batches:
        moments = moments.plus(torch.tensor(batch, dtype=torch.float64) + far)
        moments = Moments(**json.loads(json.dumps(asdict(moments))))  # as a checkpoint keeps them
    scores = [x + far for batch in batches for x in batch]
    assert moments.count == len(scores)
    assert moments.mean == pytest.approx(math.fsum(scores) / len(scores), abs=1e-6)
    spread = statistics.pstdev(scores)
    if spread > 1e-3:
        assert moments.std == pytest.approx(spread, rel=1e-6)


def test_scores_all_alike_are_not_blown_up() -> None:
    moments = Moments().plus(torch.full((5,), 0.1)).plus(torch.full((3,), 0.1))
    assert moments.std == 1.0
    assert moments.mean == pytest.approx(0.1)
