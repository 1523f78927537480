"""Reward models trained with LoRA: what is kept, and that all ways to read it agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertTokenizer,
)

from cai.journal import read_rows, write_rows
from cai.models import encode_full, load_causal, load_new_scorer, load_tokenizer
from cai.progress import silent
from cai.quiet import quiet
from cai.records import Message
from cai.reward.adapter import adapter_over, scorer_over
from cai.reward.score import Scorer
from cai.reward.train import RewardSettings, run
from tests.reward.killed import train_and_kill

SETTINGS = RewardSettings(epochs=3, batch_size=8, learning_rate=1e-2, lora_rank=4)


@pytest.fixture(scope="module")
def trained(base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reward")
    run(preferences=preferences, sft=base, settings=SETTINGS, folder=folder, progress=silent)
    return folder


def test_it_learns_and_leaves_a_plain_model_and_its_adapter(trained: Path, base: str) -> None:
    card = json.loads((trained / "card.json").read_text())
    assert card["accuracy"]["value"] >= 0.9
    before, after = (load_file(Path(f) / "model.safetensors") for f in (base, trained / "model"))
    moved = {
        name for name in before if name in after and not torch.equal(before[name], after[name])
    }
    assert moved == {name for name in before if "_proj" in name}
    assert sorted(path.name for path in trained.iterdir()) == [
        "adapter",
        "card.json",
        "metrics.jsonl",
        "model",
    ]
    kept = load_file(trained / "adapter" / "adapter_model.safetensors")
    assert all("lora_" in name or name.endswith("score.weight") for name in kept)


def test_merged_adapter_and_shared_memory_give_the_same_scores(
    trained: Path, base: str, conversations: list[list[Message]]
) -> None:
    """Through our own reading of the two folders, through peft's, and over the base's memory."""
    merged = Scorer(str(trained / "model"), normalised=True)
    alone = Scorer(str(trained / "adapter"), normalised=True)
    shared = Scorer(
        str(trained / "adapter"),
        normalised=True,
        model=scorer_over(load_causal(base), trained / "adapter"),
    )
    assert merged.statistics == alone.statistics == shared.statistics
    expected = merged(conversations)
    torch.testing.assert_close(alone(conversations), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(shared(conversations), expected, atol=1e-5, rtol=1e-5)

    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    with quiet():
        model = PeftModel.from_pretrained(model, str(trained / "adapter")).eval()
    tokenizer = AutoTokenizer.from_pretrained(trained / "adapter")
    model.config.pad_token_id = tokenizer.pad_token_id
    mean, std = merged.statistics or (0.0, 1.0)
    with torch.no_grad():
        for conversation, score in zip(conversations, expected, strict=True):
            ids = torch.tensor([encode_full(tokenizer, conversation)])
            raw = float(model(input_ids=ids).logits)
            assert (raw - mean) / std == pytest.approx(float(score), abs=1e-4)


def test_the_adapter_names_its_base_and_is_known_by_its_weights(
    trained: Path, base: str, newline_base: str
) -> None:
    config = json.loads((trained / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base
    assert config["task_type"] == "SEQ_CLS"
    assert adapter_over(base, str(trained / "model")) == trained / "adapter"
    assert adapter_over(base, str(trained / "adapter")) == trained / "adapter"
    assert adapter_over(newline_base, str(trained / "model")) is None
    assert adapter_over(base, base) is None


def test_a_killed_training_goes_on_to_the_same_files(
    base: str, preferences: Path, trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    train_and_kill(preferences=preferences, base=base, settings=SETTINGS, folder=folder, at=14)
    for _ in range(2):  # the second time there is nothing left to train
        run(preferences=preferences, sft=base, settings=SETTINGS, folder=folder, progress=silent)
        assert contents(folder) == contents(trained)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_reward_model_as_base_keeps_its_head_under_adapters(
    trained: Path, preferences: Path, tmp_path: Path
) -> None:
    """Be it a plain folder, or itself an adapter."""
    for name in ("model", "adapter"):
        settings = RewardSettings(
            base=str(trained / name), epochs=1, learning_rate=1e-9, lora_rank=2
        )
        folder = tmp_path / name
        folder.mkdir()
        run(preferences=preferences, sft="-", settings=settings, folder=folder, progress=silent)
        heads = [
            AutoModelForSequenceClassification.from_pretrained(path / "model").score.weight
            for path in (trained, folder)
        ]
        torch.testing.assert_close(heads[0], heads[1], atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def bert(preferences: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An encoder with a tokenizer of its own, and without what pools its states for a score."""
    folder = tmp_path_factory.mktemp("bert")
    words = {w for row in read_rows(preferences) for w in re.findall("[a-z]+", str(row))}
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz0123456789"]
    vocabulary = dict.fromkeys([*pieces, *sorted(words)])
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    tokenizer = BertTokenizer.from_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertForMaskedLM(
            BertConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=128,
                initializer_range=0.2,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("rank", [0, 4])
def test_an_encoder_is_a_reward_model(
    bert: str, preferences: Path, rank: int, tmp_path: Path, conversations: list[list[Message]]
) -> None:
    tokenizer = load_tokenizer(bert)
    ids = encode_full(tokenizer, conversations[1])
    assert ids[0] == tokenizer.cls_token_id
    assert ids.count(tokenizer.sep_token_id) == 1
    assert ids[-1] == tokenizer.sep_token_id
    settings = RewardSettings(
        base=bert, epochs=8, batch_size=8, learning_rate=1e-2 if rank else 1e-3, lora_rank=rank
    )
    run(preferences=preferences, sft="-", settings=settings, folder=tmp_path, progress=silent)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["accuracy"]["value"] >= 0.9
    scores = Scorer(str(tmp_path / "model"), normalised=True)(conversations)
    if rank:
        found = Scorer(str(tmp_path / "adapter"), normalised=True)(conversations)
        torch.testing.assert_close(found, scores, atol=1e-4, rtol=1e-4)


def test_what_has_no_weights_on_disk_is_drawn_by_the_seed(bert: str) -> None:
    tokenizer = load_tokenizer(bert)
    weights = []
    for caller, seed in enumerate((1, 1, 2)):
        torch.manual_seed(caller)
        model, drawn = load_new_scorer(bert, tokenizer=tokenizer, seed=seed)
        assert drawn == ["bert.pooler.dense", "classifier"]
        weights.append(model.get_submodule(drawn[0]).weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_training_sees_what_the_scorer_sees_with_an_encoder(
    bert: str, preferences: Path, tmp_path: Path
) -> None:
    own = tmp_path / "preferences.jsonl"
    write_rows(own, [row for row in read_rows(preferences) if row["split"] == "train"])
    settings = RewardSettings(base=bert, epochs=1, batch_size=64, learning_rate=1e-12)
    run(preferences=own, sft="-", settings=settings, folder=tmp_path, progress=silent)
    (row, *_) = read_rows(tmp_path / "metrics.jsonl")
    scores = Scorer(str(tmp_path / "model"))(
        [[*r["prompt"], *r[side]] for side in ("chosen", "rejected") for r in read_rows(own)]
    )
    chosen, rejected = scores.chunk(2)
    assert row["margin"] == pytest.approx((chosen - rejected).mean().item(), abs=1e-5)
    assert row["max_reward"] == pytest.approx(scores.max().item(), abs=1e-5)


def test_a_negative_rank_is_refused(make_preference: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="lora_rank"):
        RewardSettings(lora_rank=-1)
