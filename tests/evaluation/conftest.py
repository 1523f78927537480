"""Tiny real models with one byte-level tokenizer, and prompts of every set."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from transformers import LlamaForSequenceClassification

from cai.mini.world import ask, topics
from cai.records import Prompt, content_id, said_by


@pytest.fixture(scope="session")
def folders(
    make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]
) -> Mapping[str, str]:
    """Three policies, one with other tokens ("stranger"), and a reward model, by name."""
    texts = ["how do I bake bread and what is the best way to help a friend"]
    reward = {
        "kind": LlamaForSequenceClassification,
        "num_labels": 1,
        "cai_reward_mean": 0.5,
        "cai_reward_std": 2.0,
    }
    models: Mapping[str, Mapping[str, Any]] = {
        "initial": {},
        "sft": {},
        "ppo": {},
        "stranger": {},
        "reward": reward,
    }
    return {
        name: str(
            make_chat_model(
                make_chat_tokenizer(texts, size=280 if name == "stranger" else 300),
                context=192,
                seed=seed,
                initializer_range=0.15,  # far enough from uniform for models to differ
                **more,
            )
        )
        for seed, (name, more) in enumerate(models.items())
    }


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
