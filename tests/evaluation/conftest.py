"""Tiny real models with one byte-level tokenizer, and prompts of every set."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)

from cai.mini.world import ask, topics
from cai.records import Prompt, content_id, said_by

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tokenizer(size: int) -> PreTrainedTokenizerFast:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(
        ["how do I bake bread and what is the best way to help a friend"],
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<|pad|>", eos_token="<|end|>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Three policies, one with other tokens ("stranger"), and a reward model, by name."""
    found = {}
    for seed, (name, size) in enumerate(
        [("initial", 300), ("sft", 300), ("ppo", 300), ("stranger", 280), ("reward", 300)]
    ):
        folder: Path = tmp_path_factory.mktemp(name)
        tokenizer = make_tokenizer(size)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=192,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            initializer_range=0.15,  # far enough from uniform for models to differ
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            if name == "reward":
                config.num_labels = 1
                config.cai_reward_mean, config.cai_reward_std = 0.5, 2.0
                model = LlamaForSequenceClassification(config)
            else:
                model = LlamaForCausalLM(config)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        found[name] = str(folder)
    return found


def make_prompt(text: str, *tags: str) -> Prompt:
    messages = said_by("user", text)
    return Prompt(id=content_id([dict(m) for m in messages]), messages=messages, tags=tags)


@pytest.fixture(scope="session")
def prompts() -> list[Prompt]:
    """Six prompts of the embedded world in each of three sets, and three of another world."""
    rng = random.Random(0)
    tags = {
        "harmful": ("red-team",),
        "benign": ("helpful",),
        "borderline": ("helpful", "borderline"),
    }
    found = [
        make_prompt(ask(topic, rng), *tags[kind])
        for kind in tags
        for topic in rng.sample([t for t in topics() if t.request == kind], 6)
    ]
    strange = ["Translate this page into Latin.", "What is 17 times 23?", "Write a haiku."]
    return [*found, *(make_prompt(text, "helpful") for text in strange)]
