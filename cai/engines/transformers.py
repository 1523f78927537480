"""The default engine: a transformers model in this process, on the CPU or one GPU."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.batching import by_length
from cai.engines.base import (
    FOLDER,
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.decoding import sample, uniforms
from cai.engines.turns import next_turn_test, read_turn
from cai.errors import EngineError
from cai.heads import head_is_all, logits_at
from cai.models import (
    context_of,
    device_for,
    encode_chat,
    load_causal,
    load_tokenizer,
    speaks_transcript,
    stop_ids,
)
from cai.records import Message
from cai.weights import hub_name, is_folder, pin, weights_digest

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class TransformersEngine:
    """Batches requests of similar length under a budget of tokens.

    The weights are loaded at the first request: `count` and `context` do without them.

    Args:
        model: `cai-mini`, a folder or a hub name, which is pinned to its newest commit.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        token_budget: the most padded tokens (prompt and new) that one batch may hold.
        identity: what `identity_of` says of these arguments, if it was asked already: it reads all
            weights. A hub name is then taken to be pinned.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 32_768,
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
        self._token_budget = token_budget
        self._transcript = speaks_transcript(self._tokenizer)

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
            EngineError: if a prompt and its answer would not fit the model's context.
        """
        prompts = [encode_chat(self._tokenizer, request.messages) for request in requests]
        for index, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
            self._check_fits(len(prompt) + request.max_new_tokens, request.messages, index)
        done: dict[int, Completion] = {}
        sizes = [
            len(prompt) + request.max_new_tokens
            for prompt, request in zip(prompts, requests, strict=True)
        ]
        shapes = [(each.temperature, each.top_p, each.max_new_tokens) for each in requests]
        for batch in by_length(sizes, self._token_budget, kinds=shapes):
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
        return [done[index] for index in range(len(requests))]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        """The log-probability of each option after each request's messages, in order.

        An option of several tokens is scored as a whole. The transcript form of a base model puts
        a space before what is said next.

        Raises:
            EngineError: if a prompt does not fit the model's context.
        """
        prompts = [encode_chat(self._tokenizer, request.messages) for request in requests]
        sequences: list[tuple[list[int], int]] = []
        owners: list[int] = []
        for index, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
            options = [self._option_ids(option) for option in request.options]
            self._check_fits(len(prompt) + max(map(len, options)), request.messages, index)
            if all(len(option) == 1 for option in options):
                sequences.append((prompt, 0))  # one pass reads all of them off the last position
                owners.append(index)
            else:
                sequences += [([*prompt, *option], len(option)) for option in options]
                owners += [index] * len(options)
        rows = self._logprob_rows(sequences)
        scores: dict[int, list[float]] = {index: [] for index in range(len(requests))}
        for (_, length), owner, row in zip(sequences, owners, rows, strict=True):
            if length == 0:
                singles = [self._option_ids(option)[0] for option in requests[owner].options]
                scores[owner] = [float(row[token]) for token in singles]
            else:
                scores[owner].append(float(row.sum()))
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
            dtype=_DTYPES[self._identity.dtype],
        )

    @cached_property
    def _stops(self) -> frozenset[int]:
        return stop_ids(self._model, self._tokenizer)

    @cached_property
    def _head_is_all(self) -> bool:
        return head_is_all(self._model)

    @property
    def _reading_budget(self) -> int:
        # Reading needs no large batch to keep a CPU busy, and small ones stay in its cache.
        on_cpu = self._model.device.type == "cpu"
        return min(self._token_budget, 4096) if on_cpu else self._token_budget

    @property
    def _pad_id(self) -> int:
        return int(self._tokenizer.pad_token_id)

    def _option_ids(self, option: str) -> list[int]:
        text = f" {option}" if self._transcript else option
        return list(self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids)

    @torch.inference_mode()
    def _logprob_rows(self, sequences: Sequence[tuple[list[int], int]]) -> list[torch.Tensor]:
        """Per sequence: log-probabilities of its last `length` tokens, or, where `length` is 0,
        of the whole vocabulary as the next token.

        Padding is on the right, where a causal model never looks, so no mask is needed and the
        fastest attention kernel is used.
        """
        rows: dict[int, torch.Tensor] = {}
        lengths = [len(tokens) for tokens, _ in sequences]
        for batch in by_length(lengths, self._reading_budget):
            ids = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(sequences[i][0]) for i in batch],
                batch_first=True,
                padding_value=self._pad_id,
            ).to(self._model.device)
            spans = [_read_span(*sequences[i]) for i in batch]
            widths = [len(span) for span in spans]
            logits = self._logits_at(
                ids,
                torch.arange(len(batch)).repeat_interleave(torch.tensor(widths)).to(ids.device),
                torch.tensor([column for span in spans for column in span], device=ids.device),
            ).float()
            logits[:, self._pad_id] = -torch.inf  # never said, here as in `generate`
            logprobs = torch.log_softmax(logits, dim=-1).cpu()
            for index, part in zip(batch, torch.split(logprobs, widths), strict=True):
                tokens, length = sequences[index]
                if length == 0:
                    rows[index] = part[0]
                else:
                    said = torch.tensor(tokens[-length:])
                    rows[index] = part.gather(1, said[:, None]).squeeze(1)
        return [rows[index] for index in range(len(sequences))]

    def _logits_at(
        self, ids: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
    ) -> torch.Tensor:
        if not self._head_is_all:
            return logits_at(self._model, ids, rows, columns)
        hidden = self._model.base_model(input_ids=ids, use_cache=False)[0]
        logits: torch.Tensor = self._model.get_output_embeddings()(hidden[rows, columns])
        return logits

    def _check_fits(self, tokens: int, messages: Sequence[Message], index: int) -> None:
        if tokens > self.context:
            start = messages[-1]["content"][:60]
            raise EngineError(
                f"request {index + 1} ({start!r}…) needs {tokens} tokens, more than the "
                f"{self.context} of {self._name}; shorten it or lower max_new_tokens"
            )


def identity_of(
    model: str, *, device: str | None = None, dtype: str = "auto", weights: str | None = None
) -> EngineIdentity:
    """The identity that a TransformersEngine with these arguments would have.

    A folder is named by its weights alone, so that moving it does not repeat its calls.

    Args:
        weights: the model's `weights_digest`, if it is known.

    Raises:
        EngineError: if the dtype is unknown, or there is no such model.
    """
    if dtype == "auto":
        dtype = "bfloat16" if device_for(device).type == "cuda" else "float32"
    if dtype not in _DTYPES:
        raise EngineError(f"dtype {dtype!r} is unknown; use auto, {', '.join(_DTYPES)}")
    weights = weights or weights_digest(model)  # first: it names a model that is not there best
    template = str(load_tokenizer(model).chat_template)
    return EngineIdentity(
        model=FOLDER if is_folder(model) else hub_name(model),
        weights=weights,
        dtype=dtype,
        template=hashlib.sha256(template.encode()).hexdigest(),
    )


def _read_span(tokens: Sequence[int], length: int) -> range:
    """The positions whose outputs speak of the last `length` tokens, or of the next one."""
    end = len(tokens)
    return range(end - 1, end) if length == 0 else range(end - 1 - length, end - 1)
