"""Places at the servers of a fleet, handed out in the order in which they were asked for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cai.engines.server.endpoint import Endpoint
from cai.engines.server.failures import Failure
from cai.engines.server.told import AskFailedError


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    place: asyncio.Future[Endpoint]
    avoid: Endpoint | None
    stopping: asyncio.Event


class Places:
    """Who may send to which endpoint, and who waits. To be used inside one event loop."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = endpoints
        self._queue: deque[_Waiting] = deque()
        self._rested: asyncio.TimerHandle | None = None

    async def take(self, avoid: Endpoint | None, stopping: asyncio.Event) -> Endpoint:
        """The least busy endpoint that has room, once it is this one's turn; another than `avoid`
        if such a one has room as well. `leave` gives it back.

        Raises:
            AskFailedError: if `stop` came first.
        """
        place: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(place, avoid, stopping))
        self._hand_out()
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled() and place.exception() is None:
                self.leave(place.result())  # it was given one that it will not use
            raise

    def leave(self, endpoint: Endpoint) -> None:
        endpoint.busy -= 1
        self._hand_out()

    def stop(self, stopping: asyncio.Event) -> None:
        """Sets the event, and ends the waiting of those that heed it."""
        stopping.set()
        for waiting in self._queue:
            if waiting.stopping is stopping and not waiting.place.done():
                waiting.place.set_exception(AskFailedError("stopped", Failure(why="stopped")))
        self._hand_out()

    def _hand_out(self) -> None:
        now = time.monotonic()
        while self._queue:
            waiting = self._queue[0]
            if not waiting.place.done():
                free = [one for one in self._endpoints if one.free(now)]
                if not free:
                    break
                others = [one for one in free if one is not waiting.avoid] or free
                chosen = min(others, key=lambda one: one.load)
                chosen.busy += 1
                waiting.place.set_result(chosen)
            self._queue.popleft()
        self._look_again(now)

    def _look_again(self, now: float) -> None:
        """Where somebody waits, the end of an endpoint's rest makes room as well."""
        if self._rested is not None:
            self._rested.cancel()
            self._rested = None
        rests = [rest for one in self._endpoints if (rest := one.rests(now)) is not None]
        if self._queue and rests:
            loop = asyncio.get_running_loop()
            self._rested = loop.call_later(min(rests), self._hand_out)
