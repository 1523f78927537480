"""Identities of pairs: sides, rankings, duplicates, and what a file's order may not decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.errors import RunError
from cai.feedback.given import Source, write
from cai.records import Comparison

TEXTS = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
TWO = st.tuples(TEXTS, TEXTS).filter(lambda pair: pair[0] != pair[1])
QUICK = settings(max_examples=20, deadline=None)


def of(pair: Comparison) -> tuple[str, str]:
    return pair.response_a.text, pair.response_b.text


@QUICK
@given(prompt=TEXTS, answers=TWO, p=st.floats(0, 1, width=16))
def test_swapping_the_answers_flips_the_gold(
    rows: Any, prompt: str, answers: tuple[str, str], p: float
) -> None:
    a, b = answers
    one = {"prompt": prompt, "response_a": a, "response_b": b, "label": p}
    other = {"prompt": prompt, "response_a": b, "response_b": a, "label": 1 - p}
    first, second = rows(one), rows(other)
    assert of(first.comparisons[0]) == of(second.comparisons[0])[::-1]
    assert first.gold[0].p_a == pytest.approx(1 - second.gold[0].p_a)
    # In one file they are one pair, said twice.
    both = rows(one, other)
    assert len(both.comparisons) == len(both.gold) == 1
    assert both.counts["pairs_duplicate"] == 1


@QUICK
@given(prompt=TEXTS, answers=TWO)
def test_which_answer_was_chosen_does_not_decide_where_it_stands(
    rows: Any, prompt: str, answers: tuple[str, str]
) -> None:
    a, b = answers
    first = rows({"prompt": prompt, "chosen": a, "rejected": b})
    second = rows({"prompt": prompt, "chosen": b, "rejected": a})
    assert first.comparisons[0].id == second.comparisons[0].id
    assert of(first.comparisons[0]) == of(second.comparisons[0])
    assert first.gold[0].p_a == 1 - second.gold[0].p_a


@QUICK
@given(
    ranks=st.lists(st.integers(1, 5), min_size=2, max_size=9),
    pairs=st.sampled_from(["all", "adjacent"]),
)
def test_a_ranking_of_n_answers(rows: Any, ranks: list[int], pairs: Any) -> None:
    answers = [f"answer {n}" for n in range(len(ranks))]
    row = {"prompt": "Which?", "responses": answers, "ranks": ranks}
    found = rows(row, ranking_pairs=pairs)
    n = len(ranks)
    assert (
        len(found.comparisons) == len(found.gold) == (n * (n - 1) // 2 if pairs == "all" else n - 1)
    )
    rank = dict(zip(answers, ranks, strict=True))
    for pair, label in zip(found.comparisons, found.gold, strict=True):
        a, b = (rank[text] for text in of(pair))
        assert label.p_a == (1.0 if a < b else 0.0 if a > b else 0.5)
    # The same order told as ratings is the same.
    rated = {"prompt": "Which?", "responses": answers, "ratings": [-r for r in ranks]}
    assert [one.p_a for one in rows(rated, ranking_pairs=pairs).gold] == [
        one.p_a for one in found.gold
    ]


def test_all_pairs_of_a_ranking_are_different(rows: Any) -> None:
    answers = list("abcdefghi")
    found = rows({"prompt": "Which?", "responses": answers, "ranks": list(range(9))})
    assert {frozenset(of(pair)) for pair in found.comparisons} == {
        frozenset(pair) for pair in combinations(answers, 2)
    }
    assert [pair.pair for pair in found.comparisons] == list(range(36))


def test_neighbours_of_a_ranking_go_from_best_to_worst(rows: Any) -> None:
    row = {"prompt": "Which?", "responses": ["c", "a", "d", "b"], "scores": [3, 9, 1, 7]}
    found = rows(row, ranking_pairs="adjacent")
    assert [set(of(pair)) for pair in found.comparisons] == [{"a", "b"}, {"b", "c"}, {"c", "d"}]


def test_answers_without_a_score_are_left_out_and_counted(rows: Any) -> None:
    items = [{"text": "a", "rating": 1}, {"text": "b"}, {"text": "c", "rating": "N/A"},
             {"text": "d", "rating": 2}]  # fmt: skip
    found = rows({"prompt": "Which?", "responses": items})
    assert [set(of(pair)) for pair in found.comparisons] == [{"a", "d"}]
    assert found.counts["answers_unscored"] == 2
    unknown = rows({"prompt": "Which?", "responses": ["a", "b", "c"]})
    assert (len(unknown.comparisons), len(unknown.gold)) == (3, 0)


def test_duplicates_bring_their_gold_and_nothing_else(rows: Any) -> None:
    row = {"prompt": "Which?", "response_a": "a", "response_b": "b"}
    found = rows(
        row,
        {**row, "label": "a"},
        {**row, "label": "a"},
        {**row, "label": "b"},
        {**row, "label": "b", "annotator": "Ann"},
        {**row, "response_b": "a"},
        {**row, "label": "a", "principle": "kind"},
        {**row, "label": "a", "principle": "of another constitution"},
    )
    assert [pair.principle for pair in found.comparisons] == ["", "kind"]
    assert [(one.annotator, one.principle, one.p_a) for one in found.gold] == [
        ("gold", "", 1.0),
        ("gold", "", 0.0),
        ("Ann", "", 0.0),
        ("gold", "kind", 1.0),
    ]
    assert found.counts == {
        "rows_read": 8,
        "comparisons": 2,
        "pairs_duplicate": 4,
        "pairs_identical": 1,
        "pairs_cut_early": 0,
        "pairs_principle_unknown": 1,
        "answers_unscored": 0,
        "gold_labels": 4,
        "gold_ties": 0,
        "gold_conflicting": 2,
    }


def test_a_limit_counts_distinct_pairs(rows: Any) -> None:
    ranked = {"prompt": "Which?", "responses": list("abc"), "ranks": [1, 2, 3]}
    own = {"prompt": "What?", "response_a": "a", "response_b": "b"}
    assert len(rows(own, own, ranked, limit=3).comparisons) == 3
    assert rows(own, own, ranked, limit=1).counts["rows_read"] == 1


def test_what_an_earlier_source_holds_is_a_duplicate_in_a_later_one(
    made: Any, tmp_path: Path
) -> None:
    path = tmp_path / "given.jsonl"
    path.write_text(json.dumps({"prompt": "a", "chosen": "b", "rejected": "c"}) + "\n")
    twice = made(Source(path=str(path)), Source(path=str(path), tags=("x",)))
    assert [pair.tags for pair in twice.comparisons] == [()]
    assert twice.counts["pairs_duplicate"] == 1
    assert twice.counts["rows_read"] == 2


@pytest.fixture
def target(tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Writes a source's rows into the current test's folder, as often as wanted."""

    def of_source(source: Source) -> dict[str, int]:
        return write(
            [source],
            comparisons=tmp_path / "comparisons.jsonl",
            gold=tmp_path / "gold.jsonl",
            principles=(),
            ranking_pairs="all",
        )

    return of_source


def test_reading_that_was_cut_short_begins_again(target: Any, tmp_path: Path) -> None:
    source = tmp_path / "given.jsonl"
    row = {"prompt": "Which?", "response_a": "a", "response_b": "b", "label": "a"}
    source.write_text("".join(json.dumps({**row, "prompt": f"{n}?"}) + "\n" for n in range(9)))
    counts = target(Source(path=str(source)))
    files = ("comparisons.jsonl", "gold.jsonl", "sources.json")
    whole = {name: (tmp_path / name).read_bytes() for name in files}
    # Whatever of the three files a kill left, and in whichever state.
    for name in files[:2]:
        (tmp_path / "sources.json").unlink()
        (tmp_path / name).unlink()
        (tmp_path / f"{name}.partial").write_bytes(whole[name][:100])
        assert target(Source(path=str(source))) == counts
        assert {name: (tmp_path / name).read_bytes() for name in files} == whole
        assert not list(tmp_path.glob("*.partial"))
    # What is whole is not read again.
    source.unlink()
    assert target(Source(path=str(source))) == counts


def test_a_file_that_changes_while_it_is_read_stops_the_stage(target: Any, tmp_path: Path) -> None:
    path = tmp_path / "given.jsonl"
    path.write_text('{"prompt": "a", "chosen": "b", "rejected": "c"}\n')
    with pytest.raises(RunError, match=r"given\.jsonl: changed while it was read"):
        target(Source(path=str(path), digest="of what it held before"))
    assert not (tmp_path / "comparisons.jsonl").exists()


def test_files_without_labels_leave_no_gold(target: Any, tmp_path: Path) -> None:
    path = tmp_path / "given.jsonl"
    path.write_text('{"prompt": "a", "response_a": "b", "response_b": "c"}\n')
    assert target(Source(path=str(path)))["gold_labels"] == 0
    assert not (tmp_path / "gold.jsonl").exists()
