"""`cai constitution report --without ID`: the reward model without one principle."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cai import cli


@pytest.fixture(scope="module")
def made(small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run up to its reward model."""
    folder = tmp_path_factory.mktemp("influence") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAI_CACHE", str(folder.parent / "calls"))
        for stage in ("critique-revise", "sft", "label", "reward"):
            command = [stage, str(small_recipe), "--out", str(folder), "--limit", "10"]
            assert cli.main([*command, "--set", "label.tie_margin=0"]) == 0
    return folder


def test_the_same_held_out_pairs_measure_both(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (made / "label" / "labels.jsonl").read_text("utf-8")
    labels = [json.loads(line) for line in text.splitlines()]
    asked = Counter(row["principle"] for row in labels)
    [(principle, _)] = asked.most_common(1)
    card = json.loads((made / "reward" / "card.json").read_text("utf-8"))
    capsys.readouterr()
    command = ["constitution", "report", str(made), "--without", principle]
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    assert cli.main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] == card["accuracy"]
    assert found["without"]["n"] == card["accuracy"]["n"]
    alone = [
        row["comparison_id"]
        for row in labels
        if row["principle"] == principle
        and not any(
            other["comparison_id"] == row["comparison_id"] and other["status"] == "ok"
            for other in labels
            if other["principle"] != principle
        )
    ]
    assert found["lost"] <= len(alone)
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before


def test_a_principle_without_labels_is_named(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["constitution", "report", str(made), "--without", "nobody"]) == 2
    assert "no label under 'nobody'" in capsys.readouterr().err
