"""The reward stage end to end, with TRL's real trainer on a tiny model."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from cai.errors import DataError, RecipeError, RunError
from cai.journal import read_rows, write_rows
from cai.progress import silent
from cai.reward.score import Scorer
from cai.reward.train import RewardSettings, run
from tests.reward.killed import train_and_kill

SETTINGS = RewardSettings(epochs=3, batch_size=8, learning_rate=3e-3)


@pytest.fixture(scope="module")
def trained(base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reward")
    run(preferences=preferences, sft=base, settings=SETTINGS, folder=folder, progress=silent)
    return folder


def test_it_learns_and_says_how_well(trained: Path) -> None:
    card = json.loads((trained / "card.json").read_text())
    assert card["pairs"] == {"train": 64, "heldout": 32, "too_long": 0}
    assert card["measured_on"] == "heldout"
    accuracy = card["accuracy"]
    assert accuracy["n"] == 32
    assert accuracy["value"] >= 0.9
    assert accuracy["low"] < accuracy["value"] <= accuracy["high"]
    assert card["longer_answer"]["value"] < 0.8
    assert card["entropy_floor"] < card["cross_entropy"] < 0.69
    losses = [row["loss"] for row in read_rows(trained / "metrics.jsonl") if "loss" in row]
    assert losses[0] == pytest.approx(0.69, abs=0.05)
    assert {"accuracy", "margin", "min_reward", "mean_reward", "max_reward"} <= set(
        next(iter(read_rows(trained / "metrics.jsonl")))
    )


def test_the_model_is_a_plain_folder_with_its_scale(trained: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(trained / "model")
    card = json.loads((trained / "card.json").read_text())
    assert model.config.num_labels == 1
    assert model.config.cai_reward_mean == pytest.approx(card["reward_mean"])
    assert model.config.cai_reward_std == pytest.approx(card["reward_std"])
    assert not (trained / "checkpoints").exists()


def test_normalised_scores_have_mean_zero_and_deviation_one_on_the_heldout_answers(
    trained: Path, preferences: Path
) -> None:
    scorer = Scorer(str(trained / "model"), normalised=True)
    answers = [
        [*row["prompt"], *row[side]]
        for row in read_rows(preferences)
        if row["split"] == "heldout"
        for side in ("chosen", "rejected")
    ]
    scores = scorer(answers).double()
    assert scores.mean().item() == pytest.approx(0, abs=1e-5)
    assert scores.std(correction=0).item() == pytest.approx(1, abs=1e-5)


def test_a_killed_training_goes_on_to_the_same_model(
    base: str, preferences: Path, trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    train_and_kill(preferences=preferences, base=base, settings=SETTINGS, folder=folder, at=14)
    assert any((folder / "checkpoints").iterdir())
    seen: list[int] = []
    run(
        preferences=preferences,
        sft=base,
        settings=SETTINGS,
        folder=folder,
        progress=lambda done, total, note="": seen.append(done),
    )
    assert min(seen) >= 10
    # The files of the two differ in nothing: weights, metrics, card.
    for name in ("model/model.safetensors", "model/config.json", "metrics.jsonl", "card.json"):
        assert (folder / name).read_bytes() == (trained / name).read_bytes(), name


def test_a_finished_model_is_not_trained_again(base: str, preferences: Path, trained: Path) -> None:
    before = (trained / "model" / "model.safetensors").stat().st_mtime_ns
    card = (trained / "card.json").read_text()
    run(preferences=preferences, sft=base, settings=SETTINGS, folder=trained, progress=silent)
    assert (trained / "model" / "model.safetensors").stat().st_mtime_ns == before
    assert (trained / "card.json").read_text() == card


def test_a_reward_model_as_base_keeps_its_head(
    trained: Path, preferences: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    settings = RewardSettings(base=str(trained / "model"), epochs=1, learning_rate=1e-9)
    run(preferences=preferences, sft="unused", settings=settings, folder=folder, progress=silent)
    heads = [
        AutoModelForSequenceClassification.from_pretrained(path / "model").score.weight
        for path in (trained, folder)
    ]
    torch.testing.assert_close(heads[0], heads[1], atol=1e-6, rtol=0)


def test_training_sees_what_the_scorer_sees_without_dropout(
    tiny_gpt2: Path, preferences: Path, tmp_path: Path
) -> None:
    """One step over all pairs with a learning rate of nothing, on a base model that has dropout."""
    own = _only(preferences, "train", tmp_path)
    settings = RewardSettings(epochs=1, batch_size=64, learning_rate=1e-12)
    run(preferences=own, sft=str(tiny_gpt2), settings=settings, folder=tmp_path, progress=silent)
    (row, *_) = read_rows(tmp_path / "metrics.jsonl")
    scores = Scorer(str(tmp_path / "model"))(
        [[*r["prompt"], *r[side]] for side in ("chosen", "rejected") for r in read_rows(own)]
    )
    chosen, rejected = scores.chunk(2)
    assert row["margin"] == pytest.approx((chosen - rejected).mean().item(), abs=1e-5)
    assert row["min_reward"] == pytest.approx(scores.min().item(), abs=1e-5)
    assert row["max_reward"] == pytest.approx(scores.max().item(), abs=1e-5)


def test_long_pairs_are_counted_and_left_out(base: str, preferences: Path, tmp_path: Path) -> None:
    rows = list(read_rows(preferences))
    rows[0]["chosen"][0]["content"] = "gardens " * 60
    write_rows(tmp_path / "preferences.jsonl", rows)
    counts = run(
        preferences=tmp_path / "preferences.jsonl",
        sft=base,
        settings=RewardSettings(epochs=1, batch_size=8, max_length=48),
        folder=tmp_path,
        progress=silent,
    )
    assert (counts["train"], counts["too_long"]) == (63, 1)


def test_without_heldout_pairs_the_card_claims_nothing(
    base: str, preferences: Path, tmp_path: Path
) -> None:
    own = _only(preferences, "train", tmp_path)
    settings = RewardSettings(epochs=1, batch_size=8)
    run(preferences=own, sft=base, settings=settings, folder=tmp_path, progress=silent)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["accuracy"] == {"value": None, "low": None, "high": None, "n": 0}
    assert card["measured_on"] == "train"
    assert card["reward_std"] > 0


def test_nothing_to_train_on_is_an_error(base: str, preferences: Path, tmp_path: Path) -> None:
    own = _only(preferences, "heldout", tmp_path)
    with pytest.raises(RunError, match="label more prompts"):
        run(preferences=own, sft=base, settings=SETTINGS, folder=tmp_path, progress=silent)


@pytest.mark.parametrize("trl", [{"max_lenght": 3}, {"remove_unused_columns": True}])
def test_trl_settings_are_checked(
    base: str, preferences: Path, tmp_path: Path, trl: dict[str, object]
) -> None:
    settings = RewardSettings(trl=trl)
    with pytest.raises(RecipeError, match=next(iter(trl))):
        run(preferences=preferences, sft=base, settings=settings, folder=tmp_path, progress=silent)


def test_labels_with_a_strength_push_rewards_apart(
    base: str, preferences: Path, tmp_path: Path
) -> None:
    rows = list(read_rows(preferences))
    spread = {}
    for margin in (0.0, 3.0):
        folder = tmp_path / str(margin)
        folder.mkdir()
        write_rows(folder / "preferences.jsonl", [row | {"margin": margin} for row in rows])
        run(
            preferences=folder / "preferences.jsonl",
            sft=base,
            settings=SETTINGS,
            folder=folder,
            progress=silent,
        )
        spread[margin] = json.loads((folder / "card.json").read_text())["reward_std"]
    assert spread[3.0] > 1.02 * spread[0.0]
    write_rows(tmp_path / "preferences.jsonl", [rows[0] | {"margin": -1.0}])
    with pytest.raises(DataError, match=r"margin -1\.0; give a number of at least 0"):
        run(
            preferences=tmp_path / "preferences.jsonl",
            sft=base,
            settings=SETTINGS,
            folder=tmp_path,
            progress=silent,
        )


def _only(preferences: Path, split: str, folder: Path) -> Path:
    path = folder / "preferences.jsonl"
    write_rows(path, [row for row in read_rows(preferences) if row["split"] == split])
    return path
