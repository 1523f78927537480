"""Batched generation and letter probabilities for the embedded model's evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from cai.mini.model import TEMPERATURE

Message = dict[str, str]
Conversation = list[Message]

MAX_NEW_TOKENS = 96
BATCH = 96

Result = TypeVar("Result")


def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    conversations: Sequence[Conversation],
    *,
    sample_seed: int | None = None,
) -> list[str]:
    """What the model says next in each conversation.

    Greedy, or sampled at the model's temperature when `sample_seed` is given; the caller's random
    state is left as it was. Long conversations are batched with long ones.
    """
    device = model.device
    settings: dict[str, Any] = {
        "max_new_tokens": MAX_NEW_TOKENS,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "do_sample": sample_seed is not None,
    }
    if sample_seed is not None:
        settings |= {"temperature": TEMPERATURE, "top_k": 0, "top_p": 1.0}

    def run(ids: torch.Tensor, mask: torch.Tensor) -> list[str]:
        with torch.inference_mode():
            out = model.generate(input_ids=ids, attention_mask=mask, **settings)
        return list(tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True))

    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        if sample_seed is not None:
            torch.manual_seed(sample_seed)
        return _in_batches(model, tokenizer, conversations, run)


def probability_of_a(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    conversations: Sequence[Conversation],
) -> list[float]:
    """For each conversation the probability that the next letter is A, of A and B alone."""
    (a,), (b,) = (tokenizer.encode(letter, add_special_tokens=False) for letter in "AB")

    def run(ids: torch.Tensor, mask: torch.Tensor) -> list[float]:
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        with torch.inference_mode():
            logits = (
                model(input_ids=ids, attention_mask=mask, position_ids=positions, logits_to_keep=1)
                .logits[:, -1]
                .float()
            )  # [rows, vocabulary]
        return [float(p) for p in torch.sigmoid(logits[:, a] - logits[:, b])]

    return _in_batches(model, tokenizer, conversations, run)


def _in_batches(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    conversations: Sequence[Conversation],
    run: Callable[[torch.Tensor, torch.Tensor], list[Result]],
) -> list[Result]:
    """`run` on left-padded batches of similar length; results in the order of `conversations`."""
    texts = [
        tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True)
        for one in conversations
    ]
    rows: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    results: dict[int, Result] = {}
    for batch in _batches(rows):
        width = max(len(rows[at]) for at in batch)
        pad = tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(rows[at])) + rows[at] for at in batch])
        mask = torch.tensor([[0] * (width - len(rows[at])) + [1] * len(rows[at]) for at in batch])
        said = run(ids.to(model.device), mask.to(model.device))
        results |= dict(zip(batch, said, strict=True))
    return [results[at] for at in range(len(rows))]


def _batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]
