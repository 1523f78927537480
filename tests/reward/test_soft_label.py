"""The loss, against float64 and its identities, through TRL's own trainer."""

import math
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import logsigmoid
from trl import RewardConfig, RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference

from cai.models import load_scorer, load_tokenizer
from cai.reward.soft_label import SoftLabelRewardTrainer, swap_costs
from cai.reward.train import fresh_head
from cai.soft_labels import SoftLabelCollator, soft_term
from cai.training import trl_config

margins = st.floats(-30, 30)
probabilities = st.floats(0, 1)

ROWS = [
    {"chosen_ids": [5, 6, 7, 1], "rejected_ids": [5, 9, 1], "probability": 0.9},
    {"chosen_ids": [5, 8, 1], "rejected_ids": [5, 6, 7, 8, 9, 1], "probability": 0.6},
    {"chosen_ids": [6, 8, 1], "rejected_ids": [6, 1], "probability": 1.0},
]


def definition(margin: float, probability: float) -> float:
    """-(p log sigma(d) + (1 - p) log sigma(-d)), term by term in float64."""

    def log_sigmoid(x: float) -> float:
        return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))

    return -(probability * log_sigmoid(margin) + (1 - probability) * log_sigmoid(-margin))


def loss(margin: float, probability: float) -> float:
    d = torch.tensor([margin], dtype=torch.float64)
    p = torch.tensor([probability], dtype=torch.float64)
    return (-logsigmoid(d).mean() + soft_term(d, p)).item()


@given(margins, probabilities)
def test_hard_loss_and_soft_term_are_the_cross_entropy(margin: float, probability: float) -> None:
    assert loss(margin, probability) == pytest.approx(definition(margin, probability), abs=1e-9)


@given(margins, probabilities)
def test_swapping_the_answers_changes_nothing(margin: float, probability: float) -> None:
    assert loss(margin, probability) == pytest.approx(loss(-margin, 1 - probability), abs=1e-9)


@given(margins)
def test_a_sure_label_gives_the_hard_loss(margin: float) -> None:
    assert soft_term(torch.tensor([margin]), torch.tensor([1.0])).item() == 0


@given(probabilities)
def test_the_loss_is_least_at_the_labels_own_log_odds(probability: float) -> None:
    p = min(max(probability, 1e-6), 1 - 1e-6)
    best = math.log(p / (1 - p))
    assert loss(best, p) <= min(loss(best - 0.1, p), loss(best + 0.1, p))


strengths = st.floats(0, 10)


def with_margin(difference: float, probability: float, margin: float) -> float:
    """-(p log sigma(d - m) + (1 - p) log sigma(-d - m)), term by term in float64."""
    return probability * definition(difference - margin, 1.0) + (1 - probability) * definition(
        -difference - margin, 1.0
    )


def loss_with(difference: float, probability: float, margin: float) -> float:
    d, p, m = (torch.tensor([x], dtype=torch.float64) for x in (difference, probability, margin))
    return (-logsigmoid(d - m).mean() + soft_term(swap_costs(d, m), p)).item()


@given(margins, probabilities, strengths)
def test_a_strength_counts_for_whichever_answer_is_better(d: float, p: float, m: float) -> None:
    assert loss_with(d, p, m) == pytest.approx(with_margin(d, p, m), abs=1e-9)


@given(margins, probabilities, strengths)
def test_swapping_the_answers_changes_nothing_with_a_strength(d: float, p: float, m: float) -> None:
    assert loss_with(d, p, m) == pytest.approx(loss_with(-d, 1 - p, m), abs=1e-9)


@given(margins, probabilities)
def test_without_strength_it_is_the_soft_loss(d: float, p: float) -> None:
    assert loss_with(d, p, 0.0) == pytest.approx(definition(d, p), abs=1e-9)
    plain = torch.tensor([d])
    assert torch.equal(swap_costs(plain), plain)


@given(margins, strengths)
def test_a_sure_label_with_a_strength_is_llama_2s_loss(d: float, m: float) -> None:
    assert loss_with(d, 1.0, m) == pytest.approx(definition(d - m, 1.0), abs=1e-12)


@given(st.floats(0.55, 0.95), st.floats(0.1, 3))
def test_strengths_widen_rewards_beyond_the_log_odds(p: float, m: float) -> None:
    low, high = 0.0, 60.0
    for _ in range(24):  # the slope of a convex function changes its sign once
        middle = (low + high) / 2
        slope = loss_with(middle + 1e-4, p, m) - loss_with(middle - 1e-4, p, m)
        low, high = (middle, high) if slope < 0 else (low, middle)
    assert low > math.log(p / (1 - p))


def trainer(kind: type, base: str, folder: Path, rows: list[dict[str, object]]) -> RewardTrainer:
    tokenizer = load_tokenizer(base)
    model = load_scorer(base, tokenizer=tokenizer)
    fresh_head(model, seed=1)
    pairs = DataCollatorForPreference(tokenizer.pad_token_id)
    return kind(
        model=model,
        args=trl_config(
            RewardConfig,
            section="reward",
            folder=folder,
            own={
                "center_rewards_coefficient": 0.01,
                "remove_unused_columns": False,
                "bf16": False,
                "use_cpu": True,
            },
            user={},
        ),
        data_collator=SoftLabelCollator(pairs) if kind is SoftLabelRewardTrainer else pairs,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )


def batch_loss(made: RewardTrainer, rows: list[dict[str, object]]) -> torch.Tensor:
    return made.compute_loss(made.model, made.data_collator(rows))


def test_the_trainers_loss_is_the_definition(base: str, tmp_path: Path) -> None:
    made = trainer(SoftLabelRewardTrainer, base, tmp_path, ROWS)
    batch = made.data_collator(ROWS)
    labels = batch.pop("probability").double()
    rewards = made.model(**batch).logits.squeeze(-1).double()
    chosen, rejected = rewards.chunk(2)
    expected = (
        sum(
            definition(margin, p)
            for margin, p in zip((chosen - rejected).tolist(), labels.tolist(), strict=True)
        )
        / len(ROWS)
        + 0.01 * ((chosen + rejected) ** 2).mean().item()
    )
    assert batch_loss(made, ROWS).item() == pytest.approx(expected, abs=1e-6)


def test_with_sure_labels_the_trainer_is_trls_own(base: str, tmp_path: Path) -> None:
    rows = [row | {"probability": 1.0} for row in ROWS]
    plain = [{k: v for k, v in row.items() if k != "probability"} for row in ROWS]
    soft = trainer(SoftLabelRewardTrainer, base, tmp_path, rows)
    hard = trainer(RewardTrainer, base, tmp_path, plain)
    assert batch_loss(soft, rows).item() == batch_loss(hard, plain).item()


def test_the_trainers_loss_with_strengths_is_the_definition(base: str, tmp_path: Path) -> None:
    rows = [row | {"margin": margin} for row, margin in zip(ROWS, (0.5, 0.0, 1.5), strict=True)]
    made = trainer(SoftLabelRewardTrainer, base, tmp_path, rows)
    batch = made.data_collator(rows)
    del batch["probability"]
    strengths = batch.pop("margin").tolist()
    chosen, rejected = made.model(**batch).logits.squeeze(-1).double().chunk(2)
    expected = (
        sum(
            with_margin(d, row["probability"], m)
            for d, row, m in zip((chosen - rejected).tolist(), rows, strengths, strict=True)
        )
        / len(rows)
        + 0.01 * ((chosen + rejected) ** 2).mean().item()
    )
    assert batch_loss(made, rows).item() == pytest.approx(expected, abs=1e-6)


def test_with_sure_labels_and_strengths_the_trainer_is_trls_own(base: str, tmp_path: Path) -> None:
    plain = [
        {**{k: v for k, v in row.items() if k != "probability"}, "margin": 0.7} for row in ROWS
    ]
    soft = trainer(
        SoftLabelRewardTrainer, base, tmp_path, [r | {"probability": 1.0} for r in plain]
    )
    hard = trainer(RewardTrainer, base, tmp_path, plain)
    own = batch_loss(soft, [row | {"probability": 1.0} for row in plain])
    assert own.item() == batch_loss(hard, plain).item()


def test_centring_fixes_the_zero_that_differences_leave_free(base: str, tmp_path: Path) -> None:
    """Its gradient is that of c (r_chosen + r_rejected)^2, and no label changes it."""
    made = trainer(SoftLabelRewardTrainer, base, tmp_path, ROWS)
    for probability in (0.5, 0.9):
        rows = [row | {"probability": probability} for row in ROWS]
        found = []
        for coefficient in (0.01, None):
            made.args.center_rewards_coefficient = coefficient
            made.model.zero_grad()
            batch_loss(made, rows).backward()
            found.append(made.model.score.weight.grad.clone())
        made.model.zero_grad()
        batch = made.data_collator(rows)
        del batch["probability"]
        chosen, rejected = made.model(**batch).logits.squeeze(-1).chunk(2)
        (0.01 * (chosen + rejected).square().mean()).backward()
        torch.testing.assert_close(
            found[0] - found[1], made.model.score.weight.grad, atol=1e-6, rtol=1e-3
        )


def test_the_labels_reach_the_gradient(base: str, tmp_path: Path) -> None:
    """An indifferent label pulls a margin to zero, a sure one widens it."""
    made = trainer(SoftLabelRewardTrainer, base, tmp_path, ROWS)
    gradients = []
    for probability in (0.5, 1.0):
        made.model.zero_grad()
        batch_loss(made, [row | {"probability": probability} for row in ROWS]).backward()
        gradients.append(made.model.score.weight.grad.clone())
    assert gradients[0].norm() < 0.2 * gradients[1].norm()


def test_the_head_starts_small_and_depends_on_the_seed_alone(base: str) -> None:
    tokenizer = load_tokenizer(base)
    heads = []
    for seed in (3, 3, 4):
        model = load_scorer(base, tokenizer=tokenizer)
        fresh_head(model, seed)
        heads.append(model.score.weight.detach().clone())
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    assert heads[0].norm().item() == pytest.approx(0.1, rel=0.5)
