"""Devices, memory and threads: what there is, and what is set such that it is not used."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cai.doctor.finding import Finding, Verdict, finding, size

GROUP = "machine"
_finding = partial(finding, GROUP)

_BUSY = 0.85  # of a GPU's memory: less than that free, and somebody else is using it
_IDLE = 4  # a thread for so many cores leaves most of them without work


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpu:
    """One GPU as torch sees it; memory in bytes, `free` None where nobody asked."""

    name: str
    total: int
    free: int | None
    bfloat16: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What is judged.

    Attributes:
        system: the operating system and the processor's kind.
        cuda_build: the version of CUDA (or ROCm) that torch is built for; None without.
        gpus: those that torch finds.
        gpu_is_there: whether the system has a GPU, whatever torch finds.
        asked: `engine.device` of the recipe.
        cores: that may be used.
        threads: of torch.
        memory, free: bytes, of the machine and what is left of it; None where nobody tells.
        limit: bytes that a container may have at most; None without one.
    """

    system: str
    cuda_build: str | None = None
    gpus: tuple[Gpu, ...] = ()
    gpu_is_there: bool = False
    asked: str | None = None
    cores: int = 1
    threads: int = 1
    memory: int | None = None
    free: int | None = None
    limit: int | None = None

    @property
    def uses_gpu(self) -> bool:
        return bool(self.gpus) and not str(self.asked or "").startswith("cpu")

    @property
    def largest(self) -> int | None:
        """All the memory, in bytes, that models can have on the device that is used."""
        if self.uses_gpu:
            return self.gpus[0].total
        told = [one for one in (self.memory, self.limit) if one is not None]
        return min(told, default=None)


def this_machine(asked: str | None) -> Machine:
    """The machine that this process runs on."""
    import torch

    from cai.container import memory_limit, usable_cores
    from cai.engines.memory import free_bytes

    gpus = []
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        # To ask a GPU what is free takes some of its memory, so that only ours is asked.
        total = torch.cuda.get_device_properties(index).total_memory
        free = torch.cuda.mem_get_info(index)[0] if index == 0 else None
        name = torch.cuda.get_device_name(index)
        capable = torch.cuda.get_device_capability(index) >= (8, 0)
        gpus.append(Gpu(name=name, total=total, free=free, bfloat16=capable))
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        cuda_build=torch.version.cuda or getattr(torch.version, "hip", None),
        gpus=tuple(gpus),
        gpu_is_there=any(Path("/dev").glob("nvidia[0-9]*")) or bool(shutil.which("nvidia-smi")),
        asked=asked,
        cores=usable_cores(),
        threads=torch.get_num_threads(),
        memory=_memory(),
        free=free_bytes(torch.device("cpu")),
        limit=memory_limit(),
    )


def machine(found: Machine) -> Iterator[Finding]:
    """What is to be said of it."""
    yield _finding("system", "ok", found.system)
    yield from _devices(found)
    yield _memory_finding(found)
    yield _threads(found)


def _devices(found: Machine) -> Iterator[Finding]:
    asked = found.asked or ""
    if not found.gpus:
        value = "cpu" if found.cuda_build is None else f"cpu, torch built for {found.cuda_build}"
        if asked.startswith("cuda"):
            mend = "torch finds no GPU here; set engine.device to cpu, or leave it out"
            yield _finding("device", "failure", value, mend)
        elif found.cuda_build is not None:
            mend = (
                "torch is built for a GPU and finds none: see to the driver (nvidia-smi) and to "
                "CUDA_VISIBLE_DEVICES; everything will run on the CPU"
            )
            yield _finding("device", "warning", value, mend)
        elif found.gpu_is_there:
            mend = (
                "this machine has a GPU and torch is a build without one: install torch anew from "
                "https://pytorch.org/get-started; everything will run on the CPU"
            )
            yield _finding("device", "warning", value, mend)
        else:
            yield _finding("device", "ok", value)
        return
    for number, gpu in enumerate(found.gpus):
        free = "" if gpu.free is None else f"{size(gpu.free)} free of "
        value = f"{gpu.name}, {free}{size(gpu.total)}"
        numbers = {"total_bytes": gpu.total}
        numbers |= {} if gpu.free is None else {"free_bytes": gpu.free}
        verdict: Verdict = "ok"
        text = ""
        if gpu.free is not None and gpu.free < _BUSY * gpu.total:
            verdict = "warning"
            text = "another process holds the rest: nvidia-smi names it"
        elif not gpu.bfloat16:
            text = "it has no bfloat16; set engine.dtype to float16"
        elif number == 0 and len(found.gpus) > 1:
            text = f"the first of {len(found.gpus)}; torchrun trains on all (docs/distributed.md)"
        yield _finding(f"cuda:{number}", verdict, value, text, numbers)


def _memory_finding(found: Machine) -> Finding:
    if found.memory is None or found.free is None:
        return _finding("memory", "ok", "not told by this system")
    whole = min(found.memory, found.limit or found.memory)
    value = f"{size(found.free)} free of {size(whole)}"
    bound = found.limit is not None and found.limit < found.memory
    text = f"the container's share of {size(found.memory)}" if bound else ""
    numbers = {"free_bytes": found.free, "total_bytes": whole}
    return _finding("memory", "ok", value, text, numbers)


def _threads(found: Machine) -> Finding:
    value = f"{found.threads} of torch on {found.cores} cores"
    numbers = {"threads": found.threads, "cores": found.cores}
    mend = f"set OMP_NUM_THREADS={found.cores}"
    if found.threads > found.cores:
        text = f"threads that wait for one another make training many times slower; {mend}"
        return _finding("threads", "warning", value, text, numbers)
    if found.threads * _IDLE <= found.cores and not found.uses_gpu:
        text = f"most cores have nothing to do; {mend}"
        return _finding("threads", "warning", value, text, numbers)
    return _finding("threads", "ok", value, "", numbers)


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None
