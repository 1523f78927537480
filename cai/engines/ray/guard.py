"""Ends what a worker's process leaves behind when it is killed.

On a GPU vLLM computes in processes of its own. They do not see that the one that began them is
gone, and would keep the GPU's memory from the worker that takes its place.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

_MARK = "CAI_RAY_WORKER"
_PROCESSES = Path("/proc")


def begin() -> subprocess.Popen[bytes]:
    """From here on, programs that this process starts end with it, however it ends.

    A process of its own waits for that; it does so as long as what is returned is held.
    """
    os.environ[_MARK] = mark = uuid.uuid4().hex
    # By its path, isolated: it needs nothing but Python.
    command = [sys.executable, "-I", __file__, mark]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def marked(mark: str) -> list[int]:
    """The processes other than this one that were started with the mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for path in _PROCESSES.glob("[0-9]*/environ"):
        with suppress(OSError):  # somebody else's, or gone by now
            if wanted in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return [one for one in found if one != os.getpid()]


def _wait_and_end(mark: str) -> None:
    sys.stdin.buffer.read()  # to its end, which is that of whoever holds the other side
    while left := marked(mark):
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    _wait_and_end(sys.argv[1])
