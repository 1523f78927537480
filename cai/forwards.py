"""Layers of a model that are computed in another way for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import nn


@contextmanager
def replaced(layers: Sequence[nn.Module], forward: Callable[..., Any]) -> Iterator[None]:
    """Within it, each layer's `forward` is `forward(layer, …)`; a backward pass may come later.

    Nothing global changes. Layers that are replaced already stay as they are.
    """
    patched = [layer for layer in layers if "forward" not in layer.__dict__]
    for layer in patched:
        layer.__dict__["forward"] = partial(forward, layer)
    try:
        yield
    finally:
        for layer in patched:
            del layer.__dict__["forward"]
