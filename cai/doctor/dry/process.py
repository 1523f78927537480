"""A dry step in a process of its own: its memory is its own, and so is its death."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from cai.errors import CaiError, EngineError

T = TypeVar("T")

# Imported once for all steps. None of them asks for a GPU when it is imported.
_SHARED = ["cai.alignment.preference", "cai.alignment.ppo.run", "cai.reward.train"]
_KILLED = -9


class Steps:
    """Makes steps, one process after the other.

    They are forked from a process that has imported what they share, and nothing more; where
    that is not possible, each begins anew.

    Args:
        log: a file that takes what the steps and their libraries say.
        limit: seconds for each.
    """

    def __init__(self, log: Path, *, limit: float) -> None:
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload(_SHARED)
            # Asked in another way, torch would make CUDA unusable for what is forked later.
            os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
        self._log = log
        self._limit = limit

    def made(self, work: Callable[..., T], *arguments: Any) -> T:
        """What `work` returns; both it and its arguments can be pickled.

        Raises:
            EngineError: if it raises that itself, runs out of memory, or takes too long.
            RuntimeError: if it raises anything else.
        """
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_carried_out, args=(theirs, str(self._log), work, arguments), daemon=True
        )
        process.start()
        theirs.close()
        began = time.monotonic()
        kind: str
        value: Any
        try:
            told = ours.poll(self._limit)
            kind, value = ours.recv() if told else ("late", "")
        except EOFError:
            kind, value = "died", ""
        finally:
            if process.is_alive() and time.monotonic() - began >= self._limit:
                process.kill()
            process.join()
        if kind == "done":
            result: T = value
            return result
        if kind == "late":
            raise EngineError(f"not done after {self._limit:.0f} s, and stopped")
        if kind == "died":
            raise EngineError(_death(process.exitcode, self._log))
        if kind == "refused":
            raise EngineError(value)
        raise RuntimeError(value)


def _carried_out(
    connection: Connection, log: str, work: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    """What the process does."""
    with Path(log).open("a", encoding="utf-8") as file:
        sys.stdout.flush()
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        connection.send(("done", work(*arguments)))
    except CaiError as error:
        connection.send(("refused", str(error)))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        connection.send(("failed", f"{type(error).__name__}: {error} ({where})"))
        raise  # into the log


def _death(code: int | None, log: Path) -> str:
    if code == _KILLED:
        return (
            "the step was killed, as the system does where memory runs out; take a smaller model "
            "or batch"
        )
    said = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
    last = f": {said[-1][:200]}" if said else ""
    return f"the step ended with exit code {code}{last}"
