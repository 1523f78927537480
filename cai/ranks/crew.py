"""The processes of one command: the first leads, the others join it for every training.

Generating, labelling, reading and writing is the leader's alone. Where a training begins it posts
an order on a board that all can read (the store by which torch's processes find one another), and
the others, who wait for orders, begin the same training. A process that fails says so once, on the
board too: those who fail because it is gone keep silent.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore, Store, rendezvous  # type: ignore[attr-defined]

from cai.errors import RunError
from cai.ranks.world import World

# How long a process waits for another in the middle of a training before it gives up.
PATIENCE = timedelta(minutes=30)
_BETWEEN_LOOKS = 0.2  # seconds
# Launchers end all processes as soon as one has ended: so long the first has to say why it fails.
_LAST_WORD = 1.0  # second


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A stage that all processes work on, in this work folder."""

    stage: str
    folder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dismissal:
    """There is nothing more to do; end with this exit code."""

    code: int


class Crew:
    """What one process knows of all: who it is, and the board.

    Args:
        store: where the orders stand.
    """

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        self._store = store
        self._count = 0

    def call(self, order: Order) -> None:
        """Lets the others begin; only the leader does."""
        self._post(asdict(order))

    def gather(self) -> None:
        """Waits until the others have ended what they were called for; only the leader does.

        Else it might move a finished folder away from one who has yet to see that it is finished.
        """
        names = [f"ended/{self._count}/{rank}" for rank in range(1, self.world.size)]
        try:
            self._store.wait(names, PATIENCE)
        except (dist.DistError, RuntimeError) as error:
            raise RunError(
                f"process 0 of {self.world.size} has lost another; what that one said last is the "
                "cause; the same command goes on from there"
            ) from error

    def ended(self) -> None:
        """Tells the leader that this process has done what it was called for."""
        self._store.set(f"ended/{self._count}/{self.world.rank}", "")

    def dismiss(self, code: int) -> None:
        """Lets the others end with this exit code; only the leader does.

        Waits for them where all went well: the board may be gone with this process.
        """
        self._post(asdict(Dismissal(code=code)))
        if code == 0:
            names = [f"left/{rank}" for rank in range(1, self.world.size)]
            self._store.wait(names, PATIENCE)

    def next(self) -> Order | Dismissal:
        """What the leader wants next; waits for as long as that takes."""
        told = json.loads(self._read(f"order/{self._count}"))
        self._count += 1
        if "code" in told:
            self._store.set(f"left/{self.world.rank}", "")
            if told["code"]:
                time.sleep(_LAST_WORD)
            return Dismissal(code=int(told["code"]))
        return Order(**told)

    def fails_first(self) -> bool:
        """Whether this process is the first to fail, and so the one that says why."""
        try:
            return bool(self._store.add("failed", 1) == 1)
        except (dist.DistError, RuntimeError):
            return False  # the board is gone, with the process that failed before

    def _post(self, message: dict[str, Any]) -> None:
        self._store.set(f"order/{self._count}", json.dumps(message))
        self._count += 1

    def _read(self, name: str) -> bytes:
        try:
            # Looked at now and then, for labelling may take days.
            while not self._store.check([name]):
                time.sleep(_BETWEEN_LOOKS)
            return bytes(self._store.get(name))
        except (dist.DistError, RuntimeError) as error:
            raise RunError(
                f"process {self.world.rank} of {self.world.size} has lost process 0; "
                "what that one said last is the cause"
            ) from error


def join(world: World, *, device: torch.device, patience: timedelta = PATIENCE) -> Crew:
    """Joins the processes that a launcher started, as torch's default group.

    On GPUs each process takes that of its local rank.

    Raises:
        RunError: if they do not find one another, or a machine has fewer GPUs than processes.
    """
    if device.type == "cuda":
        _take_gpu(device, world)
    # gloo beside nccl: what travels from the CPU's memory, such as a checkpoint's parts.
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    try:
        store, _, _ = next(rendezvous("env://", world.rank, world.size, timeout=patience))
        dist.init_process_group(
            backend, store=PrefixStore("group", store), rank=world.rank,
            world_size=world.size, timeout=patience,
        )  # fmt: skip
    except (dist.DistError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise RunError(
            f"process {world.rank} of {world.size} finds no others ({reason}); start them with "
            "torchrun, on several machines with one --rdzv-endpoint that all can reach"
        ) from error
    return Crew(world, PrefixStore("crew", store))


def leave() -> None:
    """Ends what `join` began. Not after a failure: it could wait for a process that is gone."""
    dist.destroy_process_group()


def _take_gpu(device: torch.device, world: World) -> None:
    found = torch.cuda.device_count()
    if device.index is not None:
        raise RunError(
            f"engine.device {device} is one GPU, and there are {world.size} processes; "
            "leave engine.device out, so that each takes its own"
        )
    if world.local_rank >= found:
        raise RunError(
            f"process {world.local_rank} of this machine has no GPU: there are {found}; "
            f"start at most {found} here (torchrun --nproc_per_node)"
        )
    torch.cuda.set_device(world.local_rank)
    os.environ.setdefault("TORCH_NCCL_ASYNC_ERROR_HANDLING", "1")
