"""What the policy minimises, token by token: the clipped surrogate and what is added to it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from cai.alignment.ppo import formulas
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.token_scores import TokenScores


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenLosses:
    """Losses of N tokens, [N] each.

    Attributes:
        total: what the gradient is taken of.
        surrogate: its clipped part, which the advantages drive.
        kl: the KL to the reference, before its price; None where the reward carries it.
        sides: which bound held a token (`formulas.ClipSide`).
        log_ratios: log π - log π_old.
    """

    total: Tensor
    surrogate: Tensor
    kl: Tensor | None
    sides: Tensor
    log_ratios: Tensor


def policy_objective(
    scored: TokenScores,
    old_logprobs: Tensor,
    reference_logprobs: Tensor,
    advantages: Tensor,
    *,
    kl_price: float,
    settings: PPOConfig,
    importance: Tensor | None = None,
) -> TokenLosses:
    """Surrogate + `kl_price` · KL - `entropy_coefficient` · entropy; only `total` has a gradient.

    All [N], of the tokens that `scored` is of. The terms that are switched off cost nothing.
    `importance` multiplies the first two, which are expectations over the tokens that were drawn,
    where another engine drew them (`generation.correction`).
    """
    clips = formulas.Clips(
        low=settings.clip_range,
        high=settings.clip_range if settings.clip_range_high is None else settings.clip_range_high,
        dual=settings.dual_clip,
    )
    surrogate = formulas.policy_losses(scored.logprobs, old_logprobs, advantages, clips)
    total, kl = surrogate, None
    if kl_price:
        kl = formulas.kl_losses(scored.logprobs, old_logprobs, reference_logprobs)
        total = total + kl_price * kl
    if importance is not None:
        total = importance * total
    if settings.entropy_coefficient:
        total = total - settings.entropy_coefficient * scored.entropies
    log_ratios = scored.logprobs.detach() - old_logprobs
    return TokenLosses(
        total=total,
        surrogate=surrogate.detach(),
        kl=None if kl is None else kl.detach(),
        sides=formulas.clip_sides(log_ratios, advantages, clips),
        log_ratios=log_ratios,
    )
