"""The stage on given comparisons: judged without a policy, measured by gold, resumed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution
from cai.errors import DataError, RunError
from cai.feedback.given import Source
from cai.feedback.label import run
from cai.feedback.settings import LabelSettings
from cai.journal import read_records
from cai.progress import silent
from cai.records import Comparison, Label, Preference

Engines = Callable[..., Any]


def nobody() -> Any:
    raise AssertionError("given comparisons need no policy")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    def write(name: str, rows: list[dict[str, Any]], **more: Any) -> Source:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return Source(path=str(path), **more)

    return write


@pytest.fixture
def given(source: Callable[..., Source]) -> Source:
    """90 pairs with the longer answer chosen."""
    rows = [
        {"prompt": f"How do I grow plant {n}?", "chosen": f"water {n} and sun", "rejected": f"{n}"}
        for n in range(90)
    ]
    return source("given.jsonl", rows, tags=("helpful",))


@pytest.fixture
def gold(source: Callable[..., Source]) -> Source:
    rows = [
        {"prompt": f"{n}?", "response_a": "sun", "response_b": f"rain {n}", "label": "b",
         "principle": ("safe", "short", "gone")[n % 3]}
        for n in range(9)
    ]  # fmt: skip
    return source("gold.jsonl", rows)


@pytest.fixture
def stage(engine: Engines, constitution: Constitution) -> Callable[..., dict[str, int | float]]:
    def make(folder: Path, **changes: Any) -> dict[str, int | float]:
        folder.mkdir(exist_ok=True)
        usual: dict[str, Any] = {
            "prompts": (),
            "policy": nobody,
            "constitution": constitution,
            "judge": engine(),
            "settings": LabelSettings(principles=3),
            "progress": silent,
        }
        return run(**(usual | changes), folder=folder)

    return make


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_files_and_counts_agree(stage: Any, given: Source, tmp_path: Path) -> None:
    folder = tmp_path / "label"
    counts = stage(folder, comparisons=[given])
    comparisons = read_records(folder / "comparisons.jsonl", Comparison)
    labels = read_records(folder / "labels.jsonl", Label)
    gold = read_records(folder / "gold.jsonl", Label)
    assert counts["comparisons"] == counts["gold_labels"] == len(comparisons) == len(gold) == 90
    assert counts["labels"] == len(labels) == 3 * 90
    assert counts["rows"] == len(read_records(folder / "preferences.jsonl", Preference)) > 80
    assert {label.comparison_id for label in labels} == {pair.id for pair in comparisons}
    # The principle that is meant for other prompts is not asked.
    assert {label.principle for label in labels} == {"kind", "short", "true"}
    assert "prompts_too_long" not in counts


def test_gold_is_judged_beside_and_is_no_preference(
    stage: Any, given: Source, gold: Source, tmp_path: Path
) -> None:
    plain, folder = tmp_path / "plain", tmp_path / "label"
    without = stage(plain, comparisons=[given])
    counts = stage(folder, comparisons=[given], gold=[gold])
    for name, content in contents(plain).items():
        # Gold says something of the judge, and nothing of the pairs.
        assert ((folder / name).read_bytes() == content) == (name != "judge.json")
    own = {name: n for name, n in counts.items() if not name.startswith("gold_set_")}
    assert own == without
    labels = read_records(folder / "gold" / "labels.jsonl", Label)
    # Each under the principle that its row names, whatever that one applies to.
    pairs = {c.id: c for c in read_records(folder / "gold" / "comparisons.jsonl", Comparison)}
    assert len(labels) == len(pairs) == counts["gold_set_labels"] == 6
    assert all(pairs[label.comparison_id].principle == label.principle for label in labels)
    assert counts["gold_set_pairs_principle_unknown"] == 3
    known = read_records(folder / "gold" / "gold.jsonl", Label)
    assert [(one.p_a, one.annotator) for one in known] == [(0.0, "gold")] * 6
    assert not (folder / "gold" / "preferences.jsonl").exists()


def test_gold_beside_sampled_pairs(
    stage: Any, engine: Engines, prompts: Any, gold: Source, tmp_path: Path
) -> None:
    counts = stage(tmp_path / "label", prompts=prompts, policy=engine, gold=[gold])
    assert counts["comparisons"] == 70
    assert counts["gold_set_comparisons"] == 6
    assert not (tmp_path / "label" / "gold.jsonl").exists()
    assert (tmp_path / "label" / "gold" / "gold.jsonl").exists()


def test_a_gold_set_of_another_constitution_is_counted_and_stops_nothing(
    stage: Any, given: Source, source: Any, tmp_path: Path
) -> None:
    row = {"prompt": "?", "response_a": "1", "response_b": "2", "label": "a", "principle": "gone"}
    counts = stage(tmp_path / "label", comparisons=[given], gold=[source("g.jsonl", [row])])
    assert counts["gold_set_comparisons"] == counts["gold_set_labels"] == 0
    assert counts["gold_set_pairs_principle_unknown"] == 1
    with pytest.raises(RunError, match="no pair of 1 rows can be judged: 0 have equal answers"):
        stage(tmp_path / "other", comparisons=[source("g.jsonl", [row])])


def test_nothing_given_is_explained(stage: Any, source: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"empty\.jsonl: no comparisons in it; add at least one row"):
        stage(tmp_path / "label", comparisons=[source("empty.jsonl", [])])
    with pytest.raises(DataError, match=r"odd\.jsonl:1: no form of comparisons has the columns x"):
        stage(tmp_path / "other", comparisons=[source("odd.jsonl", [{"x": 1}])])


def test_what_does_not_fit_the_judge_is_invalid_and_counted(
    stage: Any, engine: Engines, source: Any, tmp_path: Path
) -> None:
    rows = [
        {"prompt": f"{n}?", "chosen": "word " * (200 if n < 2 else 1), "rejected": "x"}
        for n in range(6)
    ]
    folder = tmp_path / "label"
    counts = stage(folder, comparisons=[source("g.jsonl", rows)], judge=engine(context=150))
    # Without tags, every principle is for a pair; three of four were drawn.
    assert counts["too_long"] == counts["invalid"] == 6
    assert counts["labels"] == 18
    assert counts["unlabelled"] == 2


@pytest.mark.parametrize("lifetime", [0, 1, 300, 541])
def test_a_stage_that_dies_in_a_call_goes_on(
    stage: Any,
    engine: Engines,
    killed: type[BaseException],
    given: Source,
    gold: Source,
    tmp_path: Path,
    lifetime: int,
) -> None:
    asked = {"comparisons": [given], "gold": [gold]}
    counts = stage(tmp_path / "whole", **asked)
    with pytest.raises(killed):
        stage(tmp_path / "killed", **asked, judge=engine(lifetime=lifetime))
    assert stage(tmp_path / "killed", **asked) == counts
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_files_cut_at_any_byte_are_completed_to_the_same_bytes(
    stage: Any, given: Source, gold: Source, tmp_path: Path
) -> None:
    asked = {"comparisons": [given], "gold": [gold]}
    stage(tmp_path / "whole", **asked)
    expected = contents(tmp_path / "whole")
    order = ["gold.jsonl", "comparisons.jsonl", "sources.json", "labels.jsonl",
             "gold/gold.jsonl", "gold/comparisons.jsonl", "gold/sources.json",
             "gold/labels.jsonl"]  # fmt: skip
    rng = random.Random(0)
    for name in order:
        folder = tmp_path / f"cut-{name.replace('/', '-')}"
        (folder / "gold").mkdir(parents=True)
        for earlier in order[: order.index(name)]:
            (folder / earlier).write_bytes(expected[earlier])
        # Labels are appended row by row; the others are put in place whole.
        cut = rng.randrange(len(expected[name])) if name.endswith("labels.jsonl") else None
        if cut is not None:
            (folder / name).write_bytes(expected[name][:cut])
        stage(folder, **asked)
        assert contents(folder) == expected
