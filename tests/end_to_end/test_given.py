"""`cai label --comparisons` as a person uses it: no policy, no prompts, killed and resumed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cai import cli
from cai.shipped import locate
from cai.store import RunFolder
from tests.forked import ended, fork, goes_on

FILES = ("comparisons.jsonl", "gold.jsonl", "labels.jsonl", "preferences.jsonl", "sources.json")
PAIRS, PRINCIPLES = 16, 2


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Pairs of the embedded world, without the principle that each is meant for."""
    lines = locate("prompts/comparisons.heldout.jsonl").read_text("utf-8").splitlines()[:PAIRS]
    path = tmp_path / "given.jsonl"
    rows = [{**json.loads(line), "principle": None} for line in lines]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe without prompts, and with a gold set."""
    gold = {"path": "prompts/comparisons.heldout.jsonl", "limit": 6}
    label = {"principles": PRINCIPLES, "gold": [gold]}
    path = tmp_path / "judge.yaml"
    path.write_text(json.dumps({"name": "judge", "label": label}))
    return path


@pytest.fixture
def command(given: Path, recipe: Path) -> Callable[[Path], list[str]]:
    return lambda run: [
        *("label", "--judge", str(recipe), "--comparisons", str(given), "--tags", "mine"),
        *("--out", str(run)),
    ]


def contents(run: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.name in FILES
    }


def kill_when(run: Path, arguments: list[str], wanted: Callable[[Path], bool]) -> None:
    """Kills the command as soon as its unfinished folder is as wanted."""
    child = fork(lambda: cli.main(arguments))
    while not any(wanted(work) for work in (run / ".work").glob("label-*")):
        assert goes_on(child)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    ended(child)
    assert RunFolder(run).manifest("label") is None


def test_it_ends_with_the_same_rows_however_often_it_is_killed(
    command: Callable[[Path], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = tmp_path / "whole"
    assert cli.main([*command(whole), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["counts"]
    assert counts["comparisons"] == PAIRS
    assert counts["gold_labels"] == PAIRS
    assert counts["labels"] == PAIRS * PRINCIPLES
    assert counts["gold_set_comparisons"] == counts["gold_set_labels"] == 6
    assert {"label/labels.jsonl", "label/gold/labels.jsonl"} < contents(whole).keys()
    rows = (whole / "label/comparisons.jsonl").read_text().splitlines()
    assert {json.loads(row)["tags"][0] for row in rows} == {"mine"}

    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "calls of the other"))
    run = tmp_path / "killed"
    kill_when(run, command(run), lambda work: (work / "sources.json").exists())
    kill_when(run, command(run), lambda work: (work / "labels.jsonl").exists())
    kill_when(run, command(run), lambda work: (work / "gold" / "sources.json").exists())
    assert cli.main(command(run)) == 0
    assert contents(run) == contents(whole)
    capsys.readouterr()
    assert cli.main(command(run)) == 0
    assert "up to date" in capsys.readouterr().err


def test_an_edited_file_makes_the_labels_stale_and_a_moved_one_does_not(
    command: Callable[[Path], list[str]],
    given: Path,
    recipe: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given.write_text("".join(given.read_text().splitlines(keepends=True)[:3]))
    run = tmp_path / "run"
    few = [*command(run), "--limit", "2", "--set", "label.gold=[]", "--set", "label.principles=1"]
    assert cli.main(few) == 0

    def label(path: Path) -> dict[str, object]:
        capsys.readouterr()
        source = json.dumps([{"path": str(path), "tags": ["mine"], "limit": 2}])
        settings = [f"label.comparisons={source}", "label.gold=[]", "label.principles=1"]
        extra = [part for setting in settings for part in ("--set", setting)]
        assert cli.main(["status", str(recipe), "--out", str(run), *extra, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return next(one for one in found if one["stage"] == "label")

    moved = given.rename(tmp_path / "moved.jsonl")
    assert label(moved)["state"] == "done"
    moved.write_text(moved.read_text() + "\n")
    stale = label(moved)
    assert (stale["state"], stale["why"]) == ("stale", ["comparisons"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tags", "red-team"], "--tags: they are those of --comparisons SOURCE; give one"),
        (["--comparisons", "nowhere.jsonl"], "nowhere.jsonl: no such file or folder"),
        (["--comparisons", "prompts/helpful.train.jsonl"], "helpful.train.jsonl:1: no form of com"),
        (["--set", "label.gold=[{path: a, tag: b}]"], "label.gold[0].tag: unknown; did you mean"),
        (["--set", "label.gold=[nowhere.jsonl]"], "nowhere.jsonl: no such file or folder"),
        (["--set", "label.gold=[prompts/helpful.train.jsonl]"], "helpful.train.jsonl:1: no form"),
        (["--set", "label.calibration=temperature"], "takes 50 gold labels that prefer an answer"),
    ],
)
def test_errors_are_short_and_say_what_to_do(
    given: Path,
    recipe: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    run = tmp_path / "run"
    if arguments[0] == "--set":
        arguments = ["--comparisons", str(given), *arguments]
    assert cli.main(["label", str(recipe), "--out", str(run), *arguments]) == 2
    assert not list(run.rglob("comparisons.jsonl"))  # it is found before any work
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("cai: error: ")
    assert message in last


def test_a_whole_run_reads_given_pairs_before_it_works(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"prompt": "a", "chosen": "b", "rejected": "c"}\n{"prompt": "a"}\n')
    asked = {name: ["prompts/helpful.heldout.jsonl"] for name in ("red_team", "helpful")}
    settings = [f"label.comparisons=[{wrong}]", f"prompts={json.dumps(asked)}"]
    extra = [part for setting in settings for part in ("--set", setting)]
    assert cli.main(["run", str(recipe), "--out", str(tmp_path / "run"), *extra]) == 2
    assert "wrong.jsonl:2: no form of comparisons" in capsys.readouterr().err
    assert not (tmp_path / "run" / "critique-revise").exists()


def test_without_a_recipe_the_judge_is_measured_on_these_pairs_alone(
    given: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    given.write_text("".join(given.read_text().splitlines(keepends=True)[:4]))
    assert cli.main(["label", "--judge", "--comparisons", str(given), "--out", str(run)]) == 0
    assert len((run / "label" / "gold.jsonl").read_text().splitlines()) == 4
    assert json.loads((run / "label" / "judge.json").read_text())["n"] == 4
    assert not (run / "label" / "gold").exists()


def test_why_says_where_a_given_pair_stands(
    given: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given.write_text("".join(given.read_text().splitlines(keepends=True)[:2]))
    run = tmp_path / "run"
    arguments = ["label", str(recipe), "--comparisons", str(given), "--out", str(run)]
    assert cli.main(arguments) == 0
    for file in ("label/labels.jsonl", "label/gold/labels.jsonl"):
        assert cli.main(["why", f"{file}:1", str(run)]) == 0
        out = capsys.readouterr().out
        assert "jsonl:1" in out.split("given")[-1]
        assert "could not be rebuilt" not in out
