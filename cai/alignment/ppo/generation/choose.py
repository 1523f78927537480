"""The generator that the settings name."""

from __future__ import annotations

from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.generation.generator import Generator, Sampling
from cai.alignment.ppo.generation.local import LocalGenerator


def make_generator(settings: PPOConfig, sampling: Sampling) -> Generator:
    """What `settings.generation` says.

    Raises:
        EngineError: if vLLM is asked for and cannot be had here.
    """
    if settings.generation.engine == "vllm":
        from cai.alignment.ppo.generation.vllm import VLLMGenerator

        return VLLMGenerator(sampling, settings.generation)
    return LocalGenerator(sampling)
