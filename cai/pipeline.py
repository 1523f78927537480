"""Which stages are stale and why, and running them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cai import costs, disk
from cai.errors import RecipeError, RunError
from cai.progress import Progress, silent
from cai.run import Run
from cai.stages import STAGES, Stage
from cai.store import Manifest, changed_inputs, fingerprint, now, package_versions, write_text

if TYPE_CHECKING:
    from cai.ranks.crew import Crew

State = Literal["done", "stale", "missing"]
ShowProgress = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStatus:
    """How a stage stands: the inputs that changed, and what of other stages it waits for."""

    stage: str
    state: State
    changed: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    manifest: Manifest | None = None

    @property
    def why(self) -> tuple[str, ...]:
        """Why it is not done, in words."""
        return self.waits + self.changed


def stage_names(run: Run) -> list[str]:
    """The stages of a run, in order: alignment methods as the recipe lists them."""
    aligned = [f"align-{method}" for method in run.recipe.methods]
    return ["critique-revise", "sft", "label", "reward", *aligned, "evaluate"]


def needed_by(run: Run, name: str) -> list[str]:
    """The stages that a stage stands on, directly or through others, in order."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(STAGES[waiting.pop()].needs(run)) - found
        found |= new
        waiting += new
    return [stage for stage in STAGES if stage in found]


def status(run: Run, names: Sequence[str] | None = None) -> list[StageStatus]:
    """How each stage stands against the recipe as it is now."""
    found: dict[str, StageStatus] = {}
    for name in stage_names(run) if names is None else names:
        stage = STAGES[name]
        manifest = run.folder.manifest(name)
        waits = tuple(
            f"{need} is {found[need].state}"
            for need in stage.needs(run)
            if need in found and found[need].state != "done"
        )
        if manifest is None:
            found[name] = StageStatus(stage=name, state="missing", waits=waits)
            continue
        try:
            changed = tuple(changed_inputs(manifest.inputs, stage.inputs(run)))
        except RunError as error:  # something it was made from is gone
            changed = (str(error),)
        state: State = "stale" if changed or waits else "done"
        found[name] = StageStatus(
            stage=name, state=state, changed=changed, waits=waits, manifest=manifest
        )
    return list(found.values())


def run_stage(run: Run, name: str, *, show: ShowProgress) -> tuple[Manifest, bool]:
    """Brings one stage up to date; the second value tells whether there was anything to do.

    Raises:
        RunError: if a stage it needs has not been run, or made what is not to be used, or the disk
            is full.
    """
    stage = STAGES[name]
    _check_inputs_exist(run, stage)
    stage.admit(run)
    inputs = stage.inputs(run)
    finished = run.folder.manifest(name)
    if finished is not None and finished.fingerprint == fingerprint(inputs):
        return finished, False
    try:
        return _make(run, stage, inputs, show), True
    except Exception as error:
        refused = disk.refusal(error, run.folder.path)
        if refused is None:
            raise
        raise RunError(f"{name}: {refused}") from error


def follow(run: Run, crew: Crew) -> int:
    """What a process does that does not lead: its part in every training that the first begins.

    Returns:
        The exit code that the first process gives.
    """
    from cai.ranks.crew import Dismissal

    while not isinstance(wanted := crew.next(), Dismissal):
        STAGES[wanted.stage].run(run, Path(wanted.folder), silent)
        crew.ended()
    return wanted.code


def check_settings(run: Run, names: Sequence[str] | None = None) -> None:
    """Checks the settings of the stages that are to be made: the last may come hours later.

    Raises:
        RecipeError: naming the first setting that cannot work, and where it was given.
    """
    for found in status(run, names):
        if found.state != "done":
            try:
                STAGES[found.stage].check(run)
            except RecipeError as error:
                raise RecipeError(run.recipe.origins.located(str(error))) from error


def snapshot(run: Run) -> None:
    """Writes the resolved recipe and constitution into the run folder."""
    _snapshot(run, run.folder.path)


def _snapshot(run: Run, folder: Path) -> None:
    write_text(folder / "recipe.yaml", run.recipe.dump())
    write_text(folder / "constitution.yaml", run.constitution_text())


def _make(run: Run, stage: Stage, inputs: dict[str, object], show: ShowProgress) -> Manifest:
    work: Path = run.folder.work(stage.name, inputs)
    started, began = now(), time.monotonic()
    ledger = costs.Ledger(run.folder.path, stage.name, started)
    run.start_counting_calls(ledger.watch)
    stage.reuse(run, work, inputs)
    if stage.trains and run.crew:
        from cai.ranks.crew import Order

        run.crew.call(Order(stage=stage.name, folder=str(work)))
    try:
        with show(stage.name) as progress:
            counts = stage.run(run, work, run.budget.watching(progress))
    finally:  # what was spent on a try that stopped is spent
        ledger.write(run.calls_made().spent)
        run.close_engines()  # a training that follows needs their memory
    if stage.trains and run.crew:
        run.crew.gather()
    _snapshot(run, work)  # so that its rows can be explained after the recipe has moved on
    calls = run.calls_made()
    manifest = Manifest(
        stage=stage.name,
        fingerprint=fingerprint(inputs),
        inputs=inputs,
        started=started,
        finished=now(),
        seconds=round(time.monotonic() - began, 1),
        counts=counts,
        calls=calls.made,
        cached_calls=calls.cached,
        asking_seconds=round(calls.seconds, 2),
        packages=package_versions(),
    )
    run.folder.commit(work, manifest)
    return manifest


def _check_inputs_exist(run: Run, stage: Stage) -> None:
    for need in stage.needs(run):
        if run.folder.manifest(need) is None:
            command = need.replace("align-", "align --method ").replace("evaluate", "eval")
            raise RunError(
                f"{stage.name} needs {run.folder.stage(need)}, which does not exist; "
                f"run `cai {command}` first, or `cai run` for all stages"
            )
