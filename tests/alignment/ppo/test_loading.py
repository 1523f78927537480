"""Which of PPO's models share weights, and that sharing changes no number."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import bytes_of, sets_of_weights
from cai.alignment.ppo import (
    ComputeSettings,
    PPOConfig,
    PPOTrainer,
    TokenPolicy,
    ValueModel,
    ValueSettings,
)
from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.loading import (
    adapted_policy,
    scorer_loader,
    value_from_policy,
    value_from_scorer,
    weights_line,
)
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.run import build_trainer
from cai.journal import write_rows
from cai.models import load_causal, load_scorer, load_tokenizer
from cai.progress import silent
from cai.records import Preference, Prompt, said_by, to_row
from cai.reward.score import Scorer
from cai.reward.train import RewardSettings
from cai.reward.train import run as train_reward

SETTINGS = PPOConfig(
    total_episodes=16, batch_size=4, minibatch_size=2, max_new_tokens=8, lora_rank=4,
    learning_rate=1e-2, value=ValueSettings(warmup_updates=1),
    compute=ComputeSettings(micro_batch_tokens=64),
)  # fmt: skip
SEQUENCES = [
    TokenSequence((10, 11, 12), (13, 14, 1)),
    TokenSequence((30, 31, 32, 33, 34, 35), (36, 37, 38, 39, 40, 1)),
    TokenSequence((20,), (21,)),
]
BATCH = collate(SEQUENCES, torch.device("cpu"))


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def stages(
    request: pytest.FixtureRequest,
    folders: dict[str, Path],
    make_preference: Callable[..., Preference],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, str]:
    """The folders of an SFT model, and of a reward model trained from it with LoRA."""
    folder = tmp_path_factory.mktemp("reward")
    rng = random.Random(0)
    rows = [
        make_preference(f"tell me {i}", f"{rng.random()} bread", f"{rng.random()}", 0.9, split)
        for i, split in enumerate(["train"] * 16 + ["heldout"] * 8)
    ]
    write_rows(folder / "preferences.jsonl", map(to_row, rows))
    settings = RewardSettings(lora_rank=2, epochs=2, batch_size=4, learning_rate=1e-2)
    sft = str(folders[request.param])
    train_reward(
        preferences=folder / "preferences.jsonl", sft=sft, settings=settings,
        folder=folder / "reward", progress=silent,
    )  # fmt: skip
    return sft, str(folder / "reward" / "model")


def frozen(module: nn.Module) -> set[int]:
    return {p.untyped_storage().data_ptr() for p in module.parameters() if not p.requires_grad}


class Models(NamedTuple):
    policy: PreTrainedModel
    scorer: Scorer
    value: ValueModel


def load_models(policy: str, reward: str, settings: PPOConfig) -> Models:
    tokenizer = load_tokenizer(policy)
    model = load_causal(policy, tokenizer=tokenizer)
    scorer = scorer_loader(policy, model, tokenizer, settings)(reward, normalised=True)
    mean, std = scorer.statistics or (0.0, 1.0)
    value = value_from_scorer(scorer.model, settings, mean=mean, std=std)
    return Models(adapted_policy(model, settings), scorer, value)


def everything(models: Models) -> dict[str, nn.Module]:
    return {"policy": models.policy, "reward": models.scorer.model, "value": models.value}


def test_all_models_lie_over_one_set_of_frozen_weights(
    stages: tuple[str, str], folders: dict[str, Path]
) -> None:
    sft, reward = stages
    models = load_models(sft, reward, SETTINGS)
    assert sets_of_weights(everything(models)) == [("policy", "reward", "value")]
    base = frozen(models.policy)
    assert frozen(models.value) <= base
    # Beside the base, the frozen reward has only its own adapter and head.
    extra = {
        name
        for name, p in models.scorer.model.named_parameters()
        if p.untyped_storage().data_ptr() not in base
    }
    assert all("lora_" in name or name.startswith("score.") for name in extra)
    assert not any(p.requires_grad for name, p in models.scorer.model.named_parameters()
                   if "lora_" in name)  # fmt: skip
    own = bytes_of([load_causal(sft)])
    assert bytes_of(everything(models).values()) < 1.5 * own


@torch.no_grad()
def test_shared_weights_give_the_numbers_of_separate_copies(
    stages: tuple[str, str], prompts: list[Prompt]
) -> None:
    sft, reward = stages
    models = load_models(sft, reward, SETTINGS)
    copies = Scorer(reward, normalised=True)
    conversations = [(*p.messages, *said_by("assistant", f"bread {p.id[:9]}")) for p in prompts]
    torch.testing.assert_close(
        models.scorer(conversations), copies(conversations), atol=1e-4, rtol=1e-4
    )
    policy = TokenPolicy(models.policy)
    expected = TokenPolicy(load_causal(sft))(BATCH).logprobs
    torch.testing.assert_close(policy(BATCH).logprobs, expected, atol=1e-5, rtol=1e-5)
    mean, std = copies.statistics or (0.0, 1.0)
    merged = load_scorer(reward, tokenizer=copies.tokenizer)
    value = ValueModel.from_scorer(merged, mean=mean, std=std)
    torch.testing.assert_close(models.value(BATCH), value(BATCH), atol=1e-4, rtol=1e-4)


def test_each_optimiser_holds_its_own_adapter_and_training_leaks_nowhere(
    stages: tuple[str, str], prompts: list[Prompt]
) -> None:
    sft, reward = stages
    trainer = build_trainer(prompts=prompts, policy=sft, reward=reward, settings=SETTINGS)
    learner = trainer.learner
    policy, value = (
        {id(p) for group in optimizer.param_groups for p in group["params"]}
        for optimizer in (learner.policy_optimizer, learner.value_optimizer)
    )
    assert policy.isdisjoint(value)
    for module, held in ((learner.policy.model, policy), (learner.value, value)):
        names = {name for name, p in module.named_parameters() if id(p) in held}
        assert names == {
            name
            for name, _ in module.named_parameters()
            if "lora_" in name or name.startswith("head.")
        }
    before, scores = policy_numbers(trainer), reward_numbers(trainer, prompts)
    values = value_numbers(trainer)
    trainer.update()  # the value model's warm-up: the policy must not move by a bit
    assert torch.equal(policy_numbers(trainer), before)
    assert not torch.equal(value_numbers(trainer), values)
    trainer.update()
    assert not torch.equal(policy_numbers(trainer), before)
    assert torch.equal(reward_numbers(trainer, prompts), scores)
    separate = load_causal(sft)
    for name, weight in load_file(Path(sft) / "model.safetensors").items():
        assert torch.equal(separate.state_dict()[name], weight)
    policy_before = TokenPolicy(separate, banned_ids=learner.policy.banned_ids)
    assert torch.equal(reference_numbers(trainer), policy_before(BATCH).logprobs)


def test_models_that_share_weights_learn_side_by_side(
    stages: tuple[str, str],
    prompts: list[Prompt],
    two_threads: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sft, reward = stages
    settings = replace(SETTINGS, value=ValueSettings(warmup_updates=0))

    def learned() -> tuple[torch.Tensor, torch.Tensor]:
        trainer = build_trainer(prompts=prompts, policy=sft, reward=reward, settings=settings)
        trainer.update()
        return policy_numbers(trainer), value_numbers(trainer)

    side_by_side = learned()
    monkeypatch.setattr(Computing, "workers", lambda *_: 1)
    for numbers, expected in zip(side_by_side, learned(), strict=True):
        torch.testing.assert_close(numbers, expected, atol=1e-3, rtol=1e-3)


@torch.no_grad()
def policy_numbers(trainer: PPOTrainer) -> torch.Tensor:
    return trainer.learner.policy(BATCH).logprobs


@torch.no_grad()
def reference_numbers(trainer: PPOTrainer) -> torch.Tensor:
    with trainer.learner.policy.as_reference():
        return trainer.learner.policy(BATCH).logprobs


@torch.no_grad()
def value_numbers(trainer: PPOTrainer) -> torch.Tensor:
    return trainer.learner.value(BATCH)


def reward_numbers(trainer: PPOTrainer, prompts: list[Prompt]) -> torch.Tensor:
    conversations = [(*p.messages, *said_by("assistant", "bread")) for p in prompts]
    return torch.as_tensor(trainer.reward(conversations))


def test_the_adapter_may_be_named_itself(stages: tuple[str, str]) -> None:
    sft, reward = stages
    models = load_models(sft, str(Path(reward).parent / "adapter"), SETTINGS)
    assert len(sets_of_weights(everything(models))) == 1


def test_other_weights_under_the_same_name_are_not_shared(
    stages: tuple[str, str], tmp_path: Path
) -> None:
    """A base trained again, a reward model trained again, and another's adapter beside it."""
    sft, reward = stages
    for folder, name in ((Path(sft), "sft"), (Path(reward).parent, "reward")):
        shutil.copytree(folder, tmp_path / name)
    own_sft, own_reward = tmp_path / "sft", tmp_path / "reward" / "model"
    assert sets(own_sft, own_reward) == [("policy", "reward", "value")]
    other = load_causal(str(own_sft))
    other.get_input_embeddings().weight.data[3] += 1
    other.save_pretrained(own_sft)
    apart = [("policy",), ("reward", "value")]
    assert sets(own_sft, own_reward) == apart
    shutil.rmtree(own_sft)
    shutil.copytree(sft, own_sft)
    config = json.loads((own_reward / "config.json").read_text())
    config["cai_adapter_digest"] = "0" * 64
    (own_reward / "config.json").write_text(json.dumps(config))
    assert sets(own_sft, own_reward) == apart
    shutil.rmtree(tmp_path / "reward" / "adapter")
    assert sets(own_sft, own_reward) == apart


def sets(policy: Path, reward: Path) -> list[tuple[str, ...]]:
    return sets_of_weights(everything(load_models(str(policy), str(reward), SETTINGS)))


def test_a_reward_with_all_weights_shares_them_with_the_value_model(
    folders: dict[str, Path],
) -> None:
    """Which starts from it, and so says at first what the normalised reward model says."""
    models = load_models(str(folders["llama"]), str(folders["llama-reward"]), SETTINGS)
    assert sets_of_weights(everything(models)) == [("policy",), ("reward", "value")]
    separate = ValueModel.from_scorer(
        load_scorer(str(folders["llama-reward"]), tokenizer=models.scorer.tokenizer),
        mean=0.05,
        std=0.02,
    )
    with torch.no_grad():
        torch.testing.assert_close(models.value(BATCH), separate(BATCH))
    assert {n for n, p in models.value.named_parameters() if p.requires_grad} == {
        n for n, _ in models.value.named_parameters() if "lora_" in n or n.startswith("head.")
    }


def test_a_reward_with_another_tokenizer_leaves_the_value_model_to_the_policy(
    folders: dict[str, Path],
    make_scorer: Callable[..., PreTrainedModel],
    prompts: list[Prompt],
    tmp_path: Path,
) -> None:
    tokenizer = load_tokenizer(str(folders["llama"]))
    tokenizer.add_tokens(["bread"])
    tokenizer.save_pretrained(tmp_path)
    make_scorer("gpt2").save_pretrained(tmp_path)
    said: list[str] = []
    build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward=str(tmp_path), settings=SETTINGS,
        note=said.append,
    )  # fmt: skip
    (line,) = said
    assert line.startswith("2 sets of weights, ")
    assert line.endswith(" MB: reward | policy + value")


def test_the_line_says_what_is_shared(stages: tuple[str, str], prompts: list[Prompt]) -> None:
    said: list[str] = []
    sft, reward = stages
    build_trainer(prompts=prompts, policy=sft, reward=reward, settings=SETTINGS, note=said.append)
    own = bytes_of([load_causal(sft)]) / 1e6
    (line,) = said
    size = float(line.removeprefix("one set of weights, ").partition(" MB")[0])
    assert line.endswith(": policy + reward + value")
    assert size < 2 * own + 1


def test_a_value_model_over_the_policy_says_zero(folders: dict[str, Path]) -> None:
    model = load_causal(str(folders["llama"]))
    value = value_from_policy(model, SETTINGS)
    assert weights_line({"policy": model, "value": value}).startswith("one set of weights")
    with torch.no_grad():
        assert not value(BATCH).any()
    assert all(p.requires_grad == ("lora_" in n or n.startswith("head."))
               for n, p in value.named_parameters())  # fmt: skip


def test_full_weights_share_nothing(stages: tuple[str, str]) -> None:
    models = load_models(*stages, replace(SETTINGS, lora_rank=0))
    assert len(sets_of_weights(everything(models))) == 3
    assert all(p.requires_grad for p in (*models.policy.parameters(), *models.value.parameters()))


def test_an_encoder_with_the_policy_s_tokens_scores_but_gives_no_values(
    folders: dict[str, Path],
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[Prompt],
    tmp_path: Path,
) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = BertForSequenceClassification(
            BertConfig(
                vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_labels=1,
                num_attention_heads=2, intermediate_size=32, max_position_embeddings=64,
                cai_reward_mean=0.0, cai_reward_std=1.0,
            )
        )  # fmt: skip
    encoder.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    trainer = build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward=str(tmp_path), settings=SETTINGS
    )
    assert not trainer.learner.value.head.weight.any()
    assert trainer.update().metrics["objective/scores"] != 0
