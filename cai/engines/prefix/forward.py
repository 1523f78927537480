"""Logits read off a stream of segments, in one pass of the model.

Of the last layer only the keys and values are needed at every token. What follows its attention is
computed at the tokens that are read, which saves most of a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from cai.engines.prefix.attention import Cascade, NotShareableError, shared_attention
from cai.engines.prefix.kernels import Kernel
from cai.engines.prefix.stream import Stream
from cai.heads import Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a model's streams are computed; `trims` the last layer to what is read."""

    kernel: Kernel
    trims: bool


def stream_logits(head: Head, way: Way, stream: Stream, places: Tensor) -> Tensor:
    """The next-token logits at `places` [R] of the stream: [R, vocabulary].

    Raises:
        NotShareableError: if the model's attention cannot be done in this way.
    """
    model = head.model
    length = stream.tokens.shape[1] if way.trims else None
    with shared_attention(model), last_layer_at(places, model, length):
        return head.logits_at(
            stream.tokens,
            torch.zeros_like(places),
            places,
            position_ids=stream.positions,
            attending=Cascade(stream, way.kernel),
        )


class _AttendedError(Exception):
    """Ends a layer's pass as soon as its attention is there."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output


@contextmanager
def last_layer_at(places: Tensor, model: PreTrainedModel, length: int | None) -> Iterator[None]:
    """Within it, the last layer's output is right at `places`, and zero elsewhere.

    The layer runs twice: over all tokens up to its attention, then over `places` with what that
    attention returned for them. Gradients are right if no place is named twice.

    Args:
        places: [R] among the tokens of a pass over [1, length].
        length: None leaves the layer as it is.
    """
    if length is None:
        yield
        return

    def before(layer: nn.Module, args: Any, kwargs: Any) -> tuple[Any, Any]:
        output = _attention_output(layer, args, kwargs).index_select(1, places)
        args, kwargs = _selected((args, kwargs), length, places)
        return args, {**kwargs, "attending": lambda *_: output}

    def after(_: nn.Module, __: Any, output: Any) -> Any:
        hidden: Tensor = output[0] if isinstance(output, tuple) else output
        spread = hidden.new_zeros(1, length, hidden.shape[-1])
        spread[:, places] = hidden
        return (spread, *output[1:]) if isinstance(output, tuple) else spread

    layer = _last_layer(model)
    handles = (
        layer.register_forward_pre_hook(before, with_kwargs=True),
        layer.register_forward_hook(after),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _attention_output(layer: nn.Module, args: Any, kwargs: Any) -> Tensor:
    attending: Callable[..., Tensor] | None = kwargs.get("attending")
    if attending is None:
        raise NotShareableError("its layers hand nothing on to their attention")

    def stop(*states: Any) -> Tensor:
        raise _AttendedError(attending(*states))

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
