"""Disks: whether what the recipe will write has room where it goes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.doctor.finding import Finding, Verdict, size
from cai.doctor.shapes import FLOAT32, Shape, shape_of
from cai.pipeline import status
from cai.stages import models
from cai.store import call_store
from cai.weights import hub_name, is_folder, resolve

if TYPE_CHECKING:
    from cai.run import Run

GROUP = "disk"

ROW_BYTES = 50_000
"""For each prompt, generous: what the rows about it take, and as much again its stored calls."""

_MOMENTS = 3  # a checkpoint has each trained number, and Adam's two beside it


def disks(run: Run, *, prompts: int) -> Iterator[Finding]:
    """The run's folder, the store of calls, and the folder of models from the hub."""
    left = [one.stage for one in status(run) if one.state != "done"]
    rows = ROW_BYTES * prompts if left else 0
    yield _finding("run folder", run.folder.path, _model_bytes(run, left) + rows)
    yield _finding("stored calls", call_store().parent, rows)
    if missing := [name for name in _hub_models(run) if not _is_here(name)]:
        from huggingface_hub.constants import HF_HUB_CACHE

        needed = sum(shape_of(name).parameters for name in missing) * FLOAT32
        yield _finding("hub cache", Path(HF_HUB_CACHE), needed)


def needed_bytes(stages: Mapping[str, tuple[float, float]]) -> float:
    """The most that stages take, one after the other: of each, what it takes while it works, and
    what it leaves."""
    peak = kept = 0.0
    for working, left in stages.values():
        peak = max(peak, kept + working)
        kept += left
    return peak


def stage_bytes(
    stage: str, settings: Mapping[str, Any], shape: Shape, *, value: Shape | None = None
) -> tuple[float, float]:
    """What a stage takes while it works, and what it leaves; (0, 0) for those that write rows.

    While a training saves its newest checkpoint the one before is there still. `value` is the shape
    of PPO's value model, where that is another than the policy's.
    """
    model = FLOAT32 * shape.parameters
    if stage not in ("sft", "reward", "align-ppo", "align-dpo"):
        return 0.0, 0.0
    rank = settings["lora_rank"]
    checkpoint = _MOMENTS * FLOAT32 * shape.trained(rank)
    if stage == "align-ppo":
        both = checkpoint + _MOMENTS * FLOAT32 * (value or shape).trained(rank)
        return both * (settings["checkpoints"]["keep"] + 2) + model, model
    members = settings["ensemble"]["size"] if stage == "reward" else 1
    working = max(2 * checkpoint, checkpoint + model)
    return (members - 1.0) * model + working, float(members * model)


def _model_bytes(run: Run, stages: list[str]) -> int:
    sections = run.recipe.sections
    found = {}
    base = sections["reward"]["base"]
    policy = run.pinned(run.recipe.model)
    scorer = policy if base == "sft" else run.pinned(base)  # PPO's value model begins as it too
    for stage in stages:
        rank = sections[stage].get("lora_rank", 0)
        own = shape_of(scorer if stage == "reward" else policy, lora_rank=rank)
        other = stage == "align-ppo" and scorer != policy
        value = shape_of(scorer, lora_rank=rank) if other else None
        found[stage] = stage_bytes(stage, sections[stage], own, value=value)
    return int(needed_bytes(found))


def _finding(name: str, folder: Path, needed: int) -> Finding:
    folder = folder.expanduser()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    verdict: Verdict = "ok"
    value, text = f"{size(free)} free", ""
    if needed:
        value += f", at most {size(needed)} to be written"
    if needed and not os.access(existing, os.W_OK):
        verdict, text = "failure", f"{existing} cannot be written to; {_mend(name)}"
    elif free < needed:
        verdict, text = "failure", f"free some space at {existing}, or {_mend(name)}"
    numbers = {"free_bytes": free, "needed_bytes": needed}
    return Finding(group=GROUP, name=name, verdict=verdict, value=value, text=text, numbers=numbers)


def _mend(name: str) -> str:
    return {
        "run folder": "choose another --out",
        "stored calls": "set CAI_CACHE to a folder elsewhere",
        "hub cache": "set HF_HOME to a folder elsewhere",
    }[name]


def _hub_models(run: Run) -> list[str]:
    named = (models.asked(run) | models.scoring(run)).values()
    here = {run.pinned(one) for one in named if one not in run.recipe.servers}
    return sorted(one for one in here if not is_folder(one))


def _is_here(name: str) -> bool:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    source = resolve(name)
    try:
        folder = snapshot_download(hub_name(name), revision=source.revision, local_files_only=True)
    except LocalEntryNotFoundError:
        return False
    return any(Path(folder).glob("*.safetensors"))
