"""The examples run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from safetensors import safe_open

from cai.journal import read_rows

ROOT = Path(__file__).parent.parent


def test_the_ppo_example_trains_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "examples" / "ppo.py", "--out", tmp_path, "--episodes", "64"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, check=True,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    first, last, model = done.stdout.splitlines()
    assert first.startswith("update   1: reward ")
    assert last.startswith("update   2: reward ")
    assert model == f"the model is in {tmp_path / 'model'}"
    assert [row["episode"] for row in read_rows(tmp_path / "metrics.jsonl")] == [32, 64]
    with safe_open(tmp_path / "model" / "model.safetensors", "pt") as weights:
        assert list(weights.keys())
