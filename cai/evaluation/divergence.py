"""How far a model's answers are from what the SFT model would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.batching import by_length
from cai.models import (
    TRANSCRIPT_STOP,
    chat_text,
    encode_chat,
    encode_full,
    load_causal,
    load_tokenizer,
    stop_ids,
)
from cai.records import Message, Said

# Logits of one batch, in numbers: a gigabyte of float32.
_MOST_LOGITS = 1 << 28


@dataclass(frozen=True, slots=True)
class Answer:
    """Token ids of a conversation; the answer begins at `start`."""

    ids: list[int]
    start: int


class Distance:
    """Log-ratios of whole answers between two models with the same tokens.

    `sum_t log pi(y_t | x, y_<t) - log pi_ref(y_t | x, y_<t)`, both at the sampling temperature. Its
    mean over answers sampled from pi estimates KL(pi || pi_ref) in nats per answer without bias
    (the estimator k1). An answer is read back from its text, so it is scored under the tokens
    that the tokenizer makes of it, which for a sampled text are nearly always those that were
    sampled.
    """

    def __init__(self, model: str, reference: str, *, device: str | None = None) -> None:
        self._tokenizer = load_tokenizer(model)
        self._comparable = (
            model == reference
            or self._tokenizer.get_vocab() == load_tokenizer(reference).get_vocab()
        )
        self._models: list[PreTrainedModel] = []
        if self._comparable and model != reference:
            self._models = [
                load_causal(name, tokenizer=self._tokenizer, device=device)
                for name in (model, reference)
            ]

    def __call__(
        self,
        prompts: Sequence[Sequence[Message]],
        responses: Sequence[Said],
        *,
        temperature: float,
    ) -> list[float | None]:
        """One log-ratio per answer, in nats; None where the models do not share their tokens."""
        if not self._comparable:
            return [None] * len(responses)
        if not self._models:  # a model and itself
            return [0.0] * len(responses)
        stops = stop_ids(self._models[0], self._tokenizer)
        answers = [
            read_back(self._tokenizer, prompt, response, stops)
            for prompt, response in zip(prompts, responses, strict=True)
        ]
        own, reference = (
            answer_logprobs(model, answers, temperature=temperature) for model in self._models
        )
        return [float(value) for value in own - reference]


@torch.inference_mode()
def answer_logprobs(
    model: PreTrainedModel, answers: Sequence[Answer], *, temperature: float
) -> Tensor:
    """log-probability of each answer's tokens at `temperature`: [n], float64, in nats."""
    totals = torch.zeros(len(answers), dtype=torch.float64)
    size = model.get_output_embeddings().weight.shape[0]
    lengths = [len(answer.ids) for answer in answers]
    for batch in by_length(lengths, max(1, _MOST_LOGITS // size)):
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(answers[i].ids) for i in batch], batch_first=True
        ).to(model.device)
        # Padding behind a sequence cannot reach it under causal attention: no mask is needed.
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        for row, index in enumerate(batch):
            said = slice(answers[index].start - 1, lengths[index] - 1)
            logprobs = (logits[row, said].float() / temperature).log_softmax(-1)
            own = logprobs.gather(-1, ids[row, 1:][said, None])
            totals[index] = own.double().sum().cpu()
    return totals


def read_back(
    tokenizer: PreTrainedTokenizerBase,
    prompt: Sequence[Message],
    response: Said,
    stops: frozenset[int],
) -> Answer:
    """The tokens of an answer that was said, with those that ended it and nothing behind them.

    Args:
        stops: the tokens that end an answer of the model that said it.
    """
    start = len(encode_chat(tokenizer, prompt))
    messages = [*prompt, Message(role="assistant", content=response.text)]
    if response.finish == "turn":
        text = chat_text(tokenizer, messages, add_generation_prompt=False)
        text = text.removesuffix(str(tokenizer.eos_token)) + TRANSCRIPT_STOP
        return Answer(
            list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids), start
        )
    ids = encode_full(tokenizer, messages)
    # Where a turn does not end with the EOS token, training still puts one behind it, which a
    # model that stops at the end of its turn never comes to say.
    end = next(index for index in range(start, len(ids)) if ids[index] in stops)
    return Answer(ids[: end + 1] if response.finish == "stop" else ids[:end], start)
