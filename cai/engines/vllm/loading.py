"""A model in vLLM, and back out of memory."""

from __future__ import annotations

import gc
import os
import random
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cai.engines.vllm.facts import Facts
from cai.engines.vllm.settings import VllmSettings
from cai.errors import EngineError

if TYPE_CHECKING:
    from vllm import LLM

_GIB = 2**30
_CPU_STEP = 4096  # tokens that one step computes at most; what an embedded model is fastest with

# Before vllm is imported. Its log would go to standard output, which is for results.
_TALK = {"VLLM_LOGGING_STREAM": "ext://sys.stderr", "VLLM_LOGGING_LEVEL": "ERROR"}

# On a CPU the model is in this very process: one of its own takes 20 s to start. There, vLLM would
# bind this process's threads to cores, and its training with them.
_ON_CPU = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}


def load(
    name: str,
    facts: Facts,
    settings: VllmSettings,
    *,
    device: str,
    dtype: str,
    step_tokens: int | None,
    lora_rank: int = 0,
) -> LLM:
    """Loads a model into vLLM.

    Args:
        device: "cpu" or "cuda".
        step_tokens: the most tokens that one step computes; None: vLLM's own choice.
        lora_rank: of the adapters that there is to be room for; 0: none.

    Raises:
        EngineError: if vLLM cannot run the model here.
    """
    environment = _TALK | (_ON_CPU if device == "cpu" else {})
    with _environment(environment), _kept_as_it_was():
        # In a thread of its own: errors that vLLM keeps from its import hold the frames that led to
        # them, and so the engine that was the first to be asked.
        with ThreadPoolExecutor(1) as thread:
            make, built_for = thread.submit(_imported).result()
        if built_for != device:
            raise EngineError(
                f"engine.kind: this vLLM is built for {built_for}, and models run on {device}; "
                f"set engine.device to {built_for}, or engine.kind to transformers"
            )
        arguments = _arguments(facts, settings, device, dtype, step_tokens)
        if lora_rank:
            arguments |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": lora_rank}
        try:
            return make(**arguments)
        except (ValueError, RuntimeError, OSError, NotImplementedError, KeyError) as error:
            reason = " ".join(str(error).split())[:300]
            # What was reserved by then hangs on the error.
            error.__traceback__ = None
            gc.collect()
            raise EngineError(
                f"model {name!r}: vLLM cannot run it here ({type(error).__name__}: {reason}); "
                f"{_mend(str(error))}"
            ) from None


def _imported() -> tuple[type[LLM], str]:
    from vllm import LLM
    from vllm.platforms import current_platform

    return LLM, "cpu" if current_platform.is_cpu() else "cuda"


def unload(loaded: list[LLM]) -> None:
    """Takes the models out of the list and out of memory."""
    while loaded:
        loaded.pop().llm_engine.engine_core.shutdown()
        gc.collect()  # its parts hold each other


def share(settings: VllmSettings, *, device: str) -> float:
    """The share of what there is that a model takes: in one process there can be only one."""
    alone = os.environ.get("VLLM_ENABLE_V1_MULTIPROCESSING", "0" if device == "cpu" else "1") == "0"
    return 1.0 if alone or device == "cpu" else settings.gpu_memory_utilization


def context(facts: Facts, settings: VllmSettings) -> int:
    """The most tokens of prompt and answer."""
    return min(facts.context, settings.max_model_len or facts.context)


def _arguments(
    facts: Facts, settings: VllmSettings, device: str, dtype: str, step_tokens: int | None
) -> dict[str, Any]:
    longest = context(facts, settings)
    known = longest < 1 << 30  # what stands for a model that states no bound
    arguments: dict[str, Any] = {
        "model": facts.weights.path,
        "revision": facts.weights.revision,
        "tokenizer": facts.tokenizer.path,
        "tokenizer_revision": facts.tokenizer.revision,
        "load_format": "safetensors",
        "trust_remote_code": False,
        "dtype": dtype,
        "max_model_len": longest if known else None,
        "tensor_parallel_size": settings.tensor_parallel_size,
        # Not left to vLLM: in a worker of a Ray cluster it might spread a model by Ray once more,
        # over GPUs that this worker was not given.
        "distributed_executor_backend": "mp" if settings.tensor_parallel_size > 1 else "uni",
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "enable_prefix_caching": True,
        # Requests say all that decides an answer; the model's folder adds nothing to them.
        "generation_config": "vllm",
        "use_tqdm_on_load": False,
    }
    if step_tokens is not None:
        arguments["max_num_batched_tokens"] = step_tokens
    cache = settings.kv_cache_gib
    if device == "cpu":
        # With chunked prefill, a request with a seed ends the CPU build; without it, a prompt must
        # be read in one step.
        step = max(step_tokens or _CPU_STEP, longest if known else 0)
        arguments |= {
            "enforce_eager": True,
            "enable_chunked_prefill": False,
            "max_num_batched_tokens": step,
        }
        if cache is None:
            size = torch.finfo(getattr(torch, dtype)).bits // 8
            # Blocks of 128 tokens, and one that vLLM keeps for itself.
            tokens = longest + 256 if known else 0
            cache = max(1.0, facts.cache_per_token * size * tokens / _GIB)
    if cache is not None:
        arguments["kv_cache_memory_bytes"] = int(cache * _GIB)
    return arguments


def _mend(text: str) -> str:
    if "memory" in text.lower() or "max_model_len" in text or "max seq len" in text:
        return (
            "lower engine.vllm.max_model_len, set engine.vllm.gpu_memory_utilization (or, on a "
            "CPU, kv_cache_gib) to what is free, or spread it with tensor_parallel_size"
        )
    return "set engine.kind to transformers, which runs every model that transformers knows"


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Within this, variables that nobody has set have these values."""
    new = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


@contextmanager
def _kept_as_it_was() -> Iterator[None]:
    """vLLM in this process seeds the global generators, and takes `torch.set_num_threads` away."""
    numbers, numpy_numbers = random.getstate(), np.random.get_state()
    threads = torch.set_num_threads
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it has to say to its authors
        try:
            yield
        finally:
            random.setstate(numbers)
            np.random.set_state(numpy_numbers)
            torch.set_num_threads = threads
