"""Asking a fleet for texts: what is sent, and what is learned about the fields a server takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cai.console import say
from cai.engines.server.endpoint import Served
from cai.engines.server.fleet import CHAT, Fleet
from cai.engines.server.replies import Text, Usage, texts, usage
from cai.engines.server.told import AskFailedError
from cai.records import Message

T = TypeVar("T")

_SEED_BITS = (1 << 31) - 1  # some servers keep no more of a seed


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """The texts that were asked for together."""

    texts: Sequence[Text]
    usage: Usage


class Speaker:
    """Sends chat completions in the form that the servers take.

    Servers differ in a few fields. Which one they take is learned from their first refusal.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._limit = "max_tokens"
        self._seeds = True

    async def say(
        self,
        messages: Sequence[Message],
        *,
        most: int,
        temperature: float,
        top_p: float = 1.0,
        seed: int | None = None,
        copies: int = 1,
        stopping: asyncio.Event | None = None,
    ) -> Spoken:
        """What is said after `messages`; a prompt that a content filter refuses is refused.

        `copies` asks for several draws at once, of which a server may give fewer.

        Raises:
            AskFailedError: as `Fleet.ask`.
        """
        body: dict[str, Any] = {"temperature": temperature, "top_p": top_p}
        if seed is not None:
            body["seed"] = seed & _SEED_BITS
        if copies > 1:
            body["n"] = copies
        try:
            return await self.send(messages, body, _spoken, most=most, stopping=stopping)
        except AskFailedError as error:
            if not error.failure.filtered:
                raise
            return Spoken(texts=[Text("", "refused")] * copies, usage=Usage(None, 0))

    async def send(
        self,
        messages: Sequence[Message],
        body: Mapping[str, Any],
        read: Callable[[Mapping[str, Any], Served], T],
        *,
        most: int,
        stopping: asyncio.Event | None = None,
    ) -> T:
        """What `read` makes of the answer of at most `most` tokens.

        Raises:
            AskFailedError: as `Fleet.ask`.
        """
        while True:
            limit, seeds = self._limit, self._seeds
            sent = {"messages": [dict(one) for one in messages], limit: most, **body}
            if not seeds:
                sent.pop("seed", None)
            try:
                return await self._fleet.ask(CHAT, sent, read, stopping=stopping)
            except AskFailedError as error:
                if not self._learned(error, limit, seeds and "seed" in sent):
                    raise

    def _learned(self, error: AskFailedError, limit: str, seeded: bool) -> bool:
        """Whether the refusal of a request says how to send it instead."""
        if error.failure.status not in (400, 422):
            return False
        why = error.failure.why
        if limit == "max_tokens" and "max_completion_tokens" in why:
            self._limit = "max_completion_tokens"
            return True
        if seeded and "seed" in why:
            if self._seeds:
                say(f"{self._fleet.model}: the server takes no seed; its draws cannot be repeated")
            self._seeds = False
            return True
        return False


def _spoken(answer: Mapping[str, Any], _: Served) -> Spoken:
    return Spoken(texts=texts(answer), usage=usage(answer))
