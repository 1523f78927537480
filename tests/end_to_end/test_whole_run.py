"""`cai run`, from prompts to report, and once more: what a first-time user does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cai import cli

STAGES = ["critique-revise", "sft", "label", "reward", "align-ppo", "align-dpo", "evaluate"]


def test_a_run_makes_summary_and_report_and_then_has_nothing_to_do(
    small_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs" / "small"
    few = ["--limit", "6", "--set", "align-ppo.total_episodes=16"]
    command = ["run", str(small_recipe), "--out", str(folder), *few]
    assert cli.main([*command, "--json"]) == 0
    first = capsys.readouterr()
    assert [line.split()[0] for line in first.err.splitlines() if " done in " in line] == STAGES

    summary = json.loads((folder / "summary.json").read_text())
    assert json.loads(first.out) == summary
    assert list(summary["stages"]) == STAGES
    assert summary["stages"]["critique-revise"]["calls"] > 0
    models = summary["evaluation"]["models"]
    assert list(models) == ["initial", "sft", "ppo", "dpo"]
    for numbers in models.values():
        rate = numbers["harmful_rate"]
        assert 0 <= rate["low"] <= rate["value"] <= rate["high"] <= 1
        assert rate["n"] > 0
        assert numbers["mean_reward"]["n"] > 0
    assert models["sft"]["kl_to_sft"]["value"] == pytest.approx(0, abs=1e-6)
    report = folder / "report.html"
    assert "<html" in report.read_text()

    assert cli.main(command) == 0
    again = capsys.readouterr()
    assert [line.split()[0] for line in again.err.splitlines() if " up to date" in line][
        :7
    ] == STAGES
    assert again.err.splitlines()[-1] == "everything is up to date"
    assert again.out.splitlines()[-1] == f"report: {report}"
    assert json.loads((folder / "summary.json").read_text()) == summary

    (folder / "summary.json").unlink()
    assert cli.main(["eval", *command[1:]]) == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[2:6]] == ["initial", "sft", "ppo", "dpo"]
    assert table[-1] == str(folder / "evaluate")
    assert json.loads((folder / "summary.json").read_text()) == summary

    assert cli.main(["eval", *command[1:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["evaluation"] == summary["evaluation"]
    assert told["counts"] == summary["stages"]["evaluate"]["counts"]

    for file in ("evaluate/scores.jsonl", "label/preferences.jsonl"):
        row = json.loads((folder / file).read_text("utf-8").splitlines()[-1])
        assert cli.main(["why", row["id"], str(folder), "--json"]) == 0
        trail = json.loads(capsys.readouterr().out)
        assert trail["calls"]
        assert trail["doubts"] == []
