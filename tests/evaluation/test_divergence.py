"""Distances to the SFT model against a token-by-token float64 reference."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from cai.evaluation.divergence import Distance, next_token_divergence, read_back
from cai.models import encode_chat, encode_full, load_causal, load_tokenizer
from cai.records import Message, Said, said_by

PROMPT = said_by("user", "how do I bake bread")
ANSWERS = [
    Said(text="what is the best way", call="c", finish="stop"),
    Said(text="", call="c", finish="stop"),
    Said(text="a friend is a friend is a friend", call="c", finish="length"),
]


def told(folder: Path, answer: str, finish: str, stops: set[int]) -> str:
    """The answer as it is read back, in words."""
    tokenizer = load_tokenizer(str(folder))
    response = Said(text=answer, call="c", finish=finish)
    read = read_back(tokenizer, PROMPT, response, frozenset({tokenizer.eos_token_id, *stops}))
    return str(tokenizer.decode(read.ids[read.start :]))


def test_a_base_model_is_held_to_the_end_that_it_said(tiny_gpt2: Path) -> None:
    endings = {
        finish: told(tiny_gpt2, "Well.", finish, set()) for finish in ("stop", "turn", "length")
    }
    assert endings == {
        "stop": " Well.<|endoftext|>", "turn": " Well.\n\nHuman:", "length": " Well."
    }  # fmt: skip


def test_what_training_puts_behind_a_turn_was_not_said(
    make_chat_tokenizer: Callable[..., Any], tmp_path: Path
) -> None:
    """As for Gemma, whose turns end with a token that is not the EOS token."""
    tokenizer = make_chat_tokenizer(["how do I bake bread"])
    tokenizer.add_special_tokens({"eos_token": "<|eos|>"})
    tokenizer.save_pretrained(tmp_path)
    end = int(tokenizer.convert_tokens_to_ids("<|end|>"))
    assert told(tmp_path, "bake", "stop", {end}) == "bake<|end|>"
    assert told(tmp_path, "bake", "length", {end}) == "bake"


def divergence(own: str, reference: str, answer: Said, temperature: float) -> float:
    """The sum over prefixes, one forward pass each."""
    tokenizer = load_tokenizer(own)
    models = [load_causal(folder).double() for folder in (own, reference)]
    ids = encode_full(tokenizer, [*PROMPT, Message(role="assistant", content=answer.text)])
    if answer.finish == "length":
        ids = ids[:-1]
    total = 0.0
    with torch.no_grad():
        for end in range(len(encode_chat(tokenizer, PROMPT)), len(ids)):
            p, q = (
                model(torch.tensor([ids[:end]])).logits[0, -1] / temperature for model in models
            )
            p, q = p - p.logsumexp(0), q - q.logsumexp(0)
            total += (p.exp() * (p - q)).sum().item()
    return total


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_divergences_equal_the_reference(folders: Mapping[str, str], temperature: float) -> None:
    distance = Distance(folders["ppo"], folders["sft"])
    found = distance([PROMPT] * 3, ANSWERS, temperature=temperature)
    for answer, value in zip(ANSWERS, found, strict=True):
        expected = divergence(folders["ppo"], folders["sft"], answer, temperature)
        assert value == pytest.approx(expected, rel=1e-5)
        assert expected > 0.1


def test_tokens_that_cannot_be_said_add_nothing() -> None:
    own = torch.tensor([[0.75, 0.25, 0.0], [0.5, 0.5, 0.0]]).log()
    reference = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]).log()
    expected = [0.75 * math.log(1.5) + 0.25 * math.log(0.5), math.log(2)]
    assert next_token_divergence(own, reference).tolist() == pytest.approx(expected, abs=1e-6)


def test_the_sft_model_is_at_no_distance_from_itself(folders: Mapping[str, str]) -> None:
    distance = Distance(folders["sft"], folders["sft"])
    assert distance([PROMPT] * 3, ANSWERS, temperature=1.0) == [0.0] * 3


def test_models_with_other_tokens_cannot_be_compared(folders: Mapping[str, str]) -> None:
    distance = Distance(folders["stranger"], folders["sft"])
    assert distance([PROMPT] * 3, ANSWERS, temperature=1.0) == [None] * 3
