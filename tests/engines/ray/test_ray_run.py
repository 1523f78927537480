"""Stages on a cluster give the same rows when a worker, a node or the command itself is killed.

Where vLLM is installed (`tests/vllm/run`) it answers, else the transformers engine does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cai import cli
from cai.store import call_store

pytest.importorskip("ray", reason="run tests/ray/run")

ENGINE: dict[str, Any] = (
    {"kind": "vllm", "vllm": {"kv_cache_gib": 0.25}} if importlib.util.find_spec("vllm") else {}
)
STAGES = {
    "critique-revise": ("revisions.jsonl", "sft.jsonl"),
    "label": ("comparisons.jsonl", "labels.jsonl", "preferences.jsonl"),
    "evaluate": ("scores.jsonl",),
}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A small run: 70 prompts to answer, 120 pairs to judge."""
    pairs = [
        {
            "prompt": f"How do I {what} {n} cakes?",
            "chosen": f"To {what} them, ask a friend who knows how, and take {n} hours.",
            "rejected": f"Nobody should {what} cakes.",
        }
        for n in range(40)
        for what in ("bake", "steal", "paint")
    ]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in pairs))
    path = tmp_path / "small.yaml"
    values = {
        "engine": ENGINE,
        "prompts": {
            "red_team": ["prompts/red-team.train.jsonl"],
            "helpful": ["prompts/helpful.train.jsonl"],
            "limit": 70,
        },
        "label": {"comparisons": [str(tmp_path / "pairs.jsonl")]},
    }
    path.write_text(json.dumps(values, indent=1))
    return path


@pytest.fixture
def whole(recipe: Path, tmp_path: Path) -> Path:
    """A whole run that is smaller still, half of whose answers only the judge could tell."""
    for what in ("cakes", "pies"):
        asked = [{"prompt": f"How do I bake {n} {what}?"} for n in range(32)]
        lines = "".join(json.dumps(one) + "\n" for one in asked)
        (tmp_path / f"{what}.jsonl").write_text(lines)
    values = json.loads(recipe.read_text())
    pairs = (tmp_path / "pairs.jsonl").read_text().splitlines()[:12]
    (tmp_path / "pairs.jsonl").write_text("\n".join(pairs) + "\n")
    kind = {"on_fail": "warn"}
    values |= {
        "prompts": {
            "red_team": ["prompts/red-team.train.jsonl"],
            "helpful": [str(tmp_path / "cakes.jsonl")],
            "heldout_red_team": ["prompts/red-team.heldout.jsonl"],
            "heldout_helpful": [str(tmp_path / "pies.jsonl")],
            "limit": 4,
        },
        "methods": ["ppo"],
        "critique-revise": {"rounds": 1},
        "sft": {"epochs": 1},
        "label": {**values["label"], "gold": [], "gate": kind},
        "reward": {"epochs": 1, "gate": kind},
        "align-ppo": {
            "total_episodes": 8,
            "batch_size": 8,
            "minibatch_size": 8,
            "independent": {"score": "judge", "prompts": 8},
        },
        "evaluate": {"per_set": 32},
    }
    recipe.write_text(json.dumps(values, indent=1))
    return recipe


@pytest.fixture
def start(
    recipe: Path, tmp_path: Path, cluster: Any
) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a stage on the cluster's workers, in a process and with a store of its own."""
    begun: list[subprocess.Popen[bytes]] = []

    def begin(stage: str) -> subprocess.Popen[bytes]:
        address = f"engine.ray.address={cluster.address}"
        command = [sys.executable, "-m", "cai.cli", stage, str(recipe), "--set", address]
        environment = {**os.environ, "CAI_CACHE": str(tmp_path / "spread-calls")}
        begun.append(
            subprocess.Popen([*command, "--out", str(tmp_path / "spread")], env=environment)
        )
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


@pytest.fixture
def alone(recipe: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Runs a stage in this process; the folder of its files."""

    def run(stage: str) -> Path:
        folder = tmp_path / "alone"
        assert cli.main([stage, str(recipe), "--out", str(folder)]) == 0
        return folder / stage

    return run


def test_critique_revise_outlives_a_worker_and_the_command(
    start: Callable[[str], subprocess.Popen[bytes]],
    alone: Callable[[str], Path],
    second_node: Any,
    tmp_path: Path,
) -> None:
    store = tmp_path / "spread-calls" / "calls.sqlite"
    command = start("critique-revise")
    _wait_for(lambda: _stored(store) > 0, command)
    victim = _a_worker()
    victim.kill()
    before = _stored(store)
    _wait_for(lambda: _stored(store) > before, command)
    command.send_signal(signal.SIGKILL)
    command.wait()
    cut = _stored(store)
    assert start("critique-revise").wait() == 0
    _check_same(alone("critique-revise"), tmp_path / "spread" / "critique-revise")
    assert 0 < cut < _stored(store) == _stored(call_store())


def test_labelling_outlives_a_node(
    start: Callable[[str], subprocess.Popen[bytes]],
    alone: Callable[[str], Path],
    cluster: Any,
    second_node: Any,
    tmp_path: Path,
) -> None:
    store = tmp_path / "spread-calls" / "calls.sqlite"
    command = start("label")
    _wait_for(lambda: _stored(store) > 0, command)
    cut = _stored(store)
    cluster.remove_node(second_node, allow_graceful=False)
    assert command.wait() == 0
    _check_same(alone("label"), tmp_path / "spread" / "label")
    assert 0 < cut < _stored(store) == _stored(call_store())


def test_evaluation_and_who_looks_on_at_ppo_outlive_a_worker(
    whole: Path,
    start: Callable[[str], subprocess.Popen[bytes]],
    alone: Callable[[str], Path],
    second_node: Any,
    tmp_path: Path,
) -> None:
    folder, spread = alone("run").parent, tmp_path / "spread"
    shutil.copytree(folder, spread)
    for stage in ("align-ppo", "evaluate"):
        shutil.rmtree(spread / stage)
    store = tmp_path / "spread-calls" / "calls.sqlite"
    command = start("run")
    _wait_for(lambda: _stored(store) > 0, command)
    looked = _stored(store)
    _a_worker().kill()
    _wait_for(lambda: (spread / "align-ppo" / "manifest.json").exists(), command)
    before = _stored(store)
    _wait_for(lambda: _stored(store) > before, command)
    _a_worker().kill()
    assert command.wait() == 0
    looks = [
        [json.loads(line) for line in (one / "align-ppo/metrics.jsonl").read_text().splitlines()]
        for one in (folder, spread)
    ]
    for one, same in zip(*looks, strict=True):
        name = "independent/score"
        assert same[name] == pytest.approx(one[name], abs=1e-5)
    _check_same(folder / "evaluate", spread / "evaluate")
    counts, wanted = (
        json.loads((one / "evaluate" / "manifest.json").read_text())["counts"]
        for one in (spread, folder)
    )
    assert counts == wanted
    assert counts["decided_by_oracle"] < counts["rows"]  # about the others the judge was asked
    assert 0 < looked <= before < _stored(store)


def _check_same(folder: Path, other: Path) -> None:
    """The same rows in the same order; their numbers to rounding, since batches are others."""
    for name in STAGES[folder.name]:
        rows, others = (
            [json.loads(line) for line in (each / name).read_text("utf-8").splitlines()]
            for each in (folder, other)
        )
        assert rows
        assert len(others) == len(rows)
        for row, same in zip(rows, others, strict=True):
            assert _rounded(same) == _rounded(row)
            for value, like in zip(_floats(row), _floats(same), strict=True):
                assert like == pytest.approx(value, abs=1e-5)


def _rounded(value: Any) -> Any:
    """The value without its floats."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return "float" if isinstance(value, float) else value


def _floats(value: Any) -> list[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [each for part in value for each in _floats(part)]
    return [value] if isinstance(value, float) else []


def _a_worker() -> psutil.Process:
    """A worker of the cluster, which is made of this process's children."""
    for process in psutil.Process().children(recursive=True):
        if "Worker" in process.name() or "ray::Worker" in " ".join(process.cmdline()):
            return process
    raise AssertionError("there is no worker")


def _stored(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            (count,) = database.execute("SELECT count(*) FROM results").fetchone()
    except sqlite3.OperationalError:  # it is being made
        return 0
    return int(count)


def _wait_for(true: Callable[[], bool], command: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 600
    while not true():
        assert command.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
