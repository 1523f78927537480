"""Forward passes of a causal transformer, as fast as its device and the settings allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from cai.alignment.ppo.batches import TokenBatch
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.packing import Apart, can_pack, pack
from cai.engines.prefix.attention import Attending, shared_attention
from cai.engines.prefix.forward import ReadAt, trimmed
from cai.engines.workers import workers_on
from cai.errors import EngineError
from cai.forwards import replaced
from cai.onednn import linears_of, through_onednn
from cai.rms_norm import fast_norms, norms_of

Contexts = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Computing:
    """How forward passes are computed; the fields are those of `ComputeSettings`."""

    precision: Literal["float32", "bfloat16"] = "float32"
    gradient_checkpointing: bool = False
    compile: bool = False

    @classmethod
    def of(cls, settings: PPOConfig) -> Computing:
        """As the settings of a training say."""
        return cls(
            precision=settings.compute.precision, compile=settings.compute.compile,
            gradient_checkpointing=settings.compute.gradient_checkpointing,
        )  # fmt: skip

    def on(self, device: torch.device) -> AbstractContextManager[Any]:
        """Within it, operations run in the precision that is set; weights stay as they are."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)

    def workers(self, device: torch.device) -> int:
        """How many passes to make at once."""
        return 1 if self.compile else workers_on(device)


class HiddenStates:
    """A transformer's last hidden states where response tokens are predicted.

    On a CPU sequences are packed without padding, linear layers go through oneDNN, RMS norms take
    few operations, and the last layer is computed only where it is read, so far as the model was
    seen to give the same that way; else batches are padded on the right.

    Args:
        body: a causal transformer that gives `last_hidden_state`, in evaluation mode.
    """

    def __init__(self, body: PreTrainedModel, computing: Computing) -> None:
        self.body = body
        self.computing = computing
        self._compiled: Any = torch.compile(body, dynamic=True) if computing.compile else None
        self._held = False

    def __call__(self, batch: TokenBatch) -> Tensor:
        """[at least N, H], of which the first N are those of the batch's N response tokens."""
        with self.computing.on(self.body.device):
            if not self._packs:
                return self._padded(batch)
            return self._packed(batch, trims=self._trims)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it several threads may make passes at once.

        What a pass changes about the body is changed once, and back when all have ended.
        """
        with self.computing.on(self.body.device):
            packs = self._packs
            trims = packs and self._trims
        with self._prepared(packs=packs, trims=trims):
            self._held = True
            try:
                yield
            finally:
                self._held = False

    @contextmanager
    def fast(self) -> Iterator[None]:
        """Within it the body's layers are computed as fast as here, in whatever pass."""
        with self.computing.on(self.body.device), self._fast_layers():
            yield

    @cached_property
    def _packs(self) -> bool:
        if self._compiled is not None:
            return False
        return can_pack(self.body, plain=self._padded, packed=partial(self._packed, trims=False))

    @cached_property
    def _trims(self) -> bool:
        """Whether the last layer may be computed only where it is read."""
        if self.computing.gradient_checkpointing:
            return False  # both replace what a layer does
        return can_pack(self.body, plain=self._padded, packed=partial(self._packed, trims=True))

    @cached_property
    def weights(self) -> int:
        """How many numbers a token is multiplied by on its way."""
        embeddings = self.body.get_input_embeddings().weight
        return int(sum(each.numel() for each in self.body.parameters()) - embeddings.numel())

    @cached_property
    def _linears(self) -> list[nn.Module]:
        return [] if self._compiled is not None else linears_of(self.body)

    @cached_property
    def _norms(self) -> list[nn.Module]:
        return [] if self._compiled is not None else norms_of(self.body)

    @cached_property
    def _layers(self) -> list[nn.Module]:
        return layers_of(self.body)

    def _padded(self, batch: TokenBatch) -> Tensor:
        with self._prepared(packs=False, trims=False):
            call = self.body if self._compiled is None else self._compiled
            states: Tensor = call(input_ids=batch.input_ids, use_cache=False).last_hidden_state
        return states[batch.rows, batch.columns]

    def _packed(self, batch: TokenBatch, *, trims: bool) -> Tensor:
        stream = pack(batch)
        attending: Attending = Apart(stream.spans)
        if trims:
            attending = ReadAt(attending, stream.places, stream.input_ids.shape[1])
        with self._prepared(packs=True, trims=trims):
            states: Tensor = self.body(
                input_ids=stream.input_ids,
                position_ids=stream.position_ids,
                use_cache=False,
                attending=attending,
            ).last_hidden_state
        return states[0].index_select(0, stream.places)

    @contextmanager
    def _prepared(self, *, packs: bool, trims: bool) -> Iterator[None]:
        if self._held:
            yield
            return
        way = self._packed_way if packs else self._fast_layers
        with self._way(way), trimmed(self.body) if trims else nullcontext():
            yield

    @contextmanager
    def _packed_way(self) -> Iterator[None]:
        with self._fast_layers(), shared_attention(self.body):
            yield

    @contextmanager
    def _fast_layers(self) -> Iterator[None]:
        with through_onednn(self._linears), fast_norms(self._norms):
            yield

    @contextmanager
    def _way(self, way: Contexts) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(way())
            if self.computing.gradient_checkpointing and torch.is_grad_enabled():
                stack.enter_context(recomputed(self._layers, way))
            yield


def layers_of(body: PreTrainedModel) -> list[nn.Module]:
    """The transformer's layers, first to last.

    Raises:
        EngineError: if they are not where they are looked for.
    """
    depth = body.config.get_text_config().num_hidden_layers
    for module in body.modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return list(module)
    raise EngineError(
        f"{type(body).__name__} does not show its layers; set compute.gradient_checkpointing to "
        "false"
    )


@contextmanager
def recomputed(layers: list[nn.Module], way: Contexts) -> Iterator[None]:
    """Within it, layers keep their input alone and are computed again in the backward pass.

    Chen et al. 2016. The models' own switch for it works in training mode only, in which dropout
    would be on.

    Args:
        way: the contexts in which layers are computed, entered for the second time too.
    """
    with replaced(layers, partial(_twice, way)):
        yield


def _twice(way: Contexts, layer: Any, *args: Any, **kwargs: Any) -> Any:
    return checkpoint(
        partial(type(layer).forward, layer),
        *args,
        use_reentrant=False,
        preserve_rng_state=False,  # nothing is drawn: dropout is off
        context_fn=lambda: (nullcontext(), way()),
        **kwargs,
    )
