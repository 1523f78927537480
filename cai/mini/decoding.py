"""What a model says and chooses, over plain conversations, for the embedded model's evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from math import tanh

from cai.engines.base import ChooseRequest, Engine, GenerateRequest
from cai.mini.model import TEMPERATURE
from cai.records import Message, derive_seed

Conversation = list[Message]

MAX_NEW_TOKENS = 96


def generate(
    engine: Engine, conversations: Sequence[Conversation], *, sample_seed: int | None = None
) -> list[str]:
    """What the model says next in each conversation.

    Greedy, or sampled at the model's temperature when `sample_seed` is given.
    """
    requests = [
        GenerateRequest(
            messages=tuple(conversation),
            max_new_tokens=MAX_NEW_TOKENS,
            temperature=0.0 if sample_seed is None else TEMPERATURE,
            seed=0 if sample_seed is None else derive_seed(sample_seed, place),
        )
        for place, conversation in enumerate(conversations)
    ]
    return [one.text for one in engine.generate(requests)]


def probability_of_a(engine: Engine, conversations: Sequence[Conversation]) -> list[float]:
    """For each conversation the probability that the next letter is A, of A and B alone."""
    requests = [ChooseRequest(messages=tuple(one), options=("A", "B")) for one in conversations]
    chosen = [choice.logprobs for choice in engine.choose(requests)]
    return [0.5 + 0.5 * tanh((a - b) / 2) for a, b in chosen]
