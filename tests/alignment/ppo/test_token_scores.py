"""Scores of tokens in one buffer, against float64 and torch's own gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cai.alignment.ppo import token_scores as module
from cai.alignment.ppo.token_scores import TokenScores, token_scores


def plain(logits: Tensor, targets: Tensor, temperature: float, banned: Tensor) -> TokenScores:
    """The definitions, by differentiable operations."""
    kept = torch.ones(logits.shape[1], dtype=torch.bool)
    kept[banned] = False
    log_p = (logits / temperature).masked_fill(~kept, -torch.inf).log_softmax(-1)
    finite = log_p[:, kept]
    return TokenScores(log_p.gather(1, targets[:, None])[:, 0], -(finite.exp() * finite).sum(1))


@settings(deadline=None, max_examples=25)
@given(
    rows=st.integers(1, 9), vocabulary=st.integers(3, 40), temperature=st.sampled_from([0.5, 1.0]),
    scale=st.sampled_from([0.1, 3.0, 40.0]), seed=st.integers(0, 99), bonus=st.booleans(),
)  # fmt: skip
def test_scores_and_gradients_are_those_of_the_definition(
    rows: int, vocabulary: int, temperature: float, scale: float, seed: int, bonus: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = (scale * torch.randn(rows, vocabulary, generator=generator)).double()
    targets = torch.randint(1, vocabulary, (rows,), generator=generator)
    banned = torch.tensor([0])
    ups = torch.randn(2, rows, generator=generator).double()
    both = []
    for function in (
        lambda x: token_scores(x.clone(), targets, temperature=temperature, banned=banned),
        lambda x: plain(x, targets, temperature, banned),
    ):
        leaf = logits.clone().requires_grad_()
        scores = function(leaf)
        loss = (scores.logprobs * ups[0]).sum()
        if bonus:
            loss = loss + (scores.entropies * ups[1]).sum()
        (gradient,) = torch.autograd.grad(loss, leaf)
        both.append((*scores, gradient))
    for found, wanted in zip(*both, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logits, targets = torch.randn(7, 11), torch.arange(7)
    none = torch.tensor([], dtype=torch.long)
    whole = token_scores(logits.clone(), targets, temperature=0.7, banned=none)
    monkeypatch.setattr(module, "_IN_CACHE", 22)  # two rows each
    cut = token_scores(logits.clone(), targets, temperature=0.7, banned=none)
    torch.testing.assert_close(cut, whole)


def test_a_second_backward_pass_fails() -> None:
    leaf = torch.randn(2, 5, requires_grad=True)
    none = torch.tensor([], dtype=torch.long)
    scores = token_scores(leaf.clone(), torch.tensor([1, 2]), temperature=1.0, banned=none)
    scores.logprobs.sum().backward(retain_graph=True)  # type: ignore[no-untyped-call]
    with pytest.raises(AttributeError, match="log_p"):
        scores.logprobs.sum().backward()  # type: ignore[no-untyped-call]
