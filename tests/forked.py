"""Processes of their own that have every import already: forked children of the test's process.

A fresh interpreter would spend some seconds on imports before it came to what the test is about.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

_SECONDS = 300  # that two processes may take


def fork(work: Callable[[], object], *, said: Path | None = None) -> int:
    """Begins `work` in a child and returns its pid.

    The child's exit code is what `work` returns, where that is a number, and 1 where it raises.
    With `said`, that file takes what the child writes to standard output and error.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        import torch
        from datasets.fingerprint import fingerprint_rng

        # It has the parent's folder for temporary files, and would draw the same names for them:
        # the parent would then take the child's half-written files for its own.
        fingerprint_rng.seed()
        # Threads do not survive a fork: a child that waited for the parent's would wait for ever.
        torch.set_num_threads(1)
        if said is not None:
            _redirect(said)
        told = work()
        code = told if isinstance(told, int) else 0
    except BaseException:  # noqa: BLE001 - the child may only leave through _exit
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:  # whatever a full file says to that: two processes must not go on with the tests
            os._exit(code)


def ended(child: int) -> int:
    """Waits for a child: its exit code, or minus the number of the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def goes_on(child: int) -> bool:
    """Whether a child has not ended; its status is left for `ended`."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def two_ranks(work: Callable[[], object], said: Path) -> tuple[list[int], list[str]]:
    """Runs `work` in two processes that find one another as torchrun's do.

    As soon as one fails, the other is ended. Returns the exit code of each, and what each said,
    which lies in `said`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def ranked(rank: int) -> object:
        from accelerate.state import AcceleratorState

        AcceleratorState._reset_state(reset_partial_state=True)  # the parent's, which is alone
        os.environ |= {
            "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        }  # fmt: skip
        return work()

    files = [said / f"said-by-{rank}.txt" for rank in (0, 1)]
    children = [fork(lambda rank=rank: ranked(rank), said=files[rank]) for rank in (0, 1)]
    codes: dict[int, int] = {}
    deadline = time.monotonic() + _SECONDS
    try:
        while len(codes) < len(children):
            for child in children:
                if child not in codes and not goes_on(child):
                    codes[child] = ended(child)
                    for other in children if codes[child] else ():
                        if other not in codes:
                            os.kill(other, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no end after {_SECONDS} s; what was said is in {said}")
            time.sleep(0.01)
    finally:
        for child in children:
            if child not in codes:
                os.kill(child, signal.SIGKILL)
                ended(child)
    return [codes[child] for child in children], [file.read_text("utf-8") for file in files]


def _redirect(said: Path) -> None:
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    # The parent's are what pytest has put in the place of the terminal.
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
