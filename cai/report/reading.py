"""Reads a run folder, of which any part may not be there yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cai import constitution as constitutions
from cai import yaml_file
from cai.constitution import Constitution
from cai.errors import RunError
from cai.journal import read_records, read_rows
from cai.records import Comparison, Label, Preference, Revision, Row, Score

T = TypeVar("T")

STAGES = ("critique-revise", "sft", "label", "reward")


@dataclass(frozen=True)
class RunFiles:
    """The rows and settings of one run; what a stage has not written is empty or None."""

    folder: Path

    @cached_property
    def stages(self) -> list[str]:
        """Finished stages in the order of the pipeline.

        The folder of a method that the recipe no longer names stays, and is no part of the run.
        """
        aligned = [f"align-{method}" for method in self.recipe.get("methods") or ()]
        names = [*STAGES, *aligned, "evaluate"]
        return [name for name in names if self.manifest(name) is not None]

    def manifest(self, stage: str) -> dict[str, Any] | None:
        return self.json(f"{stage}/manifest.json")

    def json(self, file: str) -> dict[str, Any] | None:
        path = self.folder / file
        if not path.exists():
            return None
        try:
            value = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise RunError(f"{path}: damaged ({error}); run the stage again") from None
        if not isinstance(value, dict):
            raise RunError(f"{path}: damaged (not a JSON object); run the stage again")
        return value

    @cached_property
    def recipe(self) -> Mapping[str, Any]:
        path = self.folder / "recipe.yaml"
        if not path.exists():
            return {}
        data = yaml_file.read(path, RunError).data
        return data if isinstance(data, dict) else {}

    @cached_property
    def constitution(self) -> Constitution | None:
        path = self.folder / "constitution.yaml"
        return constitutions.load(path) if path.exists() else None

    @cached_property
    def revisions(self) -> list[Revision]:
        return self._records("critique-revise/revisions.jsonl", Revision)

    @cached_property
    def comparisons(self) -> list[Comparison]:
        return self._records("label/comparisons.jsonl", Comparison)

    @cached_property
    def labels(self) -> list[Label]:
        return self._records("label/labels.jsonl", Label)

    @cached_property
    def preferences(self) -> list[Preference]:
        return self._records("label/preferences.jsonl", Preference)

    @cached_property
    def scores(self) -> list[Score]:
        return self._records("evaluate/scores.jsonl", Score)

    def rows(self, file: str) -> list[Row]:
        return list(read_rows(self.folder / file))

    def _records(self, file: str, kind: type[T]) -> list[T]:
        return read_records(self.folder / file, kind)
