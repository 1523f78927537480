"""What a person sees while stages run: a moving bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from cai.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0


def say(text: str) -> None:
    """A line for the person at the terminal. Standard output is kept for results."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def stage_progress(name: str, stream: TextIO | None = None) -> Iterator[Progress]:
    """Shows a stage's progress with its rate and the time left."""
    stream = stream or sys.stderr
    if stream.isatty():
        with _bar(name) as progress:
            yield progress
    else:
        yield _Lines(name, stream)


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description:16}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(name, total=None, note="")

        def show(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield show


class _Lines:
    """Progress as log lines: one every few seconds, and one at the end."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._began = self._called = self._printed = time.monotonic()
        self._first: int | None = None
        self._done = 0

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = done  # what an earlier try had finished says nothing of today's rate
        elif done < self._done:  # another kind of work, with a rate of its own
            self._first, self._began = 0, self._called
        self._done, self._called = done, now
        if now - self._printed < _SECONDS_BETWEEN_LINES and done < total:
            return
        self._printed = now
        rate = (done - self._first) / max(now - self._began, 1e-9)
        speed = f", {rate:.1f}/s" if rate > 0 else ""
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        tail = f"  {note}" if note else ""
        print(
            f"{self._name}: {done}/{total}{speed}{left}{tail}",
            file=self._stream,
            flush=True,
        )
