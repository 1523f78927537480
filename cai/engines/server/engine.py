"""The engine itself: two verbs over lists, answered by many requests at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from queue import SimpleQueue
from typing import Any

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
    in_order,
)
from cai.engines.server.chooser import VOTE_TOKENS, Chooser
from cai.engines.server.endpoint import Served
from cai.engines.server.failures import Unreadable
from cai.engines.server.fleet import Fleet
from cai.engines.server.identity import identity_of
from cai.engines.server.loop import LoopThread
from cai.engines.server.settings import ServerSettings
from cai.engines.server.speaker import Speaker
from cai.engines.server.tokens import LocalCounter, at_most, estimate
from cai.engines.server.told import AskFailedError
from cai.errors import EngineError
from cai.records import Message, canonical_json

Request = GenerateRequest | ChooseRequest
Result = Completion | Choice

_UNKNOWN_CONTEXT = 1 << 30
_ABOUT_THE_REQUEST = frozenset({400, 413, 422})
# Requests that wait to be tried again leave their places to others, so there are more of them.
_WAITING_PER_PLACE = 4


class ServerEngine:
    """Asks a model behind servers.

    Nothing is sent before it is used. Results do not depend on how many servers there are, and on
    what goes wrong with them; whether a seed gives the same text again is the server's matter.

    Args:
        name: of the model in the recipe.
    """

    def __init__(self, name: str, settings: ServerSettings) -> None:
        self._identity = identity_of(name, settings)
        self._name = name
        self._settings = settings
        # The waits between tries decide no result, and should differ between processes.
        self._fleet = Fleet(name, settings, random.Random())
        self._speaker = Speaker(self._fleet)
        self._chooser = Chooser(self._fleet, self._speaker, name=name, votes=settings.votes)
        self._loop = LoopThread(f"cai-server-{name}", self._fleet.close)
        self._counts: dict[str, int] = {}
        self._server_counts = True

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @cached_property
    def context(self) -> int:
        """As set, or as the server says; no bound where it says nothing."""
        return self._settings.context or self.meet().context or _UNKNOWN_CONTEXT

    def meet(self) -> Served:
        """Asks each server for its models, once, without waiting for one that does not answer.

        Raises:
            EngineError: if none answers, or one has not the model, or refuses the key.
        """
        return self._loop.result(self._fleet.meet())

    def way(self) -> str:
        """How options are read: "ids", "top" or "votes" (`cai.engines.server.chooser`).

        Raises:
            EngineError: if no server answers.
        """
        return self._loop.result(self._chooser.way())

    def count(self, messages: Sequence[Message]) -> int:
        """By the tokenizer that is set, or else the server's; where it has none, an estimate."""
        if self._local is not None:
            return self._local(messages)
        key = canonical_json(list(messages))
        if key not in self._counts:
            self._counts[key] = self._loop.result(self._counted(messages))
        return self._counts[key]

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        """One completion per request, in order.

        Raises:
            EngineError: if a request cannot be answered, however often it is tried.
        """
        return in_order(self.stream(requests), len(requests), Completion)

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        """The log-probability of each option after each request's messages, in order.

        Raises:
            EngineError: if a request cannot be answered, however often it is tried.
        """
        return in_order(self.stream(requests), len(requests), Choice)

    def stream(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Result]]]:
        """Results as they come, by the places of their requests.

        When one request cannot be answered, no further ones are sent, those under way are waited
        for, and the error comes after their results.
        """
        arrived: SimpleQueue[tuple[int, Result] | None] = SimpleQueue()
        work = self._loop.start(self._work(requests, arrived.put))
        work.add_done_callback(lambda _: arrived.put(None))
        try:
            ended = False
            while not ended:
                batch = [arrived.get()]
                while not arrived.empty():
                    batch.append(arrived.get())
                ended = batch[-1] is None
                if found := [one for one in batch if one is not None]:
                    yield found
            work.result()
        finally:
            work.cancel()

    def most(self, request: Request) -> tuple[int, int]:
        """The most tokens that a request may make the server read, and say."""
        prompt = self.count(request.messages)
        if self._local is None and not self._server_counts:
            prompt = at_most(request.messages)  # an estimate may be too low, and this is money
        if isinstance(request, GenerateRequest):
            return prompt, request.max_new_tokens
        # Any may come to votes, and each of these to a request of its own.
        votes = self._settings.votes
        return prompt * (1 + votes), 1 + votes * VOTE_TOKENS

    @cached_property
    def _local(self) -> LocalCounter | None:
        return LocalCounter(self._settings.tokenizer) if self._settings.tokenizer else None

    async def _counted(self, messages: Sequence[Message]) -> int:
        body = {"messages": [dict(one) for one in messages], "add_generation_prompt": True}
        if self._server_counts:
            try:
                return await self._fleet.ask("../tokenize", body, _token_count, most_tries=8)
            except AskFailedError as error:
                if error.failure.lost or error.failure.busy:
                    raise
                self._server_counts = False
        return estimate(messages)

    async def _work(
        self, requests: Sequence[Request], put: Callable[[tuple[int, Result]], object]
    ) -> None:
        stopping = asyncio.Event()
        failed: list[EngineError] = []
        todo = iter(enumerate(requests))

        async def work() -> None:
            for index, request in todo:
                if stopping.is_set():
                    return
                try:
                    put((index, await self._answer(request, stopping)))
                except EngineError as error:
                    failed.append(_of_request(error, index, request))
                    self._fleet.stop(stopping)

        places = self._settings.concurrency * len(self._settings.urls)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(requests), _WAITING_PER_PLACE * places)):
                group.create_task(work())
        if failed:
            raise failed[0]

    async def _answer(self, request: Request, stopping: asyncio.Event) -> Result:
        call = call_key(self._identity, request)
        if isinstance(request, ChooseRequest):
            return await self._chooser.choose(request, call, stopping)
        said = await self._speaker.say(
            request.messages,
            most=request.max_new_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed if request.temperature > 0 else None,
            stopping=stopping,
        )
        text, used = said.texts[0], said.usage
        return Completion(
            text=text.text,
            finish=text.finish,
            prompt_tokens=estimate(request.messages) if used.prompt is None else used.prompt,
            new_tokens=request.max_new_tokens if used.new is None else used.new,
            call=call,
        )


def _of_request(error: EngineError, index: int, request: Request) -> EngineError:
    """The error, with the request that it is about where it is about one."""
    if isinstance(error, AskFailedError) and error.failure.status in _ABOUT_THE_REQUEST:
        start = request.messages[-1]["content"][:60]
        return EngineError(f"request {index + 1} ({start!r}…): {error}")
    return error


def _token_count(answer: Mapping[str, Any], _: Served) -> int:
    count = answer.get("count")
    if not isinstance(count, int):
        raise Unreadable("a count of tokens")
    return count
