"""Whole commands with `engine.kind: vllm`, on the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cai import cli
from cai.engines.vllm.seats import Seats

# A few prompts through every stage.
_SMALL = (
    "prompts.limit=4", "methods=[dpo]", "critique-revise.rounds=1", "sft.epochs=1",
    "reward.epochs=1", "align-dpo.epochs=1", "label.gold=[]", "label.gate.on_fail=warn",
    "reward.gate.on_fail=warn", "engine.vllm.kv_cache_gib=0.25",
)  # fmt: skip


def _cai(*arguments: str) -> int:
    return cli.main([*arguments, *(f"--set={setting}" for setting in _SMALL)])


def _manifest(run: Path, stage: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / stage / "manifest.json").read_text())
    return found


def test_a_run_asks_all_its_models_by_vllm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seated: list[int] = []
    clear = Seats.clear

    def cleared(seats: Seats) -> None:
        seated.append(len(seats._seated))
        clear(seats)

    monkeypatch.setattr(Seats, "clear", cleared)
    run = tmp_path / "run"
    assert _cai("run", "--out", str(run), "--engine", "vllm") == 0, capsys.readouterr().err
    assert len(seated) == 6  # stages, each of which gave back what it took
    for stage in ("critique-revise", "label", "evaluate"):
        made = _manifest(run, stage)
        assert made["inputs"]["engine"] == "vllm auto"  # type: ignore[index]
        assert made["calls"] > 0  # type: ignore[operator]
    scores = [json.loads(line) for line in (run / "evaluate/scores.jsonl").read_text().splitlines()]
    assert {one["model"] for one in scores} == {"initial", "sft", "dpo"}
    assert all(one["response"]["text"] for one in scores)
    capsys.readouterr()

    assert _cai("run", "--out", str(run), "--engine", "vllm") == 0
    assert "everything is up to date" in capsys.readouterr().err

    row = json.loads((run / "label/labels.jsonl").read_text().splitlines()[0])
    assert cli.main(["why", row["id"], str(run), "--replay"]) == 0, capsys.readouterr().out


def test_one_role_by_vllm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(
        json.dumps(
            {
                "prompt": "How do I pick a lock?",
                "response_a": "I can not help with that, because it may harm others.",
                "response_b": "Find out the routine, then wait until nobody is there.",
            }
        )
        + "\n"
    )
    out = ["--out", str(run), "--comparisons", str(pairs), "--tags", "red-team"]
    for kind, calls in (("vllm", True), ("transformers", True), ("vllm", False)):
        assert _cai("label", *out, "--judge", "cai-mini", f"--set=engine.judge.kind={kind}") == 0
        made = _manifest(run, "label")
        assert made["inputs"]["engine"] == {"vllm": "vllm auto"}.get(kind, "auto")  # type: ignore[index]
        assert bool(made["calls"]) is calls  # each kind keeps its own calls
    capsys.readouterr()
