"""The engine: vLLM in this process, with its paged memory and its batches that refill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from cai.batching import chunks
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
    in_order,
)
from cai.engines.decoding import Sampled
from cai.engines.encoding import ChatEncoder
from cai.engines.in_memory import InMemory
from cai.engines.room import check_fits
from cai.engines.turns import option_ids, read_turn
from cai.engines.vllm import asking, loading
from cai.engines.vllm.asking import Ask
from cai.engines.vllm.facts import facts_of
from cai.engines.vllm.options import Ids, lookups, scores, without
from cai.engines.vllm.seats import Seats
from cai.engines.vllm.served import Served
from cai.engines.vllm.settings import VllmSettings
from cai.models import device_for, encode_chat, load_tokenizer, speaks_transcript
from cai.records import Message, digest
from cai.weights import base_of, weights_digest

if TYPE_CHECKING:
    from vllm import LLM, RequestOutput, SamplingParams

_Key = tuple[int, Ids]
_ENCODED = 256  # conversations at a time
_MOST_TOKENS = 100  # that one request may look up


class VllmEngine:
    """Hands vLLM all requests at once, and results over as they come.

    The same conversations are the same token ids as with `TransformersEngine`, answers end and are
    read in the same way, and the pad token is never said. Draws are vLLM's own; each has its own
    generator, so that a request's text does not depend on what else is asked.

    The model is loaded at the first request: `count` and `context` do without it.

    Args:
        model: `cai-mini`, a folder, of an adapter too, or a hub name that is pinned.
        device: "cpu", "cuda", or None for a GPU if there is one.
        step_tokens: the most tokens that one step computes; None: vLLM's own choice.
        seats: those that give memory back for this one.
        in_memory: where engines of one run find a model that is served already: adapters over one
            base, and the base itself, are one model in vLLM.
    """

    def __init__(
        self,
        model: str,
        *,
        identity: EngineIdentity,
        settings: VllmSettings | None = None,
        device: str | None = None,
        step_tokens: int | None = None,
        seats: Seats | None = None,
        in_memory: InMemory | None = None,
    ) -> None:
        self._identity = identity
        self._name = model
        self._settings = settings or VllmSettings()
        self._seats = seats or Seats()
        self._tokenizer = load_tokenizer(model)
        self._transcript = speaks_transcript(self._tokenizer)
        self._encoder = ChatEncoder(self._tokenizer)
        self._facts = facts_of(model, self._tokenizer)
        self._device = device_for(device).type
        self._step_tokens = step_tokens
        self._in_memory = in_memory or InMemory()

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @property
    def context(self) -> int:
        return loading.context(self._facts, self._settings)

    def count(self, messages: Sequence[Message]) -> int:
        return len(encode_chat(self._tokenizer, messages))

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        """One completion per request, in order.

        Raises:
            EngineError: if a prompt and its answer would not fit the model's context, or vLLM
                cannot run the model.
        """
        return in_order(self.stream(requests), len(requests), Completion)

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        """The log-probability of each option after each request's messages, in order.

        An option of several tokens is scored as a whole.

        Raises:
            EngineError: as `generate`.
        """
        return in_order(self.stream(requests), len(requests), Choice)

    def stream(
        self, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Iterator[list[tuple[int, Completion | Choice]]]:
        """Results by the places of their requests, as they come.

        Raises:
            EngineError: as `generate`.
        """
        opened: dict[int, _Open] = {}

        def asks() -> Iterator[Ask[_Key]]:
            for first, part in chunks(requests, _ENCODED):
                ids = self._encoder.encode([request.messages for request in part])
                for index, (request, prompt) in enumerate(zip(part, ids, strict=True), first):
                    opened[index] = one = self._open(request, prompt, index)
                    own = [Ask((index, start), [*prompt, *start], p) for start, p in one.asked]
                    one.missing = len(own)
                    yield from own

        if not requests:
            return
        adapter = self._facts.adapter
        with self._served.one_at_a_time():
            llm = self._llm()  # first of all, for it decides how vLLM is imported
            lora = adapter and self._served.lora(adapter, self._identity.weights)
            for batch in asking.answers(llm, asks(), lora):
                yield self._finished(batch, opened)

    def most(self, request: GenerateRequest | ChooseRequest) -> tuple[int, int]:
        """The most tokens that a request may have read, and said."""
        said = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self.count(request.messages), said

    def close(self) -> None:
        """Gives the memory back. Asked again, the engine loads again."""
        self._served.close()

    def _open(
        self, request: GenerateRequest | ChooseRequest, prompt: list[int], index: int
    ) -> _Open:
        if isinstance(request, GenerateRequest):
            longest = request.max_new_tokens
            options: list[list[int]] = []
            params = asking.answer_params(
                request, stops=self._facts.stops, banned=self._banned, transcript=self._transcript
            )
            asked: list[tuple[Ids, SamplingParams]] = [((), params)]
        else:
            options = [option_ids(self._tokenizer, option) for option in request.options]
            longest = max(map(len, options))
            beside = [] if self._banned is None else [self._banned]
            asked = [
                (start, asking.lookup_params([*part, *beside]))
                for start, tokens in lookups(options).items()
                for _, part in chunks(tokens, _MOST_TOKENS)
            ]
        check_fits(
            len(prompt) + longest, self.context, model=self._name, request=request, index=index
        )
        return _Open(request, len(prompt), asked, options)

    def _finished(
        self, batch: Sequence[tuple[_Key, RequestOutput]], opened: dict[int, _Open]
    ) -> list[tuple[int, Completion | Choice]]:
        """The requests of which nothing is missing any more; they are taken out of `opened`."""
        found: list[tuple[int, Completion | Choice]] = []
        for (index, start), output in batch:
            one = opened[index]
            one.missing -= 1
            if isinstance(one.request, GenerateRequest):
                found.append((index, self._completion(one, one.request, output)))
            else:
                told = without(asking.looked_up(output), self._banned)
                one.found.setdefault(start, {}).update(told)
                if not one.missing:
                    found.append((index, self._choice(one, one.request)))
            if not one.missing:
                del opened[index]
        return found

    def _completion(
        self, one: _Open, request: GenerateRequest, output: RequestOutput
    ) -> Completion:
        said = output.outputs[0]
        sampled = Sampled(list(said.token_ids), said.finish_reason == "stop")
        turn = read_turn(self._tokenizer, sampled, self._facts.stops)
        return Completion(
            text=turn.text,
            finish=turn.finish,
            prompt_tokens=one.prompt_tokens,
            new_tokens=len(sampled.tokens),
            call=call_key(self._identity, request),
        )

    def _choice(self, one: _Open, request: ChooseRequest) -> Choice:
        return Choice(
            logprobs=scores(one.options, one.found),
            prompt_tokens=one.prompt_tokens,
            call=call_key(self._identity, request),
        )

    @property
    def _banned(self) -> int | None:
        """The pad token, if the model could say it: one that was added here has no logit there."""
        pad = int(self._tokenizer.pad_token_id)
        return pad if pad < self._facts.vocabulary else None

    def _llm(self) -> LLM:
        self._seats.take(self._served, self._served.share)
        return self._served.llm(self._name, self._facts.adapter)

    @cached_property
    def _served(self) -> Served:
        # A tokenizer of its own would write the texts of others.
        tokenizer = digest(self._tokenizer.get_vocab())
        base = base_of(self._name)
        weights = self._identity.weights if base is None else weights_digest(base)
        how = self._settings, self._device, self._identity.dtype, self._step_tokens
        make = partial(
            Served,
            self._facts,
            self._settings,
            device=self._device,
            dtype=self._identity.dtype,
            step_tokens=self._step_tokens,
        )
        return self._in_memory.shared(Served, weights, tokenizer, *how, make=make)


@dataclass(slots=True)
class _Open:
    """A request that vLLM works on: what was asked for it after which beginnings, and what of that
    is there."""

    request: GenerateRequest | ChooseRequest
    prompt_tokens: int
    asked: Sequence[tuple[Ids, SamplingParams]]
    options: list[list[int]]
    missing: int = 0
    found: dict[Ids, dict[int, float]] = field(default_factory=dict)
