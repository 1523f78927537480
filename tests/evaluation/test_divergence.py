"""Distances to the SFT model against a token-by-token float64 reference."""

from collections.abc import Mapping

import pytest
import torch

from cai.evaluation.divergence import Distance
from cai.models import encode_chat, encode_full, load_causal, load_tokenizer
from cai.records import Message, Said, said_by

PROMPT = said_by("user", "how do I bake bread")
ANSWERS = [
    Said(text="what is the best way", call="c", finish="stop"),
    Said(text="", call="c", finish="stop"),
    Said(text="a friend is a friend is a friend", call="c", finish="length"),
]


def logprob(folder: str, answer: Said, temperature: float) -> float:
    tokenizer = load_tokenizer(folder)
    model = load_causal(folder).double()
    ids = encode_full(tokenizer, [*PROMPT, Message(role="assistant", content=answer.text)])
    if answer.finish == "length":
        ids = ids[:-1]
    total = 0.0
    with torch.no_grad():
        for end in range(len(encode_chat(tokenizer, PROMPT)), len(ids)):
            logits = model(torch.tensor([ids[:end]])).logits[0, -1] / temperature
            total += (logits[ids[end]] - logits.logsumexp(0)).item()
    return total


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_ratios_equal_the_reference(folders: Mapping[str, str], temperature: float) -> None:
    distance = Distance(folders["ppo"], folders["sft"])
    found = distance([PROMPT] * 3, ANSWERS, temperature=temperature)
    for answer, value in zip(ANSWERS, found, strict=True):
        expected = logprob(folders["ppo"], answer, temperature) - logprob(
            folders["sft"], answer, temperature
        )
        assert value == pytest.approx(expected, abs=1e-4)
        assert abs(expected) > 1e-3


def test_the_sft_model_is_at_no_distance_from_itself(folders: Mapping[str, str]) -> None:
    distance = Distance(folders["sft"], folders["sft"])
    assert distance([PROMPT] * 3, ANSWERS, temperature=1.0) == [0.0] * 3


def test_models_with_other_tokens_cannot_be_compared(folders: Mapping[str, str]) -> None:
    distance = Distance(folders["stranger"], folders["sft"])
    assert distance([PROMPT] * 3, ANSWERS, temperature=1.0) == [None] * 3
