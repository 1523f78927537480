"""The least memory that a stage can do with: weights, gradients and Adam's moments, by counting.

What is above that, activations and caches, only a step shows (`cai.doctor.dry`). But a training
whose weights alone do not fit need not be tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cai.doctor.finding import Finding, size
from cai.doctor.shapes import FLOAT32, Shape, shape_of
from cai.pipeline import status
from cai.ranks.limits import launch_of

if TYPE_CHECKING:
    from cai.run import Run

GROUP = "memory"

_LEARNED = 4  # a trained number, its gradient and two moments


def bounds(run: Run, memory: int | None) -> Iterator[Finding]:
    """The stage that needs the most, against all the memory of the device that it runs on.

    Nothing is said where a launcher cuts weights into parts, or another optimiser is asked for.
    """
    sections = run.recipe.sections
    left = [one.stage for one in status(run) if one.state != "done"]
    counted = {
        stage: least_bytes(stage, sections, shape_for(run, stage))
        for stage in left
        if not sections[stage].get("trl", {}).get("optim")
    }
    cut = launch_of(os.environ).sharding != "none"
    if memory is None or cut or not any(counted.values()):
        return
    stage = max(counted, key=lambda one: counted[one])
    needed = counted[stage]
    value = f"{stage} needs at least {size(needed)}, of {size(memory)} in all"
    numbers = {"needed_bytes": needed, "total_bytes": memory}
    if needed <= memory:
        yield Finding(group=GROUP, name="weights", verdict="ok", value=value, numbers=numbers)
        return
    text = (
        "weights, gradients and Adam's moments, by counting; "
        + ("take a smaller model" if sections[stage]["lora_rank"] else f"set {stage}.lora_rank: 16")
        + ", or another device"
    )
    yield Finding(
        group=GROUP, name="weights", verdict="warning", value=value, text=text, numbers=numbers
    )


def least_bytes(stage: str, sections: Mapping[str, Mapping[str, Any]], shape: Shape) -> int:
    """What a training stage holds at least; 0 for the others."""
    if "lora_rank" not in sections[stage]:
        return 0
    rank = sections[stage]["lora_rank"]
    frozen = shape.parameters if rank else 0
    learned = _LEARNED * shape.trained(rank)
    if stage == "align-ppo":
        # Policy and value model learn. With adapters the reference is the policy, and a reward
        # model that is an adapter too lies over it; else both have weights of their own.
        learned *= 2
        frozen = shape.parameters * (1 + (not sections["reward"]["lora_rank"]) if rank else 2)
    return FLOAT32 * (frozen + learned)


def shape_for(run: Run, stage: str) -> Shape:
    """The shape of the model that a stage trains, or asks of the recipe's model."""
    base = run.recipe.sections["reward"]["base"]
    named = base if stage == "reward" and base != "sft" else run.recipe.model
    rank = run.recipe.sections[stage].get("lora_rank", 0)
    return shape_of(run.pinned(named), lora_rank=rank)
