"""How a stage says how far it is: a callable, so that a stage needs no terminal to be tested."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the units done so far, the total, and a short note such as a loss."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


def silent(done: int, total: int, note: str = "") -> None:
    """Progress that shows nothing."""
