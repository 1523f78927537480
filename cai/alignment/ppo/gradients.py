"""The gradients that a network gets from a pass, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from torch import Tensor

from cai.alignment.ppo import formulas
from cai.alignment.ppo.batches import TokenBatch
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.objective import policy_objective


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """What goes through a network at once, and numbers of its response tokens, [N] each."""

    batch: TokenBatch
    old_values: Tensor
    returns: Tensor
    advantages: Tensor
    old_logprobs: Tensor
    reference_logprobs: Tensor
    importance: Tensor | None


Backward = Callable[[Tensor], None]
"""Adds the gradients of a loss to what is summed of them."""


@dataclass(slots=True)
class Record:
    """Per-token numbers of every minibatch of an update, for its metrics."""

    log_ratios: list[Tensor] = field(default_factory=list)
    policy_losses: list[Tensor] = field(default_factory=list)
    kl_losses: list[Tensor] = field(default_factory=list)
    clip_sides: list[Tensor] = field(default_factory=list)
    entropies: list[Tensor] = field(default_factory=list)
    ptx_losses: list[Tensor] = field(default_factory=list)
    value_losses: list[Tensor] = field(default_factory=list)
    value_clipped: list[Tensor] = field(default_factory=list)
    policy_grad_norms: list[Tensor] = field(default_factory=list)
    value_grad_norms: list[Tensor] = field(default_factory=list)
    steps_taken: int = 0
    stopped_early: bool = False

    def extend(self, other: Record) -> None:
        """Notes of `other` behind these."""
        for each in fields(self):
            notes = getattr(self, each.name)
            if isinstance(notes, list):
                notes.extend(getattr(other, each.name))


def add_value_gradients(
    value: ValueModel,
    one: Pass,
    record: Record,
    backward: Backward,
    *,
    total: int,
    settings: PPOConfig,
) -> None:
    """Adds those of the pass's loss, divided by `total`, the minibatch's number of tokens."""
    clip = settings.value.clip_range
    values = value(one.batch)
    losses = formulas.value_losses(values, one.old_values, one.returns, clip_range=clip)
    backward(losses.sum() / total)
    record.value_losses.append(losses.detach())
    if clip is not None:
        record.value_clipped.append((values.detach() - one.old_values).abs() > clip)


def add_policy_gradients(
    policy: TokenPolicy,
    one: Pass,
    record: Record,
    backward: Backward,
    *,
    total: int,
    kl_price: float,
    settings: PPOConfig,
) -> None:
    """The same for the policy; `kl_price` is what one nat of KL costs in the loss."""
    scored = policy(one.batch)
    losses = policy_objective(
        scored, one.old_logprobs, one.reference_logprobs, one.advantages,
        kl_price=kl_price, settings=settings, importance=one.importance,
    )  # fmt: skip
    backward(losses.total.sum() / total)
    record.log_ratios.append(losses.log_ratios)
    record.policy_losses.append(losses.surrogate)
    record.clip_sides.append(losses.sides)
    record.entropies.append(scored.entropies.detach())
    if losses.kl is not None:
        record.kl_losses.append(losses.kl)
