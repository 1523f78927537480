"""Servers of one model that share the load: each request goes to one of them until it is answered.

A request that fails is tried again, on another server where there is one, for as long as patience
lasts. While it waits to be tried again others go on in its place, unless the server asked to wait:
then it keeps its place, so that no others run into the same refusal.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from cai.console import say
from cai.engines.server import failures
from cai.engines.server.endpoint import Endpoint, Served, served
from cai.engines.server.failures import Failure, Unreadable
from cai.engines.server.key import read_key, without_key
from cai.engines.server.pace import Allowance, Window, wait_before
from cai.engines.server.places import Places
from cai.engines.server.settings import ServerSettings
from cai.engines.server.told import AskFailedError, told
from cai.errors import EngineError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")

CHAT = "/chat/completions"

_CONNECT_SECONDS = 10.0
_NO_LIST = frozenset({400, 404, 405, 501})


class Fleet:
    """Sends requests; see the module's text. To be used inside one event loop.

    Args:
        name: of the model in the recipe, for messages.
        draw: of the waits between tries, which decide no result.
    """

    def __init__(self, name: str, settings: ServerSettings, draw: random.Random) -> None:
        self.model = settings.model or name
        self._name = name
        self._settings = settings
        self._draw = draw
        self._key = read_key(name, settings)
        self._endpoints = [
            Endpoint(url, _client(url, self._key, settings), Window(settings.concurrency))
            for url in settings.urls
        ]
        self._places = Places(self._endpoints)
        self._heard_at = 0.0
        self._requests = _allowance(settings.requests_per_minute)
        self._tokens = _allowance(settings.tokens_per_minute)

    @property
    def served(self) -> Served:
        """What the first server that was met says of its model."""
        met = (one.served for one in self._endpoints if one.served is not None)
        return next(met, Served())

    async def meet(self) -> Served:
        """Asks every server that answers for its models, once, without patience.

        Raises:
            EngineError: if none answers, or one has not the model, or refuses the key.
        """
        found: list[Failure] = []
        for endpoint in self._endpoints:
            try:
                await self._introduced(endpoint)
            except _TryFailedError as error:
                if error.failure.final:
                    raise self._gave_up(endpoint, error.failure, once=True) from None
                found.append(error.failure)
        if len(found) == len(self._endpoints):
            raise self._gave_up(self._endpoints[-1], found[-1], once=True)
        return self.served

    async def ask(
        self,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[Mapping[str, Any], Served], T],
        *,
        stopping: asyncio.Event | None = None,
        most_tries: float = math.inf,
    ) -> T:
        """What `read` makes of the answer to a request; it raises Unreadable to have another.

        Args:
            path: below the base address, or beside it where it begins with "..".
            stopping: once it was given to `stop` no request is sent and none is tried again.
            most_tries: how many answers there may be that are none, if fewer than patience bears.

        Raises:
            AskFailedError: if trying again does not help, or patience is at its end.
        """
        stopping = stopping or asyncio.Event()
        if not any(one.busy for one in self._endpoints):
            self._heard_at = time.monotonic()  # nobody was asked for a while: that is no silence
        first_failed: float | None = None
        tries, avoid = 0, None
        while True:
            endpoint = await self._places.take(avoid, stopping)
            try:
                answer = await self._once(endpoint, path, body, read)
                endpoint.window.answered()
                return answer
            except _TryFailedError as error:
                failure = error.failure
                tries, now = tries + 1, time.monotonic()
                first_failed = first_failed or now
                (endpoint.window.refused if failure.busy else endpoint.window.answered)()
                if endpoint.failed(failure, now):
                    say(f"{self._name}: {endpoint.url} does not answer; it is tried now and then")
                silent_since = self._heard_at if failure.lost else now
                since = min(first_failed, silent_since)
                over = now - since >= 60 * self._settings.patience_minutes
                over |= tries >= most_tries and not failure.lost and not failure.busy
                if failure.final or failure.filtered or over or stopping.is_set():
                    raise self._gave_up(endpoint, failure) from None
                wait = wait_before(tries, self._draw)
                if failure.after is not None:
                    # Some jitter here as well: many were told the same.
                    await _unless(stopping, failure.after + 0.1 * wait)
                    wait = 0.0
            finally:
                self._places.leave(endpoint)
            await _unless(stopping, wait)
            avoid = endpoint

    def stop(self, stopping: asyncio.Event) -> None:
        """Ends what was asked with this event, but for the answers that are under way."""
        self._places.stop(stopping)

    async def close(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.client.close()

    async def _once(
        self,
        endpoint: Endpoint,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[Mapping[str, Any], Served], T],
    ) -> T:
        about = await self._introduced(endpoint)
        await self._allowed()
        plain = about.plain if path == CHAT else {}
        answer = await self._sent(
            endpoint, "POST", path, {"model": self.model, **plain, **self._settings.body, **body}
        )
        if self._tokens is not None:
            self._tokens.take(_tokens_in(answer))
        try:
            return read(answer, about)
        except Unreadable as error:
            raise _TryFailedError(Failure(why=f"an answer without {error}")) from None

    async def _introduced(self, endpoint: Endpoint) -> Served:
        """What an endpoint serves, asked before its first request.

        Raises:
            EngineError: if it has not the model, or another one under its name than the others.
        """
        async with endpoint.meeting:
            if endpoint.served is None:
                try:
                    listed = await self._sent(endpoint, "GET", "/models", None)
                except _TryFailedError as error:
                    if error.failure.status not in _NO_LIST:
                        raise
                    listed = {}
                found, names = served(listed, self.model)
                if found.lists_all and self.model not in names:
                    raise EngineError(
                        f"servers.{self._name}: {endpoint.url} has no model {self.model!r}; set "
                        f"`model` to one that it has: {', '.join(names[:8])}"
                    )
                for other in self._endpoints:
                    if other.served not in (None, found):
                        raise EngineError(
                            f"servers.{self._name}: {other.url} and {endpoint.url} do not serve "
                            f"the same: {other.served} and {found}; name servers of one model"
                        )
                endpoint.served = found
            return endpoint.served

    async def _sent(
        self, endpoint: Endpoint, method: str, path: str, body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        from openai import APIConnectionError, APIStatusError

        client = endpoint.client
        if path.startswith(".."):
            path = endpoint.url.removesuffix("/v1") + path[2:]
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                if method == "GET":
                    answer: Any = await client.get(path, cast_to=object)
                else:
                    answer = await client.post(path, body=dict(body or {}), cast_to=object)
        except APIStatusError as error:
            self._heard(endpoint)
            found = failures.of_status(error.status_code, error.response.headers, error.body)
            raise _TryFailedError(found) from None
        except TimeoutError:
            why = f"no answer within {self._settings.timeout_seconds:g} s"
            raise _TryFailedError(Failure(why=why, lost=True, busy=True)) from None
        except APIConnectionError as error:
            why = f"no connection ({type(error.__cause__ or error).__name__})"
            raise _TryFailedError(Failure(why=why, lost=True)) from None
        except ValueError:  # JSON that is cut off, or none
            self._heard(endpoint)
            raise _TryFailedError(Failure(why="an answer that is not JSON")) from None
        self._heard(endpoint)
        if not isinstance(answer, Mapping):
            raise _TryFailedError(Failure(why="an answer that is no JSON object"))
        return answer

    def _heard(self, endpoint: Endpoint) -> None:
        self._heard_at = time.monotonic()
        if endpoint.answered():
            say(f"{self._name}: {endpoint.url} answers again")

    async def _allowed(self) -> None:
        """Waits for what the settings allow in a minute."""
        waits = [self._requests.take(1) if self._requests else 0.0]
        waits.append(self._tokens.take(0) if self._tokens else 0.0)
        if max(waits) > 0:
            await asyncio.sleep(max(waits))

    def _gave_up(
        self, endpoint: Endpoint, failure: Failure, *, once: bool = False
    ) -> AskFailedError:
        text = told(self._name, endpoint.url, failure, self._settings, once=once)
        return AskFailedError(without_key(text, self._key), failure)


class _TryFailedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.why)
        self.failure = failure


def _client(url: str, key: str, settings: ServerSettings) -> AsyncOpenAI:
    try:
        from openai import AsyncOpenAI, Timeout
    except ImportError:
        raise EngineError(
            "a model under `servers` is asked through the openai package, which is not installed; "
            "run: pip install 'openai>=3.0'"
        ) from None
    # Tried again here and not by the client, which knows of no other servers.
    timeout = Timeout(settings.timeout_seconds, connect=_CONNECT_SECONDS)
    return AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=timeout)


def _allowance(per_minute: float | None) -> Allowance | None:
    return None if per_minute is None else Allowance(per_minute, time.monotonic)


async def _unless(stopping: asyncio.Event, seconds: float) -> None:
    """Waits, but not on after it is to stop."""
    if seconds > 0:
        try:
            async with asyncio.timeout(seconds):
                await stopping.wait()
        except TimeoutError:
            return


def _tokens_in(answer: Mapping[str, Any]) -> float:
    usage = answer.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, Mapping) else None
    return float(total) if isinstance(total, int) else 0.0
