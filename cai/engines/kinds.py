"""The engines that a recipe's `engine.kind` can name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cai.engines.base import Engine, EngineIdentity
from cai.errors import EngineError

KINDS = ("transformers",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unloaded:
    """An engine whose identity is known; `load` makes it, which may take long."""

    identity: EngineIdentity
    load: Callable[[], Engine]


def prepare(
    kind: str,
    model: str,
    *,
    device: str | None = None,
    dtype: str = "auto",
    token_budget: int | None = None,
    weights: str | None = None,
) -> Unloaded:
    """The engine of that kind for a model, not loaded yet.

    Args:
        model: `cai-mini`, a folder, or a hub name that is pinned.
        weights: the model's `weights_digest`, if it is known.

    Raises:
        EngineError: if there is no such kind, or it cannot run that model.
    """
    if kind == "transformers":
        from cai.engines.transformers import TransformersEngine, identity_of

        identity = identity_of(model, device=device, dtype=dtype, weights=weights)
        return Unloaded(
            identity=identity,
            load=lambda: TransformersEngine(
                model, device=device, dtype=dtype, token_budget=token_budget, identity=identity
            ),
        )
    raise EngineError(f"engine.kind: {kind!r} is unknown; use {' or '.join(KINDS)}")
