"""What a constitution file means: with the file it extends and its own defaults worked in.

Every field keeps the place where it was written, so that whatever is wrong can be named there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cai import yaml_file
from cai.errors import ConstitutionError
from cai.yaml_file import Document, Keys, Problem

Follow = Callable[[Document, str], Document]
"""Reads the file that a document names in `extends`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A principle or a worked example: its fields, and where it and each of them was written."""

    fields: Mapping[str, Any]
    place: tuple[Document, Keys]
    places: Mapping[str, tuple[Document, Keys]]

    def problem(self, text: str, field: str = "", *further: str | int) -> Problem:
        """A problem with the entry as a whole, or with (an item of) one of its fields."""
        document, keys = self.places.get(field, (self.place[0], (*self.place[1], field)))
        if not field:
            document, keys = self.place
        return document.problem((*keys, *further), text)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A constitution as data. `document` is the file that was asked for, `head` its own fields."""

    document: Document
    head: Mapping[str, Any]
    principles: tuple[Entry, ...]
    few_shots: tuple[Entry, ...]
    judge_few_shots: tuple[Entry, ...]


def resolve(
    document: Document, schema: Mapping[str, Any], follow: Follow
) -> tuple[Resolved | None, list[Problem]]:
    """The constitution of a document, and what is wrong with its form.

    A principle of the extended file whose id is given again takes the fields given here and keeps
    the others; new ones follow after it. Worked examples are added. `defaults` are for the
    principles that this file itself brings. With a problem of form there is no constitution.

    Raises:
        ConstitutionError: if an extended file cannot be read, or extends itself.
    """
    chain = [document]
    while True:
        last = chain[-1]
        problems = yaml_file.check(last, schema)
        if problems:
            return None, problems
        if "extends" not in last.data:
            break
        base = follow(last, last.data["extends"])
        if base.path in [one.path for one in chain]:
            text = f"{last.data['extends']} extends this file in turn; take one of the two out"
            raise ConstitutionError(str(last.problem(("extends",), text)))
        chain.append(base)
    principles: dict[str, Entry] = {}
    few_shots: list[Entry] = []
    judge_few_shots: list[Entry] = []
    doubled: list[Problem] = []
    for one in reversed(chain):
        doubled += _work_in(one, principles)
        few_shots += _examples(one, "few_shots")
        judge_few_shots += _examples(one, "judge_few_shots")
    head = {name: document.data[name] for name in ("name", "version") if name in document.data}
    licences = [one.data["license"] for one in chain if "license" in one.data]
    head |= {"license": licences[0]} if licences else {}
    resolved = Resolved(
        document, head, tuple(principles.values()), tuple(few_shots), tuple(judge_few_shots)
    )
    return resolved, doubled


def _examples(document: Document, field: str) -> list[Entry]:
    return [
        Entry(row, (document, (field, index)), _places(document, (field, index), row))
        for index, row in enumerate(document.data.get(field, ()))
    ]


def _work_in(document: Document, principles: dict[str, Entry]) -> list[Problem]:
    """Adds a document's principles to those of the files it extends; tells of ids given twice."""
    problems = []
    first: dict[str, int] = {}
    defaults = document.data.get("defaults", {})
    for index, row in enumerate(document.data["principles"]):
        keys: Keys = ("principles", index)
        own_id = row["id"]
        if own_id in first:
            text = f"{own_id!r} is already used in line {first[own_id]}; choose another id"
            problems.append(document.problem((*keys, "id"), text))
            continue
        first[own_id] = document.line(keys)
        known = principles.get(own_id)
        inherited = known.fields if known else defaults
        places = known.places if known else _places(document, ("defaults",), defaults)
        principles[own_id] = Entry(
            {**inherited, **row}, (document, keys), {**places, **_places(document, keys, row)}
        )
    return problems


def _places(
    document: Document, keys: Keys, row: Mapping[str, Any]
) -> dict[str, tuple[Document, Keys]]:
    return {name: (document, (*keys, name)) for name in row}
