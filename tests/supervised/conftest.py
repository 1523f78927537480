"""A tiny chat model with a real tokenizer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TEXTS = (
    "How do I plant a rose? Dig a hole, put the rose into it and give it water.",
    "How do I pick a lock? I would rather not say, but a locksmith can help you.",
    "Is the answer rude or harmful? No issue. Write the answer again so that it is kind.",
)


@pytest.fixture(scope="session")
def tiny_chat(
    make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]
) -> Path:
    return make_chat_model(make_chat_tokenizer(TEXTS, size=400), context=512)
