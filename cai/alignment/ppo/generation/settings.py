"""What can be set about what samples the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

SamplingEngine = Literal["transformers", "vllm"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationSettings:
    """What samples the answers, and what is done about numbers that are not the trainer's.

    Attributes:
        engine: "transformers" is the policy itself, in the trainer's own numbers. "vllm", through
            TRL's `VLLMGeneration`, is faster on a GPU; it holds a copy of the weights and computes
            with numbers of its own, so it is checked against the trainer when training begins
            (docs/ppo.md).
        importance_cap: the most that a token's loss is multiplied by to correct for an engine with
            numbers of its own; 2 is usual: it cuts off a few wild weights and no others.
        server: address of a vLLM server that was started with `trl vllm-serve`, such as
            http://localhost:8000; null starts vLLM in this process, on the GPU that
            trains. A model too large for one GPU is for a server with tensor parallelism.
        gpu_memory_utilization: share of the GPU's memory that vLLM in this process takes for its
            own copy of the weights and its cache. 0.3 leaves the rest to training.
    """

    engine: SamplingEngine = "transformers"
    importance_cap: float = 2.0
    server: str | None = None
    gpu_memory_utilization: float = 0.3

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot work, naming it and what can."""
        if self.engine not in get_args(SamplingEngine):
            raise ValueError(
                f"generation.engine is {self.engine!r}; it must be transformers or vllm"
            )
        if self.importance_cap < 1:
            raise ValueError(
                f"generation.importance_cap is {self.importance_cap!r}; it must be at least 1"
            )
        if not 0 < self.gpu_memory_utilization < 1:
            raise ValueError(
                f"generation.gpu_memory_utilization is {self.gpu_memory_utilization!r}; "
                "it must be between 0 and 1"
            )
