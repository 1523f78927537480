"""One conversation has one score, by whichever path it reaches the model."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from trl.trainer.reward_trainer import DataCollatorForPreference

from cai.errors import EngineError
from cai.models import encode_full, load_scorer, load_tokenizer
from cai.records import Message, said_by
from cai.reward.score import Scorer
from cai.reward.train import fresh_head
from cai.soft_labels import SoftLabelCollator

Conversations = list[list[Message]]


@pytest.fixture(params=["base", "newline_base"])
def reward_model(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    base: str = request.getfixturevalue(request.param)
    tokenizer = load_tokenizer(base)
    model = load_scorer(base, tokenizer=tokenizer)
    fresh_head(model, seed=0)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return str(tmp_path)


def test_the_training_batch_and_the_scorer_agree(
    reward_model: str, conversations: Conversations
) -> None:
    scorer = Scorer(reward_model)
    ids = [encode_full(scorer.tokenizer, each) for each in conversations]
    collator = SoftLabelCollator(DataCollatorForPreference(scorer.tokenizer.pad_token_id))
    rows = [{"chosen_ids": ids[i], "rejected_ids": ids[i + 1], "probability": 0.7} for i in (0, 2)]
    batch = collator(rows)
    del batch["probability"]
    with torch.inference_mode():
        trained = scorer.model(**batch).logits.squeeze(-1)  # both chosen, then both rejected
    torch.testing.assert_close(scorer(conversations)[[0, 2, 1, 3]], trained, atol=1e-5, rtol=0)


def test_a_score_is_read_at_the_end_of_turn(
    reward_model: str, conversations: Conversations
) -> None:
    scorer = Scorer(reward_model)
    for conversation, score in zip(conversations, scorer(conversations).tolist(), strict=True):
        ids = encode_full(scorer.tokenizer, conversation)
        assert ids[-1] == scorer.tokenizer.eos_token_id
        with torch.inference_mode():
            hidden = scorer.model.model(torch.tensor([ids])).last_hidden_state[0, -1]
            expected = scorer.model.score(hidden).item()
        assert score == pytest.approx(expected, abs=1e-5)


def test_scores_do_not_depend_on_the_batch(reward_model: str, conversations: Conversations) -> None:
    alone, together = Scorer(reward_model, token_budget=1), Scorer(reward_model)
    torch.testing.assert_close(alone(conversations), together(conversations), atol=1e-5, rtol=0)


def test_normalised_scores_use_the_models_own_statistics(
    reward_model: str, conversations: Conversations
) -> None:
    raw = Scorer(reward_model)(conversations)
    config = Path(reward_model) / "config.json"
    values = json.loads(config.read_text())
    config.write_text(json.dumps(values | {"cai_reward_mean": 0.25, "cai_reward_std": 2.0}))
    torch.testing.assert_close(
        Scorer(reward_model, normalised=True)(conversations), (raw - 0.25) / 2.0
    )


def test_missing_statistics_and_long_conversations_are_explained(reward_model: str) -> None:
    with pytest.raises(EngineError, match="cai_reward_mean"):
        Scorer(reward_model, normalised=True)
    long = [*said_by("user", "x"), *said_by("assistant", "word " * 400)]
    with pytest.raises(EngineError, match="does not fit the 256"):
        Scorer(reward_model)([long])


def test_nothing_has_no_scores(reward_model: str) -> None:
    assert Scorer(reward_model)([]).shape == (0,)


def test_a_folder_without_weights_is_explained(reward_model: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(reward_model, broken, ignore=shutil.ignore_patterns("*.safetensors", "broken"))
    with pytest.raises(EngineError, match="cannot be loaded"):
        Scorer(str(broken))
