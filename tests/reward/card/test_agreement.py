"""The scores of the trainer's batches are those of texts, and a difference is never passed over."""

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from trl.trainer.reward_trainer import DataCollatorForPreference

from cai.errors import RunError
from cai.journal import read_records
from cai.progress import silent
from cai.records import Preference
from cai.reward.card.agreement import BOUND, compared, through_trainer
from cai.reward.pairs import Pair, encode_pair
from cai.reward.score import Scorer
from cai.reward.soft_label import SoftLabelRewardTrainer
from cai.reward.train import RewardSettings, run, trainer_config
from cai.soft_labels import SoftLabelCollator


@pytest.fixture(scope="module")
def scorer(
    newline_base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory
) -> Scorer:
    folder = tmp_path_factory.mktemp("reward")
    settings = RewardSettings(epochs=1, batch_size=8, learning_rate=3e-3)
    run(preferences=preferences, sft=newline_base, settings=settings, folder=folder,
        progress=silent)  # fmt: skip
    return Scorer(str(folder / "model"))


def trainer(scorer: Scorer, pairs: list[Pair], folder: Path) -> SoftLabelRewardTrainer:
    return SoftLabelRewardTrainer(
        model=scorer.model,
        args=trainer_config(RewardSettings(), folder),
        data_collator=SoftLabelCollator(DataCollatorForPreference(scorer.tokenizer.pad_token_id)),
        train_dataset=Dataset.from_list([pair.columns() for pair in pairs]),
        processing_class=scorer.tokenizer,
    )


def test_a_template_that_ends_in_a_newline_makes_no_difference(
    scorer: Scorer, preferences: Path, tmp_path: Path
) -> None:
    rows = read_records(preferences, Preference)[:24]
    pairs = [encode_pair(scorer.tokenizer, row) for row in rows]
    trained = through_trainer(trainer(scorer, pairs, tmp_path), [p.columns() for p in pairs], 7)
    texts = [[*row.prompt, *side] for row in rows for side in (row.chosen, row.rejected)]
    found = compared(trained, scorer(texts).tolist())
    assert found["answers"] == 48
    assert found["largest_difference"] <= BOUND
    # In the right order, too: chosen answers are no others'.
    assert trained[0] == pytest.approx(scorer([texts[0]]).item(), abs=1e-5)


def test_an_end_token_that_is_missing_on_one_way_fails_loudly(
    scorer: Scorer, preferences: Path, tmp_path: Path
) -> None:
    rows = read_records(preferences, Preference)[:8]
    pairs = [encode_pair(scorer.tokenizer, row) for row in rows]
    wrong = [
        {**pair.columns(), "chosen_ids": pair.chosen_ids[:-1], "rejected_ids": pair.rejected_ids}
        for pair in pairs
    ]
    trained = through_trainer(trainer(scorer, pairs, tmp_path), wrong, 8)
    texts = [[*row.prompt, *side] for row in rows for side in (row.chosen, row.rejected)]
    with pytest.raises(RunError, match="PPO would follow another reward than was trained"):
        compared(trained, scorer(texts).tolist())


def test_the_bound_is_one_of_rounding() -> None:
    scores = torch.linspace(-40, 40, 9).tolist()
    assert compared([s * (1 + 5e-6) for s in scores], scores)["bound"] == pytest.approx(40 * BOUND)
    with pytest.raises(RunError):
        compared([s + 1e-3 for s in scores], scores)
    with pytest.raises(RunError):
        compared([0.1, float("nan")], [0.1, 0.1])
    assert compared([], [])["answers"] == 0
