"""Whether each stage fits the memory: dry steps as findings, and the parity of PPO's sampler."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from cai.doctor.dry.fitting import MARGIN, largest_model, largest_size, predicted
from cai.doctor.dry.folder import dry_run, models_in_place
from cai.doctor.dry.process import Steps
from cai.doctor.dry.step import Measured
from cai.doctor.dry.tried import compared, tried
from cai.doctor.finding import Finding, finding, looked, size
from cai.pipeline import stage_names
from cai.progress import Progress
from cai.run import Run

GROUP = "memory"
_finding = partial(finding, GROUP)
PARITY = "parity"

_SECONDS = 600.0  # for one step
_FAR = 100  # times what was measured: beyond it a line through noise says nothing
# What to set where a stage does not fit.
_MENDS = {
    "sft": "batch_size, and raise trl.gradient_accumulation_steps as much",
    "reward": "batch_size, and raise trl.gradient_accumulation_steps as much",
    "align-dpo": "batch_size, and raise trl.gradient_accumulation_steps as much",
    "align-ppo": "compute.micro_batch_tokens",
}


def fits(run: Run, progress: Progress, *, stages: Sequence[str] | None = None) -> Iterator[Finding]:
    """A finding for each stage of the recipe, or some, from a step in a process of its own; and
    one for PPO's sampler."""
    stages = stage_names(run) if stages is None else stages
    with tempfile.TemporaryDirectory(prefix="cai-doctor-") as made:
        folder = Path(made)
        models_in_place(dry_run(run, folder))
        steps = Steps(folder / "log.txt", limit=_SECONDS)
        for done, stage in enumerate(stages):
            progress(done, len(stages) + 1, stage)
            yield from looked(GROUP, stage, partial(_fit, steps, stage, made))
        progress(len(stages), len(stages) + 1, PARITY)
        if "align-ppo" in stages:
            yield from looked(PARITY, "align-ppo", partial(_parity, steps, made))
        progress(len(stages) + 1, len(stages) + 1)


def told(stage: str, found: Measured) -> Finding:
    """What a step says of its stage."""
    if not found.peaks:
        return _too_large(stage, found)
    needed = predicted(found, found.configured)
    most, model = largest_size(found), largest_model(found)
    numbers = {
        "needed_bytes": needed, "free_bytes": float(found.free), "seconds": found.seconds,
        "parameters": float(found.parameters), "largest_parameters": float(model),
        **({f"largest_{found.unit}": float(most)} if most is not None else {}),
    }  # fmt: skip
    what = f"{found.configured:,} {found.unit}"
    what += f" of {found.length:,} tokens" if found.length else ""
    value = f"{size(needed)} of {size(found.free)}, at {what}"
    known = (
        "measured"
        if found.configured in found.peaks
        else (f"measured at {max(found.peaks):,} {found.unit}, extrapolated from there")
    )
    size_bound = _size_bound(found, most)
    text = f"{known}; would fit, extrapolated: {size_bound}a model of {_round(model)} weights"
    if found.short is None and needed <= MARGIN * found.free:
        return _finding(stage, "ok", value, text, numbers)
    if stage not in _MENDS and most != 0:
        text += "; the engine takes smaller batches where memory is short"
        return _finding(stage, "ok", value, text, numbers)
    mend = "take a smaller model, or engine.dtype: bfloat16"
    if stage in _MENDS:
        mend = f"in {stage} lower {_MENDS[stage]}, or set lora_rank: 16"
    return _finding(stage, "failure", value, f"{text}; {mend}", numbers)


def _size_bound(found: Measured, most: int | None) -> str:
    """Up to which size a stage fits, where that is a setting and the line reaches so far."""
    if most is None or found.unit == "prompts":  # of which an engine takes as many as fit
        return ""
    if most > _FAR * found.configured:
        return f"{_FAR} times as many {found.unit} and more, or "
    return f"up to {_round(most)} {found.unit}, or "


def _too_large(stage: str, found: Measured) -> Finding:
    """A stage of which not even the smallest step fits."""
    mend = "take a smaller model"
    mend += f", or in {stage} set lora_rank: 16" if stage in _MENDS else ""
    numbers = {"free_bytes": float(found.free), "parameters": float(found.parameters)}
    if found.short is not None:
        value = f"more than {size(found.free)}, at {found.short:,} {found.unit}"
        return _finding(stage, "failure", value, f"measured: memory ran out; {mend}", numbers)
    value = f"at least {size(found.held)} of {size(found.free)}"
    text = f"counted, and not tried: weights, gradients and moments alone; {mend}"
    return _finding(stage, "failure", value, text, numbers | {"needed_bytes": float(found.held)})


def _fit(steps: Steps, stage: str, folder: str) -> Iterator[Finding]:
    found = steps.made(tried, stage, folder)
    if found is None:
        yield _finding(stage, "ok", "what it asks runs elsewhere", "", {})
    else:
        yield told(stage, found)


def _parity(steps: Steps, folder: str) -> Iterator[Finding]:
    found = steps.made(compared, folder)
    value = (
        f"{found['before']:.1e} nats a token, {found['after']:.1e} after an update of "
        f"{found['moved']:.1f}"
    )
    yield Finding(
        group=PARITY,
        name="align-ppo",
        verdict="ok",
        value=value,
        text="between what samples the answers and what trains on them",
        numbers={f"{name}_nats": number for name, number in found.items()},
    )


def _round(count: float) -> str:
    """A number of which two digits mean something."""
    for unit, word in ((1e9, " billion"), (1e6, " million")):
        if count >= unit:
            return f"{float(f'{count / unit:.2g}'):g}{word}"
    return f"{int(float(f'{count:.2g}')):,}"
