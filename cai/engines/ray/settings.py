"""Where the workers of a Ray cluster are, and what each may use. Importing this loads no ray."""

from __future__ import annotations

from dataclasses import dataclass

OWN, JOINED = "local", "auto"
"""The addresses of a cluster that begins with the run, and of the one that this machine is in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RaySettings:
    """Workers of a Ray cluster that ask the models in place of this process.

    Attributes:
        address: of the cluster: auto is the one that this machine belongs to, HOST:PORT that of its
            head, and local one of this machine alone, which begins and ends with the run. null: no
            workers.
        workers: how many, each with models of its own; null: as many as the cluster holds. It
            decides no result.
        cpus: cores of each worker, which are its threads too.
        gpus: of each worker; 0.5 lets two share one. null: as many as a model is spread over
            (engine.vllm.tensor_parallel_size, else one), where the cluster has any and
            engine.device is not cpu.
    """

    address: str | None = None
    workers: int | None = None
    cpus: float = 1.0
    gpus: float | None = None

    def __post_init__(self) -> None:
        if self.address is not None and not _is_address(self.address):
            raise ValueError(
                f"address: {self.address!r} is none of local, auto and HOST:PORT; a ray:// address "
                "is for clients from outside, and this is to run on a machine of the cluster"
            )
        if self.workers is not None and self.workers < 1:
            raise ValueError("workers must be at least 1")
        if self.cpus < 0:
            raise ValueError("cpus must not be below 0")
        if self.gpus is not None and (self.gpus < 0 or (self.gpus > 1 and self.gpus % 1)):
            raise ValueError("gpus: a part of one, or a whole number")


def _is_address(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    given = bool(colon and host) and "/" not in host and port.isdigit() and int(port) < 2**16
    return text in (OWN, JOINED) or given
