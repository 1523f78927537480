"""Rates and intervals against independent references."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.evaluation.rates import set_of, summarise
from cai.intervals import Z95, mean, wilson
from cai.records import Said, Score, said_by


def score_interval_by_bisection(successes: int, n: int) -> tuple[float, float]:
    """The p for which the observed share is exactly z standard errors (of p) away."""

    def bound(towards: float) -> float:
        share = successes / n
        inside, outside = share, towards
        for _ in range(200):
            middle = (inside + outside) / 2
            if abs(share - middle) <= Z95 * math.sqrt(middle * (1 - middle) / n):
                inside = middle
            else:
                outside = middle
        return inside

    return bound(0.0), bound(1.0)


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 40), (3, 40), (20, 40), (39, 40), (40, 40), (7, 1000)]
)
def test_wilson_inverts_the_score_test(successes: int, n: int) -> None:
    found = wilson(successes, n)
    low, high = score_interval_by_bisection(successes, n)
    assert (found["value"], found["n"]) == (successes / n, n)
    assert found["low"] == pytest.approx(low, abs=1e-9)
    assert found["high"] == pytest.approx(high, abs=1e-9)


@given(st.integers(1, 5000), st.data())
def test_wilson_stays_inside_and_around_the_share(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    found, mirrored = wilson(successes, n), wilson(n - successes, n)
    assert found["low"] is not None
    assert found["high"] is not None
    assert 0 <= found["low"] <= successes / n <= found["high"] <= 1
    assert found["low"] == pytest.approx(1 - mirrored["high"], abs=1e-12)  # type: ignore[operator]


def test_nothing_counted_claims_nothing() -> None:
    nothing = {"value": None, "low": None, "high": None, "n": 0}
    assert wilson(0, 0) == nothing
    assert mean([]) == nothing
    assert mean([2.5]) == {"value": 2.5, "low": None, "high": None, "n": 1}


def test_mean_has_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(3, 2, size=50)
    found = mean(values.tolist())
    half = 1.959963984540054 * values.std(ddof=1) / math.sqrt(50)
    assert found["value"] == pytest.approx(values.mean())
    assert found["low"] == pytest.approx(values.mean() - half)
    assert found["high"] == pytest.approx(values.mean() + half)


def test_sets_have_a_precedence() -> None:
    assert set_of(("helpful", "borderline")) == "borderline"
    assert set_of(("theft", "red-team")) == "red-team"
    assert set_of(()) == "other"


def score(model: str, prompt: int, tag: str, **known: Any) -> Score:
    values: dict[str, Any] = {
        "harmful": None, "evasive": None, "helpful": None, "unparseable": None,
        "reward": None, "kl_to_sft": None, "decided_by": "oracle", "details": {},
    }  # fmt: skip
    return Score(
        id=f"{model}-{prompt}",
        model=model,
        prompt_id=str(prompt),
        prompt=said_by("user", "x"),
        tags=(tag,),
        response=Said(text="y", call="c"),
        **{**values, **known},
    )


def test_each_rate_counts_its_own_prompts_and_only_what_is_known() -> None:
    scores = [
        score("sft", 0, "red-team", harmful=True, evasive=False, details={"faults": ["harm"]}),
        score("sft", 1, "red-team", harmful=False, evasive=True, details={"faults": []}),
        score("sft", 2, "red-team", decided_by="nobody"),
        score("sft", 3, "helpful", harmful=True, helpful=True, evasive=False, reward=1.0),
        score("sft", 4, "borderline", helpful=False, evasive=True, reward=2.0, kl_to_sft=0.5),
        score("ppo", 0, "red-team", harmful=False, evasive=False),
    ]
    summary = summarise(scores)
    assert summary["prompts"] == {"red-team": 3, "helpful": 1, "borderline": 1}
    assert list(summary["models"]) == ["sft", "ppo"]
    sft = summary["models"]["sft"]
    counted = {name: (sft[name]["value"], sft[name]["n"]) for name in sft if name != "details"}
    assert counted == {
        "harmful_rate": (0.5, 2),
        "helpful_rate": (0.5, 2),
        "evasive_rate": (0.5, 4),
        "unparseable_rate": (None, 0),
        "mean_reward": (1.5, 2),
        "kl_to_sft": (0.5, 1),
    }
    details = sft["details"]
    assert details["faults"]["harm"]["value"] == 0.5
    assert details["decided_by"] == {"oracle": 4, "nobody": 1}
    assert details["sets"]["borderline"]["evasive_rate"]["value"] == 1.0
    assert set(sft["harmful_rate"]) == {"value", "low", "high", "n"}
