"""Log-probabilities and entropies of tokens from logits, in one buffer.

The usual chain of operations keeps the logits, their log-softmax and its gradient: three matrices
of tokens by vocabulary, each read and written several times. Here one is read block by block, so
that the work stays in the processor's cache, and the gradient takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_NO_CHANCE = -1e4  # a log-probability whose probability is 0 in every type
_IN_CACHE = 1 << 17  # entries of one block: half a megabyte in float32


class TokenScores(NamedTuple):
    """Per response token: log-probability, and the entropy of its distribution, in nats."""

    logprobs: Tensor
    entropies: Tensor


def token_scores(
    logits: Tensor, targets: Tensor, *, temperature: float, banned: Tensor
) -> TokenScores:
    """Scores of `targets` [N] under softmax(logits / temperature) without the `banned` tokens.

    Args:
        logits: [N, vocabulary], float32 or float64. Their memory is taken over: what stands in it
            afterwards is of no use to anyone else.
        banned: [any], tokens whose probability is 0.
    """
    found = _TokenScores.apply(logits, targets, temperature, banned)  # type: ignore[no-untyped-call]
    return TokenScores(*found)


class _TokenScores(torch.autograd.Function):
    """With p = softmax(z): ∂log p_t/∂z = onehot(t) - p and ∂H/∂z = -p (log p + H)."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, targets: Tensor, temperature: float, banned: Tensor
    ) -> tuple[Tensor, Tensor]:
        logprobs, entropies = logits.new_empty(len(logits)), logits.new_empty(len(logits))
        lowest = torch.finfo(logits.dtype).min  # rather than -inf: 0 · -inf is NaN
        ctx.set_materialize_grads(False)
        for rows in _blocks(logits):
            block = logits[rows]
            if temperature != 1.0:
                block.div_(temperature)
            block.index_fill_(1, banned, lowest)
            block.sub_(block.logsumexp(1, keepdim=True))  # now log p
            logprobs[rows] = block.gather(1, targets[rows, None]).squeeze(1)
            entropies[rows] = -torch.linalg.vecdot(block.exp(), block)
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(targets, entropies)
            ctx.log_p, ctx.temperature = logits, temperature
        return logprobs, entropies

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, for_logprobs: Tensor | None, for_entropies: Tensor | None
    ) -> tuple[Tensor, None, None, None]:
        targets, entropies = ctx.saved_tensors
        gradient: Tensor = ctx.log_p
        del ctx.log_p  # overwritten: a second backward pass must fail, not give nonsense
        up = torch.zeros_like(entropies) if for_logprobs is None else for_logprobs
        for rows in _blocks(gradient):
            block, factor = gradient[rows], -up[rows, None]
            if for_entropies is not None:
                surprise = block.clamp_min(_NO_CHANCE) + entropies[rows, None]
                factor = factor - for_entropies[rows, None] * surprise
            torch.mul(block.exp_(), factor, out=block)
            block.scatter_add_(1, targets[rows, None], up[rows, None])
            if ctx.temperature != 1.0:
                block.div_(ctx.temperature)
        return gradient, None, None, None


def _blocks(matrix: Tensor) -> Iterable[slice]:
    """Slices of rows: such that they fit a cache, or on other devices all at once."""
    size = len(matrix) if matrix.device.type != "cpu" else _IN_CACHE // matrix.shape[1]
    return _slices(len(matrix), max(1, size))


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, start + size)
