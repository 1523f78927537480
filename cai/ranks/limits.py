"""What several processes cannot do here: refused in a line, where libraries would go on in silence.

Sharded training (DeepSpeed's ZeRO, PyTorch's FSDP) is asked for by `accelerate launch` with a
configuration file, which reaches this process as environment variables; docs/distributed has such
files. Through accelerate on the CPU neither of them does anything at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cai.errors import RecipeError, RunError
from cai.ranks.world import World

Sharding = Literal["none", "ZeRO-1", "ZeRO-2", "ZeRO-3", "FSDP"]
# Under these no process holds a whole weight matrix.
_CUTS_WEIGHTS = ("ZeRO-3", "FSDP")


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What a launcher asks of the trainers that it starts.

    Attributes:
        sharding: which of a model's tensors are cut into parts, one for each process.
        precision: "no", "bf16", "fp16" or "fp8".
        whole_at_the_end: whether the finished model is put together, so that it can be saved.
    """

    sharding: Sharding = "none"
    precision: str = "no"
    whole_at_the_end: bool = True


def launch_of(environment: Mapping[str, str]) -> Launch:
    """What `accelerate launch` says, in the variables that it sets."""

    def on(name: str) -> bool:
        return environment.get(name, "").lower() in ("true", "1", "yes")

    precision = environment.get("ACCELERATE_MIXED_PRECISION", "no")
    if on("ACCELERATE_USE_DEEPSPEED"):
        stage = environment.get("ACCELERATE_DEEPSPEED_ZERO_STAGE", "2")
        kinds: dict[str, Sharding] = {"0": "none", "1": "ZeRO-1", "2": "ZeRO-2", "3": "ZeRO-3"}
        return Launch(
            sharding=kinds.get(stage, "ZeRO-3"), precision=precision,
            whole_at_the_end=stage != "3" or on("ACCELERATE_DEEPSPEED_ZERO3_SAVE_16BIT_MODEL"),
        )  # fmt: skip
    if on("ACCELERATE_USE_FSDP"):
        kind = environment.get("FSDP_STATE_DICT_TYPE", "SHARDED_STATE_DICT")
        return Launch(
            sharding="FSDP", precision=precision, whole_at_the_end=kind == "FULL_STATE_DICT"
        )
    return Launch(precision=precision)


def per_process(batch_size: int, world: World, *, setting: str) -> int:
    """A process's part of a step's batch: a recipe says the same however many processes run it.

    Raises:
        RecipeError: if the batch cannot be cut into equal parts, as these trainers want.
    """
    if batch_size % world.size:
        below = batch_size - batch_size % world.size
        near = [str(size) for size in (below, below + world.size) if size]
        raise RecipeError(
            f"{setting} {batch_size} cannot be shared equally by {world.size} processes; "
            f"set it to {' or '.join(near)}"
        )
    return batch_size // world.size


def check_trainer(launch: Launch, *, section: str, device: str, lora_rank: int = 0) -> None:
    """Checks what a launcher asks of a stage that trains with a Hugging Face trainer.

    Raises:
        RecipeError: naming the setting, and what to do instead.
    """
    if device == "cpu" and launch.sharding != "none":
        raise RecipeError(
            f"{section}: {launch.sharding} does nothing on the CPU, where accelerate leaves it out "
            "in silence; start with torchrun, which trains in plain data parallel"
        )
    if device == "cpu" and launch.precision != "no":
        raise RecipeError(
            f"{section}: the launcher asks for {launch.precision}, and training on the CPU is in "
            "float32; set mixed_precision: 'no' in its configuration"
        )
    if lora_rank and launch.sharding in _CUTS_WEIGHTS:
        raise RecipeError(
            f"{section}.lora_rank {lora_rank}: adapters cannot be merged into weights that "
            f"{launch.sharding} has cut; use ZeRO-2, or plain torchrun, or lora_rank 0"
        )
    if not launch.whole_at_the_end:
        mend = {
            "FSDP": "fsdp_state_dict_type: FULL_STATE_DICT",
            "ZeRO-3": "zero3_save_16bit_model: true",
        }[launch.sharding]
        raise RecipeError(
            f"{section}: {launch.sharding} would leave no whole model; "
            f"set {mend} in the launcher's configuration"
        )


def check_ppo(launch: Launch) -> None:
    """Checks what a launcher asks of PPO, whose loop is our own.

    Raises:
        RecipeError: if it asks for what that loop does not do.
    """
    if launch.sharding != "none":
        raise RecipeError(
            f"align-ppo: PPO shares batches, not weights, so {launch.sharding} does not reach it; "
            "run this stage with torchrun, and where one GPU is too small set align-ppo.lora_rank"
        )
    if launch.precision != "no":
        raise RecipeError(
            f"align-ppo: the launcher's mixed_precision {launch.precision} does not reach PPO; "
            "run this stage with torchrun, or set mixed_precision: 'no'"
        )


def check_started(trainer: Any, launch: Launch, world: World) -> None:
    """Checks that a trainer which is about to make its first step is what was asked for.

    Raises:
        RunError: if it sees other processes, or its weights are not cut.
    """
    seen = trainer.accelerator.num_processes
    if seen != world.size:
        raise RunError(
            f"{world.size} processes were started, and the trainer works with {seen}; "
            "start them with torchrun"
        )
    weights = list(trainer.model_wrapped.parameters())
    cut = {"FSDP": "device_mesh", "ZeRO-3": "ds_id"}.get(launch.sharding)
    if cut and not any(hasattr(weight, cut) for weight in weights):
        raise RunError(
            f"{launch.sharding} was asked for, and no weight is cut: the trainer would hold all of "
            "them on every GPU; see docs/distributed.md for configurations that work"
        )
