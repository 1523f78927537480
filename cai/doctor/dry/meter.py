"""The most memory that this process has held, on its device."""

from __future__ import annotations

import gc
from pathlib import Path

import torch

from cai.engines.memory import free_bytes
from cai.heap import give_back

_STATUS = Path("/proc/self/status")
# Writing 5 makes the peak of resident memory what is resident now (Linux, proc(5)).
_FORGET, _PEAK = Path("/proc/self/clear_refs"), "5"


class Meter:
    """Measures resident memory on a CPU, and what torch has allocated on a GPU.

    `base` is what was held when it was made, `free` what the process may hold in all.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.base = self._resident("VmRSS")
        free = free_bytes(device)
        self.free = self.base + (free if free is not None else 1 << 62)

    def start(self) -> None:
        """Lets go of what is not used, and forgets the peak of before."""
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device)
            return
        give_back()
        if _FORGET.exists():
            _FORGET.write_text(_PEAK, "ascii")

    def peak(self) -> int:
        """Bytes, since `start`."""
        if self._device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self._device))
        return self._resident("VmHWM")

    def _resident(self, name: str) -> int:
        if self._device.type == "cuda":
            return int(torch.cuda.memory_allocated(self._device))
        if not _STATUS.exists():
            import resource

            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return int(most)  # in bytes on macOS, which is what has no /proc
        lines = (line.partition(":") for line in _STATUS.read_text("ascii").splitlines())
        return next(int(value.split()[0]) * 1024 for key, _, value in lines if key == name)
