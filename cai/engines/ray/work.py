"""What is asked of a pool's workers, and which of them has what of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.ray.worker import Met, Model

Request = GenerateRequest | ChooseRequest


@dataclass(eq=False, slots=True)
class Piece:
    """Requests that go to one worker together, by their places.

    `tries` is how many workers had it and have it no more; `error` one that was raised while
    another worker had it too, who may still answer.
    """

    places: Sequence[int]
    tries: int = 0
    done: bool = False
    error: Exception | None = None


@dataclass(eq=False, slots=True)
class Asked:
    """What is asked of workers together, and how that stands.

    `slowest` is how many seconds a piece took at most; `failure` is what ends it.
    """

    model: Model
    requests: Sequence[Request]
    pieces: Sequence[Piece]
    todo: deque[Piece]
    slowest: float | None = None
    failure: Exception | None = None

    def fail(self, error: Exception) -> None:
        """Sends nothing more; what is under way may still be answered."""
        self.failure = self.failure or error
        for piece in self.todo:
            piece.done = True
        self.todo.clear()


@dataclass(eq=False, slots=True)
class Member:
    """A worker and what it does.

    `task` is the result to come, at first that of meeting it; `piece` what that is about, None
    where nobody waits for it. `since` is when that began to be so. `answered` has the numbers of
    the models that it has answered for, and so has loaded.
    """

    actor: Any
    task: Any
    met: Met | None = None
    piece: Piece | None = None
    since: float = 0.0
    answered: set[int] = field(default_factory=set)

    @property
    def host(self) -> str:
        """Where it is, in words."""
        return f"a worker on {self.met.host}" if self.met else "a worker that has not begun"

    def work_on(self, piece: Piece | None) -> None:
        self.piece, self.since = piece, time.monotonic()
