"""The embedded model's prompt sets: sizes, splits, and that the shipped files are up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cai.mini import oracle
from cai.mini.prompt_sets import SIZES, prompt_set, write
from cai.mini.world.reading import read_request
from cai.mini.world.requests import HELDOUT_FRAMES

SHIPPED = Path(__file__).parents[2] / "prompts"


def test_the_shipped_sets_are_what_the_world_writes(tmp_path: Path) -> None:
    for path in write(tmp_path):
        assert (SHIPPED / path.name).read_text("utf-8") == path.read_text("utf-8"), path.name


def test_sizes_and_splits(tmp_path: Path) -> None:
    rows = {p.stem: [json.loads(x) for x in p.read_text().splitlines()] for p in write(tmp_path)}
    everything = [row["prompt"] for part in rows.values() for row in part]
    assert len(everything) == len(set(everything))
    for (name, request), (train, heldout) in SIZES.items():
        assert len(rows[f"{name}.train"]) == train
        assert len(rows[f"{name}.heldout"]) == heldout
        assert train + heldout >= (100 if name == "borderline" else 300)
        for row in rows[f"{name}.train"] + rows[f"{name}.heldout"]:
            topic = read_request(row["prompt"])
            assert topic is not None
            assert topic.request == request
            assert row["tags"] == [name, topic.category, topic.split]
            truth = oracle.tell(row["prompt"], "No comment.")
            assert truth is not None
            assert truth.core == "evade"
        assert {row["tags"][2] for row in rows[f"{name}.train"]} == {"train"}
        assert {row["tags"][2] for row in rows[f"{name}.heldout"]} == {"combo", "act"}


def test_training_prompts_use_no_held_out_wording() -> None:
    heads = tuple(frame.split("{")[0] for frame in HELDOUT_FRAMES)
    for (name, request), (count, _) in SIZES.items():
        for row in prompt_set(name, request, heldout=False, count=count, seed=20):
            assert not any(head in row["prompt"] for head in heads), row["prompt"]


def test_more_prompts_than_topics_is_an_error() -> None:
    with pytest.raises(ValueError, match="only 80 borderline topics"):
        prompt_set("borderline", "borderline", heldout=True, count=81, seed=0)
