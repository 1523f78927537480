"""The rows of a run, found by id or place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cai.errors import RunError
from cai.journal import read_rows
from cai.records import Comparison, Label, Preference, Revision, Row, Score, SftRow

SHORTEST = 6  # characters of an id

FILES: Mapping[str, type] = {
    "critique-revise/revisions.jsonl": Revision,
    "critique-revise/sft.jsonl": SftRow,
    "label/comparisons.jsonl": Comparison,
    "label/labels.jsonl": Label,
    "label/gold.jsonl": Label,
    "label/preferences.jsonl": Preference,
    "label/gold/comparisons.jsonl": Comparison,
    "label/gold/labels.jsonl": Label,
    "label/gold/gold.jsonl": Label,
    "evaluate/scores.jsonl": Score,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A row that carries the id that was asked for, as its own or as that of its prompt."""

    file: str
    line: int
    row: Row

    @property
    def id(self) -> str:
        return str(self.row.get("id", ""))

    @property
    def place(self) -> str:
        """`FILE:LINE`, by which the row can be asked for too."""
        return f"{self.file}:{self.line}"


def find(folder: Path, wanted: str) -> list[Found]:
    """The rows of that id, or of the ids that begin with it; else those of that prompt.

    `FILE:LINE`, the file as it is named in the run's folder, is a single row.

    Raises:
        RunError: if there is no such row.
    """
    if len(wanted) < SHORTEST:
        raise RunError(f"{wanted!r} is too short for an id; give at least {SHORTEST} characters")
    rows = [
        Found(file=file, line=line, row=row)
        for file in (*FILES, *_samples(folder))
        for line, row in enumerate(read_rows(folder / file), start=1)
    ]
    placed = [one for one in rows if one.place == wanted]
    if placed:
        return placed
    for name in ("id", "prompt_id"):
        found = [one for one in rows if str(one.row.get(name, "")).startswith(wanted)]
        if found:
            return found
    raise RunError(
        f"{folder}: no row has the id {wanted!r}; ids stand in the .jsonl files of the stages"
    )


def _samples(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob("align-*/samples.jsonl"))
