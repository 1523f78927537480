"""The constitution: principles that a person edits, read and checked, and drawn from.

A principle is drawn by weighted rendezvous hashing: every principle gets a score from a hash of
(seed, prompt id, step, its id) and from its weight, and the highest score wins. No draw depends on
the place of a principle in the file, on any text, or on what the other principles are, except that
one of them may score higher.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cai import shipped, yaml_file
from cai.errors import ConstitutionError
from cai.naming import did_you_mean
from cai.records import canonical_json, content_id, digest
from cai.yaml_file import Document, Problem

Use = Literal["critique-revise", "label"]
USES: tuple[Use, ...] = ("critique-revise", "label")


@dataclass(frozen=True, kw_only=True, slots=True)
class Principle:
    """One principle. Texts that it does not have are empty; see constitution/schema.json."""

    id: str
    title: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    enabled: bool = True
    stages: tuple[Use, ...] = USES
    applies_to: tuple[str, ...] = ()
    critique_request: str = ""
    revision_request: str = ""
    comparison: str = ""
    rationale: str = ""
    source: str = ""

    def serves(self, use: Use) -> bool:
        """Whether it is on, allowed in that stage, and has the texts that the stage needs."""
        text = self.revision_request if use == "critique-revise" else self.comparison
        return self.enabled and use in self.stages and bool(text)


@dataclass(frozen=True, kw_only=True, slots=True)
class FewShot:
    """A worked critique and revision, under the principle of that id."""

    principle: str
    prompt: str
    response: str
    critique: str
    revision: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Constitution:
    """A checked constitution: ids are unique, and at least one principle can be used."""

    name: str
    version: str = ""
    license: str = ""
    principles: tuple[Principle, ...]
    few_shots: tuple[FewShot, ...] = ()
    path: Path = Path()

    def principle(self, principle_id: str) -> Principle:
        """The principle of that id; KeyError if there is none."""
        return next(p for p in self.principles if p.id == principle_id)


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
    document = yaml_file.read(shipped.locate(str(path)), ConstitutionError)
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


def applicable(
    constitution: Constitution, use: Use, tags: Collection[str] = ()
) -> tuple[Principle, ...]:
    """The principles that may be used in a stage on a prompt with these tags.

    Nothing is known about a prompt without tags, so every principle is for it.
    """
    return tuple(
        principle
        for principle in constitution.principles
        if principle.serves(use)
        and (not tags or not principle.applies_to or set(tags) & set(principle.applies_to))
    )


def pick(
    constitution: Constitution,
    *,
    seed: int,
    prompt_id: str,
    step: int | str,
    use: Use,
    tags: Collection[str] = (),
) -> Principle:
    """The principle drawn at one step for one prompt, with probability in proportion to weight.

    Weighted rendezvous hashing: the highest of ``-w / ln(u)`` wins, where u in (0, 1) comes from a
    hash of (seed, prompt id, step, principle id) and w is the weight. ``-ln(u) / w`` is an
    exponential waiting time of rate w, so the chance to be the first of all is w / sum(w); a
    principle that is added to n equal ones takes 1 / (n + 1) of the draws and moves no other.

    Raises:
        ConstitutionError: if no principle applies.
    """
    candidates = applicable(constitution, use, tags)
    if not candidates:
        about = f" to prompts tagged {', '.join(sorted(tags))}" if tags else ""
        raise ConstitutionError(
            f"{constitution.path}: no principle for {use} applies{about}; "
            "add one without applies_to, or enable one"
        )
    return max(candidates, key=lambda p: (_score(p, seed, prompt_id, step), p.id))


def dependencies(constitution: Constitution, use: Use) -> dict[str, str]:
    """What a stage depends on, by principle: digests that change only when it must run again.

    Titles, rationales, comments, the order of the file and texts for other stages do not count.
    """
    found = {
        f"principle {p.id}": _content(p, use) for p in constitution.principles if p.serves(use)
    }
    if use == "critique-revise" and constitution.few_shots:
        shots = [
            (dataclasses.asdict(shot), _content(constitution.principle(shot.principle), use))
            for shot in constitution.few_shots
        ]
        found["few_shots"] = content_id(shots)
    return found


def _content(principle: Principle, use: Use) -> str:
    texts = (
        (principle.critique_request, principle.revision_request)
        if use == "critique-revise"
        else (principle.comparison,)
    )
    return content_id(principle.id, principle.weight, sorted(principle.applies_to), texts)


def _score(principle: Principle, seed: int, prompt_id: str, step: int | str) -> float:
    # 52 bits and a half: u is exact in float64 and never 0 or 1.
    bits = int(digest([seed, prompt_id, step, principle.id])[:13], 16)
    return -principle.weight / math.log((bits + 0.5) / 2**52)


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
        counts = Counter(canonical_json(getattr(p, name)) for p in constitution.principles)
        for index, principle in enumerate(constitution.principles):
            text = getattr(principle, name)
            place = ("principles", index, name)
            if text and counts[canonical_json(text)] > 1:
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
    data["principles"] = tuple(Principle(**_plain(row)) for row in data["principles"])
    data["few_shots"] = tuple(FewShot(**_plain(row)) for row in data.get("few_shots", ()))
    return Constitution(path=document.path, **data)


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
