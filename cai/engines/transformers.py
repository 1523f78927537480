"""The default engine: a transformers model in this process, on the CPU or one GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.batching import by_length
from cai.console import say
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.decoding import sample, uniforms
from cai.engines.encoding import ChatEncoder
from cai.engines.identity import DTYPES, identity_of
from cai.engines.memory import TokenBudget, automatic_tokens
from cai.engines.prefix.forward import Way, sharing
from cai.engines.prefix.probe import find_way, length_matters
from cai.engines.prefix.reading import read_shared, shared_batches
from cai.engines.reading import Reading, read_each, readings_of
from cai.engines.room import check_fits
from cai.engines.turns import next_turn_test, option_ids, read_turn
from cai.engines.workers import workers_on
from cai.heads import Head, head_is_all
from cai.models import (
    context_of,
    encode_chat,
    load_causal,
    load_tokenizer,
    stop_ids,
)
from cai.records import Message
from cai.weights import pin

_CPU_READS = 4096  # tokens
_CPU_ENOUGH = 1024  # tokens: a batch ends here where that repeats little


class TransformersEngine:
    """Batches requests of similar length under a budget of tokens.

    The weights are loaded at the first request: `count` and `context` do without them.

    Args:
        model: `cai-mini`, a folder or a hub name, which is pinned to its newest commit.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        token_budget: the most padded tokens (prompt and new) that one batch may hold; None finds
            it from the free memory. Where it is too high it is halved.
        identity: what `identity_of` says of these arguments, if it was asked already: it reads all
            weights. A hub name is then taken to be pinned.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int | None = None,
        identity: EngineIdentity | None = None,
    ) -> None:
        if identity is None:
            model = pin(model)
            identity = identity_of(model, device=device, dtype=dtype)
        self._identity = identity
        self._name = model
        self._device = device
        self._tokenizer: PreTrainedTokenizerBase = load_tokenizer(model)
        self._context = context_of(model)
        self._encoder = ChatEncoder(self._tokenizer)
        self._most_tokens = token_budget

    def load(self) -> None:
        """Loads the weights now.

        Raises:
            EngineError: if they cannot be read.
        """
        _ = self._model

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @property
    def context(self) -> int:
        return self._context

    def count(self, messages: Sequence[Message]) -> int:
        return len(encode_chat(self._tokenizer, messages))

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        """One completion per request, in order.

        Raises:
            EngineError: if a prompt and its answer would not fit the model's context, or one
                request alone does not fit the memory.
        """
        prompts = self._encoder.encode([request.messages for request in requests])
        sizes = [
            len(prompt) + request.max_new_tokens
            for prompt, request in zip(prompts, requests, strict=True)
        ]
        for index, (size, request) in enumerate(zip(sizes, requests, strict=True)):
            self._check_fits(size, request, index)
        done: dict[int, Completion] = {}
        shapes = [(each.temperature, each.top_p, each.max_new_tokens) for each in requests]

        def run(batch: Sequence[int]) -> None:
            temperature, top_p, length = shapes[batch[0]]
            noise = uniforms([requests[i].seed for i in batch], length) if temperature > 0 else None
            samples = sample(
                self._model,
                [prompts[i] for i in batch],
                uniforms=noise,
                max_new_tokens=length,
                stop_ids=self._stops,
                pad_id=self._pad_id,
                temperature=temperature,
                top_p=top_p,
                banned_ids=[self._pad_id],
                stopped=next_turn_test(self._tokenizer),
            )
            for index, sampled in zip(batch, samples, strict=True):
                turn = read_turn(self._tokenizer, sampled, self._stops)
                done[index] = Completion(
                    text=turn.text,
                    finish=turn.finish,
                    prompt_tokens=len(prompts[index]),
                    new_tokens=len(sampled.tokens),
                    call=call_key(self._identity, requests[index]),
                )

        def cut(left: Sequence[int], tokens: int) -> Iterator[Sequence[int]]:
            kinds = [shapes[index] for index in left]
            for batch in by_length([sizes[index] for index in left], tokens, kinds=kinds):
                yield [left[place] for place in batch]

        if requests:
            self._budget.spend(range(len(requests)), cut=cut, run=run)
        return [done[index] for index in range(len(requests))]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        """The log-probability of each option after each request's messages, in order.

        An option of several tokens is scored as a whole. The transcript form of a base model puts
        a space before what is said next.

        Raises:
            EngineError: if a prompt does not fit the model's context.
        """
        prompts = self._encoder.encode([request.messages for request in requests])
        readings: list[Reading] = []
        scored: list[tuple[int, tuple[int, ...]]] = []  # of which request, and which of its options
        said = {option for request in requests for option in request.options}
        ids = {option: option_ids(self._tokenizer, option) for option in said}
        for index, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
            options = [ids[option] for option in request.options]
            self._check_fits(len(prompt) + max(map(len, options)), request, index)
            for reading, numbers in readings_of(prompt, options):
                readings.append(reading)
                scored.append((index, numbers))
        scores = [[0.0] * len(request.options) for request in requests]
        for (index, numbers), values in zip(scored, self._read(readings), strict=True):
            for number, value in zip(numbers, values, strict=True):
                scores[index][number] += value
        return [
            Choice(
                logprobs=tuple(scores[index]),
                prompt_tokens=len(prompts[index]),
                call=call_key(self._identity, request),
            )
            for index, request in enumerate(requests)
        ]

    @cached_property
    def _model(self) -> PreTrainedModel:
        return load_causal(
            self._name,
            tokenizer=self._tokenizer,
            device=self._device,
            dtype=DTYPES[self._identity.dtype],
        )

    @cached_property
    def _stops(self) -> frozenset[int]:
        return stop_ids(self._model, self._tokenizer)

    @cached_property
    def _budget(self) -> TokenBudget:
        return TokenBudget(self._most_tokens or automatic_tokens(self._model))

    @cached_property
    def _head(self) -> Head:
        return Head(self._model, head_is_all(self._model))

    @cached_property
    @torch.inference_mode()
    def _way(self) -> Way | None:
        """How beginnings are shared; None where every prompt is computed whole."""
        found = find_way(self._head, pad_id=self._pad_id)
        if isinstance(found, Way):
            return found
        say(f"{self._name}: every prompt is judged whole, which takes longer: {found}")
        return None

    @property
    def _pad_id(self) -> int:
        return int(self._tokenizer.pad_token_id)

    @torch.inference_mode()
    def _read(self, readings: Sequence[Reading]) -> list[list[float]]:
        """The log-probabilities of each reading's targets."""
        if not readings:
            return []
        values: dict[int, list[float]] = {}
        way = self._way if len(readings) > 1 else None
        head, pad_id = self._head, self._pad_id

        @torch.inference_mode()
        def run(batch: Sequence[int]) -> None:
            own = [readings[index] for index in batch]
            if way is None:
                read = read_each(own, head=head, pad_id=pad_id)
            else:
                read = read_shared(own, head=head, way=way, pad_id=pad_id)
            values.update(zip(batch, read, strict=True))

        def cut(left: Sequence[int], tokens: int) -> Iterator[Sequence[int]]:
            own = [readings[index] for index in left]
            lengths = [len(reading.tokens) for reading in own]
            alike = lengths if length_matters(self._model.config.get_text_config()) else None
            found = (
                by_length(lengths, tokens, kinds=alike)
                if way is None
                else shared_batches(own, tokens, enough=enough)
            )
            for batch in found:
                yield [left[place] for place in batch]

        # Reading needs no large batch to keep a CPU busy, and small ones stay in its cache.
        on_cpu = self._model.device.type == "cpu"
        most, enough = (_CPU_READS, _CPU_ENOUGH) if on_cpu else (None, None)
        # A model whose beginnings cannot be shared may also keep something between its passes.
        workers = workers_on(self._model.device) if way else 1
        with sharing(self._model, way) if way else nullcontext():
            self._budget.spend(range(len(readings)), cut=cut, run=run, most=most, workers=workers)
        return [values[index] for index in range(len(readings))]

    def _check_fits(
        self, tokens: int, request: GenerateRequest | ChooseRequest, index: int
    ) -> None:
        check_fits(tokens, self._context, model=self._name, request=request, index=index)
