"""Pairs as a reward model sees them, with nothing in them but what a test says."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from cai.records import said_by
from cai.reward.card.judged import Judged


@pytest.fixture
def judged() -> Callable[..., Judged]:
    """Makes a pair of a prompt of its own, whose answers differ in nothing but their rewards."""
    numbers = count()

    def make(margin: float = 1.0, probability: float = 1.0, **changes: Any) -> Judged:
        usual: dict[str, Any] = {
            "prompt_id": f"p{next(numbers)}",
            "tags": (),
            "principles": (),
            "prompt": said_by("user", "How?"),
            "chosen": margin,
            "rejected": 0.0,
            "probability": probability,
            "chosen_text": "one answer",
            "rejected_text": "an answer.",
        }
        return Judged(**usual | changes)

    return make
