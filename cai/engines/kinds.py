"""The engines that a recipe's `engine.kind` can name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from cai.engines.base import Engine, EngineIdentity
from cai.engines.in_memory import InMemory
from cai.engines.server.settings import ServerSettings
from cai.engines.vllm.seats import Seats
from cai.engines.vllm.settings import VllmSettings
from cai.errors import EngineError

if TYPE_CHECKING:
    from cai.engines.ray.pool import Pool
    from cai.engines.server.engine import ServerEngine

KINDS = ("transformers", "vllm")
"""Engines in this process. A model behind servers is named under `servers` instead."""

_ONE_SERVER = 128  # requests at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Unloaded:
    """An engine whose identity is known; `load` makes it, which may take long.

    `check` raises EngineError if it could not work; where that shows in making it, it does nothing.
    `width` is as in `WideEngine`.
    """

    identity: EngineIdentity
    load: Callable[[], Engine]
    check: Callable[[], object] = lambda: None
    width: Callable[[], int] = lambda: 1


def prepare(
    kind: str,
    model: str,
    *,
    device: str | None = None,
    dtype: str = "auto",
    token_budget: int | None = None,
    weights: str | None = None,
    vllm: VllmSettings | None = None,
    seats: Seats | None = None,
    in_memory: InMemory | None = None,
) -> Unloaded:
    """The engine of that kind for a model, not loaded yet.

    Args:
        model: `cai-mini`, a folder, or a hub name that is pinned.
        weights: the model's `weights_digest`, if it is known.
        seats: of engines that reserve memory, for one to make room for another.
        in_memory: of engines that share weights: one that is in use already is given again.

    Raises:
        EngineError: if there is no such kind, or it cannot run that model.
    """
    check_kind(kind)
    from cai.engines.identity import identity_of

    identity = identity_of(model, kind=kind, device=device, dtype=dtype, weights=weights)
    memory = in_memory or InMemory()
    if kind == "transformers":
        from cai.engines.transformers import TransformersEngine

        make = partial(
            TransformersEngine,
            model,
            device=device,
            dtype=dtype,
            token_budget=token_budget,
            identity=identity,
            in_memory=memory,
        )
        return Unloaded(
            identity=identity,
            load=partial(memory.shared, identity, device, token_budget, make=make),
        )
    from cai.engines.vllm.engine import VllmEngine

    ask = partial(
        VllmEngine,
        model,
        identity=identity,
        settings=vllm,
        device=device,
        step_tokens=token_budget,
        seats=seats,
        in_memory=memory,
    )
    return Unloaded(
        identity=identity,
        load=partial(memory.shared, identity, vllm, device, token_budget, make=ask),
    )


def check_kind(kind: str, setting: str = "engine.kind") -> None:
    """Checks that there is such a kind of engine, and that it is installed.

    Args:
        setting: where it was asked for.

    Raises:
        EngineError: naming the mend.
    """
    if kind == "vllm":
        from cai.engines.vllm.installed import check_installed

        check_installed(setting)
    elif kind not in KINDS:
        raise EngineError(f"{setting}: {kind!r} is unknown; use {' or '.join(KINDS)}")


def prepare_server(name: str, settings: ServerSettings) -> Unloaded:
    """The engine of a model that a recipe names under `servers`; nothing is sent yet.

    There is one engine, however often it is loaded: what it may send in a minute, and what it has
    learned of the servers, is meant for all that ask.
    """
    from cai.engines.server.identity import identity_of

    @cache
    def load() -> ServerEngine:
        from cai.engines.server.engine import ServerEngine

        return ServerEngine(name, settings)

    identity = identity_of(name, settings)
    at_once = settings.concurrency * len(settings.urls)
    return Unloaded(
        identity=identity,
        load=load,
        check=lambda: load().meet(),
        width=lambda: max(1, at_once // _ONE_SERVER),
    )


def on_workers(
    inner: Unloaded, *, again: Callable[..., Unloaded], name: str, pool: Pool
) -> Unloaded:
    """The same engine on the workers of a Ray cluster, each of which prepares it `again`.

    Args:
        again: makes `inner` from the name of its model and its dtype, wherever it is called.

    Raises:
        EngineError: if ray is not installed.
    """
    from cai.engines.ray.cluster import check_installed
    from cai.weights import absolute

    check_installed()
    # As it turned out here: a worker's machine might decide "auto" in another way.
    prepare = partial(again, absolute(name), dtype=inner.identity.dtype)

    def load() -> Engine:
        from cai.engines.ray.engine import RayEngine

        return RayEngine(inner, prepare=prepare, name=name, pool=pool)

    return Unloaded(identity=inner.identity, load=load, check=pool.check, width=pool.width)
