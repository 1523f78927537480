"""Settings that were: a recipe that still has one is told what to write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from cai import recipe
from cai.alignment.ppo import (
    CheckpointSettings,
    ComputeSettings,
    GenerationSettings,
    PPOConfig,
    SampleSettings,
    ValueSettings,
)
from cai.errors import RecipeError


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("normalise_reward: true", "reward_normalisation: model for true"),
        ("whiten_advantages: true", "always whitened; leave it out"),
        ("kl_horizon: 512", "kl_target alone"),
        ("sample_every: 4", r"samples\.every"),
        ("sample_count: 4", r"samples\.count"),
        ("micro_batch_tokens: 64", r"compute\.micro_batch_tokens"),
        ("precision: bfloat16", r"compute\.precision"),
        ("gradient_checkpointing: true", r"compute\.gradient_checkpointing"),
        ("compile: true", r"compute\.compile"),
        ("value_learning_rate: 1.0e-5", r"value\.learning_rate, which null makes the policy's"),
        ("value_warmup_updates: 0", r"value\.warmup_updates"),
        ("value_clip_range: null", r"value\.clip_range"),
        ("generator: vllm", r"generation\.engine"),
        ("vllm: {server: null}", "now in generation"),
        ("importance_cap: 2", r"generation\.importance_cap"),
        ("checkpoint_every: 4", r"checkpoints\.every"),
        ("keep_checkpoints: 2", r"checkpoints\.keep"),
        ("finish_with: best", r"checkpoints\.finish_with"),
    ],
)
def test_a_retired_setting_names_its_successor(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(f"model: cai-mini\nalign-ppo:\n  {old}\n", "utf-8")
    name = old.split(":")[0]
    with pytest.raises(RecipeError, match=rf"old\.yaml:3: align-ppo\.{name}: .*{new}"):
        recipe.load(path)
    path.write_text("model: cai-mini\n", "utf-8")
    with pytest.raises(RecipeError, match=new):
        recipe.load(path, [f"align-ppo.{old.replace(': ', '=')}"])


def test_what_is_retired_is_no_setting() -> None:
    assert not set(PPOConfig.RETIRED) & {field.name for field in fields(PPOConfig)}


def test_groups_are_read_from_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text("align-ppo:\n  samples: {count: 16}\n  clip_range_high: 0.28\n", "utf-8")
    found = recipe.load(path).settings("align-ppo", PPOConfig)
    assert (found.samples.every, found.samples.count, found.clip_range_high) == (4, 16, 0.28)
    path.write_text("align-ppo:\n  samples: {every: 0}\n", "utf-8")
    with pytest.raises(RecipeError, match=r"align-ppo\.samples\.every: 0 is less than 1"):
        recipe.load(path)


@pytest.mark.parametrize(
    ("group", "values", "name"),
    [
        (ValueSettings, {"learning_rate": -1.0}, r"value\.learning_rate"),
        (ValueSettings, {"warmup_updates": -1}, r"value\.warmup_updates"),
        (ValueSettings, {"clip_range": 0.0}, r"value\.clip_range"),
        (ComputeSettings, {"micro_batch_tokens": 0}, r"compute\.micro_batch_tokens"),
        (ComputeSettings, {"precision": "float16"}, r"compute\.precision"),
        (CheckpointSettings, {"every": 0}, r"checkpoints\.every"),
        (CheckpointSettings, {"keep": 0}, r"checkpoints\.keep"),
        (CheckpointSettings, {"finish_with": "first"}, r"checkpoints\.finish_with"),
        (GenerationSettings, {"engine": "sglang"}, r"generation\.engine"),
        (GenerationSettings, {"importance_cap": 0.5}, r"generation\.importance_cap"),
        (GenerationSettings, {"gpu_memory_utilization": 1.0}, r"generation\.gpu_memory"),
        (SampleSettings, {"every": 0}, r"samples\.every"),
        (SampleSettings, {"count": -1}, r"samples\.count"),
    ],
)
def test_a_group_names_what_cannot_work(
    group: Callable[..., object], values: dict[str, object], name: str
) -> None:
    with pytest.raises(ValueError, match=name):
        group(**values)


def test_the_value_model_learns_at_the_policy_s_rate_unless_told() -> None:
    assert PPOConfig(learning_rate=3e-6).value_learning_rate == 3e-6
    own = PPOConfig(learning_rate=3e-6, value=ValueSettings(learning_rate=1e-5))
    assert own.value_learning_rate == 1e-5
