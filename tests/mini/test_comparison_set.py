"""The embedded world's gold set: true, balanced, held out, and up to date."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from cai import constitution
from cai.mini import oracle
from cai.mini.comparison_set import DECIDED, PRINCIPLES, TIES, ComparisonRow, comparison_set
from cai.mini.world import KINDS
from cai.mini.world.reading import read_request
from cai.mini.world.requests import HELDOUT_FRAMES
from cai.shipped import locate

LABELS = {"a": 1.0, "b": 0.0, "tie": 0.5}


@pytest.fixture(scope="module")
def rows() -> list[ComparisonRow]:
    lines = locate("prompts/comparisons.heldout.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def decided(rows: list[ComparisonRow]) -> list[ComparisonRow]:
    return [row for row in rows if row["label"] != "tie"]


def scores(row: ComparisonRow, kind: str) -> tuple[float, float]:
    found = [oracle.score(kind, row["prompt"], row[name]) for name in ("response_a", "response_b")]
    assert None not in found
    return found[0] or 0.0, found[1] or 0.0


def test_the_oracle_reads_the_same_truth_off_the_texts(rows: list[ComparisonRow]) -> None:
    for row in rows:
        a, b = scores(row, PRINCIPLES[row["principle"]][0])
        expected = 1.0 if a - b >= 0.5 else 0.0 if b - a >= 0.5 else 0.5 if a == b else None
        assert LABELS[row["label"]] == expected, row["prompt"]


def test_every_principle_of_the_default_constitution_is_asked_as_often(
    rows: list[ComparisonRow],
) -> None:
    own = constitution.load("constitution/default.yaml")
    able = {one.id: one for one in own.principles if one.serves("label")}
    assert PRINCIPLES.keys() == able.keys()
    for name, (_, sets) in PRINCIPLES.items():
        assert set(able[name].applies_to or sets) == set(sets)
    assert Counter(row["principle"] for row in rows) == dict.fromkeys(able, DECIDED + TIES)
    assert all(row["tags"][0] in PRINCIPLES[row["principle"]][1] for row in rows)


def test_position_and_length_say_nothing(decided: list[ComparisonRow]) -> None:
    for name in PRINCIPLES:
        own = [row for row in decided if row["principle"] == name]
        longer = ["ab"[len(row["response_b"]) > len(row["response_a"])] for row in own]
        kinds = Counter(
            (row["label"], row["label"] == long) for row, long in zip(own, longer, strict=True)
        )
        assert list(kinds.values()) == [DECIDED // 4] * 4


def test_another_kind_of_principle_contradicts_at_least_half(decided: list[ComparisonRow]) -> None:
    def contradicted(row: ComparisonRow) -> bool:
        sign = 1 if row["label"] == "a" else -1
        return any(sign * (a - b) <= -0.5 for kind in KINDS for a, b in [scores(row, kind)])

    assert sum(map(contradicted, decided)) >= len(decided) / 2


def test_topics_and_wordings_are_held_out(rows: list[ComparisonRow]) -> None:
    heads = [frame.split("{")[0] for frame in HELDOUT_FRAMES]
    for row in rows:
        topic = read_request(row["prompt"])
        assert topic is not None
        assert row["tags"][1:] == [topic.category, topic.split]
        assert topic.split in ("combo", "act")
        assert any(head in row["prompt"] for head in heads)


def test_no_prompt_twice_and_none_of_the_sets(rows: list[ComparisonRow]) -> None:
    prompts = [row["prompt"] for row in rows]
    assert len(set(prompts)) == len(prompts)
    without = set(prompts[:20])
    assert not without & {row["prompt"] for row in comparison_set(seed=20, without=without)}


def test_another_seed_is_another_set(rows: list[ComparisonRow]) -> None:
    other = comparison_set(seed=21)
    assert len(other) == len(rows)
    assert not {row["response_a"] for row in rows} & {row["response_a"] for row in other}
    assert comparison_set(seed=21) == other
