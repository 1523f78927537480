"""How vLLM runs a model. Importing this loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class VllmSettings:
    """What vLLM must know of the machine; nothing here changes what a model says.

    Data-parallel copies of a model are servers of vLLM, under the recipe's `servers`: its offline
    class runs one copy.

    Attributes:
        gpu_memory_utilization: share of each GPU's memory that one model takes, weights and
            attention's cache. With 0.4, policy and judge stay loaded side by side and the rest is
            for what `transformers` runs there; a large model that is alone takes 0.9.
        tensor_parallel_size: GPUs over which one model is spread; more than 1 where it does not fit
            into one.
        max_model_len: most tokens of prompt and answer; null: the model's own context. Lower where
            the cache for one text that long does not fit.
        kv_cache_gib: memory for attention's cache, in GiB; null: on a GPU what
            `gpu_memory_utilization` leaves, on a CPU 1, or what one text of `max_model_len` takes
            if that is more.
    """

    gpu_memory_utilization: float = field(
        default=0.4, metadata={"exclusiveMinimum": 0, "maximum": 1}
    )
    tensor_parallel_size: int = field(default=1, metadata={"minimum": 1})
    max_model_len: int | None = field(default=None, metadata={"minimum": 1})
    kv_cache_gib: float | None = field(default=None, metadata={"exclusiveMinimum": 0})
