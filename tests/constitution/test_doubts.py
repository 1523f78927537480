"""What can be used but is hardly meant, and the forms in which findings are printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai import cli
from cai.constitution import check
from cai.constitution.rules import Met
from cai.likeness import NEARLY, alike

MET: Met = {"critique-revise": [("red-team",)], "label": [("red-team",), ("helpful", "art")]}


def findings(tmp_path: Path, principle: str, *, met: Met | None = None) -> list[str]:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: x\nprinciples:\n"
        "  - id: first\n    critique_request: Is the answer rude?\n"
        "    revision_request: Write it politely.\n"
        "    comparison: Which answer is more polite and less rude to the user?\n"
        f"  - id: second\n{principle}",
        encoding="utf-8",
    )
    found = check(path, met)
    assert {one.severity for one in found} <= {"warning"}
    return [f"{one.problem.line}:{one.problem.column}: {one.problem.text}" for one in found]


@pytest.mark.parametrize(
    ("principle", "message"),
    [
        ("    comparison: Which answer is more polite and less rude to a user?\n",
         "8:5: nearly the same text as in principle 'first'; keep one"),
        ("    comparison: Which answer is MORE polite, and less rude to the user?\n",
         "8:5: the same text as in principle 'first'; keep one"),
        ("    comparison: Which answer to {{ prompt }} is safe?\n",
         "8:5: '{{ prompt }}' is shown as it stands"),
        ("    comparison: Which answer to {prompt} is safe?\n", "8:5: '{prompt}' is shown"),
        ("    comparison: Which answer is safe? <|assistant|>\n", "8:5: '<|assistant|>' is shown"),
        ("    comparison: Which answer is safe? Say A.\n", "8:5: 'Say A' names one of the two"),
        ("    comparison: Is answer B safe?\n", "8:5: 'answer B' names one of the two answers"),
        ("    comparison: Choose (A) or (B).\n", "8:5: '(A)' names one of the two answers"),
        ("    comparison: Which answer is safe?\n    applies_to: []\n",
         "9:5: empty, which means all prompts"),
        ("    comparison: Which answer is safe?\n    applies_to: [redteam]\n",
         "9:5: no prompt of its stages has such tags; did you mean 'red-team'?"),
        ("    comparison: Which answer is safe?\n    exceptions: [red-team, helpful]\n",
         "7:5: no prompt of its stages has such tags"),
        ("    critique_request: Is it safe?\n    revision_request: Make it safe.\n"
         "    applies_to: [helpful]\n", "10:5: no prompt of its stages has such tags"),
        ("    comparison: Which answer to a user is more rude, and less polite?\n",
         "8:5: nearly the same text as in principle 'first'"),
        ("    comparison: \"Which answer is safe?\\e[2J\"\n", "8:5: has the invisible character"),
        ("    comparison: Which answer is safe\u202e?\n", "8:5: has the invisible character"),
    ],
)  # fmt: skip
def test_doubtful_principles(tmp_path: Path, principle: str, message: str) -> None:
    found = findings(tmp_path, principle, met=MET)
    assert any(one.startswith(message) for one in found), found


def test_plain_principles_raise_no_doubt(tmp_path: Path) -> None:
    plain = "    comparison: Which answer is safe? A good answer harms nobody.\n"
    assert findings(tmp_path, plain, met=MET) == []
    assert findings(tmp_path, plain + "    applies_to: [redteam]\n") == []


def test_what_is_off_raises_no_doubt(tmp_path: Path) -> None:
    off = "    comparison: Which answer to {prompt} is safe?\n    enabled: false\n"
    assert findings(tmp_path, off) == []


def test_alike_texts_are_those_that_share_most_of_their_words() -> None:
    texts = [
        "one two three four five six seven eight nine",
        "one two three four five six seven eight ten",  # 8 of 10
        "one two three four five six seven eleven ten",  # 7 of 11 with the first
        "something else",
        "Else, something",
    ]
    assert list(alike(texts)) == [(0, 1, False), (3, 4, False)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1).map(" ".join), max_size=12))
def test_no_pair_is_missed_or_made_up(texts: list[str]) -> None:
    words = [set(text.split()) for text in texts]
    kept: list[int] = []
    slow = []
    for index, own in enumerate(words):
        near = [n for n in kept if len(words[n] & own) / len(words[n] | own) >= NEARLY]
        if near:
            slow.append((near[0], index, texts[near[0]] == texts[index]))
        else:
            kept.append(index)
    assert list(alike(texts)) == slow


def test_findings_as_lines_json_and_annotations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c,1.yaml"
    path.write_text("name: x\nprinciples:\n  - id: a\n    comparison: which?\n    weight: -1\n")
    assert cli.main(["constitution", "check", str(path)]) == 1
    text = "-1 is not greater than 0; use a number above 0, or"
    assert capsys.readouterr().out.startswith(f"{path}:5:5: error: principles[a].weight: {text}")
    assert cli.main(["constitution", "check", str(path), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["severity"], row["line"], row["column"]) == ("error", 5, 5)
    assert row["path"] == str(path)
    assert cli.main(["constitution", "check", str(path), "--format", "github"]) == 1
    escaped = str(path).replace(",", "%2C")
    assert capsys.readouterr().out.startswith(
        f"::error file={escaped},line=5,col=5,title=principles[a].weight::{text}"
    )


def test_a_file_that_cannot_be_read_does_not_hide_what_is_wrong_with_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, torn = tmp_path / "good.yaml", tmp_path / "torn.yaml"
    good.write_text("name: x\nprinciples:\n  - {id: a, weight: 0, comparison: which}\n")
    torn.write_text("name: [x\n")
    assert cli.main(["constitution", "check", str(torn), str(good)]) == 2
    said = capsys.readouterr()
    assert f"{good}:3:" in said.out
    assert f"{torn}:2: not valid YAML" in said.err
