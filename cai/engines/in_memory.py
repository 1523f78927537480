"""What a run has in memory: no weights are there twice, whoever asks for them.

Policy, critic and judge are often one model, and models that are LoRA adapters over one base differ
by little. Nothing is kept alive here: what no engine holds any more is gone, so that a training
that follows finds the memory free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

T = TypeVar("T")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Loaded:
    """A model, and the one whose weights it uses besides its own."""

    model: PreTrainedModel
    base: Loaded | None = None


class InMemory:
    """The engines and models of one run, by all that decides what they are."""

    def __init__(self) -> None:
        self._shared: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()
        self._models: WeakValueDictionary[tuple[Any, ...], Loaded] = WeakValueDictionary()

    def shared(self, *key: Any, make: Callable[[], T]) -> T:
        """What is in use by that key (such as an engine's identity and settings), or a new one."""
        found: T | None = self._shared.get(key)
        if found is None:
            found = self._shared[key] = make()
        return found

    def causal(
        self,
        name: str,
        *,
        weights: str,
        tokenizer: PreTrainedTokenizerBase,
        device: str | None,
        dtype: torch.dtype,
    ) -> Loaded:
        """A causal language model as `load_causal` gives it; one that is in use already is shared.

        An adapter is not merged into its base, which stays what it is for others. To be held as
        long as the model is used.

        Args:
            weights: the model's `weights_digest`: a folder may hold others by now.

        Raises:
            EngineError: if there is no such model or its weights cannot be read.
        """
        from cai.models import device_for, load_causal
        from cai.weights import base_of, resolve, weights_digest

        # Embeddings are as large as the tokenizer asks: one that asks for more has its own.
        key = weights, len(tokenizer), device_for(device), dtype
        found = self._models.get(key)
        if found is None:
            base = base_of(name)
            if base is None:
                model = load_causal(name, tokenizer=tokenizer, device=device, dtype=dtype)
                found = Loaded(model)
            else:
                whole = self.causal(
                    base,
                    weights=weights_digest(base),
                    tokenizer=tokenizer,
                    device=device,
                    dtype=dtype,
                )
                found = Loaded(_adapted(whole.model, Path(resolve(name).path)), whole)
            self._models[key] = found
        return found


def _adapted(base: PreTrainedModel, folder: Path) -> PreTrainedModel:
    from cai.adapters import twin, with_adapter

    return with_adapter(twin(base), folder)
