"""Importance weights for answers that another engine drew."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cai.alignment.ppo import PPOConfig, PPOTrainer
from cai.alignment.ppo.generation.correction import (
    correction_metrics,
    drawn_matrix,
    importance_weights,
)
from cai.alignment.ppo.networks import TokenScores
from cai.alignment.ppo.objective import policy_objective

MakeTrainer = Callable[..., PPOTrainer]
LOGPROBS = st.lists(st.floats(-8, 0), min_size=2, max_size=8)


@given(LOGPROBS, st.lists(st.floats(-8, 0), min_size=8, max_size=8), st.floats(1, 5))
def test_weights_are_the_ratios_up_to_the_cap(
    own: list[float], drawn: list[float], cap: float
) -> None:
    logprobs = torch.tensor([own], dtype=torch.float64)
    mask = torch.ones_like(logprobs, dtype=torch.bool)
    mask[0, -1] = False
    theirs = drawn_matrix([drawn[: len(own)]], logprobs)
    weights = importance_weights(logprobs, theirs, mask, cap=cap)
    for column, (ours, other) in enumerate(zip(own[:-1], drawn, strict=False)):
        assert float(weights[0, column]) == pytest.approx(min(math.exp(ours - other), cap))
    assert float(weights[0, -1]) == 1


def test_what_is_off_the_mask_may_be_nan() -> None:
    mask = torch.tensor([[True, False]])
    weights = importance_weights(
        torch.tensor([[-1.0, math.nan]]), torch.tensor([[-2.0, math.nan]]), mask, cap=2.0
    )
    assert weights.tolist() == [[2.0, 1.0]]


def test_the_correction_makes_the_gradient_that_of_the_trainers_policy() -> None:
    """E_μ[w · ∇surrogate] = E_π[∇surrogate], over all tokens of a small vocabulary."""
    generator = torch.Generator().manual_seed(1)
    draws = [torch.randn(6, generator=generator, dtype=torch.float64) for _ in range(4)]
    logits, near, advantages, reference = draws
    engine = (logits + 0.2 * near).log_softmax(-1)  # the engine's numbers, μ
    old = logits.log_softmax(-1)
    settings = PPOConfig(kl_placement="loss", entropy_coefficient=0.0)

    def gradient(drawn: torch.Tensor, importance: torch.Tensor | None) -> torch.Tensor:
        free = logits.clone().requires_grad_()
        scored = TokenScores(free.log_softmax(-1), torch.zeros(6, dtype=torch.float64))
        losses = policy_objective(
            scored, old, reference.log_softmax(-1), advantages,
            kl_price=0.3, settings=settings, importance=importance,
        )  # fmt: skip
        (found,) = torch.autograd.grad((drawn.exp() * losses.total).sum(), free)
        return found

    mask = torch.ones(1, 6, dtype=torch.bool)
    weights = importance_weights(old[None], engine[None], mask, cap=100.0)[0]
    right = gradient(old, None)
    assert torch.allclose(gradient(engine, weights), right, atol=1e-12)
    assert (gradient(engine, None) - right).abs().max() > 1e-3


def test_entropy_is_not_multiplied() -> None:
    scored = TokenScores(torch.zeros(2), torch.tensor([1.0, 2.0]))
    losses = policy_objective(
        scored, torch.zeros(2), torch.zeros(2), torch.tensor([1.0, -1.0]),
        kl_price=0.0, settings=PPOConfig(entropy_coefficient=0.1),
        importance=torch.tensor([2.0, 0.5]),
    )  # fmt: skip
    assert losses.total.tolist() == pytest.approx([-2.0 - 0.1, 0.5 - 0.2])
    assert losses.surrogate.tolist() == [-1.0, 1.0]


def test_training_on_a_bfloat16_engine(
    make_trainer: MakeTrainer,
) -> None:
    """The engine is synced before every batch, and its numbers are corrected and reported."""
    found = make_trainer(dtype=torch.bfloat16)
    synced = found.generator.syncs
    reports = [found.update() for _ in range(3)]
    assert found.generator.syncs == synced + 3
    for report in reports:
        metrics = report.metrics
        assert 0 < metrics["sampling/sampling_logp_difference/mean"] < 0.05
        assert metrics["sampling/importance_sampling_ratio/min"] < 1
        assert 1 < metrics["sampling/importance_sampling_ratio/max"] <= 2
        assert metrics["sampling/importance_sampling_ratio/mean"] == pytest.approx(1, abs=0.05)
        assert metrics["val/ratio"] == pytest.approx(1, abs=0.3)


def test_a_float32_engine_trains_as_the_policy_itself_does(
    make_trainer: MakeTrainer,
) -> None:
    """With weights of 1 the correction is no change: same answers, same metrics to rounding."""
    beside = make_trainer()
    alone = make_trainer(alone=True)
    for _ in range(alone.settings.total_updates):
        ours, theirs = beside.update(), alone.update()
        assert [one.response for one in ours.answers.sequences] == [
            one.response for one in theirs.answers.sequences
        ]
        for name, value in theirs.metrics.items():
            assert ours.metrics[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name
    assert "sampling/kl" not in theirs.metrics


def test_metrics_of_the_correction() -> None:
    mask = torch.tensor([[True, True], [True, False]])
    logprobs = torch.tensor([[-1.0, -1.0], [-3.0, math.nan]])
    drawn = torch.tensor([[-1.0, -2.0], [-2.0, 0.0]])
    weights = importance_weights(logprobs, drawn, mask, cap=2.0)
    metrics = correction_metrics(logprobs, drawn, mask, weights, cap=2.0)
    assert metrics["sampling/sampling_logp_difference/mean"] == pytest.approx(2 / 3)
    assert metrics["sampling/sampling_logp_difference/max"] == 1
    assert metrics["sampling/importance_sampling_ratio/min"] == pytest.approx(math.exp(-1))
    assert metrics["sampling/importance_sampling_ratio/max"] == 2
    assert metrics["sampling/truncated_share"] == pytest.approx(1 / 3)
    assert metrics["sampling/kl"] == pytest.approx(0)
