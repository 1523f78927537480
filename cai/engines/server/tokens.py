"""How many tokens a prompt has at a server, and how much of it there may be."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from cai.records import Message

_BYTES_PER_TOKEN = 3  # English has four or more, Chinese two or three
_TOKENS_PER_MESSAGE = 8
_MOST_PER_MESSAGE = 64


class LocalCounter:
    """Counts with a tokenizer that is here, and its chat template."""

    def __init__(self, tokenizer: str) -> None:
        from cai.models import load_tokenizer
        from cai.weights import pin

        self._tokenizer = load_tokenizer(pin(tokenizer))

    def __call__(self, messages: Sequence[Message]) -> int:
        from cai.models import encode_chat

        return len(encode_chat(self._tokenizer, messages))


def estimate(messages: Sequence[Message]) -> int:
    """About as many tokens as a prompt has, rather too many: a third of its bytes, and eight for
    what a chat template puts around each message."""
    return ceil(_bytes_of(messages) / _BYTES_PER_TOKEN) + _TOKENS_PER_MESSAGE * len(messages)


def at_most(messages: Sequence[Message]) -> int:
    """More tokens than a prompt has: none is shorter than a byte, and no usual chat template puts
    as many around a message."""
    return _bytes_of(messages) + _MOST_PER_MESSAGE * len(messages)


def _bytes_of(messages: Sequence[Message]) -> int:
    return sum(len(message["content"].encode("utf-8", "replace")) for message in messages)
