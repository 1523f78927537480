"""The mathematics of PPO, as pure functions of tensors.

Matrices are [episodes, tokens], left-aligned: episode i has its real tokens at columns 0 … n_i - 1,
where `mask` is True. What stands elsewhere is never read, be it NaN. Log-probabilities and KL are
in nats.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import torch
from torch import Tensor


def shape_scores(
    scores: Tensor,
    finished: Tensor,
    *,
    clip: float | None,
    missing_eos_penalty: float,
) -> Tensor:
    """Scores as they enter the reward: clipped, and less the penalty where unfinished.

    The penalty comes after the clip, so that an already bad answer still gains by ending.
    """
    clipped = scores if clip is None else scores.clamp(-clip, clip)
    return clipped - missing_eos_penalty * (~finished).to(scores.dtype)


def token_rewards(
    scores: Tensor,
    logprobs: Tensor,
    reference_logprobs: Tensor,
    mask: Tensor,
    *,
    kl_coefficient: float,
) -> Tensor:
    """Reward of each token: -β (log π - log π_ref), and the episode's score on its last real one.

    This single-sample KL estimate (k1) is unbiased in value and, as part of the reward, in
    gradient too (Ziegler et al. 2019, eq. 2).
    """
    rewards = torch.where(mask, -kl_coefficient * (logprobs - reference_logprobs), 0.0)
    last = (mask.sum(1) - 1)[:, None]
    return rewards.scatter_add(1, last, scores[:, None].to(rewards.dtype))


def gae(
    rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """Advantages and returns (Schulman et al. 2016, eq. 16), zero off the mask.

    A_t = Σ_k (gamma·lam)^k δ_{t+k}, where δ_t = r_t + gamma·V_{t+1} - V_t and V = 0 after the last
    token: an answer that was cut is over too, it gets no further reward. The return is A_t + V_t.
    """
    rewards = torch.where(mask, rewards, 0.0)
    values = torch.where(mask, values, 0.0)
    following = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], dim=1)
    deltas = rewards + gamma * following - values
    advantages = torch.zeros_like(values)
    carry = torch.zeros_like(values[:, 0])
    for column in range(values.shape[1] - 1, -1, -1):
        carry = torch.where(mask[:, column], deltas[:, column] + gamma * lam * carry, 0.0)
        advantages[:, column] = carry
    return advantages, advantages + values


def whiten(values: Tensor, mask: Tensor, *, epsilon: float = 1e-8) -> Tensor:
    """Mean 0 and variance 1 over the entries of the mask; zero off it."""
    real = values[mask]
    factor = whitening_factor(values, mask, epsilon=epsilon)
    return torch.where(mask, (values - real.mean()) * factor, 0.0)


def whitening_factor(values: Tensor, mask: Tensor, *, epsilon: float = 1e-8) -> Tensor:
    """What `whiten` multiplies by, a scalar: 1 / √(variance over the mask + epsilon)."""
    return torch.rsqrt(values[mask].var(correction=0) + epsilon)


class Clips(NamedTuple):
    """Bounds of the surrogate: ratios between 1 - `low` and 1 + `high` count in full.

    `high` of its own: Yu et al. 2025, eq. 10. `dual`, where set: the loss is at most `dual` times
    -A where A < 0 (Ye et al. 2020, eq. 5).
    """

    low: float
    high: float
    dual: float | None = None


def policy_losses(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, clips: Clips
) -> Tensor:
    """The clipped surrogate, per token and to be minimised (Schulman et al. 2017, eq. 7)."""
    ratio = (logprobs - old_logprobs).exp()
    clipped = ratio.clamp(1 - clips.low, 1 + clips.high)
    losses = torch.maximum(-advantages * ratio, -advantages * clipped)
    if clips.dual is None:
        return losses
    return torch.where(advantages < 0, torch.minimum(losses, -clips.dual * advantages), losses)


class ClipSide(IntEnum):
    """Which bound holds a token's policy gradient at zero, if any does."""

    NONE = 0
    LOW = 1
    HIGH = 2
    DUAL = 3


def clip_sides(log_ratio: Tensor, advantages: Tensor, clips: Clips) -> Tensor:
    """The `ClipSide` of each token, int8: moved too far in the direction that pays, or so far in
    the other one that the dual clip bounds its loss."""
    ratio = log_ratio.exp()
    sides = torch.zeros_like(ratio, dtype=torch.int8)
    sides[(advantages < 0) & (ratio < 1 - clips.low)] = ClipSide.LOW
    sides[(advantages > 0) & (ratio > 1 + clips.high)] = ClipSide.HIGH
    if clips.dual is not None:
        sides[(advantages < 0) & (ratio > clips.dual)] = ClipSide.DUAL
    return sides


def value_losses(
    values: Tensor, old_values: Tensor, returns: Tensor, *, clip_range: float | None
) -> Tensor:
    """Half the squared error, per token: the worse of the plain and the clipped prediction."""
    losses = 0.5 * (values - returns).square()
    if clip_range is None:
        return losses
    clipped = old_values + (values - old_values).clamp(-clip_range, clip_range)
    return torch.maximum(losses, 0.5 * (clipped - returns).square())


def kl_k1(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """log π - log π_ref at tokens drawn from π: unbiased for KL(π ‖ π_ref), may be negative."""
    return logprobs - reference_logprobs


def kl_k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """π_ref/π - 1 - log(π_ref/π) at tokens drawn from π: unbiased too, and never negative.

    Source: J. Schulman, "Approximating KL divergence", 2020.
    """
    difference = reference_logprobs - logprobs
    return difference.expm1() - difference


def kl_losses(logprobs: Tensor, old_logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """KL(π ‖ π_ref) per token, to be minimised, at tokens drawn from π_old: π/π_old · k3.

    The gradient of k3 alone is not that of this KL: at π_old = π it is that of KL(π_ref ‖ π), and
    the older the samples the further it is off. The ratio, through which the gradient flows too,
    mends both: with w = π/π_old, ∇(w·k3) = w·log(π/π_ref)·∇log π, and its expectation under π_old
    is ∇KL(π ‖ π_ref) of the next token, at every state that was visited (DeepSeek-AI 2025,
    "DeepSeek-V3.2", eq. 7; Shah et al. 2025, "A Comedy of Estimators").
    """
    return (logprobs - old_logprobs).exp() * kl_k3(logprobs, reference_logprobs)


def adapt_coefficient(coefficient: float, *, kl: float, target: float | None) -> float:
    """The KL coefficient after one more update (Ziegler et al. 2019, section 2.2).

    A proportional controller in log space whose error is clipped to ±20 %, with the paper's gain
    of 0.1: a coefficient doubles in 35 updates at the least.
    """
    if target is None:
        return coefficient
    error = min(max(kl / target - 1, -0.2), 0.2)
    return coefficient * (1 + 0.1 * error)


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 - Var(returns - values) / Var(returns): 1 if values are perfect, 0 if they say nothing."""
    total = returns.var(correction=0)
    return float(1 - (returns - values).var(correction=0) / total) if total > 0 else 0.0
