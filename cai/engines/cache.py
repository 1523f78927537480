"""A store of finished model calls around any engine: no call is made twice, by any recipe."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cai.budget import Budget, Price, Spent
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    StreamingEngine,
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

# How most choices are made, of which there may be millions: not written down.
_ONE_READING = {"votes": 0, "requests": 1, "new_tokens": 1}

RequestT = TypeVar("RequestT", GenerateRequest, ChooseRequest)
ResultT = TypeVar("ResultT", Completion, Choice)


@dataclass(slots=True)
class CallCount:
    """How many calls went to the model, in how many seconds, and how many the store answered.

    `spent` says by the names of models what those that were made came to, and `watch` is told of it
    when it has grown.
    """

    made: int = 0
    cached: int = 0
    seconds: float = 0.0
    spent: defaultdict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    watch: Callable[[Mapping[str, Spent]], object] = lambda spent: None


class CachedEngine:
    """An engine that asks the wrapped one only what the store does not know.

    The wrapped engine is built by `make` at the first such call, so that a stage whose calls are
    all known loads no model; its identity must therefore be known beforehand. Several engines may
    count their calls together, in one `count_of_calls`, and spend one `budget`, each at its own
    `price`.

    Results are stored as they come where the engine hands them over so, and else by the `chunk`.
    `width` tells the wrapped engine's, which may take a look at its machines.
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
        width: Callable[[], int] = lambda: 1,
    ) -> None:
        self._make = make
        self._width = width
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
    def width(self) -> int:
        return self._width()

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
            engine = self._engine()
            # What comes one by one is stored one by one, and is best asked for all at once.
            part = todo if isinstance(engine, StreamingEngine) else todo[: self._chunk]
            kind = self._identity, type(part[0][1])
            part = part[: self._budget.admit([self._most(r) for _, r in part], kind)]
            for batch in self._answers(engine, part, ask):
                known.update((part[index][0], result) for index, result in batch)
            del todo[: len(part)]
        return [known[key] for key in keys]

    def _answers(
        self,
        engine: Engine,
        part: Sequence[tuple[str, RequestT]],
        ask: Callable[[Engine, Sequence[RequestT]], list[ResultT]],
    ) -> Iterator[list[tuple[int, ResultT]]]:
        """The results of a part by their places, each stored and booked before it is given."""
        requests = [request for _, request in part]
        began = time.monotonic()
        for results in _found(engine, requests, ask):
            self._cache.add((part[index][0], _kept(result)) for index, result in results)
            now = time.monotonic()
            self._book([result for _, result in results], requests[0], now - began)
            began = now
            yield results

    def _book(
        self,
        results: Sequence[Completion | Choice],
        like: GenerateRequest | ChooseRequest,
        seconds: float,
    ) -> None:
        total = Spent()
        for result in results:
            total.add(self._spent(result))
        self.count_of_calls.made += len(results)
        self.count_of_calls.seconds += seconds
        self.count_of_calls.spent[self._identity.name].add(total)
        self._budget.book(
            (self._identity, type(like)), calls=len(results), usd=total.usd, seconds=seconds
        )
        self.count_of_calls.watch(self.count_of_calls.spent)

    def _most(self, request: GenerateRequest | ChooseRequest) -> float:
        """The most that a call may cost in US dollars, where there is a limit to that."""
        if self._price is None or self._budget.usd is None:
            return 0.0
        engine = self._engine()
        if isinstance(engine, StreamingEngine):
            return self._price.of(*engine.most(request))
        new = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self._price.of(self.count(request.messages), new)

    def _spent(self, result: Completion | Choice) -> Spent:
        requests = result.requests if isinstance(result, Choice) else 1
        read = result.prompt_tokens * requests
        usd = self._price.of(read, result.new_tokens) if self._price else 0.0
        return Spent(calls=1, prompt_tokens=read, new_tokens=result.new_tokens, usd=usd)


def _found(
    engine: Engine,
    requests: Sequence[RequestT],
    ask: Callable[[Engine, Sequence[RequestT]], list[ResultT]],
) -> Iterator[list[tuple[int, Any]]]:
    """Results of the kind that `ask` gives, by their places: as they come, or all at once."""
    if isinstance(engine, StreamingEngine):
        return engine.stream(requests)
    return iter([list(enumerate(ask(engine, requests)))])


def _kept(result: Completion | Choice) -> dict[str, Any]:
    row = to_row(result)
    del row["cached"]
    if isinstance(result, Choice) and not result.votes:
        for name, plain in _ONE_READING.items():
            if row[name] == plain:
                del row[name]
    return row


def stored_completion(fields: Mapping[str, Any]) -> Completion:
    """A completion as the store holds it, marked as cached."""
    return Completion(**{**fields, "cached": True})


def stored_choice(fields: Mapping[str, Any]) -> Choice:
    """A choice as the store holds it, marked as cached."""
    return Choice(**{**fields, "logprobs": tuple(fields["logprobs"]), "cached": True})
