"""What changes from update to update by plan, and what ends a run before its last one."""

from __future__ import annotations

from collections.abc import Sequence

from torch.optim import Optimizer

from cai.alignment.ppo.config import PPOConfig


def learning_rates(settings: PPOConfig, number: int) -> tuple[float, float]:
    """Rates of the policy and of the value model in an update; `number` were finished before.

    While the value model learns alone, the policy's rate is 0; its warmup is counted from there on.
    """
    left = 1 - number / settings.total_updates if settings.lr_schedule == "linear" else 1.0
    trained = number - settings.value.warmup_updates  # updates of the policy before this one
    warmth = min(1.0, max(0, trained + 1) / (settings.lr_warmup_updates + 1))
    return settings.learning_rate * left * warmth, settings.value_learning_rate * left


def set_rates(optimizers: Sequence[Optimizer], settings: PPOConfig, number: int) -> float:
    """Sets the rates of the policy's and the value model's optimiser; returns the policy's."""
    rates = learning_rates(settings, number)
    for optimizer, rate in zip(optimizers, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate
    return rates[0]


def beyond_budget(kl: float, budget: float | None) -> str | None:
    """What ends the run, if `kl` is beyond the budget; both in nats per answer."""
    if budget is None or kl <= budget:
        return None
    return f"the answers are {kl:.2f} nats from the reference, beyond kl_budget {budget:g}"
