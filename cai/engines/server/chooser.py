"""Which option a model behind a server would say next, by the best way that the server knows.

- ``ids``: the server gives the log-probabilities of tokens that it is asked for (vLLM). Exact, for
  options of several tokens too.
- ``top``: it gives those of the likeliest first tokens. Exact for options among them; what is not
  among them counts as off the options, if its probability is at most `UNSEEN_ENOUGH`.
- ``votes``: it gives none, or the list is too short for a request: short answers are drawn at
  temperature 1, and the share of each option is taken. The choice says how many.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cai.console import say
from cai.engines.base import IMPOSSIBLE, Choice, ChooseRequest
from cai.engines.server.endpoint import Served
from cai.engines.server.failures import Unreadable
from cai.engines.server.fleet import Fleet
from cai.engines.server.replies import (
    UNSEEN_ENOUGH,
    FirstTokens,
    Text,
    Usage,
    completion_token_ids,
    first_token_ids,
    first_tokens,
    of_options,
    usage,
    vote,
)
from cai.engines.server.speaker import Speaker
from cai.engines.server.told import AskFailedError
from cai.records import Message, derive_seed, said_by

Way = Literal["ids", "top", "votes"]

VOTE_TOKENS = 4
"""Enough for an option with brackets around it, and to see that more than it is said."""

_TOPS = (20, 5)  # the most that hosted services give, and what some of them do
_PROBE = (*said_by("user", "Which letter comes first in the alphabet? Say A or B."),)
_PROBED = ("A", "B")
_NOT_TAKEN = frozenset({400, 422, 501})
_PROBE_TRIES = 8  # of a page that may not be there at all, and is answered somehow
_TOKENIZE, _COMPLETIONS = "../tokenize", "/completions"


class Chooser:
    """Reads options off the answers of a fleet."""

    def __init__(self, fleet: Fleet, speaker: Speaker, *, name: str, votes: int) -> None:
        self._fleet = fleet
        self._speaker = speaker
        self._name = name
        self._votes = votes
        self._probing = asyncio.Lock()
        self._tokenizing = asyncio.Lock()
        self._way: Way | None = None
        self._top = _TOPS[0]
        self._copies = True
        self._ids: dict[str, tuple[int, ...]] = {}

    async def way(self) -> Way:
        """The best way that the servers know, found out once by asking."""
        async with self._probing:
            if self._way is None:
                self._way = await self._probe()
                if self._way == "votes":
                    say(
                        f"{self._name}: the server gives no log-probabilities; each verdict is the "
                        f"share among {self._votes} short answers"
                    )
            return self._way

    async def choose(
        self, request: ChooseRequest, call: str, stopping: asyncio.Event | None = None
    ) -> Choice:
        """The choice between a request's options; `call` is its key.

        A prompt that a content filter refuses makes all options impossible.

        Raises:
            AskFailedError: as `Fleet.ask`.
        """
        way = await self.way()
        if way == "votes":
            return await self._voted(request, call, stopping)
        try:
            if way == "ids":
                return await self._by_ids(request, call, stopping)
            first, used = await self._listed(request.messages, stopping)
        except AskFailedError as error:
            if not error.failure.filtered:
                raise
            return Choice(logprobs=(IMPOSSIBLE,) * len(request.options), prompt_tokens=0, call=call)
        values, unseen = of_options(first, request.options)
        if unseen > UNSEEN_ENOUGH:
            return await self._voted(request, call, stopping)
        return Choice(
            logprobs=tuple(IMPOSSIBLE if value is None else value for value in values),
            prompt_tokens=used.prompt or 0,
            call=call,
        )

    async def _probe(self) -> Way:
        probe = ChooseRequest(messages=_PROBE, options=_PROBED)
        try:
            await self._by_ids(probe, "")
            return "ids"
        except _NotGivenError:
            pass
        except AskFailedError as error:
            if error.failure.lost or error.failure.busy:
                raise
        for top in _TOPS:
            self._top = top
            try:
                await self._listed(_PROBE, None)
                return "top"
            except _NotGivenError:
                break
            except AskFailedError as error:
                if error.failure.status not in _NOT_TAKEN:
                    raise
        return "votes"

    async def _by_ids(
        self, request: ChooseRequest, call: str, stopping: asyncio.Event | None = None
    ) -> Choice:
        ids = [await self._tokens_of(option) for option in request.options]
        firsts = sorted({own[0] for own in ids})

        def read(answer: Mapping[str, Any], _: Served) -> tuple[dict[int, float], Usage]:
            found = first_token_ids(answer)
            if not found.keys() >= set(firsts):
                raise self._not_given()
            return found, usage(answer)

        body = {
            "temperature": 1.0,
            "top_p": 1.0,
            "logprobs": True,
            "logprob_token_ids": firsts,
            "return_tokens_as_token_ids": True,
        }
        found, used = await self._speaker.send(
            request.messages, body, read, most=1, stopping=stopping
        )
        known: dict[tuple[int, ...], float] = {(first,): found[first] for first in firsts}
        longer = sorted({own[:end] for own in ids for end in range(2, len(own) + 1)})
        if longer:
            prompt = await self._prompt_ids(request.messages, stopping)
            for begun in longer:
                known[begun] = known[begun[:-1]] + await self._next(prompt, begun, stopping)
        return Choice(
            logprobs=tuple(max(known[own], IMPOSSIBLE) for own in ids),
            prompt_tokens=used.prompt or 0,
            call=call,
            requests=1 + len(longer),
            new_tokens=1 + len(longer),
        )

    async def _next(
        self, prompt: Sequence[int], begun: tuple[int, ...], stopping: asyncio.Event | None
    ) -> float:
        """The log-probability of an option's last token after the prompt and its others."""
        body = {
            "prompt": [*prompt, *begun[:-1]],
            "max_tokens": 1,
            "temperature": 1.0,
            "top_p": 1.0,
            "logprobs": 1,
            "logprob_token_ids": [begun[-1]],
            "return_tokens_as_token_ids": True,
        }

        def read(answer: Mapping[str, Any], _: Served) -> float:
            found = completion_token_ids(answer)
            if begun[-1] not in found:
                raise Unreadable("the log-probability of a token that was asked for")
            return found[begun[-1]]

        return await self._fleet.ask(_COMPLETIONS, body, read, stopping=stopping)

    async def _prompt_ids(
        self, messages: Sequence[Message], stopping: asyncio.Event | None
    ) -> list[int]:
        body = {"messages": [dict(one) for one in messages], "add_generation_prompt": True}
        return await self._fleet.ask(_TOKENIZE, body, _token_ids, stopping=stopping)

    async def _tokens_of(self, option: str) -> tuple[int, ...]:
        async with self._tokenizing:
            if option not in self._ids:
                body = {"prompt": option, "add_special_tokens": False}
                ids = await self._fleet.ask(_TOKENIZE, body, _token_ids, most_tries=_PROBE_TRIES)
                if not ids:
                    raise _NotGivenError
                self._ids[option] = tuple(ids)
            return self._ids[option]

    async def _listed(
        self, messages: Sequence[Message], stopping: asyncio.Event | None
    ) -> tuple[FirstTokens, Usage]:
        def read(answer: Mapping[str, Any], _: Served) -> tuple[FirstTokens, Usage]:
            first = first_tokens(answer)
            if first is None:
                raise self._not_given()
            return first, usage(answer)

        body = {"temperature": 1.0, "top_p": 1.0, "logprobs": True, "top_logprobs": self._top}
        return await self._speaker.send(messages, body, read, most=1, stopping=stopping)

    def _not_given(self) -> Exception:
        """For an answer without log-probabilities: while probing it tells that there are none."""
        return _NotGivenError() if self._way is None else Unreadable("log-probabilities")

    async def _voted(
        self, request: ChooseRequest, call: str, stopping: asyncio.Event | None
    ) -> Choice:
        drawn: list[Text] = []
        prompt, new, requests = 0, 0, 0
        while len(drawn) < self._votes:
            wanted = self._votes - len(drawn) if self._copies else 1
            try:
                said = await self._speaker.say(
                    request.messages,
                    most=VOTE_TOKENS,
                    temperature=1.0,
                    seed=derive_seed(0, "vote", call, len(drawn)),
                    copies=wanted,
                    stopping=stopping,
                )
            except AskFailedError as error:
                if wanted == 1 or error.failure.status not in _NOT_TAKEN:
                    raise
                self._copies = False
                continue
            self._copies = self._copies and (wanted == 1 or len(said.texts) > 1)
            drawn += said.texts[:wanted]
            requests += 1
            prompt = said.usage.prompt or prompt
            new += len(said.texts) * VOTE_TOKENS if said.usage.new is None else said.usage.new
        counts = Counter(vote(text, request.options) for text in drawn)
        return Choice(
            logprobs=tuple(
                math.log(counts[place] / len(drawn)) if counts[place] else IMPOSSIBLE
                for place in range(len(request.options))
            ),
            prompt_tokens=prompt,
            call=call,
            votes=len(drawn),
            requests=requests,
            new_tokens=new,
        )


class _NotGivenError(Exception):
    """The server answers, but not with what was asked for."""


def _token_ids(answer: Mapping[str, Any], _: Served) -> list[int]:
    tokens = answer.get("tokens")
    if not isinstance(tokens, list) or not all(isinstance(one, int) for one in tokens):
        raise Unreadable("token ids")
    return tokens
