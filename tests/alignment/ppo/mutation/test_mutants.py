"""The tests notice every planted bug: each is put into the source, and some test must fail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
NAMES = re.findall(r'Mutant\(\s*"([^"]+)"', (HERE / "mutants.py").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    """What became of each mutant; of the source as it is under the empty name."""
    done = subprocess.run(
        [sys.executable, str(HERE / "drive.py"), str(ROOT)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row for row in found}


def test_the_source_as_it_is_passes(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[""]["code"] == 0, rows[""]["said"]
    assert set(rows) == {"", *NAMES}
    assert len(NAMES) == len(set(NAMES)) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_bug_is_noticed(name: str, rows: dict[str, dict[str, Any]]) -> None:
    row = rows[name]
    assert row["occurrences"] == 1, "the source has changed: plant this bug where it now belongs"
    assert row["code"] == pytest.ExitCode.TESTS_FAILED, row["said"]
