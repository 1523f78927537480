"""What a run would do, before it does it: which stages, why, how many model calls, and how long.

The stages that ask models are rehearsed: their own code runs, in a folder that is thrown away, with
an engine that answers from the store of calls and makes up what is not there. So what is counted is
what would be asked, and not an estimate of it, except for what depends on answers that do not exist
yet: they are taken to be whole, distinct and readable, so that nothing has to be asked again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cai.engines.base import Engine
from cai.engines.cache import CallCache
from cai.engines.kinds import Unloaded
from cai.engines.rehearsal import Rehearsal, Tally
from cai.engines.settings import Role
from cai.errors import RunError
from cai.pipeline import ShowProgress, StageStatus, State, status
from cai.run import Run
from cai.stages import STAGES
from cai.store import call_store, file_digest

_REHEARSED = {"critique-revise": "sft.jsonl", "label": "preferences.jsonl"}
"""Stages that ask models and do no training, and the file that later stages read of each."""

_ASKING_TOO = ("align-dpo", "evaluate")
"""Stages that ask models which are not there before they run."""

_NOT_MADE_YET = "not made yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """What one stage would do.

    `calls` would be made, `known_calls` answered from the store; None where that cannot be known
    before the stage runs. `seconds` goes by the same stage of this run when it was last made; None
    if that says nothing.
    """

    stage: str
    state: State
    why: tuple[str, ...]
    calls: int | None = 0
    known_calls: int = 0
    prompt_tokens: int = 0
    new_tokens: int = 0
    seconds: float | None = 0.0


def plan(run: Run, names: Sequence[str] | None = None, *, show: ShowProgress) -> list[Planned]:
    """What each stage of a run would do now, in order; `show` tells how far a rehearsal is.

    Raises:
        CaiError: whatever the run itself would stop at before it asks a model.
    """
    planned: list[Planned] = []
    changing: set[str] = set()
    for found in status(run, names):
        waits = [need for need in STAGES[found.stage].needs(run) if need in changing]
        if found.manifest is not None and not waits and not found.changed:
            planned.append(Planned(stage=found.stage, state="done", why=()))
            continue
        state: State = "missing" if found.manifest is None else "stale"
        why = (*(f"{need} will change" for need in waits), *found.changed)
        one = Planned(stage=found.stage, state=state, why=why)
        changes = True
        if found.stage in _REHEARSED:
            tally, digest = _rehearsed(run, found.stage, changing, show)
            one = replace(
                one,
                calls=tally.calls,
                known_calls=tally.known,
                prompt_tokens=tally.prompt_tokens,
                new_tokens=tally.new_tokens,
            )
            file = _REHEARSED[found.stage]
            before = found.manifest.outputs.get(file) if found.manifest else None
            changes = bool(tally.calls) or digest != before
        elif found.stage in _ASKING_TOO:
            one = replace(one, calls=None)
        planned.append(replace(one, seconds=_seconds(one, found)))
        if changes:
            changing.add(found.stage)
    return planned


def _rehearsed(
    run: Run, stage: str, changing: set[str], show: ShowProgress
) -> tuple[Tally, str | None]:
    """The calls of a stage, and the digest of what later stages read of it, where it is known."""
    tally = Tally()
    store = CallCache(call_store())
    unmade = {run.model_folder(name): run.recipe.model for name in changing}

    def engine(model: str, role: Role) -> Engine:
        base: Unloaded = run.prepared(unmade.get(model, model), role)
        if model not in unmade:
            return Rehearsal(base.load, identity=base.identity, store=store, tally=tally)
        # A model that is to be trained first: nobody has asked it anything.
        identity = replace(base.identity, weights=_NOT_MADE_YET)
        return Rehearsal(base.load, identity=identity, store=None, tally=tally)

    rehearsing = run.with_engines(engine)
    with tempfile.TemporaryDirectory(prefix="cai-plan-") as folder:
        try:
            with show(f"{stage} rehearsed") as progress:
                STAGES[stage].run(rehearsing, Path(folder), progress)
        except RunError:
            if not tally.calls:
                raise
            return tally, None  # what comes of answers that are made up means nothing
        return tally, file_digest(Path(folder) / _REHEARSED[stage])


def _seconds(planned: Planned, found: StageStatus) -> float | None:
    last = found.manifest
    if last is None:
        return None
    if planned.stage not in _REHEARSED:
        return last.seconds
    if not last.calls:
        return None if planned.calls else last.seconds
    pace = last.asking_seconds / last.calls
    return last.seconds - last.asking_seconds + pace * (planned.calls or 0)


def as_text(planned: Sequence[Planned]) -> str:
    """A line per stage, and what they come to."""
    lines = []
    for one in planned:
        why = f"  ({'; '.join(one.why)})" if one.why else ""
        lines.append(f"  {one.stage:16} {one.state:8} {_cost(one)}{why}".rstrip())
    waiting = [one for one in planned if one.state != "done"]
    if not waiting:
        return "\n".join([*lines, "everything is up to date"])
    calls = sum(one.calls or 0 for one in waiting)
    read = sum(one.prompt_tokens for one in waiting)
    said = sum(one.new_tokens for one in waiting)
    known = [one.seconds for one in waiting if one.seconds is not None]
    rest = len(waiting) - len(known)
    time = f"; {_time(sum(known))} at the pace of the last time" if known else ""
    unknown = f", without {rest} stages of which no pace is known here" if rest else ""
    uncounted = [one.stage for one in waiting if one.calls is None]
    besides = f", besides those of {' and '.join(uncounted)}" if uncounted else ""
    lines.append(
        f"about {calls:,} model calls{besides}, reading {read:,} tokens and saying at most "
        f"{said:,}{time}{unknown}"
    )
    return "\n".join(lines)


def _cost(planned: Planned) -> str:
    if planned.state == "done":
        return ""
    time = "" if planned.seconds is None else f"{_time(planned.seconds):>8}"
    if planned.stage not in _REHEARSED or planned.calls is None:
        return f"{time:>8}"
    return f"{time:>8}  {planned.calls:,} calls, {planned.known_calls:,} known"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
