"""The recipe's device is every stage's, and one that is not there is said before any work."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import torch

from cai import cli, recipe
from cai.engines.identity import identity_of
from cai.errors import EngineError, RecipeError
from cai.models import device_for
from cai.shipped import locate

DECIDING = ("cai.models", "cai.training", "cai.engines.identity")

# A few prompts through every stage.
SMALL = (
    "prompts.limit=4", "methods=[ppo, dpo]", "critique-revise.rounds=1", "sft.epochs=1",
    "reward.epochs=1", "align-dpo.epochs=1", "align-ppo.total_episodes=4", "align-ppo.batch_size=4",
    "align-ppo.minibatch_size=4", "label.gold=[]",
)  # fmt: skip


def test_every_model_is_put_where_the_recipe_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every part that chooses a device asks `device_for`, and is to be told of the recipe's."""
    asked: dict[str, set[str | None]] = {}
    for name in DECIDING:

        def choose(device: str | None = None, *, module: str = name) -> torch.device:
            asked.setdefault(module, set()).add(device)
            return device_for(device)

        monkeypatch.setattr(importlib.import_module(name), "device_for", choose)
    settings = [f"--set={setting}" for setting in (*SMALL, "engine.device=cpu")]
    assert cli.main(["run", "--out", str(tmp_path / "run"), *settings]) == 0, capsys.readouterr()
    assert asked == {name: {"cpu"} for name in DECIDING}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(["run", "--out", str(tmp_path / "run"), "--set=engine.device=cuda"])
    assert code == 2
    assert (
        "device 'cuda': torch finds no GPU here; set engine.device to cpu"
        in (capsys.readouterr().err.splitlines()[-1])
    )
    assert not [path for path in (tmp_path / "run").rglob("*") if path.suffix]
    with pytest.raises(EngineError, match="torch finds no GPU"):
        identity_of("cai-mini", device="cuda")


def test_a_recipe_names_a_kind_of_device() -> None:
    with pytest.raises(RecipeError, match=r"'cuda:1' is not possible; did you mean 'cuda'"):
        recipe.load(locate("runs/quickstart.yaml"), ["engine.device=cuda:1"])
