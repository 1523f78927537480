"""The numbers of one update, under the names TRL made usual."""

from __future__ import annotations

import torch
from torch import Tensor

from cai.alignment.ppo import formulas
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.formulas import ClipSide
from cai.alignment.ppo.gradients import Record
from cai.alignment.ppo.learning import Credit
from cai.alignment.ppo.rollout import TokenMatrix

Metrics = dict[str, float]

_QUANTILES = {"min": 0.0, "q01": 0.01, "q50": 0.5, "q99": 0.99, "max": 1.0}


def rollout_metrics(
    tokens: TokenMatrix,
    credit: Credit,
    *,
    scores: Tensor,
    shaped: Tensor,
    finished: Tensor,
    kl_in_loss: float = 0.0,
) -> Metrics:
    """What the sampled answers were worth. `scores` are the reward function's own, [episodes].

    objective/kl            log π - log π_ref of an answer, mean: nats by k1, as the reward charges
    objective/kl_k3         the same quantity by k3, which cannot be negative
    objective/entropy       -log π of an answer, mean: nats
    objective/scores        mean of the reward function's scores, before normalisation by running
                            statistics, clip and penalty
    objective/scores_std    their standard deviation
    objective/rlhf_reward   mean over answers of normalised, clipped score less penalty and price of
                            the KL: what PPO really raises
    objective/non_score_reward   its KL part, wherever it is charged (`kl_in_loss` is the
                            coefficient where that is the loss)
    val/num_eos_tokens      answers that ended by themselves, of the batch
    val/response_length     tokens per answer, mean
    val/explained_variance  1 - Var(return - value) / Var(return) over tokens, before learning

    The trainer adds objective/kl_coefficient (the price of a nat in this update), lr (the policy's
    learning rate), episode (answers sampled so far), and, under running normalisation,
    objective/scores_running_mean and objective/scores_running_std (of all scores so far).
    """
    mask, episodes = tokens.mask, len(scores)
    logprobs, reference = tokens.logprobs[mask], tokens.reference_logprobs[mask]
    kl = float(formulas.kl_k1(logprobs, reference).sum() / episodes)
    reward = float(credit.rewards.sum() / episodes) - kl_in_loss * kl
    return {
        "objective/kl": kl,
        "objective/kl_k3": float(formulas.kl_k3(logprobs, reference).sum() / episodes),
        "objective/entropy": float(-logprobs.sum() / episodes),
        "objective/scores": float(scores.mean()),
        "objective/scores_std": float(scores.std(correction=0)),
        "objective/rlhf_reward": reward,
        "objective/non_score_reward": reward - float(shaped.mean()),
        "val/num_eos_tokens": float(finished.sum()),
        "val/response_length": float(mask.sum() / episodes),
        "val/explained_variance": formulas.explained_variance(
            tokens.values[mask], credit.returns[mask]
        ),
    }


def learning_metrics(record: Record, settings: PPOConfig) -> Metrics:
    """How far the update moved.

    Means are over the real tokens of all optimiser steps, each with the policy just before it.

    loss/value_avg          half the squared error of values, the worse of plain and clipped
    value/grad_norm         norm of the value model's gradient before max_grad_norm, mean of steps
    val/clipfrac_avg        share of tokens whose value moved by more than value.clip_range
    loss/policy_avg         clipped surrogate; no measure of success, it hovers around 0
    loss/kl_avg             KL to the reference by the corrected k3, nats per token, where it is in
                            the loss
    loss/ptx_avg            mean negative log-likelihood of demonstrations, where they are imitated
    policy/approxkl_avg     (log π - log π_old)²/2, nats per token: how far the update went
    policy/clipfrac_avg     share of tokens whose gradient a bound of the ratio holds at zero
    policy/clipfrac_low_avg, policy/clipfrac_high_avg, policy/clipfrac_dual_avg   by the lower
                            bound (unlikelier, as they should be), by the upper one (likelier, as
                            they should be), by the dual one where it is set (likelier, wrongly)
    policy/entropy_avg      entropy of the next token's distribution, nats
    policy/grad_norm        norm of the policy's gradient before max_grad_norm, mean of steps
    policy/stopped_early    1 if target_kl ended the update, else 0: its mean over updates is the
                            share of early stops
    policy/steps_share      optimiser steps taken, of those planned
    val/ratio, val/ratio_var   mean and variance of π/π_old; 1 and 0 at the first step
    val/ratio_min, _q01, _q50, _q99, _max   its quantiles
    """
    metrics = {
        "loss/value_avg": float(torch.cat(record.value_losses).mean()),
        "value/grad_norm": _mean(record.value_grad_norms),
    }
    if record.value_clipped:
        metrics["val/clipfrac_avg"] = float(torch.cat(record.value_clipped).float().mean())
    log_ratios, sides = torch.cat(record.log_ratios), torch.cat(record.clip_sides)
    ratios = log_ratios.exp()
    ordered = ratios.sort().values
    metrics |= {
        "loss/policy_avg": float(torch.cat(record.policy_losses).mean()),
        "policy/approxkl_avg": float(0.5 * log_ratios.square().mean()),
        "policy/clipfrac_avg": float((sides != ClipSide.NONE).float().mean()),
        "policy/clipfrac_low_avg": float((sides == ClipSide.LOW).float().mean()),
        "policy/clipfrac_high_avg": float((sides == ClipSide.HIGH).float().mean()),
        "policy/entropy_avg": float(torch.cat(record.entropies).mean()),
        "policy/grad_norm": _mean(record.policy_grad_norms),
        "policy/stopped_early": float(record.stopped_early),
        "policy/steps_share": record.steps_taken / settings.steps_per_update,
        "val/ratio": float(ratios.mean()),
        "val/ratio_var": float(ratios.var(correction=0)),
    }
    if settings.dual_clip is not None:
        metrics["policy/clipfrac_dual_avg"] = float((sides == ClipSide.DUAL).float().mean())
    if record.kl_losses:
        metrics["loss/kl_avg"] = float(torch.cat(record.kl_losses).mean())
    if record.ptx_losses:
        metrics["loss/ptx_avg"] = float(torch.cat(record.ptx_losses).mean())
    for name, share in _QUANTILES.items():
        metrics[f"val/ratio_{name}"] = float(ordered[round(share * (len(ordered) - 1))])
    return metrics


def _mean(values: list[Tensor]) -> float:
    return float(torch.stack(values).mean()) if values else 0.0
