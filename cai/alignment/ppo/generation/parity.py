"""Proof, before training, that a rollout engine speaks for the policy that is trained.

An engine with weights of its own can be wrong in two ways that no curve shows at once: its numbers
are of another distribution (temperature, template, a quantised copy), or a weight update does not
reach it, so that every later answer is of a policy long gone. Both are tried out here: its
log-probabilities are compared with the trainer's as they are, after one deliberate update, and
after that was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.generation.generator import Drawn, Generator
from cai.alignment.ppo.networks import TokenPolicy
from cai.errors import EngineError

# Nats per token, mean. bfloat16 beside float32 differs by a hundredth or two; 0.7 for 1 as the
# temperature by 0.06 even where a policy is nearly sure of each token, and else by more.
TOLERANCE = 0.05
# How far the deliberate update moves the trainer's own log-probabilities, nats per token; what may
# be missing of that at the engine; and how far entries move at most, in sizes of their tensor's.
_MOVE, _MISSING, _LONGEST = 0.5, 0.1, 1000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """Mean |log μ - log π| per token, in nats: the engine beside the trainer.

    Attributes:
        before: with the weights as they are.
        after: both after the deliberate update.
        moved: what that update was: how much less likely the first answers became to the trainer.
            A stale engine's `after` is this.
        restored: both with the first weights again.
    """

    before: float
    after: float
    moved: float
    restored: float


class _Reach(NamedTuple):
    """What a step of so large a share of entries, by so many of their sizes, costs in nats."""

    nats: float
    share: float
    length: float


def check_parity(
    generator: Generator,
    policy: TokenPolicy,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    *,
    tolerance: float = TOLERANCE,
) -> Parity:
    """Compares the engine with the trainer, before and after one deliberate weight update.

    The update follows the gradient to where the engine's own answers are clearly less likely; every
    trained tensor has a part in it. Weights are put back bit for bit, and to the engine too.

    Raises:
        EngineError: if the engine gives no log-probabilities, if they are of another distribution,
            or if the update did not reach it.
    """
    generator.sync()
    first = generator.generate(prompts, seeds)
    before = _difference(policy, prompts, first)
    if not before <= tolerance:
        raise EngineError(
            "align-ppo: the generator's log-probabilities differ from the trainer's by "
            f"{before:.3f} nats a token, above {tolerance:g}: it samples from another "
            "distribution; check its model, dtype, quantisation and temperature"
        )
    with _moved_away(policy, prompts, first, noise=before) as moved:
        generator.sync()
        after = _difference(policy, prompts, generator.generate(prompts, seeds))
    generator.sync()
    restored = _difference(policy, prompts, generator.generate(prompts, seeds))
    allowed = 3 * before + _MISSING * moved
    if not after <= allowed or not restored <= allowed:
        raise EngineError(
            f"align-ppo: a weight update of {moved:.3f} nats a token does not reach the generator "
            f"whole: its log-probabilities then differ from the trainer's by {after:.3f}, and by "
            f"{restored:.3f} when it is taken back; it would sample from a policy that is no "
            "longer trained"
        )
    return Parity(before=before, after=after, moved=moved, restored=restored)


@contextmanager
def _moved_away(
    policy: TokenPolicy,
    prompts: Sequence[Sequence[int]],
    drawn: Sequence[Drawn],
    *,
    noise: float,
) -> Iterator[float]:
    """Within this the trained weights are such that `drawn` is less likely, by the number of nats
    per token that it yields; afterwards they are those of before, bit for bit.

    Few entries of each tensor move, those of the largest gradient, and each by as much as the
    tensor's entries are large: a small step of all entries would be lost in an engine of bfloat16,
    whose numbers are 0.4 % apart.
    """
    trained = [one for one in policy.model.parameters() if one.requires_grad]
    kept = [one.detach().clone() for one in trained]
    start = _logprobs(policy, prompts, drawn)
    torch.autograd.backward(start.mean(), inputs=trained)
    slopes = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
    for one in trained:
        one.grad = None
    try:
        best, fell, share, length = _Reach(0.0, 1e-5, 1.0), 0.0, 1e-5, 1.0
        while fell < _MOVE and length < _LONGEST:
            _set(trained, _stepped(kept, slopes, share=share, length=length))
            with torch.no_grad():
                fell = float((start.detach() - _logprobs(policy, prompts, drawn)).mean())
            best = max(best, _Reach(fell, share, length))
            share, length = min(1.0, 4 * share), length if share < 1 else 2 * length
        if not best.nats > max(10 * noise, 0.01):
            raise EngineError(
                "align-ppo: no weight update changes the policy's log-probabilities, so that the "
                "generator cannot be checked; does the policy have weights that are trained?"
            )
        _set(trained, _stepped(kept, slopes, share=best.share, length=best.length))
        yield best.nats
    finally:
        _set(trained, kept)


def _stepped(
    weights: Sequence[Tensor], slopes: Sequence[Tensor], *, share: float, length: float
) -> Iterator[Tensor]:
    """The weights after a step down the slopes, at the entries where these are steepest."""
    for old, slope in zip(weights, slopes, strict=True):
        rows = slope.flatten().abs().topk(max(1, int(share * slope.numel()))).indices
        size = float(old.float().square().mean().sqrt()) or 0.01  # adapters begin at 0
        new = old.flatten().clone()
        new[rows] -= slope.flatten()[rows].sign() * length * size
        yield new.view_as(old)


@torch.no_grad()
def _set(parameters: Sequence[nn.Parameter], values: Iterable[Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)


def _difference(
    policy: TokenPolicy, prompts: Sequence[Sequence[int]], drawn: Sequence[Drawn]
) -> float:
    """Mean |log μ - log π| over all tokens that were drawn."""
    said = [one.logprobs for one in drawn]
    numbers = [number for each in said if each is not None for number in each]
    if None in said or len(numbers) != sum(len(one.tokens) for one in drawn):
        raise EngineError(
            "align-ppo: the generator gives no log-probability for each token that it draws, so "
            "that its numbers cannot be compared with the trainer's"
        )
    with torch.no_grad():
        own = _logprobs(policy, prompts, drawn).double().cpu()
    return float((own - torch.tensor(numbers, dtype=torch.float64)).abs().mean())


def _logprobs(
    policy: TokenPolicy, prompts: Sequence[Sequence[int]], drawn: Sequence[Drawn]
) -> Tensor:
    sequences = [
        TokenSequence(tuple(prompt), one.tokens) for prompt, one in zip(prompts, drawn, strict=True)
    ]
    return policy(collate(sequences, policy.model.device)).logprobs
