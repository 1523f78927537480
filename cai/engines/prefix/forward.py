"""Logits read off a stream of segments, in one pass of the model.

Of the last layer only the keys and values are needed at every token. What follows its attention is
computed at the tokens that are read, which saves most of a layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from cai.engines.prefix.attention import (
    Attending,
    Cascade,
    NotShareableError,
    shared_attention,
)
from cai.engines.prefix.kernels import Kernel
from cai.engines.prefix.stream import Stream
from cai.heads import Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a model's streams are computed; `trims` the last layer to what is read."""

    kernel: Kernel
    trims: bool


@contextmanager
def sharing(model: PreTrainedModel, way: Way) -> Iterator[None]:
    """Within it `stream_logits` may be asked, by several threads at once.

    Raises:
        NotShareableError: if the model's last layer is not found.
    """
    with shared_attention(model), trimmed(model) if way.trims else nullcontext():
        yield


def stream_logits(head: Head, way: Way, stream: Stream, places: Tensor) -> Tensor:
    """The next-token logits at `places` [R] of the stream: [R, vocabulary].

    Raises:
        NotShareableError: if the model's attention cannot be done in this way.
    """
    length = int(stream.tokens.shape[1])
    return head.logits_at(
        stream.tokens,
        torch.zeros_like(places),
        places,
        position_ids=stream.positions,
        attending=ReadAt(Cascade(stream, way.kernel), places, length),
    )


@dataclass(frozen=True, slots=True)
class ReadAt:
    """Attention in a pass over [1, length] tokens of which `places` [R] are read in the end."""

    attention: Attending
    places: Tensor
    length: int

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, scale: float | None) -> Tensor:
        return self.attention(query, key, value, scale)


@dataclass(frozen=True, slots=True)
class _Attended:
    """What the last layer's attention returned where `asked` is read."""

    output: Tensor
    asked: ReadAt

    def __call__(self, *_: Any) -> Tensor:
        return self.output


@contextmanager
def trimmed(model: PreTrainedModel) -> Iterator[None]:
    """Within it, a pass that attends by a `ReadAt` is right at its places, and zero elsewhere.

    Each pass says for itself where it is read, so several threads may make passes at once.
    Gradients are right if no place is named twice.

    Raises:
        NotShareableError: if the model's last layer is not found.
    """
    layer = _last_layer(model)
    before = layer.register_forward_pre_hook(_attend, with_kwargs=True)
    with before, layer.register_forward_hook(_spread, with_kwargs=True):
        yield


class _AttendedError(Exception):
    """Ends a layer's pass as soon as its attention is there."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output


def _attend(layer: nn.Module, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Before the last layer: its attention over all tokens, and its inputs where it is read.

    So it runs twice: up to its attention, and then over few tokens with what that returned.
    """
    asked = kwargs.get("attending")
    if not isinstance(asked, ReadAt):
        raise NotShareableError("its layers hand nothing on to their attention")
    output = _attention_output(layer, args, kwargs).index_select(1, asked.places)
    args, kwargs = _selected((args, kwargs), asked.length, asked.places)
    return args, {**kwargs, "attending": _Attended(output, asked)}


def _spread(_: nn.Module, __: Any, kwargs: Any, output: Any) -> Any:
    """After the last layer: its output where it is read, and zero elsewhere."""
    asked: ReadAt = kwargs["attending"].asked
    hidden: Tensor = output[0] if isinstance(output, tuple) else output
    spread = hidden.new_zeros(1, asked.length, hidden.shape[-1])
    spread[:, asked.places] = hidden
    return (spread, *output[1:]) if isinstance(output, tuple) else spread


def _attention_output(layer: nn.Module, args: Any, kwargs: Any) -> Tensor:
    def stop(*states: Any) -> Tensor:
        raise _AttendedError(kwargs["attending"](*states))

    try:
        layer.forward(*args, **{**kwargs, "attending": stop})
    except _AttendedError as found:
        return found.output
    raise NotShareableError("its last layer has no attention")


def _selected(inputs: Any, length: int, places: Tensor) -> Any:
    """`inputs`, with every tensor [1, length, …] in them at `places` only."""
    if isinstance(inputs, Tensor):
        per_token = inputs.ndim > 1 and inputs.shape[:2] == (1, length)
        return inputs.index_select(1, places) if per_token else inputs
    if isinstance(inputs, tuple | list):
        return type(inputs)(_selected(each, length, places) for each in inputs)
    if isinstance(inputs, dict):
        return {name: _selected(each, length, places) for name, each in inputs.items()}
    return inputs


def _last_layer(model: PreTrainedModel) -> nn.Module:
    depth = model.config.get_text_config().num_hidden_layers
    for module in model.base_model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return module[-1]
    raise NotShareableError("its layers are not where they are looked for")
