"""What can be set about a rollout engine beside the trainer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class VLLMSettings:
    """vLLM as the sampler of PPO, through TRL's `VLLMGeneration`.

    Attributes:
        server: address of a server that was started with `trl vllm-serve`, such as
            http://localhost:8000; null starts vLLM in this process, on the GPU that
            trains. A model too large for one GPU is for a server with tensor parallelism.
        gpu_memory_utilization: share of the GPU's memory that vLLM in this process takes for its
            own copy of the weights and its cache. 0.3 leaves the rest to training.
    """

    server: str | None = None
    gpu_memory_utilization: float = 0.3

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot work, naming it and what can."""
        if not 0 < self.gpu_memory_utilization < 1:
            raise ValueError(
                f"gpu_memory_utilization is {self.gpu_memory_utilization!r}; "
                "it must be between 0 and 1"
            )
