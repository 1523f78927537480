"""An engine whose requests are answered by the workers of a Ray cluster."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    in_order,
)
from cai.engines.kinds import Unloaded
from cai.engines.ray.pieces import pieces_of
from cai.engines.ray.pool import Pool
from cai.engines.ray.worker import Model, release_for
from cai.records import Message


class RayEngine:
    """Any engine, many times over: on each worker of a pool.

    It has the identity of the engine that the workers load, since it says the same.

    Args:
        inner: the engine, as this process knows it; it counts tokens here and answers nothing.
        prepare: finds the same engine on another machine; it is pickled.
        name: what errors call the model.
    """

    def __init__(
        self, inner: Unloaded, *, prepare: Callable[..., Unloaded], name: str, pool: Pool
    ) -> None:
        self._inner = inner
        self._pool = pool
        number = pool.join()
        self._model = Model(
            number=number,
            name=name,
            identity=inner.identity,
            prepare=prepare,
            release=release_for(inner.identity.kind),
        )
        weakref.finalize(self, pool.leave, number)

    @property
    def identity(self) -> EngineIdentity:
        return self._inner.identity

    @property
    def context(self) -> int:
        return self._here.context

    def count(self, messages: Sequence[Message]) -> int:
        return self._here.count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        """One completion per request, in order.

        Raises:
            EngineError: if a request cannot be answered, or there are no workers.
        """
        return in_order(self.stream(requests), len(requests), Completion)

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        """The log-probability of each option after each request's messages, in order.

        Raises:
            EngineError: if a request cannot be answered, or there are no workers.
        """
        return in_order(self.stream(requests), len(requests), Choice)

    def stream(
        self, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Iterator[list[tuple[int, Completion | Choice]]]:
        """Results as they come, by the places of their requests."""
        if requests:
            pieces = pieces_of(requests, self._pool.width())
            yield from self._pool.answers(self._model, requests, pieces)

    def most(self, request: GenerateRequest | ChooseRequest) -> tuple[int, int]:
        """The most tokens that a request may read, and say."""
        new = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self.count(request.messages), new

    @cached_property
    def _here(self) -> Engine:
        return self._inner.load()
