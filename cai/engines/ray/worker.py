"""What runs in a worker's process: engines, each loaded when it is first asked."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
)
from cai.engines.in_memory import InMemory
from cai.engines.kinds import Unloaded
from cai.engines.vllm.seats import Seats
from cai.errors import CaiError, EngineError

_SHAPE_RESULTS = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model for workers: `prepare` finds it on the machine where it is called.

    There it must have the same identity. `number` tells the models of one pool apart.
    """

    number: int
    name: str
    identity: EngineIdentity
    prepare: Callable[..., Unloaded]


@dataclass(frozen=True, slots=True)
class Refused:
    """In place of results: why there are none, and that asking again would not help."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """A worker that has begun: on which host, as which process, with which versions."""

    host: str
    process: int
    versions: dict[str, str]


Results = list[Completion] | list[Choice]


class Worker:
    """Answers pieces of requests, each of one kind."""

    def __init__(self) -> None:
        self._engines: dict[int, Engine] = {}
        # As a run has them: what several models of it have in common is here once too.
        self._shared: dict[str, Any] = {"seats": Seats(), "in_memory": InMemory()}

    def meet(self) -> Met:
        """Says who this is; nothing is loaded."""
        import os

        return Met(host=socket.gethostname(), process=os.getpid(), versions=versions())

    def answer(
        self, model: Model, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Results | Refused:
        """One result per request, in order."""
        try:
            if model.number not in self._engines:
                self._engines[model.number] = _loaded(model, self._shared)
            engine = self._engines[model.number]
            said = [one for one in requests if isinstance(one, GenerateRequest)]
            if said:
                return engine.generate(said)
            return engine.choose([one for one in requests if isinstance(one, ChooseRequest)])
        except CaiError as error:
            return Refused(str(error))

    def forget(self, number: int) -> None:
        """Lets go of a model."""
        self._engines.pop(number, None)


def versions() -> dict[str, str]:
    """What must be alike everywhere for results to be; of a package without its local label, which
    tells one build from another."""
    from cai import __version__

    found = {"python": ".".join(map(str, sys.version_info[:2])), "cai": __version__}
    for name in _SHAPE_RESULTS:
        found[name] = metadata.version(name).partition("+")[0]
    return found


def _loaded(model: Model, shared: Mapping[str, Any]) -> Engine:
    try:
        found = model.prepare(**shared)
        if found.identity.weights != model.identity.weights:
            raise EngineError(
                f"{model.name} has other weights than on the machine that asks "
                f"({found.identity.weights[:12]}, there {model.identity.weights[:12]}); the same "
                "files must lie at the same path on every machine"
            )
        if found.identity != model.identity:
            raise EngineError(f"{model.name} is {found.identity}, and was to be {model.identity}")
        return found.load()
    except CaiError as error:
        raise EngineError(f"on {socket.gethostname()}: {error}") from error
