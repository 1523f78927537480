"""Each choice of pairs, on the embedded model: planned, made, taken up again, and explained."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai import cli

CHOICES: dict[str, dict[str, Any]] = {
    "temperatures": {"answers": 3, "temperature": [0.6, 1.1]},
    "max-difference": {"choose_pairs": "max-difference"},
    "max-disagreement": {"choose_pairs": "max-disagreement", "principles": 2},
    "extremes": {"choose_pairs": "extremes"},
    "rewarded": {"choose_pairs": "extremes", "reward_model": "REWARD"},
    "cross-model": {"choose_pairs": "cross-model", "authors": ["cai-mini"]},
}


@pytest.fixture(scope="module")
def tuned(small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run up to its SFT model, with its store of calls beside it."""
    folder = tmp_path_factory.mktemp("choose") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAI_CACHE", str(folder.parent / "calls"))
        for stage in ("critique-revise", "sft"):
            assert cli.main([stage, str(small_recipe), "--out", str(folder), "--limit", "4"]) == 0
    return folder


@pytest.fixture(scope="module")
def reward_model(make_chat_model: Callable[..., Path]) -> Path:
    """A reward model of random weights that reads what the embedded model reads."""
    from transformers import LlamaForSequenceClassification

    from cai.models import load_tokenizer

    tokenizer = load_tokenizer("cai-mini")
    return make_chat_model(
        tokenizer, context=512, kind=LlamaForSequenceClassification, num_labels=1
    )


@pytest.fixture(params=CHOICES)
def command(
    request: pytest.FixtureRequest,
    tuned: Path,
    reward_model: Path,
    small_recipe: Path,
    tmp_path: Path,
    own_call_store: None,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """The flags of a run with one of the choices, in a copy of the folder."""
    shutil.copytree(tuned.parent, tmp_path / "copy")
    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "copy" / "calls"))
    settings = {"principles": 1} | CHOICES[request.param]
    if "reward_model" in settings:
        settings = settings | {"reward_model": str(reward_model)}
    sets = [f"label.{key}={json.dumps(value)}" for key, value in settings.items()]
    flags = [str(small_recipe), "--limit", "4", "--out", str(tmp_path / "copy" / "run")]
    for one in (*sets, "label.tie_margin=0", "label.max_new_tokens=64"):
        flags += ["--set", one]
    return flags


def label_plan(command: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main(["run", *command, "--plan", "--json"]) == 0
    planned: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return next(one for one in planned if one["stage"] == "label")


def test_a_choice_is_planned_made_taken_up_and_explained(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(command[command.index("--out") + 1])
    planned = label_plan(command, capsys)
    assert cli.main(["label", *command]) == 0
    manifest = json.loads((folder / "label/manifest.json").read_text("utf-8"))
    # What has to be drawn again, or is left out, nobody knows beforehand.
    assert planned["calls"] == pytest.approx(manifest["calls"], rel=0.25)
    assert manifest["counts"]["comparisons"] == 8 - manifest["counts"]["pairs_alike"] > 4
    assert (folder / "label/answers.jsonl").exists()

    again = [*command, "--set", "label.min_confidence=0.51"]
    planned = label_plan(again, capsys)
    assert planned["calls"] == 0
    before = (folder / "label/comparisons.jsonl").read_bytes()
    assert cli.main(["label", *again]) == 0
    assert (folder / "label/comparisons.jsonl").read_bytes() == before
    manifest = json.loads((folder / "label/manifest.json").read_text("utf-8"))
    assert (manifest["calls"], manifest["cached_calls"]) == (0, planned["known_calls"])

    for line in before.decode("utf-8").splitlines()[:3]:
        row = json.loads(line)
        capsys.readouterr()
        assert cli.main(["why", row["id"], str(folder), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["doubts"] == []
        named = {row[side]["call"] for side in ("response_a", "response_b")}
        purposes = {call["key"]: call["purpose"] for call in found["calls"]}
        assert {purposes[key] for key in named} == {"answer A", "answer B"}


def test_what_cannot_be_is_said_before_any_work(
    small_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*settings: str) -> str:
        capsys.readouterr()
        flags = [str(small_recipe), "--out", str(tmp_path / "run")]
        for one in settings:
            flags += ["--set", f"label.{one}"]
        assert cli.main(["run", *flags]) == 2
        return capsys.readouterr().err

    assert "authors" in refused("choose_pairs=cross-model")
    assert re.search(r"label\.authors\[0\]: .*nowhere", refused("authors=[./nowhere]"))
    assert "label.reward_model" in refused("choose_pairs=extremes", "reward_model=./nowhere")
    own = tmp_path / "run" / "reward" / "model"
    own.mkdir(parents=True)
    (own / "config.json").write_text("{}")
    assert "this run's own" in refused("choose_pairs=extremes", f"reward_model={own}")
    assert not list((tmp_path / "run").rglob("*.jsonl"))
