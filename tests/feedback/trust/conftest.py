"""Cases, and judged pairs, with nothing in them but what a test says."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from cai.feedback.trust.cases import Case
from cai.records import Comparison, Label, Said, said_by


@pytest.fixture
def case() -> Callable[..., Case]:
    """Makes a case of a prompt of its own, in which the judge is as sure as can be."""
    numbers = count()

    def make(gold: float, verdict: float | None, **changes: Any) -> Case:
        usual: dict[str, Any] = {
            "comparison_id": f"c{next(numbers)}",
            "prompt_id": f"p{next(numbers)}",
            "tags": (),
            "principle": "",
            "direct": True,
            "annotator": "gold",
            "gold": gold,
            "gold_probability": gold,
            "verdict": verdict,
            "probability": verdict,
            "longer": 0,
            "own": 0,
        }
        return Case(**usual | changes)

    return make


@pytest.fixture
def pair() -> Callable[..., Comparison]:
    """Makes a comparison by its name."""

    def make(name: str, *, prompt: str = "", a: str = "one", b: str = "two!") -> Comparison:
        return Comparison(
            id=name,
            prompt_id=prompt or f"prompt {name}",
            prompt=said_by("user", "How?"),
            tags=("helpful",),
            response_a=Said(text=a, call="a", model="judge"),
            response_b=Said(text=b, call="b", model="other"),
        )

    return make


@pytest.fixture
def label() -> Callable[..., Label]:
    """Makes a label of a comparison by its name."""

    def make(
        comparison: str, p_a: float | None, *, principle: str = "", by: str = "judge", **more: Any
    ) -> Label:
        status = "invalid" if p_a is None else "tie" if p_a == 0.5 else "ok"
        usual: dict[str, Any] = {
            "id": f"{comparison} {principle} {by}",
            "comparison_id": comparison,
            "principle": principle,
            "annotator": by,
            "status": status,
            "p_a": p_a,
            "logprobs_ab": (),
            "logprobs_ba": (),
            "calls": ("x",),
        }
        return Label(**usual | more)

    return make
