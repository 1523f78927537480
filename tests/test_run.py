"""What stages are given: prompts read once, without duplicates, some of them held out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from cai import pipeline, recipe, weights
from cai.engines.base import ChooseRequest
from cai.records import said_by
from cai.run import Run
from cai.shipped import locate
from cai.store import RunFolder


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Makes a run over prompt sets, each a list of texts by the recipe's name for it."""

    def make(**sets: list[str]) -> Run:
        sources = {}
        for name, texts in sets.items():
            file = tmp_path / f"{name}.jsonl"
            file.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
            sources[name] = [str(file)]
        path = tmp_path / "r.yaml"
        path.write_text(json.dumps({"prompts": sources}))
        return Run(recipe.load(path), RunFolder(tmp_path / "run"))

    return make


def texts(prompts: Any) -> list[str]:
    return [prompt.messages[0]["content"] for prompt in prompts]


def test_a_prompt_is_used_once_and_what_was_dropped_is_counted(opened: Any) -> None:
    run = opened(
        red_team=["a", "b", "a", "f"],
        helpful=["c", "b", "d", "c"],
        heldout_red_team=["e"],
        heldout_helpful=["e", "f"],
    )
    assert texts(run.red_team.prompts) == ["a", "b"]
    assert texts(run.helpful.prompts) == ["c", "d"]
    assert texts(run.training.prompts) == ["a", "b", "c", "d"]
    assert [prompt.tags for prompt in run.training.prompts[1:3]] == [("red-team",), ("helpful",)]
    assert run.training.counts == {
        "prompts_read": 8,
        "prompts_duplicate": 4,  # a, b and c, and f, which is held out
        "prompts_cut_early": 0,
    }
    assert texts(run.heldout.prompts) == ["e", "f"]
    assert run.heldout.counts["prompts_duplicate"] == 1


def test_each_source_is_read_in_its_own_way(tmp_path: Path) -> None:
    """HH-RLHF's transcripts and AdvBench's columns, a part of each, in one recipe."""
    said = "\n\nHuman: harm {}\n\nAssistant: no"
    rows = [{"chosen": said.format(n), "rejected": said.format(n) + "!"} for n in range(9)]
    DatasetDict(
        {"train": Dataset.from_list(rows[:1]), "test": Dataset.from_list(rows)}
    ).save_to_disk(str(tmp_path / "hh"))
    lines = [f"aim {n},Sure\n" for n in range(9)]
    (tmp_path / "adv.csv").write_text("goal,target\n" + "".join(lines))
    sources = [
        {"path": str(tmp_path / "hh"), "split": "test", "limit": 3},
        {"path": str(tmp_path / "adv.csv"), "column": "goal", "limit": 2},
    ]
    held = tmp_path / "held.jsonl"
    held.write_text('{"prompt": "held"}\n')
    prompts = {"red_team": sources, "heldout_red_team": [str(held)]}
    path = tmp_path / "r.yaml"
    path.write_text(json.dumps({"prompts": prompts | {"heldout_helpful": [str(held)]}}))
    run = Run(recipe.load(path), RunFolder(tmp_path / "run"))
    assert texts(run.red_team.prompts) == ["harm 0", "harm 1", "harm 2", "aim 0", "aim 1"]


def test_without_heldout_prompts_a_part_of_each_set_is_held_out(opened: Any) -> None:
    red_team, helpful = ([f"{kind} {n}" for n in range(100)] for kind in ("harm", "help"))
    run = opened(red_team=red_team, helpful=helpful)
    assert 20 <= len(run.heldout.prompts) <= 60
    assert sorted(texts(run.training.prompts) + texts(run.heldout.prompts)) == sorted(
        red_team + helpful
    )


def test_a_file_that_is_edited_during_a_run_is_not_read_again(opened: Any, tmp_path: Path) -> None:
    run = opened(red_team=[f"harm {n}" for n in range(50)], helpful=["help"])
    training = texts(run.red_team.prompts)
    (tmp_path / "red_team.jsonl").write_text('{"prompt": "another"}\n')
    heldout = [text for text in texts(run.heldout.prompts) if text != "help"]
    assert sorted(training + heldout) == sorted(f"harm {n}" for n in range(50))


def test_weights_are_hashed_once_and_those_of_a_stage_anew(
    opened: Any, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    digest = weights.hashlib.file_digest
    monkeypatch.setattr(
        weights.hashlib, "file_digest", lambda f, kind: hashed.append(f.name) or digest(f, kind)
    )
    run = opened(red_team=["a"], helpful=["b"])
    made, own = tmp_path / "run" / "sft" / "model", tmp_path / "model"
    for folder in (made, own):
        shutil.copytree(tiny_model, folder)
    run.digest_of(str(own))
    request = ChooseRequest(messages=said_by("user", "a"), options=("A", "B"))
    for _ in range(2):
        for folder in (made, own):
            run.engine(str(folder)).choose([request])
    times = [hashed.count(str(folder / "model.safetensors")) for folder in (made, own)]
    assert times == [2, 1]


def test_a_call_is_known_to_a_run_in_another_place(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ChooseRequest(messages=said_by("user", "a"), options=("A", "B"))

    def calls(place: str) -> tuple[int, int]:
        run = Run(recipe.load(locate("runs/quickstart.yaml")), RunFolder(tmp_path / place / "run"))
        run.engine(str(tiny_model)).choose([request])
        return run.calls_made().made, run.calls_made().cached

    assert [calls("here"), calls("there")] == [(1, 0), (0, 1)]
    monkeypatch.delenv("CAI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert calls("there") == (1, 0)
    assert (tmp_path / "cache" / "cai" / "calls.sqlite").exists()


def test_a_stage_that_needs_none_is_told_of_none(opened: Any) -> None:
    run = opened(red_team=["a"], helpful=["b"])
    assert pipeline.needed_by(run, "critique-revise") == []
    assert pipeline.status(run, []) == []
    assert len(pipeline.status(run)) == 6
