"""What a step's process does: loads the recipe, makes the step at its sizes, and measures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cai.doctor.bounds import least_bytes, shape_for
from cai.doctor.dry.fitting import predicted
from cai.doctor.dry.folder import opened
from cai.doctor.dry.meter import Meter
from cai.doctor.dry.step import Measured, Trial
from cai.doctor.shapes import FLOAT32
from cai.engines.memory import out_of_memory
from cai.models import device_for
from cai.run import Run

# Of the memory that a step may have: what is predicted to need more is not tried.
_SAFE = 0.9
_EVALUATED = 3  # models at once: two that are compared, and the reward model


def tried(stage: str, folder: str) -> Measured | None:
    """Makes a stage's step in a folder that `dry_run` has made; None where it asks only servers."""
    run = opened(Path(folder))
    meter = Meter(device_for(run.recipe.engine.device))
    began = time.monotonic()
    least = _least(run, stage)
    if least > meter.free:
        parameters = shape_for(run, stage).parameters
        return Measured(
            unit="", configured=0, length=0, parameters=parameters, base=meter.base, held=least,
            free=meter.free,
        )  # fmt: skip
    trial = _trial(run, stage)
    if trial is None:
        return None
    found = _measured(trial, meter)
    return replace(found, seconds=round(time.monotonic() - began, 1))


def compared(folder: str) -> dict[str, float]:
    """The parity of sampler and trainer, nats per token."""
    from cai.doctor.dry.parity import parity

    found = parity(opened(Path(folder)))
    return {
        "before": found.before, "after": found.after, "moved": found.moved,
        "restored": found.restored,
    }  # fmt: skip


def _least(run: Run, stage: str) -> int:
    """What a stage must hold, by counting: where even that does not fit, trying is no use, and on a
    CPU it may take the whole machine down."""
    shape = shape_for(run, stage)
    if stage in ("critique-revise", "label"):
        return 0  # whom they ask may be elsewhere, and in half precision
    if stage == "evaluate":
        return _EVALUATED * FLOAT32 * shape.parameters
    return least_bytes(stage, run.recipe.sections, shape)


def _trial(run: Run, stage: str) -> Trial | None:
    if stage in ("critique-revise", "label"):
        from cai.doctor.dry.asking import asking

        return asking(run, stage)
    if stage == "evaluate":
        from cai.doctor.dry.evaluating import evaluating

        return evaluating(run)
    if stage == "align-ppo":
        from cai.doctor.dry.ppo import ppo

        return ppo(run)
    from cai.doctor.dry import training

    trials: dict[str, Callable[[Run], Trial]] = {
        "sft": training.sft, "reward": training.reward, "align-dpo": training.dpo
    }  # fmt: skip
    return trials[stage](run)


def _measured(trial: Trial, meter: Meter) -> Measured:
    found = Measured(
        unit=trial.unit, configured=trial.configured, length=trial.length,
        parameters=trial.parameters, base=meter.base, held=0, free=meter.free,
    )  # fmt: skip
    for size in trial.sizes:
        if found.peaks and predicted(found, size) > _SAFE * found.free:
            return found
        meter.start()
        try:
            held = trial.step(size)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            return replace(found, short=size)
        found = replace(found, held=held, peaks={**found.peaks, size: meter.peak()})
    return found
