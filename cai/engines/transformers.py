"""The default engine: a transformers model in this process, on the CPU or one GPU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.batching import at_intervals, by_length, chunks
from cai.console import say
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.continuous.flow import Manner, Wanted
from cai.engines.continuous.probe import why_not_continued
from cai.engines.continuous.running import continued
from cai.engines.decoding import Sampled
from cai.engines.encoding import ChatEncoder
from cai.engines.identity import DTYPES, identity_of
from cai.engines.in_memory import InMemory, Loaded
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
    load_tokenizer,
    stop_ids,
)
from cai.records import Message
from cai.weights import pin

_CPU_READS = 4096  # tokens
_CPU_ENOUGH = 1024  # tokens: a batch ends here where that repeats little
_CHOSEN = 256  # choices handed over together
_SECONDS = 1.0  # between two lots of completions that are handed over


class TransformersEngine:
    """Keeps as many requests under way as a budget of tokens allows; it streams what has ended.

    The weights are loaded at the first request: `count` and `context` do without them.

    Args:
        model: `cai-mini`, a folder or a hub name, which is pinned to its newest commit.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        token_budget: the most padded tokens (prompt and new) under way at once; None finds
            it from the free memory. Where it is too high it is halved.
        identity: what `identity_of` says of these arguments, if it was asked already: it reads all
            weights. A hub name is then taken to be pinned.
        in_memory: where engines of one run find weights that are loaded already.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int | None = None,
        identity: EngineIdentity | None = None,
        in_memory: InMemory | None = None,
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
        self._in_memory = in_memory or InMemory()

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
        done = dict(one for found in self._written(requests) for one in found)
        return [done[index] for index in range(len(requests))]

    def stream(
        self, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Iterator[list[tuple[int, Completion | Choice]]]:
        """Results by the places of their requests: what is written as it ends, the rest in parts.

        Raises:
            EngineError: as `generate` and `choose`.
        """
        kinds = defaultdict[type, list[int]](list)
        for index, request in enumerate(requests):
            kinds[type(request)].append(index)
        writing = kinds[GenerateRequest]
        wanted = [one for one in requests if isinstance(one, GenerateRequest)]
        for found in at_intervals(self._written(wanted), _SECONDS):
            yield [(writing[index], completion) for index, completion in found]
        asked = [one for one in requests if isinstance(one, ChooseRequest)]
        for first, part in chunks(asked, _CHOSEN):
            places = kinds[ChooseRequest][first : first + len(part)]
            yield list(zip(places, self.choose(part), strict=True))

    def most(self, request: GenerateRequest | ChooseRequest) -> tuple[int, int]:
        """The most tokens that a request reads, and says."""
        new = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self.count(request.messages), new

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

    def _written(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Completions by the places of their requests, as they end."""
        prompts = self._encoder.encode([request.messages for request in requests])
        kinds = defaultdict[tuple[float, float], list[int]](list)
        for index, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
            self._check_fits(len(prompt) + request.max_new_tokens, request, index)
            kinds[request.temperature, request.top_p].append(index)
        for (temperature, top_p), indices in kinds.items():
            manner = Manner(
                temperature=temperature,
                top_p=top_p,
                stop_ids=self._stops,
                banned_ids=[self._pad_id],
                stopped=next_turn_test(self._tokenizer),
            )
            wanted = [
                Wanted(
                    prompt=prompts[index],
                    length=requests[index].max_new_tokens,
                    seed=requests[index].seed,
                )
                for index in indices
            ]
            way = self._way if self._continues else None
            for ended in continued(
                wanted, manner, head=self._head, way=way, budget=self._budget, pad_id=self._pad_id
            ):
                yield [
                    (indices[number], self._completion(requests[indices[number]], prompt, sampled))
                    for number, sampled in ended
                    for prompt in [wanted[number].prompt]
                ]

    def _completion(
        self, request: GenerateRequest, prompt: Sequence[int], sampled: Sampled
    ) -> Completion:
        turn = read_turn(self._tokenizer, sampled, self._stops)
        return Completion(
            text=turn.text,
            finish=turn.finish,
            prompt_tokens=len(prompt),
            new_tokens=len(sampled.tokens),
            call=call_key(self._identity, request),
        )

    @cached_property
    def _loaded(self) -> Loaded:
        return self._in_memory.causal(
            self._name,
            weights=self._identity.weights,
            tokenizer=self._tokenizer,
            device=self._device,
            dtype=DTYPES[self._identity.dtype],
        )

    @cached_property
    def _model(self) -> PreTrainedModel:
        return self._loaded.model

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
        say(f"{self._name}: every prompt is read whole, which takes longer: {found}")
        return None

    @cached_property
    def _continues(self) -> bool:
        """Whether sequences may join and leave while others go on."""
        reason = why_not_continued(self._head, self._way) if self._way else "nothing is shared"
        if self._way and reason:
            say(f"{self._name}: answers are written batch by batch, which takes longer: {reason}")
        return not reason

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
