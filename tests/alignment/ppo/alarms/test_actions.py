"""What an alarm does to a run: it warns, stops, or goes back; and the files say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from cai import pipeline, recipe
from cai.alignment.ppo import ComputeSettings, PPOConfig, SampleSettings, ValueSettings, run
from cai.alignment.ppo.alarms import AlarmSettings, IndependentSettings
from cai.alignment.ppo.alarms.settings import check_rollback
from cai.errors import RecipeError
from cai.journal import read_rows
from cai.models import load_causal, load_tokenizer
from cai.progress import silent
from cai.records import Prompt
from cai.run import Run
from cai.shipped import locate
from cai.store import RunFolder
from tests.alignment.ppo.two_processes import Declining

# Batches of 256 answers, so that every window is one update; and a price that never bites.
SETTINGS = PPOConfig(
    total_episodes=256 * 6,
    batch_size=256,
    minibatch_size=128,
    compute=ComputeSettings(micro_batch_tokens=4096),
    ppo_epochs=1,
    learning_rate=2e-2,
    lr_schedule="constant",
    lr_warmup_updates=0,
    kl_coefficient=0.0,
    kl_target=None,
    max_new_tokens=3,
    value=ValueSettings(learning_rate=1e-3, warmup_updates=1),
    samples=SampleSettings(every=4, count=2),
    independent=IndependentSettings(score="made", every=1, prompts=8),
    alarms=AlarmSettings(
        kl=0.02, independent=None, length=None, unfinished=None, phrase=None, ratio=None
    ),
)


def start(
    folders: dict[str, Path], prompts: list[Prompt], folder: Path, **alarms: Any
) -> dict[str, int | float]:
    settings = replace(SETTINGS, alarms=replace(SETTINGS.alarms, **alarms))
    return run(
        prompts=prompts, policy=str(folders["llama"]), reward=str(folders["llama-reward"]),
        settings=settings, folder=folder, progress=silent, independent=Declining,
    )  # fmt: skip


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "model.safetensors")


def test_a_warning_changes_nothing_but_its_row(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    quiet = start(folders, prompts, tmp_path / "quiet", kl=None)
    assert "alarm" not in capsys.readouterr().err
    warned = start(folders, prompts, tmp_path / "warned")
    assert quiet["alarms"] == 0
    assert warned == quiet | {"alarms": 1}
    (row,) = read_rows(tmp_path / "warned" / "alarms.jsonl")
    assert (row["alarm"], row["action"], row["limit"]) == ("kl", "warn", 0.02)
    assert row["value"] > 0.02
    assert f"align-ppo: alarm after update {row['step']}: KL over budget: answers are" in (
        capsys.readouterr().err
    )
    one, other = weights(tmp_path / "quiet"), weights(tmp_path / "warned")
    assert all(torch.equal(one[name], other[name]) for name in one)
    whole, shown = (tmp_path / name / "metrics.jsonl" for name in ("quiet", "warned"))
    assert whole.read_bytes() == shown.read_bytes()


def test_stop_and_rollback_end_the_run(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    warned = start(folders, prompts, tmp_path / "warned")
    stopped = start(folders, prompts, tmp_path / "stopped", actions={"kl": "stop"})
    back = start(folders, prompts, tmp_path / "back", action="rollback", actions={"ratio": "warn"})
    (row,) = read_rows(tmp_path / "stopped" / "alarms.jsonl")
    assert 2 < row["step"] < warned["updates"] == 6
    assert stopped["stopped_after"] == stopped["model_update"] == stopped["updates"] == row["step"]
    assert back["rolled_back_after"] == back["updates"] == row["step"]
    assert back["model_update"] == 1  # the second look, the first being that of the SFT model
    assert not (tmp_path / "back" / "checkpoints").exists()
    # The first update trains the value model alone: the policy there is the SFT model.
    first = load_file(folders["llama"] / "model.safetensors")
    assert all(torch.equal(first[name], one) for name, one in weights(tmp_path / "back").items())
    there = weights(tmp_path / "stopped")
    assert not all(torch.equal(first[name], there[name]) for name in first)
    load_causal(str(tmp_path / "back" / "model"), tokenizer=load_tokenizer(str(folders["llama"])))
    rows = [list(read_rows(tmp_path / name / "metrics.jsonl")) for name in ("warned", "back")]
    assert rows[0][: len(rows[1])] == rows[1]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"kl": 0.0}, "alarms.kl is 0.0; it must be above 0, or null"),
        ({"distinct": 1.5}, "alarms.distinct is 1.5; it must be below 1"),
        ({"actions": {"tides": "stop"}}, "no alarm 'tides'; there are independent, kl"),
        ({"actions": {"kl": "shout"}}, "kl is 'shout'; it must be warn, stop or rollback"),
        ({"action": "no"}, "action is 'no'; it must be warn, stop or rollback"),
    ],
)
def test_settings_that_cannot_work(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        AlarmSettings(**given)


def test_going_back_needs_an_independent_score() -> None:
    for alarms in (AlarmSettings(action="rollback"), AlarmSettings(actions={"kl": "rollback"})):
        with pytest.raises(RecipeError, match=r"set align-ppo\.independent\.score"):
            check_rollback(alarms, independent=False)
        check_rollback(alarms, independent=True)
    check_rollback(AlarmSettings(actions={"kl": "rollback"}, kl=None), independent=False)


def test_a_recipe_that_rolls_back_by_nobody_is_refused_before_any_work(tmp_path: Path) -> None:
    changes = ["align-ppo.alarms.action=rollback"]
    refused = Run(recipe.load(locate("runs/quickstart.yaml"), changes), RunFolder(tmp_path))
    with pytest.raises(RecipeError, match=r"give train\(independent=…\)\), or the action to"):
        pipeline.check_settings(refused, ["align-ppo"])
    changes += ["align-ppo.independent.score=judge"]
    able = Run(recipe.load(locate("runs/quickstart.yaml"), changes), RunFolder(tmp_path))
    pipeline.check_settings(able, ["align-ppo"])
