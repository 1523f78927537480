"""One model in vLLM, for all engines of it and of its adapters."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cai.engines.vllm import loading
from cai.engines.vllm.facts import Adapter, Facts
from cai.engines.vllm.settings import VllmSettings

if TYPE_CHECKING:
    from vllm import LLM
    from vllm.lora.request import LoRARequest


class Served:
    """Loaded when it is first asked, and again after it was closed.

    vLLM makes room for adapters when it loads. So it loads once more when an adapter is asked for
    the first time after its base alone, or one of a higher rank.

    Args:
        facts: of the model, or of an adapter over it.
        device: "cpu" or "cuda".
        step_tokens: the most tokens that one step computes; None: vLLM's own choice.
    """

    def __init__(
        self,
        facts: Facts,
        settings: VllmSettings,
        *,
        device: str,
        dtype: str,
        step_tokens: int | None,
    ) -> None:
        self._facts = facts
        self._settings = settings
        self._device = device
        self._dtype = dtype
        self._step_tokens = step_tokens
        self._loaded: list[LLM] = []  # one, or none
        self._rank = 0
        self._numbers: dict[str, int] = {}
        self._asked = False
        # However this is lost, what it reserved is not.
        weakref.finalize(self, loading.unload, self._loaded)

    @property
    def share(self) -> float:
        """The share of what there is that it takes."""
        return loading.share(self._settings, device=self._device)

    def llm(self, name: str, adapter: Adapter | None = None) -> LLM:
        """The model, with room for an adapter.

        Args:
            name: what errors call it.

        Raises:
            EngineError: if vLLM cannot run it here.
        """
        rank = max(self._rank, adapter.rank if adapter else 0)
        if rank > self._rank:
            self.close()
        if not self._loaded:
            loaded = loading.load(
                name,
                self._facts,
                self._settings,
                device=self._device,
                dtype=self._dtype,
                step_tokens=self._step_tokens,
                lora_rank=rank,
            )
            self._loaded.append(loaded)
            self._rank = rank
        return self._loaded[0]

    def lora(self, adapter: Adapter, weights: str) -> LoRARequest:
        """How vLLM is asked for an adapter.

        Args:
            weights: their digest. What vLLM knows of a prompt's beginning it keeps by this name.
        """
        from vllm.lora.request import LoRARequest

        number = self._numbers.setdefault(weights, len(self._numbers) + 1)
        return LoRARequest(f"adapter {weights}", number, adapter.folder)

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """While one engine asks, another may not: vLLM would hand each the other's answers.

        Raises:
            RuntimeError: if one does.
        """
        if self._asked:
            raise RuntimeError(
                "a model in vLLM is asked while it answers another stream; read that to its end, "
                "or close it"
            )
        self._asked = True
        try:
            yield
        finally:
            self._asked = False

    def close(self) -> None:
        """Gives the memory back."""
        loading.unload(self._loaded)
