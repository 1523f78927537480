"""Settings that were: a recipe that still has one is told what to write."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from cai import recipe
from cai.alignment.ppo import PPOConfig
from cai.errors import RecipeError


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("normalise_reward: true", "reward_normalisation: model for true"),
        ("whiten_advantages: true", "always whitened; leave it out"),
        ("kl_horizon: 512", "kl_target alone"),
        ("sample_every: 4", r"samples\.every"),
        ("sample_count: 4", r"samples\.count"),
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
