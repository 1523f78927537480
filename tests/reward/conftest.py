"""A tiny model with a real tokenizer, and preferences that it can learn from."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.journal import write_rows
from cai.records import Message, Preference, said_by, to_row

TEXT = "please tell me something kind and plain about gardens"


@pytest.fixture(scope="session")
def base(make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]) -> str:
    return str(make_chat_model(make_chat_tokenizer([TEXT], after_turn=""), context=256))


@pytest.fixture(scope="session")
def newline_base(
    make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]
) -> str:
    return str(make_chat_model(make_chat_tokenizer([TEXT]), context=256))


@pytest.fixture(scope="session")
def preferences(
    make_preference: Callable[..., Preference], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The answer with the word "kind" is better, whatever its length and whatever else it says."""
    rng = random.Random(0)
    words = ["gardens", "plain", "something", "about", "tell", "me", "please"]
    rows = []
    for index in range(96):
        said = [" ".join(rng.choices(words, k=rng.randint(2, 9))) for _ in range(2)]
        rows.append(
            make_preference(
                f"tell me about {index}",
                f"{said[0]} kind",
                f"{said[1]} mean",
                0.95,
                "train" if index < 64 else "heldout",
            )
        )
    path = tmp_path_factory.mktemp("label") / "preferences.jsonl"
    write_rows(path, map(to_row, rows))
    return path


@pytest.fixture
def conversations() -> list[list[Message]]:
    return [
        [*said_by("user", "please tell me"), *said_by("assistant", text)]
        for text in ("gardens", "something kind and plain about gardens", "", "a <|end|> b")
    ]
