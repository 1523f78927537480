"""The command line under torchrun: one process writes and speaks, and a failure ends all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cai import cli
from cai.shipped import locate

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    for name in ("red-team.train", "helpful.train", "red-team.heldout", "helpful.heldout"):
        lines = locate(f"prompts/{name}.jsonl").read_text("utf-8").splitlines()[:6]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    path = folder / "small.yaml"
    made = {
        "name": "small",
        "model": "cai-mini",
        "constitution": str(locate("constitution/default.yaml")),
        "prompts": {
            "red_team": [str(folder / "red-team.train.jsonl")],
            "helpful": [str(folder / "helpful.train.jsonl")],
            "heldout_red_team": [str(folder / "red-team.heldout.jsonl")],
            "heldout_helpful": [str(folder / "helpful.heldout.jsonl")],
        },
        "critique-revise": {"rounds": 1},
        "sft": {"epochs": 1, "batch_size": 4, "trl": {"logging_steps": 1}},
    }
    path.write_text(yaml.safe_dump(made, sort_keys=False), "utf-8")
    return path


@pytest.fixture(scope="module")
def run(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose rows to learn from are there."""
    folder = tmp_path_factory.mktemp("run") / "small"
    assert cli.main(["critique-revise", str(recipe), "--out", str(folder)]) == 0
    return folder


def torchrun(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
         *map(str, command)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_a_process_that_fails_alone_says_so_once_and_ends_all(recipe: Path, run: Path) -> None:
    done = torchrun(HERE / "failing_process.py", "sft", recipe, "--out", run)
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if "cai: error:" in line]
    assert len(errors) == 1, done.stderr
    assert errors[0].endswith("there is no such tokenizer on this machine")
    assert not (run / "sft").exists()


def test_a_stage_is_trained_by_both_and_written_by_one(recipe: Path, run: Path) -> None:
    done = torchrun("-m", "cai.cli", "sft", recipe, "--out", run, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stage"] == "sft"  # once: two would be no JSON
    said = done.stderr.splitlines()
    assert said.count("2 processes on cpu") == 1
    assert sum(line.startswith("sft  ") and "done in" in line for line in said) == 1
    steps = [json.loads(line)["step"] for line in (run / "sft" / "metrics.jsonl").open()]
    assert steps == sorted(set(steps))
    rows = sum(1 for _ in (run / "critique-revise" / "sft.jsonl").open())
    assert steps[-1] == -(-rows // 4)  # four rows a step, however many processes share them
    manifest = json.loads((run / "sft" / "manifest.json").read_text("utf-8"))
    assert set(manifest["outputs"]) >= {"metrics.jsonl", "model/model.safetensors"}
    assert cli.main(["sft", str(recipe), "--out", str(run)]) == 0  # one process finds it done
    assert json.loads((run / "sft" / "manifest.json").read_text("utf-8")) == manifest
