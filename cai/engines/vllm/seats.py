"""Which engines hold memory that they reserved for themselves, so that others can have it."""

from __future__ import annotations

import weakref
from typing import Protocol

_ROUNDING = 1e-9  # 0.4 + 0.6 may be a little more than 1


class Closable(Protocol):
    """An engine that reserves memory when it is first asked, and gives it back when it is closed.

    Asked again, it loads again.
    """

    def close(self) -> None: ...


class Seats:
    """Room for engines whose shares add up to the whole; the one that was asked longest ago goes.

    An engine that nobody holds any longer has left.

    Args:
        whole: 1 where everything is this process's; less where it has a part of a GPU.
    """

    def __init__(self, whole: float = 1.0) -> None:
        self._whole = whole + _ROUNDING
        self._seated: list[tuple[weakref.ref[Closable], float]] = []

    def take(self, engine: Closable, share: float) -> None:
        """A seat for an engine that is about to load, or is asked; others may be closed for it."""
        others = [(ref, own) for ref, own in self._seated if ref() not in (None, engine)]
        while others and share + sum(own for _, own in others) > self._whole:
            ref, _ = others.pop(0)
            if (found := ref()) is not None:
                found.close()
        self._seated = [*others, (weakref.ref(engine), share)]

    def clear(self) -> None:
        """Closes all engines."""
        for ref, _ in self._seated:
            if (found := ref()) is not None:
                found.close()
        self._seated = []
