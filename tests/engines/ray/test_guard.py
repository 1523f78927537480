"""What a worker has begun ends with it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_WORKER = """
import subprocess, sys, time
from cai.engines.ray import guard
held = guard.begin()
sleeping = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
child = subprocess.Popen(sleeping, stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, held.pid, flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_began_ends_with_it() -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    worker = subprocess.Popen([sys.executable, "-c", _WORKER], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    left = [Path(f"/proc/{pid}") for pid in worker.stdout.readline().split()]
    assert len(left) == 2
    assert all(one.exists() for one in left)
    worker.kill()
    worker.communicate()
    until = time.monotonic() + 60
    while any(_alive(one) for one in left):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert other.poll() is None  # what is not the worker's stays
    other.kill()
    other.wait()


def _alive(process: Path) -> bool:
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and waits for somebody to take note
