"""How fast a server is asked: how many requests at once, how many in a minute, and how soon again.

Additive increase, multiplicative decrease (Chiu & Jain 1989), as TCP does: one more request at once
for each round of answers, 0.7 of them when the server turns away more than a fifth. A fifth and not
any, since some servers turn a few requests away whatever their load, and the load would then sink
to a handful. Until the first decrease the number doubles with each round, so that a large server is
full after a few.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_START = 8
_DECREASE = 0.7
_TOLERATED = 0.2  # share of requests turned away
_MEMORY = 1 / 64  # weight of the newest answer in that share

_FIRST_WAIT = 0.5  # seconds
_LONGEST_WAIT = 30.0  # seconds


class Window:
    """How many requests one server may have at once."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._limit = float(min(_START, most))
        self._climbing = True
        self._refused = 0.0
        self._since = 0  # answers since the last decrease

    @property
    def limit(self) -> int:
        return int(self._limit)

    def answered(self) -> None:
        """A request was answered, in whatever way but for want of room."""
        self._since += 1
        self._refused -= self._refused * _MEMORY
        self._limit = min(self._most, self._limit + (1 if self._climbing else 1 / self._limit))

    def refused(self) -> None:
        """A request was turned away, or timed out, because the server has too much to do."""
        self._since += 1
        self._refused += (1 - self._refused) * _MEMORY
        # What is under way was sent before a decrease, and says nothing about its effect.
        if self._refused > _TOLERATED and self._since >= self._limit:
            self._limit = max(1.0, self._limit * _DECREASE)
            self._climbing = False
            self._since = 0


class Allowance:
    """So many per minute, and no more than a second's worth of them at once.

    A token bucket that may go into debt: what a request takes is known when it has been answered.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._most = max(1.0, self._rate)
        self._left = self._most
        self._clock = clock
        self._at = clock()

    def take(self, amount: float) -> float:
        """Takes an amount; returns the seconds to wait before using it."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= amount
        return max(0.0, -self._left / self._rate)


def wait_before(attempt: int, draw: random.Random) -> float:
    """Seconds before try number `attempt` + 1: exponential with full jitter.

    All the range from 0 is drawn from, so that requests that failed together do not come back
    together (Brooker 2015, "Exponential backoff and jitter").
    """
    return draw.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempt - 1, 16)))
