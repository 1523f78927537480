"""An event loop in a thread of its own: engines are synchronous from outside, wherever they run.

A loop of the caller's thread would not do: a notebook has one that is running already.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_SECONDS_TO_END = 2.0


class LoopThread:
    """Runs coroutines until it is let go or the program ends.

    Args:
        last: what is done then, such as to close connections; it must not hold on to this object.
    """

    def __init__(self, name: str, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(self._loop,), name=name, daemon=True)
        thread.start()
        weakref.finalize(self, _end, self._loop, thread, last)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begins some work; its future's `cancel` ends it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def result(self, work: Coroutine[Any, Any, T]) -> T:
        """Does some work, and waits for it."""
        future = self.start(work)
        try:
            return future.result()
        finally:
            future.cancel()  # if it was this wait that was broken off


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _end(
    loop: asyncio.AbstractEventLoop,
    thread: threading.Thread,
    last: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def end() -> None:
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks(loop) if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        try:
            await last()
        finally:
            loop.stop()

    asyncio.run_coroutine_threadsafe(end(), loop)
    if thread is not threading.current_thread():
        thread.join(_SECONDS_TO_END)
