"""Truncated importance weights for answers that another engine drew with its own numbers.

A rollout engine computes in another precision, with other kernels, than the trainer. Its answers
come from μ, close to the policy π_old that the trainer computes for the same weights, and not from
π_old itself. PPO's surrogate is an expectation over answers of π_old, so each token's term counts

    w = min(π_old / μ, cap),     E_μ[π_old/μ · f] = E_π_old[f]

times (Ionides 2008, "Truncated importance sampling", eq. 6; for rollouts of language models Yao et
al. 2025, "Your efficient RL framework secretly brings you off-policy RL training"). The cap bounds
the variance: rare tokens of tiny μ would otherwise carry a batch away; what it costs is a little
bias. `w` is a constant, outside the clip: PPO's ratio stays π/π_old, both by the trainer, since the
clip is to bound what the update moves, not what the engines differ in.

It multiplies the surrogate, and the KL to the reference where that is in the loss, for both are
expectations over the token that was drawn. It does not multiply the value loss or the entropy:
these are taken at states, whatever token follows. That states, too, are visited a little otherwise
is left as it is; weights of whole prefixes would be products of hundreds of ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """`weights` [episodes, tokens] multiply the policy's loss; None where nothing is to be
    corrected. `metrics` say how far the engine is from the trainer."""

    weights: Tensor | None = None
    metrics: dict[str, float] = field(default_factory=dict)


def correct(
    drawn: Sequence[Sequence[float]] | None, logprobs: Tensor, mask: Tensor, *, cap: float
) -> Correction:
    """The correction of answers whose tokens had the log-probabilities `drawn` where they were
    drawn, and `logprobs` [episodes, tokens] by the trainer."""
    if drawn is None:
        return Correction()
    theirs = drawn_matrix(drawn, logprobs)
    weights = importance_weights(logprobs, theirs, mask, cap=cap)
    return Correction(
        weights=weights, metrics=correction_metrics(logprobs, theirs, mask, weights, cap=cap)
    )


def importance_weights(
    logprobs: Tensor, drawn_logprobs: Tensor, mask: Tensor, *, cap: float
) -> Tensor:
    """min(π_old / μ, cap), 1 off the mask; all [episodes, tokens], log-probabilities in nats."""
    ratios = torch.where(mask, logprobs - drawn_logprobs, 0.0).exp()
    return ratios.clamp(max=cap)


def drawn_matrix(drawn: Sequence[Sequence[float]], like: Tensor) -> Tensor:
    """Log-probabilities per answer as a matrix [episodes, tokens] like `like`, 0 behind each."""
    matrix = torch.zeros_like(like)
    for row, numbers in enumerate(drawn):
        matrix[row, : len(numbers)] = torch.tensor(numbers, dtype=like.dtype)
    return matrix


def correction_metrics(
    logprobs: Tensor, drawn_logprobs: Tensor, mask: Tensor, weights: Tensor, *, cap: float
) -> dict[str, float]:
    """How far the engine is from the trainer; the first five under TRL's names.

    sampling/sampling_logp_difference/mean, /max   |log π_old - log μ| of a token, nats
    sampling/importance_sampling_ratio/min, /mean, /max   the weights, after the cap
    sampling/truncated_share   tokens whose weight the cap holds
    sampling/kl                log μ - log π_old of a token, mean: the KL of the engine's
                               distribution from the trainer's (k1)
    """
    moved = (logprobs - drawn_logprobs)[mask]
    kept = weights[mask]
    return {
        "sampling/sampling_logp_difference/mean": float(moved.abs().mean()),
        "sampling/sampling_logp_difference/max": float(moved.abs().max()),
        "sampling/importance_sampling_ratio/min": float(kept.min()),
        "sampling/importance_sampling_ratio/mean": float(kept.mean()),
        "sampling/importance_sampling_ratio/max": float(kept.max()),
        "sampling/truncated_share": float((moved.exp() > cap).float().mean()),
        "sampling/kl": float(-moved.mean()),
    }
