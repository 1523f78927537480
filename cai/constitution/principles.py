"""The nouns: a constitution and its principles, as they are after reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Use = Literal["critique-revise", "label"]
USES: tuple[Use, ...] = ("critique-revise", "label")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrincipleTest:
    """A case that a principle must decide rightly.

    Either `better` and `worse` are two answers to `prompt`, for the judge under the comparison; or
    `response` is one answer, for the critic, and `fault` says whether it violates the principle.
    """

    prompt: str
    better: str = ""
    worse: str = ""
    response: str = ""
    fault: bool | None = None


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
    overrides: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    source: str = ""
    tests: tuple[PrincipleTest, ...] = ()

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
class JudgeFewShot:
    """A worked comparison under the principle of that id: `better` beats `worse`, perhaps why."""

    principle: str
    prompt: str
    better: str
    worse: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constitution:
    """A checked constitution: ids are unique, and at least one principle can be used."""

    name: str
    version: str = ""
    license: str = ""
    principles: tuple[Principle, ...]
    few_shots: tuple[FewShot, ...] = ()
    judge_few_shots: tuple[JudgeFewShot, ...] = ()
    path: Path = Path()

    def principle(self, principle_id: str) -> Principle:
        """The principle of that id; KeyError if there is none."""
        return {p.id: p for p in self.principles}[principle_id]
