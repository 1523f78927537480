"""What a constitution did, counted by hand on a handful of rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cai import cli, yaml_file
from cai.intervals import Estimate
from cai.journal import read_records, write_rows
from cai.records import (
    Chain,
    Comparison,
    Label,
    LabelStatus,
    Revision,
    RevisionStep,
    Said,
    content_id,
    said_by,
    to_row,
)
from cai.report import principles
from cai.report.agreement import Paired, agreement, kappa
from cai.report.reading import RunFiles


def said(text: str) -> Said:
    return Said(text=text, call="0" * 64)


def comparison(number: int, a: str = "one", b: str = "two") -> Comparison:
    return Comparison(
        id=f"c{number}",
        prompt_id=f"prompt{number}",
        prompt=said_by("user", "Why?"),
        tags=(),
        response_a=said(a),
        response_b=said(b),
    )


def label(
    number: int, principle: str, p_a: float | None, status: LabelStatus = "ok", who: str = "judge"
) -> Label:
    return Label(
        id=content_id(number, principle, who),
        comparison_id=f"c{number}",
        principle=principle,
        annotator=who,
        status=status,
        p_a=p_a,
        logprobs_ab=(-0.1, -2.4),
        logprobs_ba=(-2.4, -0.1),
        calls=(),
    )


def step(number: int, critique: str, revision: str | None, response: str) -> RevisionStep:
    return RevisionStep(
        round=number,
        principle="x",
        critique=said(critique),
        revision=None if revision is None else said(revision),
        response=response,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five comparisons under the principles x, y and z; x beats z where both decide."""
    path = tmp_path / "run"
    (path / "label").mkdir(parents=True)
    (path / "critique-revise").mkdir()
    (path / "recipe.yaml").write_text(yaml_file.dump({"name": "r", "label": {"principles": "all"}}))
    (path / "constitution.yaml").write_text(
        "name: c\nprinciples:\n"
        "  - {id: x, title: The first, weight: 3, comparison: x, overrides: [z],\n"
        "     critique_request: x, revision_request: x}\n"
        "  - {id: y, comparison: y}\n"
        "  - {id: z, comparison: z}\n"
    )
    lengths = [("a", "bbbb"), ("aaa", "b"), ("a", "bb"), ("aaaa", "b"), ("aa", "bb")]
    rows = [comparison(n, a, b) for n, (a, b) in enumerate(lengths)]
    labels = [
        label(0, "x", 0.2),
        label(0, "y", 0.7),  # against x, which weighs three times as much
        label(1, "x", 0.9),
        label(1, "y", 0.8),
        label(2, "x", 0.3),
        label(2, "z", 0.999),  # beaten by x
        label(3, "y", 0.6),  # alone
        label(3, "x", 0.5, "tie"),
        label(4, "z", None, "refused"),
        label(4, "x", None, "invalid"),
        label(0, principles.PERSON, 0.0, who="ann"),
        label(1, principles.PERSON, 0.0, who="ann"),
    ]
    write_rows(path / "label" / "comparisons.jsonl", map(to_row, rows))
    write_rows(path / "label" / "labels.jsonl", map(to_row, labels))
    steps = [
        step(1, "bad", "better", "better"),
        step(2, "fine", None, "better"),
        step(3, "bad", "better ", "better "),
    ]
    revision = Revision(
        id="r",
        prompt_id="p",
        prompt=said_by("user", "Why?"),
        tags=(),
        initial=said("first"),
        steps=tuple(steps),
    )
    write_rows(path / "critique-revise" / "revisions.jsonl", [to_row(revision)])
    return path


def test_every_column_is_what_the_rows_say(folder: Path) -> None:
    x, y, z = principles.study(RunFiles(folder))[0]
    assert (x.id, x.title, x.drawn, x.labels) == ("x", "The first", 3, 5)
    assert x.faults == pytest.approx(2 / 3)
    assert x.changed == pytest.approx(1 / 3)  # "better " is "better" again
    assert (x.ties, x.unread) == (pytest.approx(1 / 5), pytest.approx(1 / 5))
    assert x.decisiveness == pytest.approx((0.6 + 0.8 + 0.4 + 0.0) / 4)
    assert (y.drawn, y.faults, y.changed) == (0, None, None)
    assert (z.labels, z.unread) == (2, pytest.approx(1 / 2))


def test_agreement_is_with_what_the_others_say_together(folder: Path) -> None:
    x, y, z = principles.study(RunFiles(folder))[0]
    # x against y: apart, together; and x against z: apart.
    assert (x.others["n"], x.others["value"]) == (3, pytest.approx(2 / 3 - 1))
    assert (y.others["n"], y.others["value"]) == (2, pytest.approx(0.0))
    assert (z.others["n"], z.others["value"]) == (1, pytest.approx(-1.0))
    # The person sides with x once and against it once.
    assert (x.people["n"], x.people["value"]) == (2, pytest.approx(0.0))
    assert z.people["n"] == 0


def test_influence_is_what_would_change_without_a_principle(folder: Path) -> None:
    files = RunFiles(folder)
    x, y, z = principles.study(files)[0]
    assert (x.alone, y.alone, z.alone) == (0, 1, 0)
    # Log-odds in comparison 1: 3 x 2.20 of x, 1.39 of y, -6.91 of the person. Both are needed.
    assert x.moved == pytest.approx(2 / 3)  # and comparison 2 turns to z
    assert y.moved == pytest.approx(2 / 3)  # and comparison 3 has no other verdict
    assert z.moved == 0.0
    assert z.shift == 0.0
    assert y.shift is not None
    assert y.shift > 0.03


def test_influence_follows_the_recipes_pool_and_clamp(folder: Path) -> None:
    def shift_of_y(**changes: object) -> float | None:
        given = {"name": "r", "label": {"principles": "all", **changes}}
        (folder / "recipe.yaml").write_text(yaml_file.dump(given))
        return principles.study(RunFiles(folder))[0][1].shift

    # y's 0.7, 0.8 and 0.6 beside x's 0.2 and 0.9, three times as heavy, and two of a person's 0.
    mean = [abs((0.6 + 0.7) / 5 - 0.6 / 4), abs((2.7 + 0.8) / 5 - 2.7 / 4), 0.1]
    assert shift_of_y(pool="probability") == pytest.approx(sum(mean) / 3)
    assert shift_of_y() != pytest.approx(sum(mean) / 3)
    path = folder / "label" / "labels.jsonl"
    chain = Chain(view="ab", reason="so", logprobs=(-0.1, -2.4))
    rows = [
        to_row(replace(one, chains=(chain,))) if one.annotator == "judge" else to_row(one)
        for one in read_records(path, Label)
    ]
    write_rows(path, rows)
    mean = [abs((3 * 0.4 + 0.6) / 5 - 1.2 / 4), abs((3 * 0.6 + 0.6) / 5 - 1.8 / 4), 0.1]
    assert shift_of_y(pool="probability", clamp=0.6) == pytest.approx(sum(mean) / 3)


def test_conflicts_name_the_comparisons_to_look_at(folder: Path) -> None:
    first, second = principles.study(RunFiles(folder))[1]
    assert (first.one, first.other, first.n, first.disagreed) == ("x", "z", 1, 1)
    assert first.examples == (("c2", 0.3, 0.999),)
    assert (second.one, second.other, second.n, second.disagreed) == ("x", "y", 2, 1)


def test_length_is_followed_where_longer_answers_win(folder: Path) -> None:
    x, _, _ = principles.study(RunFiles(folder))[0]
    # p of 0.2, 0.9, 0.3, 0.5 for answers that are -3, 2, -1, 3 characters longer
    p, longer = [0.2, 0.9, 0.3, 0.5], [-3, 2, -1, 3]
    p_mean, l_mean = sum(p) / 4, sum(longer) / 4
    cross = sum((a - p_mean) * (b - l_mean) for a, b in zip(p, longer, strict=True))
    squares = sum((a - p_mean) ** 2 for a in p) * sum((b - l_mean) ** 2 for b in longer)
    assert x.length == pytest.approx(cross / squares**0.5)


def test_kappa_counts_both_ways_round() -> None:
    pairs = [Paired(f"p{n}", 0.9, 0.8 if n < 8 else 0.1) for n in range(10)]
    found = agreement(pairs)
    assert found["value"] == pytest.approx(0.8)
    assert found["low"] is not None
    assert found["high"] is not None
    assert 0.4 <= found["low"] < 0.8 < found["high"] <= 1.0
    # Cohen's formula on the table in which each pair is entered as (A, B) and as (B, A).
    observed, chance = 0.8, 0.5 * 0.5 + 0.5 * 0.5
    assert kappa(found)["value"] == pytest.approx((observed - chance) / (1 - chance))
    assert agreement([Paired("p", 0.5, 0.9)])["value"] == 0.5
    assert kappa(agreement([])) == Estimate(value=None, low=None, high=None, n=0)


def test_pairs_of_one_prompt_do_not_narrow_the_interval() -> None:
    def width(pairs: list[Paired]) -> float:
        found = agreement(pairs)
        return (found["high"] or 0) - (found["low"] or 0)

    apart = [Paired(f"p{n}", 0.9, 0.9 if n % 2 else 0.1) for n in range(20)]
    again = [Paired(one.prompt_id, one.one, one.other) for one in apart for _ in range(5)]
    assert width(again) == pytest.approx(width(apart), abs=0.05)


def test_the_command_prints_tables_and_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["constitution", "report", str(folder)]) == 0
    said_text = capsys.readouterr().out
    assert said_text.splitlines()[0].startswith("principle")
    assert "1 of 2" in said_text
    assert cli.main(["constitution", "report", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in data["principles"]] == ["x", "y", "z"]
    assert data["conflicts"][0]["examples"] == [["c2", 0.3, 0.999]]
    assert cli.main(["constitution", "report", str(folder / "label")]) == 2
    assert "no principle has been used yet" in capsys.readouterr().err


def test_the_page_shows_the_table_and_the_conflicts(
    folder: Path, make_run: Callable[..., Path]
) -> None:
    from cai.report.html import page

    text = page(RunFiles(folder))
    assert "Where principles conflict" in text
    assert "c2" in text
    assert "The first" in page(RunFiles(folder))
    assert "Where principles conflict" not in page(RunFiles(folder / "label"))
    assert "no-harm" in page(RunFiles(make_run()))
