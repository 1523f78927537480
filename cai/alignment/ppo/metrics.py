"""The numbers of one update, under the names TRL made usual."""

from __future__ import annotations

import torch
from torch import Tensor

from cai.alignment.ppo import formulas
from cai.alignment.ppo.learning import Credit, Record
from cai.alignment.ppo.rollout import TokenMatrix

Metrics = dict[str, float]

_QUANTILES = {"min": 0.0, "q01": 0.01, "q50": 0.5, "q99": 0.99, "max": 1.0}


def rollout_metrics(
    tokens: TokenMatrix, credit: Credit, *, scores: Tensor, shaped: Tensor, finished: Tensor
) -> Metrics:
    """What the sampled answers were worth. `scores` are the reward function's own, [episodes].

    objective/kl            nats per answer, by k1 (what the reward charges)
    objective/kl_k3         the same quantity by k3, which cannot be negative
    objective/scores        mean of the reward function's scores, before clip and penalty
    objective/rlhf_reward   mean sum of all token rewards: what PPO really raises
    objective/non_score_reward   its KL part
    objective/entropy       mean of -log π(answer)
    """
    mask, episodes = tokens.mask, len(scores)
    logprobs, reference = tokens.logprobs[mask], tokens.reference_logprobs[mask]
    reward = float(credit.rewards.sum() / episodes)
    return {
        "objective/kl": float(formulas.kl_k1(logprobs, reference).sum() / episodes),
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


def learning_metrics(record: Record) -> Metrics:
    """How far the update moved; policy metrics are left out where only the value model learned."""
    metrics = {
        "loss/value_avg": float(torch.cat(record.value_losses).mean()),
        "value/grad_norm": _mean(record.value_grad_norms),
    }
    if record.value_clipped:
        metrics["val/clipfrac_avg"] = float(torch.cat(record.value_clipped).float().mean())
    if not record.log_ratios:
        return metrics
    log_ratios = torch.cat(record.log_ratios)
    ratios = log_ratios.exp()
    ordered = ratios.sort().values
    metrics |= {
        "loss/policy_avg": float(torch.cat(record.policy_losses).mean()),
        "policy/approxkl_avg": float(0.5 * log_ratios.square().mean()),
        "policy/clipfrac_avg": float(torch.cat(record.policy_clipped).float().mean()),
        "policy/entropy_avg": float(torch.cat(record.entropies).mean()),
        "policy/grad_norm": _mean(record.policy_grad_norms),
        "policy/stopped_early": float(record.stopped_early),
        "val/ratio": float(ratios.mean()),
        "val/ratio_var": float(ratios.var(correction=0)),
    }
    if record.ptx_losses:
        metrics["loss/ptx_avg"] = float(torch.cat(record.ptx_losses).mean())
    for name, share in _QUANTILES.items():
        metrics[f"val/ratio_{name}"] = float(ordered[round(share * (len(ordered) - 1))])
    return metrics


def _mean(values: list[Tensor]) -> float:
    return float(torch.stack(values).mean()) if values else 0.0
