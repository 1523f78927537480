"""Interrupted anywhere and started again, a run goes on as if nothing had happened."""

from __future__ import annotations

import copy
import json
import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from cai.alignment.ppo import (
    CheckpointSettings,
    ComputeSettings,
    PPOConfig,
    SampleSettings,
    ValueSettings,
    run,
)
from cai.alignment.ppo.alarms import IndependentSettings
from cai.alignment.ppo.checkpoint import checkpoints, load_checkpoint, restore, save_checkpoint
from cai.alignment.ppo.run import build_trainer
from cai.alignment.ppo.trainer import PPOTrainer
from cai.errors import RunError
from cai.journal import write_rows
from cai.progress import silent
from cai.records import Prompt, said_by

SETTINGS = PPOConfig(
    total_episodes=20,
    batch_size=4,
    minibatch_size=2,
    compute=ComputeSettings(micro_batch_tokens=64),
    ppo_epochs=2,
    learning_rate=1e-2,
    max_new_tokens=8,
    value=ValueSettings(learning_rate=1e-3, warmup_updates=1),
    checkpoints=CheckpointSettings(every=1, finish_with="best"),
    samples=SampleSettings(every=2, count=2),
    independent=IndependentSettings(score="length", every=2, prompts=8),
)
VARIANTS: dict[str, dict[str, Any]] = {
    "full": {},
    "lora": {"lora_rank": 2},
    "running": {"reward_normalisation": "running"},
    "ptx": {"ptx_coefficient": 0.5},
    "adaptive": {"kl_target": 0.001},
}


def by_length(conversations: Any) -> list[float]:
    """An independent score that is not what the reward model scores."""
    return [float(len(each[-1]["content"])) for each in conversations]


def independent() -> Callable[[Any], list[float]]:
    return by_length


@dataclass(frozen=True)
class Start:
    """A call of the stage that another process can make."""

    folders: dict[str, Path]
    prompts: list[Prompt]
    settings: PPOConfig
    demonstrations: Path

    def trainer(self) -> PPOTrainer:
        return build_trainer(
            prompts=self.prompts, policy=str(self.folders["llama"]),
            reward=str(self.folders["llama-reward"]), settings=self.settings,
            demonstrations=self.demonstrations, device="cpu",
        )  # fmt: skip

    def run(self, folder: Path, progress: Any = silent) -> dict[str, int | float]:
        torch.set_num_threads(1)
        return run(
            prompts=self.prompts, policy=str(self.folders["llama"]),
            reward=str(self.folders["llama-reward"]), settings=self.settings, folder=folder,
            demonstrations=self.demonstrations, independent=independent, progress=progress,
            device="cpu",
        )  # fmt: skip


@pytest.fixture(params=VARIANTS)
def start(
    request: pytest.FixtureRequest, folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> Start:
    return _start(request.param, folders, prompts, tmp_path)


def _start(name: str, folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path) -> Start:
    rows = [{"prompt": [*p.messages], "completion": [*said_by("assistant", "b")]} for p in prompts]
    write_rows(tmp_path / "sft.jsonl", rows)
    return Start(folders, prompts, replace(SETTINGS, **VARIANTS[name]), tmp_path / "sft.jsonl")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def state_of(trainer: PPOTrainer) -> Iterator[Any]:
    """Everything that later updates depend on."""
    learner = trainer.learner
    yield trainer.state
    for module in (learner.policy.model, learner.value):
        yield from module.state_dict().items()
    for optimizer in (learner.policy_optimizer, learner.value_optimizer):
        for moments in optimizer.state_dict()["state"].values():
            yield from sorted(moments.items())


def same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return all(map(same, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else bool(one == other)


def test_from_every_step_the_next_is_the_same(start: Start, tmp_path: Path) -> None:
    """Bit for bit: metrics, scores, answers, and all that the step leaves. So by induction every
    run that was interrupted ends like one that was not."""
    whole = start.trainer()
    reports, left = [], []
    while not whole.done:
        save_checkpoint(whole, tmp_path / f"after-{whole.updates_done}")
        reports.append(whole.update())
        left.append(copy.deepcopy(list(state_of(whole))))
    assert len({report.metrics["loss/value_avg"] for report in reports}) == len(reports)
    for step, expected in enumerate(reports):
        resumed = start.trainer()
        assert load_checkpoint(resumed, tmp_path / f"after-{step}")
        found = resumed.update()
        assert found.metrics == expected.metrics
        assert found.answers.texts == expected.answers.texts
        assert torch.equal(found.scores.total, expected.scores.total)
        assert all(same(*pair) for pair in zip(state_of(resumed), left[step], strict=True))


def test_a_trainer_that_learned_something_else_is_set_right(start: Start, tmp_path: Path) -> None:
    """Nothing of what it held before shows after a checkpoint is put into it."""
    other = start.trainer()
    save_checkpoint(other, tmp_path / "start")
    expected = [other.update().metrics for _ in range(2)]
    load_checkpoint(other, tmp_path / "start")
    assert [other.update().metrics for _ in range(2)] == expected


def _child(start: Start, folder: Path) -> None:
    start.run(folder)


@pytest.mark.parametrize("variant", ["lora", "adaptive"])
def test_a_process_killed_at_random_moments_ends_with_the_same_files(
    variant: str, folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    start = _start(variant, folders, prompts, tmp_path)
    expected = start.run(tmp_path / "whole")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["cai.alignment.ppo", "peft"])
    choose, broken, kills = random.Random(variant), tmp_path / "broken", 0
    names = ("policy.safetensors", "value_optimizer.pt", "state.json")
    for number in range(4):
        child = processes.Process(target=_child, args=(start, broken))
        child.start()
        # At some moment, or as soon as a checkpoint in the making has some file but not all.
        file = broken / "checkpoints" / "partial" / choose.choice(names)
        deadline = time.monotonic() + choose.uniform(0.2, 1.5)
        while child.is_alive() and (number == 0 or time.monotonic() < deadline):
            if number % 2 == 0 and file.exists():
                break
            time.sleep(0.0005)
        child.kill()
        child.join()
        kills += child.exitcode == -signal.SIGKILL
    assert kills >= 2
    assert start.run(broken) == expected
    assert contents(broken) == contents(tmp_path / "whole")


def damage_by(how: str, checkpoint: Path) -> None:
    file = checkpoint / "value_optimizer.pt"
    if how == "one bit":
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:100])
    elif how == "gone":
        file.unlink()
    else:
        (checkpoint / "digests.json").write_text("[")


class Stop(BaseException):
    """Stands for the end of the process."""


def stop_after(step: int, batch_size: int, done: int, total: int, note: str = "") -> None:
    if done == step * batch_size:
        raise Stop


@pytest.mark.parametrize("how", ["one bit", "cut", "gone", "no digests"])
def test_a_damaged_checkpoint_is_passed_over(
    how: str,
    folders: dict[str, Path],
    prompts: list[Prompt],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = _start("full", folders, prompts, tmp_path)
    expected = start.run(tmp_path / "whole")
    broken = tmp_path / "broken"
    with pytest.raises(Stop):
        start.run(broken, partial(stop_after, 4, 4))
    damage_by(how, broken / "checkpoints" / "update-000004")
    assert start.run(broken) == expected
    assert "update-000004: damaged" in (told := capsys.readouterr().err)
    assert "going on from update-000003 instead" in told
    assert contents(broken) == contents(tmp_path / "whole")


def test_without_a_whole_checkpoint_a_user_is_told(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    start = _start("full", folders, prompts, tmp_path)
    with pytest.raises(Stop):
        start.run(tmp_path, partial(stop_after, 2, 4))
    for checkpoint in checkpoints(tmp_path / "checkpoints"):
        damage_by("cut", checkpoint)
    with pytest.raises(RunError, match=r"there is no whole one; delete .*checkpoints"):
        start.run(tmp_path)


def test_a_damaged_checkpoint_does_not_become_the_model(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    trainer = _start("full", folders, prompts, tmp_path).trainer()
    save_checkpoint(trainer, tmp_path)
    damage_by("one bit", tmp_path / "update-000000")
    with pytest.raises(RunError, match=r"damaged \(value_optimizer.pt has changed\); delete"):
        restore(trainer, tmp_path / "update-000000")


def test_a_checkpoint_of_another_model_is_refused(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    save_checkpoint(_start("lora", folders, prompts, tmp_path).trainer(), tmp_path / "store")
    other = _start("full", folders, prompts, tmp_path).trainer()
    with pytest.raises(RunError, match="update-000000: the checkpoint is not of this training"):
        load_checkpoint(other, tmp_path / "store")


def test_the_newest_and_the_best_are_kept(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    start = _start("full", folders, prompts, tmp_path)
    kept = []

    def look(done: int, total: int, note: str = "") -> None:
        if done:
            kept.append([path.name for path in checkpoints(tmp_path / "checkpoints")])

    start.run(tmp_path, look)
    rows = [json.loads(line) for line in (tmp_path / "watch.jsonl").read_text().splitlines()]
    means = {row["step"]: sum(row["look"]["scores"]) for row in rows if row["look"]}
    for step, names in enumerate(kept, start=1):
        best = max((one for one in means if one <= step), key=lambda one: (means[one], -one))
        assert names == sorted({f"update-{one:06d}" for one in (best, step - 1, step)})


def test_a_full_disk_is_noticed_before_any_work(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(RunError, match=r"checkpoints need about .* MB, and the disk has 0\.0 MB"):
        _start("full", folders, prompts, tmp_path).run(tmp_path)
    assert not (tmp_path / "metrics.jsonl").exists()
