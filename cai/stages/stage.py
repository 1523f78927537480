"""What a stage of a run is, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cai.errors import RunError
from cai.progress import Progress
from cai.run import Run

# Raised when a stage's own code changes what it writes for the same inputs.
_VERSION = {
    "critique-revise": 2,
    "sft": 1,
    "label": 5,
    "reward": 2,
    "align-ppo": 2,
    "align-dpo": 1,
    "evaluate": 3,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step of a run.

    `needs` names the stages whose files it reads. `check` raises RecipeError where its settings
    cannot work, and needs nothing of what other stages make. `admit` raises RunError where what
    they made is not fit to be used; it is no input: what it asks for changes no row. A stage that
    `trains` is run by all processes of a run alike; it writes files in the first one only. `reuse`
    puts into a work folder what the finished stage has and these inputs would make again.
    """

    name: str
    needs: Callable[[Run], list[str]]
    inputs: Callable[[Run], dict[str, Any]]
    check: Callable[[Run], object]
    run: Callable[[Run, Path, Progress], dict[str, Any]]
    admit: Callable[[Run], object] = lambda run: None
    reuse: Callable[[Run, Path, Mapping[str, Any]], object] = lambda run, work, inputs: None
    trains: bool = False


def own(run: Run, name: str) -> dict[str, Any]:
    """The inputs that every stage has: its code's version, the seed, its section of the recipe."""
    return {
        "version": _VERSION[name],
        "seed": run.recipe.seed,
        "settings": run.recipe.sections[name],
    }


def from_stage(run: Run, stage: str, file: str) -> str:
    """The digest of a file that another stage made; RunError where it has not."""
    found = run.output_digest(stage, file)
    if found is None:
        raise RunError(f"{stage} has made no {file} yet; run `cai run`, or that stage first")
    return found
