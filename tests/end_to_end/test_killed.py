"""SIGKILL at random moments of every stage, then the same command again: the same rows come out."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from cai import cli
from cai.store import RunFolder

STAGES = ("critique-revise", "sft", "label", "reward", "align-ppo", "align-dpo", "evaluate")
COMMANDS = {
    **{stage: [stage] for stage in STAGES},
    "align-ppo": ["align", "--method", "ppo"],
    "align-dpo": ["align", "--method", "dpo"],
    "evaluate": ["eval"],
}
KILLS = 3


def start(arguments: list[str]) -> int:
    """Runs a command in a forked child, which has every import already, and returns its pid."""
    child = os.fork()
    if child == 0:
        try:
            code = cli.main(arguments)
        except BaseException:  # noqa: BLE001 - the child may only leave through _exit
            import traceback

            traceback.print_exc()
            code = 1
        os._exit(code)
    return child


def finish(arguments: list[str]) -> float:
    began = time.monotonic()
    _, status = os.waitpid(start(arguments), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return time.monotonic() - began


def contents(folder: Path) -> dict[str, object]:
    """Everything a stage made: rows of each file, digests of model files."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl":
            found[path.name] = [json.loads(line) for line in path.read_text().splitlines()]
        elif path.is_file() and path.name != "manifest.json":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def unbroken(small_recipe, tmp_path_factory):
    """The run without any kill, and how long each stage took in it."""
    import trl  # noqa: F401 - so that forked children need not import it again

    run = tmp_path_factory.mktemp("unbroken") / "run"
    seconds = {
        stage: finish([*COMMANDS[stage], str(small_recipe), "--out", str(run)]) for stage in STAGES
    }
    return run, seconds


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_ends_with_the_same_rows(stage, unbroken, small_recipe, tmp_path):
    reference, seconds = unbroken
    run = tmp_path / "runs" / "run"
    run.mkdir(parents=True)
    for earlier in STAGES[: STAGES.index(stage)]:
        (run / earlier).symlink_to(reference / earlier)
    arguments = [*COMMANDS[stage], str(small_recipe), "--out", str(run)]
    moments = random.Random(f"{stage} 1")
    window, killed = seconds[stage], 0
    while killed < KILLS:
        child = start(arguments)
        time.sleep(moments.uniform(0.1, 0.95) * window)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            assert RunFolder(run).manifest(stage) is None, "a half-made stage passes for finished"
        else:  # it was faster than the kill: once more from nothing, and earlier
            window /= 2
            shutil.rmtree(run / stage)
            shutil.rmtree(run.parent / ".cache")
    finish(arguments)
    made, wanted = contents(run / stage), contents(reference / stage)
    assert made.keys() == wanted.keys()
    for name, content in wanted.items():
        assert made[name] == content, f"{stage}/{name} differs after {killed} kills"
