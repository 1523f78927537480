"""Constitution files: read, checked, and written out again."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cai import shipped, yaml_file
from cai.constitution.drawing import applicable
from cai.constitution.principles import USES, Constitution, FewShot, Principle, PrincipleTest
from cai.errors import ConstitutionError
from cai.naming import did_you_mean
from cai.yaml_file import Document, Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` has to say about one place of a file."""

    severity: Literal["error", "warning"]
    path: Path
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return Problem(self.line, self.field, self.text).at(self.path)


def load(path: str | Path) -> Constitution:
    """The constitution in a file; a shipped one may be named, such as constitution/default.yaml.

    Raises:
        ConstitutionError: naming file, line, field and mend of the first thing that is wrong.
    """
    return _checked(yaml_file.read(shipped.locate(str(path)), ConstitutionError))


def load_version(source: str) -> Constitution:
    """The constitution of a file, of a run's folder, or of `git:REVISION:FILE` in a repository.

    Raises:
        ConstitutionError: if there is none, or as `load` does.
    """
    if source.startswith("git:"):
        _, _, place = source.partition(":")
        return _checked(yaml_file.parse(Path(place), _in_git(place), ConstitutionError))
    folder = Path(source).expanduser()
    return load(folder / "constitution.yaml" if folder.is_dir() else source)


def _in_git(place: str) -> str:
    """The text of `REVISION:FILE`; the file is named from the current folder, as elsewhere."""
    revision, _, file = place.partition(":")
    if not revision or not file or revision.startswith("-"):
        raise ConstitutionError(f"git:{place}: write git:REVISION:FILE, such as git:HEAD~1:{file}")
    name = file if file.startswith((".", "/")) else f"./{file}"
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


def _checked(document: Document) -> Constitution:
    problems = _problems(document)
    if problems:
        more = f" (and {len(problems) - 1} more; cai constitution check lists them)"
        first = problems[0].at(document.path)
        raise ConstitutionError(first + (more if len(problems) > 1 else ""))
    return _build(document)


def check(path: str | Path) -> list[Finding]:
    """Everything that is wrong with a constitution file, then what is merely doubtful in it.

    Raises:
        ConstitutionError: if the file cannot be read as YAML at all.
    """
    document = yaml_file.read(shipped.locate(str(path)), ConstitutionError)
    problems = _problems(document)
    doubts = [] if problems else list(_doubts(document, _build(document)))
    return [
        *(Finding("error", document.path, p.line, p.field, p.text) for p in problems),
        *(Finding("warning", document.path, p.line, p.field, p.text) for p in doubts),
    ]


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


def _problems(document: Document) -> list[Problem]:
    found = yaml_file.check(document, _schema())
    if not found:
        found = list(_contradictions(document, _build(document)))
    return sorted(found, key=lambda problem: problem.line)


def _contradictions(document: Document, constitution: Constitution) -> Iterator[Problem]:
    """What a schema cannot say."""
    seen: dict[str, int] = {}
    for index, principle in enumerate(constitution.principles):
        place = ("principles", index)
        line = document.line(place)
        if principle.id in seen:
            yield document.problem(
                (*place, "id"),
                f"{principle.id!r} is already used in line {seen[principle.id]}; choose another id",
            )
        seen.setdefault(principle.id, line)
        if not principle.revision_request and not principle.comparison:
            yield document.problem(
                place, "has no texts; add critique_request and revision_request, or comparison"
            )
            continue
        for number, test in enumerate(principle.tests):
            needed = "comparison" if test.better else "critique_request"
            if not getattr(principle, needed):
                yield document.problem(
                    (*place, "tests", number), f"nothing to test: there is no {needed}; add it"
                )
        asked = document.data["principles"][index].get("stages", ())
        for use, text in zip(USES, (principle.revision_request, principle.comparison), strict=True):
            if use in asked and not text:
                needed = "comparison" if use == "label" else "critique_request and revision_request"
                yield document.problem(
                    (*place, "stages"), f"{use!r} needs {needed}; add it, or leave the stage out"
                )
    known = {p.id for p in constitution.principles if p.critique_request}
    for index, shot in enumerate(constitution.few_shots):
        if shot.principle not in known:
            yield document.problem(
                ("few_shots", index, "principle"),
                f"no principle {shot.principle!r} with a critique_request; "
                + did_you_mean(shot.principle, known),
            )
    if not any(p.enabled for p in constitution.principles):
        yield document.problem(
            ("principles",), "every principle is off; take `enabled: false` from one"
        )


def _doubts(document: Document, constitution: Constitution) -> Iterator[Problem]:
    for use in USES:
        if not applicable(constitution, use):
            yield document.problem(("principles",), f"none can be used by the stage {use!r}")
    for name in ("critique_request", "revision_request", "comparison"):
        counts = Counter(getattr(p, name) for p in constitution.principles)
        for index, principle in enumerate(constitution.principles):
            text = getattr(principle, name)
            place = ("principles", index, name)
            if text and counts[text] > 1:
                yield document.problem(place, "the same text as in another principle")
            if principle.enabled:
                yield from _unknown_words(document, place, text)


def _unknown_words(document: Document, place: tuple[str, int, str], text: str) -> Iterator[Problem]:
    from cai.mini.vocabulary import unknown_words  # heavy, and only `check` needs it

    words = unknown_words(text)
    if words:
        yield document.problem(
            place, f"cai-mini does not know {', '.join(map(repr, words))}; use plainer words for it"
        )


def _build(document: Document) -> Constitution:
    data = dict(document.data)
    data["principles"] = tuple(_principle(row) for row in data["principles"])
    data["few_shots"] = tuple(FewShot(**_plain(row)) for row in data.get("few_shots", ()))
    return Constitution(path=document.path, **data)


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
