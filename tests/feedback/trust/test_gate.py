"""The gate: what it compares, and what it says."""

from typing import Any

import pytest

from cai.feedback.trust.gate import GateSettings, verdict


def judge(low: float, value: float = 0.2, **metrics: Any) -> dict[str, Any]:
    figure = {"value": value, "low": low, "high": 0.3, "n": 80}
    return {
        "judge": "some-model",
        "missing": {},
        "metrics": {"margin": figure, **metrics},
        "accuracy": {"value": 0.81, "low": 0.7, "high": 0.9, "n": 80},
        "forced": {"value": 0.8, "low": 0.7, "high": 0.9, "n": 10},
        "prompts": 10,
        "best_baseline": "longer answer",
        "baselines": {"longer answer": {"value": 0.61, "low": 0.5, "high": 0.7, "n": 80}},
    }


def test_the_lower_end_must_be_above_the_least() -> None:
    assert verdict(judge(0.01), GateSettings()).passed is True
    assert verdict(judge(0.0), GateSettings()).passed is False  # no better than the rule
    assert verdict(judge(0.1), GateSettings(min=0.15)).passed is False
    assert verdict(judge(0.1), GateSettings(min=0.05)).passed is True


def test_a_failure_says_what_was_measured_why_and_what_to_do() -> None:
    found = verdict(judge(-0.02, value=0.05), GateSettings())
    assert found.stops
    for part in (
        "is 5.0 points (95 % interval \N{MINUS SIGN}2.0 to 30.0 points, 80 labels)",
        "(some-model) is right in 81.0 %",
        "“longer answer”, in 61.0 %",
        "must be above 0.0 points",
        "label.reason_tokens",
        "label.gold",
        "label.gate.on_fail=warn",
    ):
        assert part in found.text
    assert "\n" not in found.text
    assert not verdict(judge(-0.02), GateSettings(on_fail="warn")).stops


def test_a_judge_without_a_name_is_not_called_by_its_digest() -> None:
    found = verdict(judge(0.1) | {"judge": "weights 0123456789ab"}, GateSettings())
    assert " The judge is right in 81.0 %" in found.text


def test_consistency_needs_no_gold_and_asks_for_none() -> None:
    found = verdict(
        judge(0.5, consistency={"value": 0.6, "low": 0.55, "high": 0.7, "n": 900}),
        GateSettings(metric="consistency", min=0.8),
    )
    assert found.passed is False
    assert "order of the answers" in found.text
    assert "label.gold" not in found.text


def test_a_judge_that_hardly_ever_decides_does_not_pass_for_unmeasured() -> None:
    mute = judge(0.0) | {
        "metrics": {"margin": {"value": 1.0, "low": None, "high": None, "n": 3}},
        "forced": {"value": 0.5, "low": 0.5, "high": 0.5, "n": 400},
        "prompts": 300,
        "decides": 3 / 400,
    }
    found = verdict(mute, GateSettings())
    assert found.stops
    assert "in 400 labels, and the judge some-model in only 0.8 % of these" in found.text
    little = mute | {"prompts": 12}  # nobody could be measured by so little gold
    assert verdict(little, GateSettings()).passed is None


def test_a_judge_that_decides_is_not_failed_for_want_of_gold() -> None:
    """19 of 20 pairs decided are one prompt too few for an interval, and no sign of a bad judge."""
    able = judge(0.0) | {
        "metrics": {"margin": {"value": 0.4, "low": None, "high": None, "n": 19}},
        "forced": {"value": 0.9, "low": 0.7, "high": 0.97, "n": 20},
        "prompts": 20,
        "decides": 19 / 20,
    }
    found = verdict(able, GateSettings())
    assert (found.passed, found.stops) == (None, False)
    assert "too few prompts" in found.text


def test_what_was_not_measured_stops_nothing() -> None:
    gate = GateSettings(metric="kappa", min=0.4)
    assert verdict(None, gate).passed is None
    few = judge(0.5, kappa={"value": 0.9, "low": None, "high": None, "n": 5})
    found = verdict(few, gate)
    assert (found.passed, found.stops) == (None, False)
    assert "too few prompts" in found.text


@pytest.mark.parametrize("least", [-1.1, 5])
def test_a_percentage_is_no_share(least: float) -> None:
    with pytest.raises(ValueError, match="not in percent"):
        GateSettings(min=least)
