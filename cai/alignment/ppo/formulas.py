"""The mathematics of PPO, as pure functions of tensors.

Matrices are [episodes, tokens], left-aligned: episode i has its real tokens at columns 0 … n_i - 1,
where `mask` is True. What stands elsewhere is never read, be it NaN. Log-probabilities and KL are
in nats.
"""

from __future__ import annotations

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
    return rewards.scatter_add(1, last, scores[:, None])


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
    variance = real.var(correction=0)
    return torch.where(mask, (values - real.mean()) * torch.rsqrt(variance + epsilon), 0.0)


def policy_losses(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, *, clip_range: float
) -> Tensor:
    """The clipped surrogate, per token and to be minimised (Schulman et al. 2017, eq. 7)."""
    ratio = (logprobs - old_logprobs).exp()
    clipped = ratio.clamp(1 - clip_range, 1 + clip_range)
    return torch.maximum(-advantages * ratio, -advantages * clipped)


def value_losses(
    values: Tensor, old_values: Tensor, returns: Tensor, *, clip_range: float | None
) -> Tensor:
    """Half the squared error, per token: the worse of the plain and the clipped prediction."""
    losses = 0.5 * (values - returns).square()
    if clip_range is None:
        return losses
    clipped = old_values + (values - old_values).clamp(-clip_range, clip_range)
    return torch.maximum(losses, 0.5 * (clipped - returns).square())


def is_clipped(log_ratio: Tensor, advantages: Tensor, *, clip_range: float) -> Tensor:
    """Where the clip holds a token's gradient at zero: moved too far, in the paying direction."""
    ratio = log_ratio.exp()
    return ((advantages > 0) & (ratio > 1 + clip_range)) | (
        (advantages < 0) & (ratio < 1 - clip_range)
    )


def kl_k1(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """log π - log π_ref at tokens drawn from π: unbiased for KL(π ‖ π_ref), may be negative."""
    return logprobs - reference_logprobs


def kl_k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """π_ref/π - 1 - log(π_ref/π) at tokens drawn from π: unbiased too, and never negative.

    Source: J. Schulman, "Approximating KL divergence", 2020.
    """
    difference = reference_logprobs - logprobs
    return difference.expm1() - difference


def adapt_coefficient(
    coefficient: float, *, kl: float, target: float | None, episodes: int, horizon: int
) -> float:
    """The KL coefficient after `episodes` more (Ziegler et al. 2019, section 2.2).

    A proportional controller in log space whose error is clipped to ±20 %.
    """
    if target is None:
        return coefficient
    error = min(max(kl / target - 1, -0.2), 0.2)
    return coefficient * (1 + error * episodes / horizon)


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 - Var(returns - values) / Var(returns): 1 if values are perfect, 0 if they say nothing."""
    total = returns.var(correction=0)
    return float(1 - (returns - values).var(correction=0) / total) if total > 0 else 0.0
