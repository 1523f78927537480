"""What runs in a worker's process: engines, each loaded when it is first asked."""

from __future__ import annotations

import socket
import subprocess
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
from cai.engines.ray import guard
from cai.engines.room import TooLongError
from cai.engines.vllm.asking import VllmDiedError
from cai.engines.vllm.seats import Seats
from cai.errors import CaiError, EngineError

_SHAPE_RESULTS = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model for workers: `prepare` finds it on the machine where it is called.

    There it must have the same identity. `number` tells the models of one pool apart; `release` is
    that of vLLM, where it answers.
    """

    number: int
    name: str
    identity: EngineIdentity
    prepare: Callable[..., Unloaded]
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """In place of results: why there are none, and that asking again would not help.

    With a `place`, it is one of the requests that is too long.
    """

    why: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """In place of results: why this worker is of no use any more. Another may give them."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """A worker that has begun: on which host, as which process, with which versions."""

    host: str
    process: int
    versions: dict[str, str]


Results = list[Completion] | list[Choice]


class Worker:
    """Answers pieces of requests, each of one kind.

    Args:
        gpus: what it was given of them.
    """

    def __init__(self, gpus: float = 0.0) -> None:
        self._engines: dict[int, Engine] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        # As a run has them: what several models of it have in common is here once too.
        part = gpus if 0 < gpus < 1 else 1.0
        self._shared: dict[str, Any] = {"seats": Seats(part), "in_memory": InMemory()}

    def meet(self) -> Met:
        """Says who this is; nothing is loaded."""
        import os

        return Met(host=socket.gethostname(), process=os.getpid(), versions=versions())

    def answer(
        self, model: Model, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Results | Refused | Lost:
        """One result per request, in order."""
        try:
            if model.number not in self._engines:
                if self._guard is None and model.identity.kind == "vllm":
                    self._guard = guard.begin()
                self._engines[model.number] = _loaded(model, self._shared)
            engine = self._engines[model.number]
            said = [one for one in requests if isinstance(one, GenerateRequest)]
            if said:
                return engine.generate(said)
            return engine.choose([one for one in requests if isinstance(one, ChooseRequest)])
        except TooLongError as error:
            return Refused(error.text, error.index)
        except VllmDiedError as error:
            return Lost(str(error))
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


def release_for(kind: str) -> str | None:
    """The release of vLLM that is installed here, for the kind of engine that it answers for.

    Raises:
        EngineError: if there is none.
    """
    from cai.engines.vllm.installed import release

    return release() if kind == "vllm" else None


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
        own = release_for(found.identity.kind)
        if own != model.release:
            raise EngineError(
                f"vLLM is {own}, and {model.release} on the machine that asks; results would not "
                "be the same: install one version on all machines"
            )
        return found.load()
    except CaiError as error:
        raise EngineError(f"on {socket.gethostname()}: {error}") from error
