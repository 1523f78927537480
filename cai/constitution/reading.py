"""Constitution files: read, checked, and written out again."""

from __future__ import annotations

import dataclasses
import json
import posixpath
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cai import shipped, yaml_file
from cai.constitution.principles import (
    Constitution,
    FewShot,
    JudgeFewShot,
    Principle,
    PrincipleTest,
)
from cai.constitution.resolving import Follow, Resolved, resolve
from cai.constitution.rules import Met, contradictions, doubts
from cai.errors import ConstitutionError
from cai.yaml_file import Document, Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` has to say about one place of a file."""

    severity: Literal["error", "warning"]
    problem: Problem


def load(path: str | Path) -> Constitution:
    """The constitution in a file; a shipped one may be named, such as constitution/default.yaml.

    Raises:
        ConstitutionError: naming file, line, field and mend of the first thing that is wrong.
    """
    return _checked(yaml_file.read(shipped.locate(str(path)), ConstitutionError), _beside)


def load_version(source: str) -> Constitution:
    """The constitution of a file, of a run's folder, or of `git:REVISION:FILE` in a repository.

    Raises:
        ConstitutionError: if there is none, or as `load` does.
    """
    if source.startswith("git:"):
        return _checked(_committed(source.removeprefix("git:")), _beside_in_git)
    folder = Path(source).expanduser()
    return load(folder / "constitution.yaml" if folder.is_dir() else source)


def _beside(document: Document, name: str) -> Document:
    """The file that a document names in `extends`: beside it, or a shipped one."""
    try:
        own = document.path.parent / name
        path = own if own.exists() else _shipped(name)
    except OSError as cause:
        text = f"cannot be looked for ({cause.strerror}); check the name"
        raise ConstitutionError(str(document.problem(("extends",), text))) from None
    if path is None:
        text = f"there is no {name} beside this file, and none is shipped; check the name"
        raise ConstitutionError(str(document.problem(("extends",), text)))
    return yaml_file.read(path.resolve(), ConstitutionError)


def _shipped(name: str) -> Path | None:
    """A shipped constitution, by its name or as constitution/NAME."""
    relative = not Path(name).is_absolute() and ".." not in Path(name).parts
    return shipped.find(name) or shipped.find(f"constitution/{name}") if relative else None


def _beside_in_git(document: Document, name: str) -> Document:
    """The same in a repository, as it was at the revision that the document is of."""
    if ":" not in str(document.path):  # a shipped one, which another extends
        return _beside(document, name)
    revision, _, file = str(document.path).partition(":")
    own = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
    try:
        return _committed(f"{revision}:{own}")
    except ConstitutionError:
        path = _shipped(name)
        if path is None:
            raise
        return yaml_file.read(path, ConstitutionError)


def _committed(place: str) -> Document:
    return yaml_file.parse(Path(place), _in_git(place), ConstitutionError)


def _in_git(place: str) -> str:
    """The text of `REVISION:FILE`; the file is named from the current folder, as elsewhere."""
    revision, _, file = place.partition(":")
    if not revision or not file or revision.startswith("-"):
        raise ConstitutionError(f"git:{place}: write git:REVISION:FILE, such as git:HEAD~1:{file}")
    name = file if file.startswith(("./", "../", "/")) else f"./{file}"
    try:
        shown = subprocess.run(
            ["git", "show", f"{revision}:{name}"],  # noqa: S607 - the user's own git
            capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise ConstitutionError(f"git:{place}: there is no git here; install it") from None
    if shown.returncode:
        why = " ".join(shown.stderr.decode("utf-8", "replace").split())
        raise ConstitutionError(f"git:{place}: {why.removeprefix('fatal: ')}")
    try:
        return shown.stdout.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise ConstitutionError(f"git:{place}: not UTF-8 text ({cause.reason})") from None


def check(path: str | Path, met: Met | None = None) -> list[Finding]:
    """Everything that is wrong with a constitution file, then what is merely doubtful in it.

    `met` says, by stage, which sets of tags the prompts have that it is meant for, where known.

    Raises:
        ConstitutionError: if it, or a file that it extends, cannot be read as YAML at all.
    """
    document = yaml_file.read(shipped.locate(str(path)), ConstitutionError)
    resolved, constitution, problems = _examined(document, _beside)
    if problems or resolved is None or constitution is None:
        return [Finding("error", problem) for problem in problems]
    return [Finding("warning", problem) for problem in doubts(resolved, constitution, met)]


def _checked(document: Document, follow: Follow) -> Constitution:
    _, constitution, problems = _examined(document, follow)
    if problems or constitution is None:
        more = f" (and {len(problems) - 1} more; cai constitution check lists them)"
        raise ConstitutionError(str(problems[0]) + (more if len(problems) > 1 else ""))
    return constitution


def dump(constitution: Constitution) -> str:
    """The constitution as YAML text that loads as the same constitution; defaults are left out."""
    data = _given(constitution)
    data.pop("path", None)
    return yaml_file.dump(data)


@cache
def _schema() -> Mapping[str, Any]:
    path = shipped.find("constitution/schema.json")
    if path is None:
        raise ConstitutionError("constitution/schema.json is not installed; reinstall cai")
    schema: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _examined(
    document: Document, follow: Follow
) -> tuple[Resolved | None, Constitution | None, list[Problem]]:
    """What a document means, as far as it means anything, and all that is wrong with it."""
    resolved, problems = resolve(document, _schema(), follow)
    if resolved is None:
        return None, None, problems
    constitution = _build(resolved)
    found = [*problems, *contradictions(resolved, constitution)]
    return resolved, constitution, sorted(found, key=lambda problem: problem.line)


def _build(resolved: Resolved) -> Constitution:
    return Constitution(
        path=resolved.document.path,
        principles=tuple(_principle(entry.fields) for entry in resolved.principles),
        few_shots=tuple(FewShot(**_plain(entry.fields)) for entry in resolved.few_shots),
        judge_few_shots=tuple(
            JudgeFewShot(**_plain(entry.fields)) for entry in resolved.judge_few_shots
        ),
        **resolved.head,
    )


def _principle(row: Mapping[str, Any]) -> Principle:
    tests = tuple(PrincipleTest(**_plain(test)) for test in row.get("tests", ()))
    return Principle(**{**_plain(row), "tests": tests})


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values as the dataclasses hold them: lists frozen, texts trimmed."""
    return {
        name: tuple(value)
        if isinstance(value, list)
        else value.strip()
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }


def _given(record: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults, as plain data."""
    data: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if value != field.default:
            data[field.name] = (
                [_given(item) if dataclasses.is_dataclass(item) else item for item in value]
                if isinstance(value, tuple)
                else value
            )
    return data
