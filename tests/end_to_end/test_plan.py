"""`cai run --plan`: what would be asked, against what is then asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai import cli
from cai.shipped import locate

Plan = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def made(small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run up to its labels, with its store of calls and its constitution beside it."""
    folder = tmp_path_factory.mktemp("plan") / "made"
    folder.mkdir()
    shutil.copy(locate("constitution/default.yaml"), folder / "constitution.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAI_CACHE", str(folder / "calls"))
        for stage in ("critique-revise", "sft", "label"):
            assert cli.main([stage, *flags(small_recipe, folder)]) == 0
    return folder


def flags(recipe: Path, folder: Path) -> list[str]:
    return [
        str(recipe),
        *("--constitution", str(folder / "constitution.yaml")),
        *("--out", str(folder / "run")),
        *("--limit", "8"),
        *("--set", "label.tie_margin=0"),
    ]


@pytest.fixture
def folder(
    made: Path, tmp_path: Path, own_call_store: None, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the run, with a copy of its store, that a test may change."""
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    monkeypatch.setenv("CAI_CACHE", str(copy / "calls"))
    return copy


@pytest.fixture
def plan(
    small_recipe: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[], Plan]:
    """Plans the run as it is now."""

    def ask() -> Plan:
        capsys.readouterr()
        assert cli.main(["run", *flags(small_recipe, folder), "--plan", "--json"]) == 0
        return {one["stage"]: one for one in json.loads(capsys.readouterr().out)}

    return ask


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "constitution.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def manifest(folder: Path, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run" / stage / "manifest.json").read_text())
    return found


def test_what_is_made_costs_nothing_and_the_rest_is_named(plan: Callable[[], Plan]) -> None:
    planned = plan()
    assert [one["stage"] for one in planned.values() if one["state"] == "done"] == [
        "critique-revise",
        "sft",
        "label",
    ]
    assert planned["reward"]["state"] == "missing"
    assert planned["reward"]["seconds"] is None
    assert sum(one["calls"] or 0 for one in planned.values()) == 0


def test_nothing_is_written_by_planning(plan: Callable[[], Plan], folder: Path) -> None:
    edit(folder, "Which answer does not help with a crime", "Which answer is no help with a crime")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json*")}
    plan()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.json*")} == before


def test_a_reworded_comparison_costs_exactly_its_own_verdicts(
    plan: Callable[[], Plan], folder: Path, small_recipe: Path
) -> None:
    edit(folder, "Which answer does not help with a crime", "Which answer is no help with a crime")
    planned = plan()
    assert planned["critique-revise"]["state"] == planned["sft"]["state"] == "done"
    label = planned["label"]
    assert label["why"] == ["constitution.principle no-crime"]
    labels = (folder / "run/label/labels.jsonl").read_text("utf-8").splitlines()
    asked = sum(json.loads(row)["principle"] == "no-crime" for row in labels)
    assert cli.main(["label", *flags(small_recipe, folder)]) == 0
    made = manifest(folder, "label")
    # Each verdict: both orders, once for the letter and, where reasons are asked for, once for it.
    assert 2 * asked <= label["calls"] == made["calls"] <= 4 * asked
    assert label["known_calls"] == made["cached_calls"]


def test_a_reworded_critique_costs_its_chains_and_all_that_is_trained_on_them(
    plan: Callable[[], Plan], folder: Path, small_recipe: Path
) -> None:
    edit(folder, "Does the answer help with a crime or", "Is the answer of help with a crime or")
    planned = plan()
    rows = (folder / "run/critique-revise/revisions.jsonl").read_text("utf-8").splitlines()
    drawn = [[step["principle"] for step in json.loads(row)["steps"]] for row in rows]
    touched = [steps for steps in drawn if "no-crime" in steps]
    bound = sum(2 * (len(steps) - steps.index("no-crime")) for steps in touched)
    assert cli.main(["critique-revise", *flags(small_recipe, folder)]) == 0
    made = manifest(folder, "critique-revise")["calls"]
    assert 0 < made <= planned["critique-revise"]["calls"] <= bound
    assert planned["sft"]["why"] == ["critique-revise will change"]
    # Nobody knows yet what the new model will say: every answer and verdict counts.
    first = manifest(folder, "label")
    assert planned["label"]["calls"] >= first["calls"] + first["cached_calls"]


def test_what_no_stage_depends_on_costs_nothing(plan: Callable[[], Plan], folder: Path) -> None:
    edit(folder, "title: Do not help anyone break the law", "title: Stay within the law")
    assert [one["state"] for one in plan().values()][:3] == ["done"] * 3


def test_the_plan_as_text_says_what_it_comes_to(
    folder: Path, small_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "Which answer does not help with a crime", "Which answer is no help with a crime")
    capsys.readouterr()
    assert cli.main(["run", *flags(small_recipe, folder), "--plan"]) == 0
    said = capsys.readouterr().out
    assert "(constitution.principle no-crime)" in said
    last = said.splitlines()[-1]
    assert last.startswith("about ")
    assert "besides those of align-dpo and evaluate" in last
    assert "without 4 stages of which no pace is known here" in last


def test_a_difference_names_the_draws_that_move_and_what_follows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = folder / "run", folder / "constitution.yaml"
    edit(folder, "  - id: no-crime\n", "  - id: no-crime\n    enabled: false\n")
    command = ["constitution", "diff", str(old), str(new), "--run", str(folder / "run")]
    capsys.readouterr()
    assert cli.main([*command, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    rows = (folder / "run/critique-revise/revisions.jsonl").read_text("utf-8").splitlines()
    drawn = [
        (row["prompt_id"], number)
        for row in map(json.loads, rows)
        for number, step in enumerate(row["steps"], start=1)
        if step["principle"] == "no-crime"
    ]
    # Only its own draws move, and they are those that the rows show.
    assert {one["old"] for one in told["moved"]} == {"no-crime"}
    assert [(one["prompt_id"], one["step"]) for one in told["moved"]] == drawn
    assert told["plan"][0]["stage"] == "critique-revise"
    assert told["plan"][0]["calls"] > 0
    assert cli.main(command) == 1
    assert (
        f"{len(drawn)} of {told['draws']} draws of critique-revise move" in capsys.readouterr().out
    )
