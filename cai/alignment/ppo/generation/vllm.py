"""vLLM as the sampler of PPO, through TRL's `VLLMGeneration`: paged memory, batches that refill.

TRL carries the weights over (in this process by `load_weights`, to a server by broadcast) and asks
vLLM for processed log-probabilities: after temperature and the ban of tokens, as the trainer has
them. vLLM draws by its own random numbers, so that a run that was killed and goes on has other
answers from there than it would have had.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from packaging.version import Version
from peft.tuners.tuners_utils import BaseTunerLayer

from cai.alignment.ppo.generation.generator import Drawn, Sampling
from cai.alignment.ppo.generation.settings import GenerationSettings
from cai.engines.turns import next_turn_test
from cai.errors import EngineError
from cai.models import TRANSCRIPT_STOP, speaks_transcript

# What TRL's adapter is written for.
_OLDEST, _NEWEST = "0.22.0", "0.31.0"
# The most negative bias that vLLM takes: e^-100 is never drawn.
_NEVER = -100.0


class VLLMGenerator:
    """Samples by vLLM, in this process or on a server.

    Raises:
        EngineError: if vLLM or TRL's adapter is missing, of a version that does not fit, or without
            a GPU; or if the settings do not fit the processes.
    """

    holds_copy = True

    def __init__(self, sampling: Sampling, settings: GenerationSettings) -> None:
        check_installed()
        _check_place(settings, processes=sampling.processes)
        from accelerate import Accelerator
        from trl.generation.vllm_generation import VLLMGeneration

        self._sampling = sampling
        self._stopped = next_turn_test(sampling.tokenizer)
        self._generation = VLLMGeneration(
            model=sampling.policy.model,
            accelerator=Accelerator(),
            processing_class=sampling.tokenizer,
            mode="colocate" if settings.server is None else "server",
            server_base_url=settings.server,
            gpu_memory_utilization=settings.gpu_memory_utilization,
            max_model_length=sampling.longest + sampling.max_new_tokens,
            temperature=sampling.policy.temperature,
            max_completion_length=sampling.max_new_tokens,
            logprobs=0,  # of the token that was drawn, and of no other
            generation_kwargs=request(sampling),
        )

    def sync(self) -> None:
        """Brings vLLM the policy's weights, adapters merged."""
        with _bases_kept(self._sampling.policy.model):
            self._generation.sync_weights()

    def generate(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        """One answer to each prompt, by vLLM's own random numbers.

        Raises:
            EngineError: if vLLM gives other than one finite log-probability for each token.
        """
        _, answers, logprobs, _ = self._generation.generate(
            prompts=[list(prompt) for prompt in prompts], images=None, num_generations=1
        )
        return read(answers, logprobs, stop_ids=self._sampling.stop_ids, stopped=self._stopped)


def request(sampling: Sampling) -> dict[str, Any]:
    """vLLM's sampling parameters beside those that TRL sets, so that it samples what is trained."""
    asked: dict[str, Any] = {
        "stop_token_ids": sorted(sampling.stop_ids),
        "logit_bias": dict.fromkeys(sampling.policy.banned_ids, _NEVER),
        "skip_special_tokens": False,
    }
    if speaks_transcript(sampling.tokenizer):
        asked |= {"stop": [TRANSCRIPT_STOP], "include_stop_str_in_output": True}
    return asked


def read(
    answers: Sequence[Sequence[int]],
    logprobs: Sequence[Sequence[Sequence[float | None]]] | None,
    *,
    stop_ids: frozenset[int],
    stopped: Any = None,
) -> list[Drawn]:
    """What TRL's `generate` returns as answers; its log-probabilities are [n, tokens, 1].

    Raises:
        EngineError: if there is other than one finite log-probability for each token.
    """
    found = []
    for tokens, numbers in zip(answers, logprobs or [()] * len(answers), strict=True):
        own = [each[0] for each in numbers if len(each) == 1]
        if len(own) != len(tokens) or not all(_finite(number) for number in own):
            raise EngineError(
                f"vLLM gave {len(own)} log-probabilities for {len(tokens)} tokens, or one that is "
                "not a finite number; the correction for its numbers needs one for each"
            )
        ended = bool(tokens) and tokens[-1] in stop_ids
        if stopped is not None and not ended:
            ended = bool(stopped(tokens))
        found.append(
            Drawn(
                tokens=tuple(tokens),
                finished=ended,
                logprobs=tuple(float(number) for number in own if number is not None),
            )
        )
    return found


def check_installed() -> None:
    """Checks that vLLM and TRL's adapter to it are here, in versions that fit.

    Raises:
        EngineError: naming what is missing and how to get it.
    """
    mend = (
        f"in an environment with a GPU: pip install 'vllm>={_OLDEST},<={_NEWEST}'; "
        "or set align-ppo.generation.engine to transformers"
    )
    try:
        version = Version(Version(importlib.metadata.version("vllm")).base_version)
    except importlib.metadata.PackageNotFoundError:
        raise EngineError(
            f"align-ppo.generation.engine is vllm, which is not installed; {mend}"
        ) from None
    if not Version(_OLDEST) <= version <= Version(_NEWEST):
        raise EngineError(
            f"align-ppo.generation.engine: vllm {version} does not fit TRL's adapter to it; {mend}"
        )
    try:
        importlib.import_module("trl.generation.vllm_generation")
    except ImportError as error:
        raise EngineError(
            f"align-ppo.generation.engine: TRL's adapter to vLLM cannot be imported ({error}); "
            "pip install 'trl>=1.16'"
        ) from None


def _check_place(settings: GenerationSettings, *, processes: int) -> None:
    if settings.server is not None and processes > 1:
        raise EngineError(
            f"align-ppo.generation.server serves one training process, and there are {processes}: "
            "TRL takes equal shares for granted, and ours are equal in tokens; leave it out"
        )
    if settings.server is None and not torch.cuda.is_available():
        raise EngineError(
            "align-ppo.generation.engine: vLLM in this process needs a GPU, and torch finds none; "
            "set it to transformers"
        )


def _finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


@contextmanager
def _bases_kept(model: torch.nn.Module) -> Iterator[None]:
    """Within this, adapters may be merged and unmerged; afterwards the frozen weights below them
    are those of before, bit for bit.

    (W + BA) - BA is W but for rounding, and other models may lie over the same W: a sync per update
    would let all of them drift. Costs a copy of these weights for as long as the sync takes.
    """
    bases = [
        parameter
        for module in model.modules()
        if isinstance(module, BaseTunerLayer)
        for parameter in module.get_base_layer().parameters(recurse=False)
    ]
    kept = [parameter.detach().clone() for parameter in bases]
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(bases, kept, strict=True):
                parameter.copy_(value)
