"""Requests to vLLM and what comes of them, as they are finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cai.engines.base import GenerateRequest
from cai.errors import EngineError
from cai.models import TRANSCRIPT_STOP

if TYPE_CHECKING:
    from vllm import LLM, RequestOutput, SamplingParams
    from vllm.lora.request import LoRARequest


class VllmDiedError(EngineError):
    """vLLM's own process is gone: there has to be a new one before anything can be asked again."""


KeyT = TypeVar("KeyT", bound=Hashable)
T = TypeVar("T")

_AHEAD = 2048  # requests that vLLM holds: more than it computes at once, so that it never waits
_SECONDS = 2.0  # between two times that results are handed over, to be stored
_LOOK_SECONDS = 1.0  # between two looks at whether vLLM still lives

_NEVER = -100.0
"""The most negative bias that vLLM takes: e^-100 is never drawn."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[KeyT]):
    """A prompt's token ids, and what vLLM is to do after them; `key` names the result."""

    key: KeyT
    tokens: list[int]
    params: SamplingParams


def answer_params(
    request: GenerateRequest, *, stops: frozenset[int], banned: int | None, transcript: bool
) -> SamplingParams:
    """What an answer is drawn by; it ends with one of `stops`.

    Args:
        banned: a token that is never said.
        transcript: whether a base model is asked, which says that it has ended by beginning the
            next turn.
    """
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    sampled = request.temperature > 0
    return SamplingParams(
        max_tokens=request.max_new_tokens,
        temperature=request.temperature,
        top_p=request.top_p if sampled else 1.0,
        seed=request.seed if sampled else None,
        ignore_eos=True,  # it is among the stops
        stop_token_ids=sorted(stops),
        stop=[TRANSCRIPT_STOP] if transcript else None,
        detokenize=transcript,
        skip_special_tokens=False,
        logit_bias=None if banned is None else {banned: _NEVER},
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def lookup_params(tokens: list[int]) -> SamplingParams:
    """Asks for the log-probabilities of these tokens as the next one."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        max_tokens=1,
        temperature=0.0,
        logprob_token_ids=tokens,
        ignore_eos=True,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def looked_up(output: RequestOutput) -> dict[int, float]:
    """The log-probabilities that `lookup_params` asked for, and that of the likeliest token."""
    (place,) = output.outputs[0].logprobs or [{}]
    return {token: float(found.logprob) for token, found in place.items()}


def answers(
    llm: LLM, asks: Iterator[Ask[KeyT]], lora: LoRARequest | None
) -> Iterator[list[tuple[KeyT, RequestOutput]]]:
    """What vLLM says, in the order in which it is finished; requests are made as it goes on.

    Raises:
        EngineError: if vLLM gives up.
        VllmDiedError: if its process has died.
    """
    engine = llm.llm_engine
    running: dict[str, KeyT] = {}
    found: list[tuple[KeyT, Any]] = []
    handed = time.monotonic()
    number = 0
    watched = _woken_by_death(engine.engine_core)
    try:
        more = True
        while True:
            while more and len(running) < _AHEAD:
                ask = next(asks, None)
                if ask is None:
                    more = False
                    break
                prompt: Any = {"prompt_token_ids": ask.tokens}
                _told(lambda a=ask, p=prompt, n=number: engine.add_request(  # type: ignore[misc]
                    str(n), p, a.params, lora_request=lora
                ))  # fmt: skip
                running[str(number)] = ask.key
                number += 1
            if not running:  # vLLM in a process of its own waits for ever if it is asked now
                break
            done = [output for output in _told(engine.step) if output.finished]
            found += [(running.pop(output.request_id), output) for output in done]
            if found and time.monotonic() - handed > _SECONDS:
                yield found
                found, handed = [], time.monotonic()
        if found:
            yield found
    finally:
        watched.set()
        if running:  # whoever asked has stopped: the next one must not meet these
            engine.abort_request(list(running))


def _woken_by_death(core: Any) -> Event:
    """Has whoever waits for vLLM's own process learn that it is dead, until the event is set.

    vLLM notices too, but what waits for the next result then waits for ever.
    """
    from vllm.v1.engine.exceptions import EngineDeadError

    enough = Event()
    resources: Any = getattr(core, "resources", None)
    results: Any = getattr(core, "outputs_queue", None)

    def watch() -> None:
        while not enough.wait(_LOOK_SECONDS):
            if resources.engine_dead:
                results.put(EngineDeadError())
                return

    if resources is not None and results is not None:  # else it is in this process
        Thread(target=watch, name="vllm-watch", daemon=True).start()
    return enough


def _told(call: Callable[[], T]) -> T:
    from vllm.v1.engine.exceptions import EngineDeadError

    try:
        return call()
    except (ValueError, RuntimeError, EngineDeadError) as error:
        reason = " ".join(str(error).split())[:300]
        kind = VllmDiedError if isinstance(error, EngineDeadError) else EngineError
        raise kind(
            f"vLLM gave up ({type(error).__name__}: {reason}); what it had finished is kept: run "
            "the same command again, or set engine.kind to transformers"
        ) from error
