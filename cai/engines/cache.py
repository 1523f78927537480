"""A store of finished model calls around any engine: no call is made twice, by any recipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cai.budget import Budget, Price
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.call_cache import CallCache
from cai.records import Message, to_row

__all__ = [
    "CachedEngine",
    "CallCache",
    "CallCount",
    "RequestT",
    "stored_choice",
    "stored_completion",
]

RequestT = TypeVar("RequestT", GenerateRequest, ChooseRequest)
ResultT = TypeVar("ResultT", Completion, Choice)


@dataclass(slots=True)
class CallCount:
    """How many calls went to the model, in how many seconds, and how many the store answered."""

    made: int = 0
    cached: int = 0
    seconds: float = 0.0


class CachedEngine:
    """An engine that asks the wrapped one only what the store does not know.

    The wrapped engine is built by `make` at the first such call, so that a stage whose calls are
    all known loads no model; its identity must therefore be known beforehand. Several engines may
    count their calls together, in one `count_of_calls`, and spend one `budget`, each at its own
    `price`.
    """

    def __init__(
        self,
        make: Callable[[], Engine],
        *,
        identity: EngineIdentity,
        cache: CallCache,
        count_of_calls: CallCount | None = None,
        chunk: int = 256,
        budget: Budget | None = None,
        price: Price | None = None,
    ) -> None:
        self._make = make
        self._inner: Engine | None = None
        self._identity = identity
        self._cache = cache
        self._chunk = chunk
        self._budget = budget or Budget()
        self._price = price
        self.count_of_calls = count_of_calls or CallCount()

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @property
    def context(self) -> int:
        return self._engine().context

    def count(self, messages: Sequence[Message]) -> int:
        return self._engine().count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        return self._ask(requests, stored_completion, lambda engine, part: engine.generate(part))

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        return self._ask(requests, stored_choice, lambda engine, part: engine.choose(part))

    def _engine(self) -> Engine:
        if self._inner is None:
            self._inner = self._make()
        return self._inner

    def _ask(
        self,
        requests: Sequence[RequestT],
        restore: Callable[[Mapping[str, Any]], ResultT],
        ask: Callable[[Engine, Sequence[RequestT]], list[ResultT]],
    ) -> list[ResultT]:
        keys = [call_key(self._identity, request) for request in requests]
        stored = self._cache.find(list(dict.fromkeys(keys)))
        known = {key: restore(result) for key, result in stored.items()}
        missing = {
            key: request for key, request in zip(keys, requests, strict=True) if key not in known
        }
        self.count_of_calls.cached += len(requests) - len(missing)
        todo = list(missing.items())
        while todo:
            part = todo[: self._chunk]
            kind = self._identity, type(part[0][1])
            part = part[: self._budget.admit([self._most(r) for _, r in part], kind)]
            engine, began = self._engine(), time.monotonic()
            results = ask(engine, [request for _, request in part])
            self._cache.add(
                (key, _kept(result)) for (key, _), result in zip(part, results, strict=True)
            )
            seconds = time.monotonic() - began
            self.count_of_calls.made += len(part)
            self.count_of_calls.seconds += seconds
            self._budget.book(
                kind, calls=len(part), usd=sum(map(self._cost, results)), seconds=seconds
            )
            known.update((key, result) for (key, _), result in zip(part, results, strict=True))
            del todo[: len(part)]
        return [known[key] for key in keys]

    def _most(self, request: GenerateRequest | ChooseRequest) -> float:
        """The most that a call may cost in US dollars."""
        if self._price is None:
            return 0.0
        new = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self._price.of(self.count(request.messages), new)

    def _cost(self, result: Completion | Choice) -> float:
        if self._price is None:
            return 0.0
        new = result.new_tokens if isinstance(result, Completion) else 1
        return self._price.of(result.prompt_tokens, new)


def _kept(result: Completion | Choice) -> dict[str, Any]:
    row = to_row(result)
    del row["cached"]
    return row


def stored_completion(fields: Mapping[str, Any]) -> Completion:
    """A completion as the store holds it, marked as cached."""
    return Completion(**{**fields, "cached": True})


def stored_choice(fields: Mapping[str, Any]) -> Choice:
    """A choice as the store holds it, marked as cached."""
    return Choice(**{**fields, "logprobs": tuple(fields["logprobs"]), "cached": True})
