"""A whole run, small enough for a test: the embedded model, a handful of prompts, every stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from cai.shipped import locate

# Small, but with every part of every stage in it: two rounds, several updates, both methods.
SETTINGS = {
    "critique-revise": {"rounds": 2},
    "sft": {"epochs": 1, "batch_size": 8},
    "reward": {"epochs": 1, "batch_size": 8},
    "align-ppo": {"total_episodes": 48, "batch_size": 16, "minibatch_size": 8},
    "align-dpo": {"epochs": 1, "batch_size": 8},
}


@pytest.fixture(scope="session")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe over 20 red-team and 12 helpful prompts."""
    import yaml

    folder = tmp_path_factory.mktemp("recipe")
    recipe = {
        "name": "small",
        "model": "cai-mini",
        "constitution": str(locate("constitution/default.yaml")),
        "prompts": {
            "red_team": [_head("red-team.train", 20, folder)],
            "helpful": [_head("helpful.train", 12, folder)],
            "heldout_red_team": [_head("red-team.heldout", 6, folder)],
            "heldout_helpful": [_head("helpful.heldout", 6, folder)],
        },
        "methods": ["ppo", "dpo"],
        **SETTINGS,
    }
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False))
    return path


def _head(name: str, count: int, folder: Path) -> str:
    lines = locate(f"prompts/{name}.jsonl").read_text("utf-8").splitlines()[:count]
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)
