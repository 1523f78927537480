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

# Logits of one model and batch, in numbers: half a gigabyte of float32.
_MOST_LOGITS = 1 << 27


@dataclass(frozen=True, slots=True)
class Answer:
    """Token ids of a conversation; the answer begins at `start`."""

    ids: list[int]
    start: int


class Distance:
    """Divergence from a reference with the same tokens, summed along whole answers.

    `sum_t KL(pi(. | x, y_<t) || pi_ref(. | x, y_<t))`, both at the sampling temperature. Its mean
    over answers sampled from pi is KL(pi || pi_ref) in nats per answer, without bias; summing over
    the next token instead of drawing it makes it never negative and less noisy than the sampled
    log-ratio (Amini et al. 2025, "Better Estimation of the Kullback-Leibler Divergence Between
    Language Models"). An answer is read back from its text: where the tokenizer cuts it otherwise
    than it was sampled, the sum is over other prefixes, still of divergences.
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
        """One divergence per answer, in nats; None where the models do not share their tokens."""
        if not self._comparable:
            return [None] * len(responses)
        if not self._models:  # a model and itself
            return [0.0] * len(responses)
        own, reference = self._models
        stops = stop_ids(own, self._tokenizer)
        answers = [
            read_back(self._tokenizer, prompt, response, stops)
            for prompt, response in zip(prompts, responses, strict=True)
        ]
        return divergences(own, reference, answers, temperature=temperature).tolist()


@torch.inference_mode()
def divergences(
    model: PreTrainedModel,
    reference: PreTrainedModel,
    answers: Sequence[Answer],
    *,
    temperature: float,
) -> Tensor:
    """Per answer the summed divergence of its next-token distributions: [n], float64, in nats."""
    totals = torch.zeros(len(answers), dtype=torch.float64)
    # Rows of a head beyond the other's stand for no token: padding of the vocabulary.
    size = min(len(each.get_output_embeddings().weight) for each in (model, reference))
    lengths = [len(answer.ids) for answer in answers]
    for batch in by_length(lengths, max(1, _MOST_LOGITS // size)):
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(answers[i].ids) for i in batch], batch_first=True
        )
        # Padding behind a sequence cannot reach it under causal attention: no mask is needed.
        both = [
            each(input_ids=ids.to(each.device), use_cache=False).logits
            for each in (model, reference)
        ]
        for row, index in enumerate(batch):
            said = slice(answers[index].start - 1, lengths[index] - 1)
            own, other = (logits[row, said, :size] / temperature for logits in both)
            totals[index] = next_token_divergence(own, other).sum().cpu()
    return totals


def next_token_divergence(logits: Tensor, reference_logits: Tensor) -> Tensor:
    """KL(softmax(logits) || softmax(reference_logits)) over the last axis, in nats and float64."""
    own, other = (each.double().log_softmax(-1) for each in (logits, reference_logits))
    # A token that cannot be said adds nothing, whatever the reference thinks of it.
    return torch.where(own.isneginf(), 0.0, own.exp() * (own - other)).sum(-1)


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
