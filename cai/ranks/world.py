"""Which of several processes this is, as launchers such as `torchrun` say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cai.errors import RunError


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """This process's number among all that work together, and how many they are.

    Attributes:
        rank: 0 … size - 1. Process 0 leads: it alone writes files.
        size: 1 is a process by itself, which needs no `torch.distributed`.
        local_rank: its number among those on the same machine, which chooses its GPU.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size or self.local_rank < 0:
            raise ValueError(f"there is no process {self.rank} (local {self.local_rank}) "
                             f"among {self.size}")  # fmt: skip

    @property
    def leads(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is no other process."""
        return self.size == 1


ALONE = World()


def world_of(environment: Mapping[str, str]) -> World:
    """The world that a launcher describes by RANK, WORLD_SIZE and LOCAL_RANK.

    Raises:
        RunError: if the three contradict one another, or the launcher has started one process
            where more were asked for, as `accelerate launch --cpu` does in silence.
    """
    names = {"rank": "RANK", "size": "WORLD_SIZE", "local_rank": "LOCAL_RANK"}
    given = {field: environment[name] for field, name in names.items() if name in environment}
    if "size" not in given:
        # It sets an address to meet at where there shall be several, and then starts one.
        if "ACCELERATE_DYNAMO_MODE" in environment and "MASTER_ADDR" in environment:
            raise RunError(
                "accelerate launch has started one process where several were asked for, as it "
                "does on CPUs; use torchrun --standalone --nproc_per_node N -m cai.cli …"
            )
        return ALONE
    try:
        return World(**{field: int(text) for field, text in given.items()})
    except ValueError as error:
        raise RunError(
            f"RANK, WORLD_SIZE and LOCAL_RANK do not fit together ({error}); "
            "start the processes with torchrun, or unset them"
        ) from None
