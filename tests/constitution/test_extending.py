"""Constitutions that extend others, and fields that all principles of a file share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cai.constitution import applicable, check, dump, load, load_version
from cai.errors import ConstitutionError

BASE = """\
name: base
license: CC0-1.0
defaults:
  weight: 2
  tags: [harmlessness]
principles:
  - id: safe
    comparison: Which answer is safer?
  - id: kind
    weight: 3
    critique_request: Is the answer rude?
    revision_request: Write it politely.
    comparison: Which answer is kinder?
few_shots:
  - {principle: kind, prompt: Hi, response: Go away, critique: It is rude., revision: Hello}
"""
OWN = """\
name: own
extends: base.yaml
defaults:
  applies_to: [helpful]
principles:
  - id: kind
    comparison: Which answer is warmer?
  - id: safe
    enabled: false
  - id: short
    comparison: Which answer is shorter?
few_shots:
  - {principle: kind, prompt: Bye, response: At last, critique: It is rude., revision: Goodbye}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "own.yaml").write_text(OWN)
    return tmp_path


def test_given_fields_replace_those_of_the_extended_file_and_the_others_stay(files: Path) -> None:
    own = load(files / "own.yaml")
    safe, kind, short = own.principles
    assert (own.name, own.license) == ("own", "CC0-1.0")
    assert (kind.comparison, kind.critique_request) == (
        "Which answer is warmer?",
        "Is the answer rude?",
    )
    assert (safe.enabled, safe.weight, safe.comparison) == (False, 2, "Which answer is safer?")
    assert [shot.prompt for shot in own.few_shots] == ["Hi", "Bye"]
    assert short.tags == ()


def test_defaults_are_for_the_principles_of_their_own_file_where_they_do_not_say(
    files: Path,
) -> None:
    assert [one.weight for one in load(files / "base.yaml").principles] == [2, 3]
    safe, kind, short = load(files / "own.yaml").principles
    assert short.applies_to == ("helpful",)
    assert safe.applies_to == kind.applies_to == ()


def test_what_is_written_out_needs_no_other_file(files: Path) -> None:
    own = load(files / "own.yaml")
    (files / "alone").mkdir()
    (files / "alone" / "copy.yaml").write_text(dump(own))
    copy = load(files / "alone" / "copy.yaml")
    assert (copy.principles, copy.few_shots) == (own.principles, own.few_shots)


def test_a_shipped_constitution_can_be_extended_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nextends: constitution/default.yaml\nprinciples:\n"
        "  - {id: no-insults, enabled: false}\n"
    )
    default = load("constitution/default.yaml")
    mine = load(path)
    assert len(mine.principles) == len(default.principles)
    assert not mine.principle("no-insults").enabled
    assert mine.principle("no-crime") == default.principle("no-crime")


def test_mistakes_are_named_in_the_file_where_they_are(files: Path) -> None:
    base = files / "base.yaml"
    base.write_text(BASE.replace("weight: 3", "weight: 0"))
    with pytest.raises(ConstitutionError, match=r"base\.yaml:10: principles\[kind\]\.weight: 0 is"):
        load(files / "own.yaml")
    base.write_text(BASE.replace("    revision_request: Write it politely.\n", ""))
    with pytest.raises(
        ConstitutionError, match=r"own\.yaml:6: principles\[kind\]\.revision_request: missing"
    ):
        load(files / "own.yaml")
    base.unlink()
    with pytest.raises(ConstitutionError, match=r"own\.yaml:2: extends: there is no base\.yaml"):
        load(files / "own.yaml")


def test_files_that_extend_each_other_are_refused(files: Path) -> None:
    text = BASE.replace("license: CC0-1.0", "extends: own.yaml")
    (files / "base.yaml").write_text(text)
    with pytest.raises(ConstitutionError, match=r"base\.yaml:2: extends: own\.yaml extends this"):
        load(files / "own.yaml")
    (files / "self.yaml").write_text(text.replace("own.yaml", "self.yaml"))
    with pytest.raises(ConstitutionError, match=r"self\.yaml:2: extends: self\.yaml extends this"):
        load(files / "self.yaml")


def test_an_id_given_twice_in_one_file_is_still_a_mistake(files: Path) -> None:
    (files / "own.yaml").write_text(OWN.replace("id: short", "id: kind"))
    with pytest.raises(
        ConstitutionError, match=r"own\.yaml:10: .*'kind' is already used in line 6"
    ):
        load(files / "own.yaml")


def test_what_is_committed_extends_what_was_committed(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    (files / "base.yaml").write_text(BASE.replace("Is the answer rude?", "Is it rude?"))
    old, new = load_version("git:HEAD:own.yaml"), load_version("own.yaml")
    assert old.principle("kind").critique_request == "Is the answer rude?"
    assert new.principle("kind").critique_request == "Is it rude?"


def test_exceptions_outweigh_what_a_principle_applies_to(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: x\nprinciples:\n"
        "  - {id: true, comparison: Which answer is true, exceptions: [fiction]}\n"
        "  - {id: kind, comparison: Which answer is kind, applies_to: [fiction, letters],\n"
        "     exceptions: [satire]}\n".replace("id: true", 'id: "true"')
    )
    constitution = load(path)

    def ids(*tags: str) -> list[str]:
        return [one.id for one in applicable(constitution, "label", tags)]

    assert ids() == ["true", "kind"]
    assert ids("fiction") == ["kind"]
    assert ids("letters") == ["true", "kind"]
    assert ids("letters", "satire") == ["true"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ("[saef]", "principles[kind].overrides[0]: no principle 'saef'; did you mean 'safe'?"),
        ("[kind]", "principles[kind].overrides: kind beats kind: a circle decides nothing"),
        ("[safe]", "principles[safe].overrides: safe beats kind beats safe: a circle decides"),
    ],
)
def test_precedence_names_principles_and_runs_in_no_circle(
    tmp_path: Path, overrides: str, message: str
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: x\nprinciples:\n"
        "  - {id: safe, comparison: Which answer is safer, overrides: [kind]}\n"
        f"  - {{id: kind, comparison: Which answer is kinder, overrides: {overrides}}}\n"
    )
    found = check(path)
    assert str(found[0].problem).split(": ", 1)[1].startswith(message)


def test_a_shipped_constitution_is_found_without_its_folder_and_from_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nextends: minimal.yaml\nprinciples:\n  - {id: a, comparison: Which answer}\n"
    )
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    for source in ("mine.yaml", "git:HEAD:mine.yaml"):
        assert len(load_version(source).principles) == 2


@pytest.mark.parametrize("name", ["~nobody/x.yaml", "x" * 300, "../" * 50, "."])
def test_names_that_lead_nowhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\nextends: {name}\nprinciples: [{{id: a, comparison: b}}]\n")
    with pytest.raises(ConstitutionError):
        load(path)


def test_files_in_git_that_extend_themselves_by_another_way_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.yaml").write_text(
        "name: a\nextends: ../c/a.yaml\nprinciples: [{id: a, comparison: b}]\n"
    )
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    with pytest.raises(ConstitutionError, match="extends this file in turn"):
        load_version("git:HEAD:c/a.yaml")
