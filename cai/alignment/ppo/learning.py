"""From episodes to gradient steps: credit assignment, then epochs of minibatches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from cai.alignment.ppo import formulas
from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.gradients import (
    Pass,
    Record,
    add_policy_gradients,
    add_value_gradients,
)
from cai.alignment.ppo.lanes import Task, add_gradients
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.rollout import TokenMatrix
from cai.batching import by_length
from cai.errors import RunError
from cai.ranks import ALONE, World
from cai.ranks.collectives import sum_gradients
from cai.ranks.collectives import total as total_over
from cai.ranks.shares import own_share


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """What each token earned, [episodes, tokens]; `advantages` are whitened.

    `kl_price` is what one nat of KL costs in the policy's loss; 0 where the rewards carry it.
    `importance` multiplies the loss of tokens that another engine drew; None where none did.
    """

    rewards: Tensor
    advantages: Tensor
    returns: Tensor
    kl_price: float = 0.0
    importance: Tensor | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Learner:
    """The two networks, each with an optimiser of its own and so with its own clipped gradient.

    In a `world` of several processes each holds the same of all this, and makes the same steps.
    """

    policy: TokenPolicy
    value: ValueModel
    policy_optimizer: Optimizer
    value_optimizer: Optimizer
    world: World = ALONE


def assign_credit(
    tokens: TokenMatrix, scores: Tensor, *, beta: float, settings: PPOConfig
) -> Credit:
    """Rewards, advantages and returns of a rollout whose `scores` [episodes] are shaped already.

    Whitening multiplies rewards by a factor. A KL term in the loss stands beside whitened
    advantages, so it is multiplied by the same one: `beta` is its price in units of the reward,
    wherever it is paid, and π* ∝ π_ref exp(r / beta) the best policy of one-token answers.
    """
    in_loss = settings.kl_placement == "loss"
    rewards = formulas.token_rewards(
        scores, tokens.logprobs, tokens.reference_logprobs, tokens.mask,
        kl_coefficient=0.0 if in_loss else beta,
    )  # fmt: skip
    advantages, returns = formulas.gae(
        rewards, tokens.values, tokens.mask, gamma=settings.gamma, lam=settings.lam
    )
    price = beta * float(formulas.whitening_factor(advantages, tokens.mask)) if in_loss else 0.0
    return Credit(
        rewards=rewards, advantages=formulas.whiten(advantages, tokens.mask), returns=returns,
        kl_price=price,
    )  # fmt: skip


def learn(
    learner: Learner,
    sequences: Sequence[TokenSequence],
    tokens: TokenMatrix,
    credit: Credit,
    *,
    settings: PPOConfig,
    seed: int,
    demonstrations: Sequence[TokenSequence] = (),
) -> Record:
    """All epochs of one update. Changes the networks and optimisers of `learner` in place.

    `demonstrations` are read in step with the episodes, as many in every minibatch.

    Raises:
        RunError: if a gradient is not finite; the weights are those of the step before.
    """
    record = Record()
    steps = minibatches(len(sequences), settings=settings, seed=seed)
    for step, rows in enumerate(steps):
        before = len(record.log_ratios)
        accumulate(
            learner, rows, sequences, tokens, credit, record,
            settings=settings,
        )  # fmt: skip
        if _too_far(record.log_ratios[before:], settings.target_kl, learner):
            record.stopped_early = True
            _clear(learner)
            break
        if settings.ptx_coefficient:
            first = step * settings.minibatch_size
            imitate(
                learner.policy, demonstrations[first : first + settings.minibatch_size], record,
                settings=settings, world=learner.world,
            )  # fmt: skip
        _step(learner, record, limit=settings.max_grad_norm)
        record.steps_taken += 1
    return record


def minibatches(count: int, *, settings: PPOConfig, seed: int) -> Iterator[list[int]]:
    """Episodes of each optimiser step: every epoch a new shuffle; a last smaller one is kept."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(settings.ppo_epochs):
        order = torch.randperm(count, generator=generator).tolist()
        for start in range(0, count, settings.minibatch_size):
            yield order[start : start + settings.minibatch_size]


def accumulate(
    learner: Learner,
    rows: Sequence[int],
    sequences: Sequence[TokenSequence],
    tokens: TokenMatrix,
    credit: Credit,
    record: Record,
    *,
    settings: PPOConfig,
) -> None:
    """Adds the gradients of one minibatch: of the mean loss over all its real tokens.

    Each forward pass is divided by the token count of the whole minibatch, so that the sum over
    passes is that mean however the minibatch is cut: into passes, and into shares of processes, of
    which this one adds its own.
    """
    total = int(tokens.mask[list(rows)].sum())
    rows = [rows[index] for index in own_share([len(sequences[i]) for i in rows], learner.world)]
    workers = learner.policy.computing.workers(tokens.mask.device)
    at_once = max(1, settings.compute.micro_batch_tokens // workers)
    passes = [
        pass_of([rows[index] for index in group], sequences, tokens, credit)
        for group in by_length([len(sequences[i]) for i in rows], at_once)
    ]
    with learner.value.held(), learner.policy.held():
        tasks = list(_tasks(learner, passes, total, credit.kl_price, settings))
        add_gradients(tasks, record, workers=workers)


def _tasks(
    learner: Learner,
    passes: Sequence[Pass],
    total: int,
    kl_price: float,
    settings: PPOConfig,
) -> Iterator[Task]:
    policy, value = learner.policy, learner.value
    trained = _trained(learner.value_optimizer)
    for one in passes:
        add = partial(add_value_gradients, value, one, total=total, settings=settings)
        yield Task(network="value", parameters=trained, work=value.work(one.batch), add=add)
    trained = _trained(learner.policy_optimizer)
    for one in passes:
        add = partial(
            add_policy_gradients, policy, one, total=total, kl_price=kl_price, settings=settings
        )
        yield Task(network="policy", parameters=trained, work=policy.work(one.batch), add=add)


def pass_of(
    rows: Sequence[int], sequences: Sequence[TokenSequence], tokens: TokenMatrix, credit: Credit
) -> Pass:
    """These rows of a rollout for the networks."""
    chosen = list(rows)
    mask = tokens.mask[chosen]
    old_values, returns, advantages, old_logprobs, reference_logprobs = (
        matrix[chosen][mask]
        for matrix in (
            tokens.values, credit.returns, credit.advantages, tokens.logprobs,
            tokens.reference_logprobs,
        )
    )  # fmt: skip
    return Pass(
        batch=collate([sequences[index] for index in chosen], mask.device),
        old_values=old_values,
        returns=returns,
        advantages=advantages,
        old_logprobs=old_logprobs,
        reference_logprobs=reference_logprobs,
        importance=None if credit.importance is None else credit.importance[chosen][mask],
    )


def imitate(
    policy: TokenPolicy,
    demonstrations: Sequence[TokenSequence],
    record: Record,
    *,
    settings: PPOConfig,
    world: World = ALONE,
) -> None:
    """Adds the gradient of `ptx_coefficient` times the mean negative log-likelihood of their tokens
    (Ouyang et al. 2022, eq. 2)."""
    device = policy.model.device
    total = sum(len(one.response) for one in demonstrations)
    own = own_share([len(one) for one in demonstrations], world)
    demonstrations = [demonstrations[index] for index in own]
    for group in by_length(
        [len(one) for one in demonstrations], settings.compute.micro_batch_tokens
    ):
        batch = collate([demonstrations[index] for index in group], device)
        losses = -policy(batch).logprobs
        torch.autograd.backward(settings.ptx_coefficient * losses.sum() / total)
        record.ptx_losses.append(losses.detach())


def _too_far(log_ratios: list[Tensor], target_kl: float | None, learner: Learner) -> bool:
    """Whether the mean over the minibatch's tokens, on all processes, passes the bound."""
    if target_kl is None:
        return False
    moved = torch.cat([torch.zeros(0, device=learner.policy.model.device), *log_ratios])
    squares = torch.stack([moved.square().sum(), moved.new_tensor(len(moved))])
    squared, count = total_over(squares, learner.world).tolist()
    return bool(0.5 * squared / count > target_kl)


def _step(learner: Learner, record: Record, *, limit: float) -> None:
    record.value_grad_norms.append(_clip(learner.value_optimizer, limit, learner.world))
    learner.value_optimizer.step()
    record.policy_grad_norms.append(_clip(learner.policy_optimizer, limit, learner.world))
    learner.policy_optimizer.step()
    _clear(learner)


def _clear(learner: Learner) -> None:
    learner.value_optimizer.zero_grad(set_to_none=True)
    learner.policy_optimizer.zero_grad(set_to_none=True)


def _clip(optimizer: Optimizer, limit: float, world: World) -> Tensor:
    parameters = _trained(optimizer)
    sum_gradients(parameters, world)
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit).detach()
    if not bool(norm.isfinite()):  # noticed here, before a step can spoil the weights
        raise RunError(
            "align-ppo: a gradient is not a finite number; lower learning_rate and "
            "value.learning_rate, or check the reward model"
        )
    return norm


def _trained(optimizer: Optimizer) -> list[nn.Parameter]:
    return [each for group in optimizer.param_groups for each in group["params"]]
