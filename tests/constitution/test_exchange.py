"""Other projects' constitutions: what becomes of them, and that they come back as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from cai import cli
from cai.constitution import Constitution, check, dump, load
from cai.constitution.exchange import ExportFormat, exported, imported
from cai.errors import ConstitutionError

# In the forms of the paper's repository and of llm-swarm; the texts are ours.
CRITIQUES = {
    "Rude 0": {
        "prompt": ["\n\nCritiqueRequest: Is the answer rude?\n\nCritique:"],
        "edit_request": "\n\nRevisionRequest: Write it politely.\n\nRevision:",
    },
    "rude1": {
        "prompt": ["\n\nCritiqueRequest: Does it sneer?\n\nCritique:"],
        "edit_request": "\n\nRevisionRequest: Do not sneer.\n\nRevision:",
    },
}
COMPARISONS = ["\nWhich answer is kinder? Options:", "\nChoose the calm answer. Options:"]
CHAT = ["Hi", "Go away", "Is the answer rude?", "Yes, it is.", "Write it politely.", "Hello"]
HUGGING_FACE = {
    "constitutions": [
        {"critic": "Is the answer rude?", "revision": "Write it politely."},
        {"critic": "Does it sneer?", "revision": "Do not sneer."},
    ],
    "system_chat": [
        [
            {"role": role, "content": text}
            for role, text in zip(["user", "assistant"] * 3, CHAT, strict=True)
        ],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
    ],
}


def write(folder: Path, name: str, data: Any) -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def read(folder: Path, *files: tuple[str, Any]) -> Constitution:
    return imported([write(folder, name, data) for name, data in files], name="theirs")


def test_the_papers_two_lists_become_one_constitution(tmp_path: Path) -> None:
    made = read(tmp_path, ("critiques.json", CRITIQUES), ("comparisons.json", COMPARISONS))
    assert [one.id for one in made.principles] == [
        "rude-0", "rude1", "comparison-01", "comparison-02"
    ]  # fmt: skip
    first, third = made.principles[0], made.principles[2]
    assert (first.critique_request, first.revision_request) == (
        "Is the answer rude?", "Write it politely."
    )  # fmt: skip
    assert (first.comparison, third.critique_request) == ("", "")
    assert third.comparison == "Which answer is kinder?"
    assert third.source == "comparisons.json"


def test_hugging_faces_examples_become_few_shots(tmp_path: Path) -> None:
    made = read(tmp_path, ("c.json", HUGGING_FACE))
    assert [one.revision_request for one in made.principles] == [
        "Write it politely.", "Do not sneer."
    ]  # fmt: skip
    [shot] = made.few_shots  # a chat of two turns shows no critique
    assert shot.principle == "critique-01"
    assert (shot.prompt, shot.response, shot.critique, shot.revision) == (
        "Hi", "Go away", "Yes, it is.", "Hello"
    )  # fmt: skip


def test_lines_are_principles_and_headings_are_tags(tmp_path: Path) -> None:
    text = "# Ours\n\nWhy we wrote this.\n\n## Kind words\n- Be kind\n2. Which answer is calmer?\n"
    kind, calm = read(tmp_path, ("c.md", text)).principles
    assert (kind.tags, calm.tags) == (("kind-words",), ("kind-words",))
    assert kind.title == "Be kind"
    assert all(
        text.endswith("this rule: Be kind.")
        for text in (kind.critique_request, kind.revision_request, kind.comparison)
    )
    assert (calm.comparison, calm.critique_request) == ("Which answer is calmer?", "")
    plain = read(tmp_path, ("c.txt", "Be kind\n\nBe calm\n"))
    assert [one.title for one in plain.principles] == ["Be kind", "Be calm"]


def test_an_id_that_two_files_use_is_made_another(tmp_path: Path) -> None:
    made = read(
        tmp_path, ("a.json", COMPARISONS), ("b.json", COMPARISONS), ("h.json", HUGGING_FACE)
    )
    ids = [one.id for one in made.principles]
    assert len(set(ids)) == len(ids) == 6
    assert ids[2] == "comparison-01-2"
    alike = read(tmp_path, ("c.json", {"Rude": CRITIQUES["rude1"], "rude!": CRITIQUES["Rude 0"]}))
    assert [one.id for one in alike.principles] == ["rude", "rude-2"]


@pytest.mark.parametrize(
    ("form", "name", "data"),
    [
        ("paper-critiques", "c.json", {"rude-0": CRITIQUES["Rude 0"], "rude1": CRITIQUES["rude1"]}),
        ("paper-comparisons", "c.json", COMPARISONS),
        ("huggingface", "c.json", {**HUGGING_FACE, "system_chat": HUGGING_FACE["system_chat"][:1]}),
    ],
)
def test_what_is_written_back_is_what_was_read(
    form: ExportFormat, name: str, data: Any, tmp_path: Path
) -> None:
    assert json.loads(exported(read(tmp_path, (name, data)), form)) == data


@pytest.mark.parametrize("form", get_args(ExportFormat))
def test_every_form_of_the_default_is_read_again(form: ExportFormat, tmp_path: Path) -> None:
    default = load("constitution/default.yaml")
    name = "c.txt" if form == "text" else "c.json"
    again = read(tmp_path, (name, exported(default, form)))
    of = "comparison" if form in ("text", "paper-comparisons") else "revision_request"
    assert [getattr(one, of) for one in again.principles] == [
        getattr(one, of) for one in default.principles if getattr(one, of) and one.enabled
    ]


def test_what_is_imported_passes_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [
        str(write(tmp_path, name, data))
        for name, data in (("a.json", CRITIQUES), ("b.json", HUGGING_FACE), ("c.md", "- Be kind"))
    ]
    out = tmp_path / "ours.yaml"
    command = ["constitution", "import", *sources, "--name", "ours", "--out", str(out)]
    assert cli.main(command) == 0
    assert (
        "5 principles: 5 with a critique, 1 with a comparison; 1 worked" in capsys.readouterr().err
    )
    assert not [finding for finding in check(out) if finding.severity == "error"]
    assert load(out).name == "ours"
    assert cli.main(command) == 2
    assert "there is such a file already" in capsys.readouterr().err


def test_short_rules_are_not_taken_for_each_other(tmp_path: Path) -> None:
    rules = write(
        tmp_path, "c.md", "- Be kind.\n- Be honest.\n- Be brief, kind and honest.\n- Be kind\n"
    )
    out = tmp_path / "ours.yaml"
    assert cli.main(["constitution", "import", str(rules), "--out", str(out)]) == 0
    told = [one.problem for one in check(out) if "the same text" in one.problem.text]
    assert {one.field.partition(".")[0] for one in told} == {"principles[principle-04]"}
    assert {one.text for one in told} == {"the same text as in principle 'principle-01'; keep one"}


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("c.json", "[1, 2]", "c.json: not a list of comparisons"),
        ("c.json", "{}", "c.json: not a list of comparisons"),
        ("c.json", '[\n"a",', "c.json:2: not JSON"),
        ("c.json", {"a": {"prompt": ["x"]}}, "c.json: a.edit_request: no text"),
        ("c.json", {"a": "text"}, "c.json: a.prompt: no text"),
        ("c.json", {"constitutions": [{"critic": 5}]}, "constitutions[0].critic: no text"),
        ("c.json", {"constitutions": [], "system_chat": ["x"]}, "system_chat[0]: not a list of"),
        ("c.json", {"constitutions": []}, "c.json: no principles in it"),
        ("c.txt", "\n \n", "c.txt: no principles in it"),
    ],
)
def test_files_of_another_kind_are_refused(
    name: str, data: Any, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["constitution", "import", str(write(tmp_path, name, data))]) == 2
    assert message in capsys.readouterr().err


def test_a_form_that_needs_other_texts_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "c.yaml", "name: x\nprinciples:\n  - id: a\n    comparison: Which?\n")
    assert cli.main(["constitution", "export", str(path), "--format", "huggingface"]) == 2
    assert "no principle has a critique_request" in capsys.readouterr().err


def test_items_that_go_on_in_the_next_line_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.md"
    path.write_text("- Choose the answer that is the least\n  harmful.\n- Be kind.\n\n  Aside.\n")
    first, second = imported([path], name="x").principles
    assert first.comparison == "Choose the answer that is the least harmful."
    assert second.title == "Be kind."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["", "Which is better?"], r"\[0\]: no text"),
        ({"a": {"prompt": ["CritiqueRequest:"], "edit_request": "x"}}, r"a\.prompt: no text"),
        ({"constitutions": [{"critic": "a", "revision": "b"}], "system_chat": 5},
         "system_chat: not a list of chats"),
    ],
)  # fmt: skip
def test_files_with_nothing_in_a_place_are_refused(
    tmp_path: Path, data: object, message: str
) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ConstitutionError, match=message):
        imported([path], name="x")


def test_a_long_name_becomes_an_id_that_can_be_used(tmp_path: Path) -> None:
    path, out = tmp_path / "list.json", tmp_path / "c.yaml"
    row = {"prompt": ["Is it kind?"], "edit_request": "Make it kind."}
    path.write_text(json.dumps({"x" * 90: row, "x" * 91: row}))
    out.write_text(dump(imported([path], name="x")))
    assert [len(one.id) for one in load(out).principles] == [56, 58]
