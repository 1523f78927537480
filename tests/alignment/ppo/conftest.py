"""Tiny random models with a real byte-level tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    GPT2Config,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Config,
)

from cai.records import Prompt, content_id, said_by

FAMILIES = ("llama", "qwen2", "gpt2")


@pytest.fixture(scope="session")
def tokenizer(
    make_chat_tokenizer: Callable[..., PreTrainedTokenizerBase],
) -> PreTrainedTokenizerBase:
    return make_chat_tokenizer(
        ["how can I bake good bread at home", "tell me a story"],
        additional_special_tokens=["<|system|>", "<|user|>", "<|assistant|>"],
        padding_side="left",
    )


def make_config(family: str, tokenizer: PreTrainedTokenizerBase) -> PreTrainedConfig:
    # The embedding matrix has more rows than the tokenizer has tokens, as is common.
    size = len(tokenizer) + 12
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    if family == "gpt2":
        return GPT2Config(
            vocab_size=size,
            n_positions=128,
            n_embd=32,
            n_layer=2,
            n_head=2,
            bos_token_id=None,
            **ids,
        )
    kind = {"llama": LlamaConfig, "qwen2": Qwen2Config}[family]
    return kind(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        bos_token_id=None,
        tie_word_embeddings=family == "qwen2",
        **ids,
    )


@pytest.fixture(scope="session")
def make_policy(tokenizer: PreTrainedTokenizerBase) -> Callable[..., PreTrainedModel]:
    def make(family: str = "llama", seed: int = 0) -> PreTrainedModel:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return AutoModelForCausalLM.from_config(make_config(family, tokenizer)).eval()

    return make


@pytest.fixture(scope="session")
def make_scorer(tokenizer: PreTrainedTokenizerBase) -> Callable[..., PreTrainedModel]:
    def make(family: str = "llama", seed: int = 1) -> PreTrainedModel:
        config = make_config(family, tokenizer)
        config.num_labels = 1
        config.cai_reward_mean, config.cai_reward_std = 0.05, 0.02
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return AutoModelForSequenceClassification.from_config(config).eval()

    return make


@pytest.fixture(scope="session")
def prompts() -> list[Prompt]:
    texts = ["how can I bake bread", "tell me a story", "a", "good bread at home, please", "why"]
    return [
        Prompt(id=content_id(said_by("user", text)), messages=said_by("user", text))
        for text in texts
    ]


@pytest.fixture(scope="session")
def folders(
    tmp_path_factory: pytest.TempPathFactory,
    tokenizer: PreTrainedTokenizerBase,
    make_policy: Callable[..., PreTrainedModel],
    make_scorer: Callable[..., PreTrainedModel],
) -> dict[str, Path]:
    """Saved models: "<family>" is a policy, "<family>-reward" a reward model."""
    root = tmp_path_factory.mktemp("models")
    found = {}
    for family in FAMILIES:
        for name, model in (
            (family, make_policy(family)),
            (f"{family}-reward", make_scorer(family)),
        ):
            model.save_pretrained(root / name)
            tokenizer.save_pretrained(root / name)
            found[name] = root / name
    return found
