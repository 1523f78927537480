"""The scores of the trainer's batches are those of texts, and a difference is never passed over."""

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from torch.utils.data import DataLoader

from cai.errors import RunError
from cai.journal import read_records
from cai.progress import silent
from cai.records import Message, Preference
from cai.reward.card.agreement import BOUND, compared, through_batches
from cai.reward.pairs import encode_pair
from cai.reward.score import Scorer
from cai.reward.soft_label import SoftLabelRewardTrainer, collator_of
from cai.reward.train import RewardSettings, run, trainer_config


@pytest.fixture(scope="module")
def scorer(
    newline_base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory
) -> Scorer:
    folder = tmp_path_factory.mktemp("reward")
    settings = RewardSettings(epochs=1, batch_size=8, learning_rate=3e-3)
    run(preferences=preferences, sft=newline_base, settings=settings, folder=folder,
        progress=silent)  # fmt: skip
    return Scorer(str(folder / "model"))


def texts(rows: list[Preference]) -> list[list[Message]]:
    return [[*row.prompt, *side] for row in rows for side in (row.chosen, row.rejected)]


def test_a_template_that_ends_in_a_newline_makes_no_difference(
    scorer: Scorer, preferences: Path
) -> None:
    rows = read_records(preferences, Preference)[:24]
    columns = [encode_pair(scorer.tokenizer, row).columns() for row in rows]
    trained = through_batches(scorer.model, collator_of(scorer.tokenizer), columns, 7)
    found = compared(trained, scorer(texts(rows)).tolist())
    assert found["answers"] == 48
    assert found["largest_difference"] <= BOUND
    # In the right order, too: chosen answers are no others'.
    assert trained[0] == pytest.approx(scorer([texts(rows)[0]]).item(), abs=1e-5)


def test_it_is_what_the_trainer_computes_its_loss_from(
    scorer: Scorer, preferences: Path, tmp_path: Path
) -> None:
    rows = read_records(preferences, Preference)[:8]
    columns = [encode_pair(scorer.tokenizer, row).columns() for row in rows]
    trainer = SoftLabelRewardTrainer(
        model=scorer.model,
        args=trainer_config(RewardSettings(), tmp_path),
        data_collator=collator_of(scorer.tokenizer),
        train_dataset=Dataset.from_list(columns),
        processing_class=scorer.tokenizer,
    )
    batch = next(iter(DataLoader(columns, batch_size=8, collate_fn=trainer.data_collator)))
    with torch.inference_mode():
        _, outputs = trainer.compute_loss(scorer.model, batch, return_outputs=True)
    chosen, rejected = outputs.logits.squeeze(-1).chunk(2)
    found = through_batches(scorer.model, collator_of(scorer.tokenizer), columns, 8)
    assert found[0::2] == chosen.tolist()
    assert found[1::2] == rejected.tolist()


def test_an_end_token_that_is_missing_on_one_way_fails_loudly(
    scorer: Scorer, preferences: Path
) -> None:
    rows = read_records(preferences, Preference)[:8]
    wrong = []
    for row in rows:
        pair = encode_pair(scorer.tokenizer, row)
        wrong.append({**pair.columns(), "chosen_ids": pair.chosen_ids[:-1]})
    trained = through_batches(scorer.model, collator_of(scorer.tokenizer), wrong, 8)
    with pytest.raises(RunError, match="PPO would follow another reward than was trained"):
        compared(trained, scorer(texts(rows)).tolist())


def test_the_bound_is_one_of_rounding() -> None:
    scores = torch.linspace(-40, 40, 9).tolist()
    assert compared([s * (1 + 5e-6) for s in scores], scores)["bound"] == pytest.approx(40 * BOUND)
    with pytest.raises(RunError):
        compared([s + 1e-3 for s in scores], scores)
    with pytest.raises(RunError):
        compared([0.1, float("nan")], [0.1, 0.1])
    assert compared([], [])["answers"] == 0
