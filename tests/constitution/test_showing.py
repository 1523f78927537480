"""`cai constitution show` and `diff`: what a person sees."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cai import cli
from cai.constitution import Constitution, Principle, load
from cai.constitution.showing import as_html, as_markdown

TEXT = """\
name: mine
principles:
  - id: kind
    title: Be kind
    weight: 2
    critique_request: Is the answer rude?
    revision_request: Make the answer kind.
    comparison: Which answer is kinder?
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a constitution that was edited since its only commit."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text(TEXT)
    for command in (
        ["init", "-q"],
        ["add", "c.yaml"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *command], check=True)
    (tmp_path / "c.yaml").write_text(TEXT.replace("kinder", "nicer").replace("weight: 2\n", ""))
    return tmp_path


def test_an_edit_since_a_commit_is_told_by_its_meaning(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "c.yaml").write_text(TEXT.replace("kinder", "nicer").replace("2", "3"))
    assert cli.main(["constitution", "diff", "git:HEAD:c.yaml", "c.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "reworded   kind  comparison  [touches label]",
        "    Which answer is [-kinder?-]{+nicer?+}",
        "reweighted kind  weight  2 -> 3  [touches critique-revise and label]",
    ]
    assert cli.main(["constitution", "diff", "git:HEAD:c.yaml", "c.yaml", "--json"]) == 1
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert [one["kind"] for one in changes] == ["reworded", "reweighted"]
    assert changes[0]["uses"] == ["label"]


def test_the_same_meaning_is_no_difference(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = repository / "run"
    run.mkdir()
    (run / "constitution.yaml").write_text("# as it was\n" + TEXT)
    assert cli.main(["constitution", "diff", "git:HEAD:c.yaml", "run"]) == 0
    assert capsys.readouterr().out == "no difference in meaning\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("git:HEAD", "write git:REVISION:FILE"),
        ("git:--help:c.yaml", "write git:REVISION:FILE"),
        ("git:HEAD:d.yaml", "does not exist in 'HEAD'"),
        ("git:v9:c.yaml", "v9"),
        ("nowhere.yaml", "nowhere.yaml: no such file"),
        ("empty", "constitution.yaml: no such file"),
    ],
)
def test_what_cannot_be_found_is_named(
    source: str, message: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "empty").mkdir()
    assert cli.main(["constitution", "diff", source, "c.yaml"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_text_of_the_default_is_shown(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["constitution", "show", "--format", form]) == 0
    shown = " ".join(capsys.readouterr().out.replace("\\", "").replace("&#x27;", "'").split())
    for principle in load("constitution/default.yaml").principles:
        assert principle.id in shown
        assert principle.comparison in shown
        assert principle.revision_request in shown


def test_texts_cannot_become_markup() -> None:
    text = "<script>*a*</script> [x](y)"
    constitution = Constitution(name="n", principles=(Principle(id="a", comparison=text),))
    for shown in (as_html(constitution), as_markdown(constitution)):
        assert "<script>" not in shown
    assert r"\*a\*" in as_markdown(constitution)
    assert r"\[x\]" in as_markdown(constitution)
