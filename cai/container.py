"""What a container leaves a process of the machine: its memory and its share of the cores.

Within a container the machine's own figures are those of the host. The kernel keeps what the
container may have in files of its control group, of version 2 or 1.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
# Version 1 writes a number near 2^63 where there is no limit.
_NO_LIMIT = 1 << 60


def memory_limit(groups: Path = _GROUPS) -> int | None:
    """The most bytes that the container may have; None where nothing bounds it."""
    return _number(groups / "memory.max") or _number(groups / "memory/memory.limit_in_bytes")


def memory_left(groups: Path = _GROUPS) -> int | None:
    """How many of these bytes are left; None where nothing bounds it.

    Cached files count as left: the kernel drops them before it refuses memory.
    """
    limit = memory_limit(groups)
    if limit is None:
        return None
    for used, statistics in (
        ("memory.current", "memory.stat"),
        ("memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        if (taken := _number(groups / used)) is not None:
            return max(0, limit - taken + _cached(groups / statistics))
    return limit


def usable_cores(groups: Path = _GROUPS) -> int:
    """How many cores the process may use: of the machine, its affinity and the container."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _quota(groups))))


def _quota(groups: Path) -> float:
    """Cores' worth of time that the container is given."""
    try:
        quota, period = (groups / "cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        found = _number(groups / "cpu/cpu.cfs_quota_us"), _number(groups / "cpu/cpu.cfs_period_us")
        return found[0] / found[1] if found[0] and found[1] and found[0] > 0 else math.inf
    return math.inf if quota == "max" else int(quota) / int(period)


def _number(path: Path) -> int | None:
    try:
        value = int(path.read_text("ascii"))
    except (OSError, ValueError):  # no such group, or "max"
        return None
    return value if value < _NO_LIMIT else None


def _cached(statistics: Path) -> int:
    try:
        rows = dict(line.split() for line in statistics.read_text("ascii").splitlines())
    except (OSError, ValueError):
        return 0
    return int(rows.get("inactive_file", rows.get("total_inactive_file", 0)))
