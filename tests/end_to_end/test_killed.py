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
from cai.store import RunFolder, call_store
from tests.forked import ended, fork, goes_on

STAGES = ("critique-revise", "sft", "label", "reward", "align-ppo", "align-dpo", "evaluate")
COMMANDS = {
    **{stage: [stage] for stage in STAGES},
    "align-ppo": ["align", "--method", "ppo"],
    "align-dpo": ["align", "--method", "dpo"],
    "evaluate": ["eval"],
}
KILLS = 3
# Each try that was faster than its kill makes the next kill earlier, so many more than are needed.
TRIES = 20


def start(run: Path, stage: str, recipe: Path) -> int:
    """Starts a stage in a child, and returns its pid when it is at work or has ended.

    It is at work when it holds the run and has a work folder. What comes before (reading the
    recipe, the prompts, the models' files) writes no rows and may take longer than a small stage
    itself, so times are counted from here.
    """
    holder = run / ".holder.json"
    holder.unlink(missing_ok=True)  # a killed child's
    arguments = [*COMMANDS[stage], str(recipe), "--out", str(run)]
    child = fork(lambda: cli.main(arguments))
    while goes_on(child) and not (holder.exists() and any((run / ".work").glob(f"{stage}-*"))):
        time.sleep(0.002)
    return child


def finish(run: Path, stage: str, recipe: Path) -> float:
    """Runs a stage to its end; the seconds that it was at work."""
    child = start(run, stage, recipe)
    began = time.monotonic()
    assert ended(child) == 0
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


def assert_same(made: Path, wanted: Path) -> None:
    ours, theirs = contents(made), contents(wanted)
    assert ours.keys() == theirs.keys()
    for name, content in theirs.items():
        assert ours[name] == content, f"{made.name}/{name} differs from that of the unbroken run"


@pytest.fixture(scope="module")
def unbroken(small_recipe, tmp_path_factory):
    """The run without any kill, and how long each stage was at work in it."""
    # Imported here, so that forked children need not do it again.
    import cai.alignment.ppo
    import cai.alignment.preference
    import cai.evaluation.run
    import cai.feedback.label
    import cai.reward.train
    import cai.supervised.critique_revise
    import cai.supervised.sft  # noqa: F401

    run = tmp_path_factory.mktemp("unbroken") / "run"
    return run, {stage: finish(run, stage, small_recipe) for stage in STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_ends_with_the_same_rows(stage, unbroken, small_recipe, tmp_path):
    reference, seconds = unbroken
    run = tmp_path / "runs" / "run"
    run.mkdir(parents=True)
    for earlier in STAGES[: STAGES.index(stage)]:
        (run / earlier).symlink_to(reference / earlier)
    moments = random.Random(f"{stage} 1")
    window, killed = seconds[stage], 0
    for _ in range(TRIES):
        child = start(run, stage, small_recipe)
        time.sleep(moments.uniform(0, window))
        os.kill(child, signal.SIGKILL)
        assert ended(child) in (0, -signal.SIGKILL)
        if RunFolder(run).manifest(stage) is None:
            killed += 1
        else:  # it was faster than the kill, so it is whole: once more from nothing, and earlier
            assert_same(run / stage, reference / stage)
            window *= 0.7
            shutil.rmtree(run / stage)
            if call_store().exists():  # a stage that only trains calls no model
                shutil.rmtree(call_store().parent)
        if killed == KILLS:
            break
    assert killed == KILLS, f"{TRIES} tries were not enough to kill {stage} {KILLS} times"
    finish(run, stage, small_recipe)
    assert_same(run / stage, reference / stage)
