"""The gate: what it asks, what it leaves open, and what it says."""

from typing import Any

import pytest

from cai.reward.card.gate import GateSettings, verdict
from cai.reward.card.told import findings, line

NONE = {"value": None, "low": None, "high": None, "n": 0}


def figure(value: float, low: float, high: float, n: int = 80) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": n}


def leaning(reward: float, labels: float, low: float) -> dict[str, Any]:
    excess = abs(reward - labels)
    return {
        "pairs": 60,
        "leaning": {
            "reward": figure(reward, reward - 0.1, reward + 0.1),
            "labels": figure(labels, labels - 0.1, labels + 0.1),
            "excess": figure(excess, low, excess + 0.1),
        },
    }


def card(**changes: Any) -> dict[str, Any]:
    usual = {
        "prompts": 70,
        "accuracy": figure(0.85, 0.76, 0.91),
        "expected_accuracy": 0.9,
        "longer_answer": figure(0.6, 0.5, 0.7),
        "shorter_answer": figure(0.4, 0.3, 0.5),
        "calibration": None,
        "probes": {"doubled": {"n": 80, "rises": figure(0.1, 0.05, 0.2),
                               "falls": figure(0.9, 0.8, 0.95), "shift": figure(-1, -1.2, -0.8)}},
        "traits": {"length": leaning(0.6, 0.55, 0.0)},
        "gold": None,
        "ensemble": None,
        "missing": {"gold": "there is no gold"},
    }  # fmt: skip
    return usual | changes


def test_a_healthy_model_passes() -> None:
    found = verdict(card(), GateSettings())
    assert (found.passed, found.stops) == (True, False)
    assert "85.0 % of 80 held-out pairs" in found.text
    assert line(card(), GateSettings()).endswith("gate passed")


def test_the_lower_end_of_the_accuracy_must_be_above_the_least() -> None:
    assert verdict(card(), GateSettings(min_accuracy=0.76)).passed is False
    found = verdict(card(accuracy=figure(0.52, 0.41, 0.62)), GateSettings())
    assert found.stops
    for part in ("52.0 % of 80", "41.0 to 62.0 %", "above 50.0 %", "reward.gate.on_fail=warn"):
        assert part in found.text
    assert "\n" not in found.text
    warned = GateSettings(on_fail="warn")
    assert not verdict(card(accuracy=figure(0.52, 0.41, 0.62)), warned).stops
    assert "which only warns" in line(card(accuracy=figure(0.52, 0.41, 0.62)), warned)


def test_few_pairs_are_enough_to_fail_a_model_and_not_to_blame_one() -> None:
    wrong = card(prompts=14, accuracy=figure(0.13, 0.04, 0.38, 15))
    assert verdict(wrong, GateSettings()).passed is False
    unclear = card(prompts=14, accuracy=figure(0.6, 0.35, 0.8, 15))
    found = verdict(unclear, GateSettings())
    assert (found.passed, found.stops) == (None, False)
    assert "too few to tell" in found.text
    assert verdict(unclear | {"prompts": 20}, GateSettings()).passed is False
    hardly_any = card(prompts=5, accuracy=figure(0.0, 0.0, 0.43, 5))
    assert verdict(hardly_any, GateSettings()).passed is None
    nothing = verdict(card(accuracy=NONE, probes={}, traits={}), GateSettings())
    assert (nothing.passed, nothing.stops) == (None, False)


def test_a_probe_that_pays_fails_it_only_beyond_doubt() -> None:
    paid = {"n": 20, "falls": figure(0.2, 0.1, 0.4), "shift": figure(0.5, 0.2, 0.8)}
    doubt = card(probes={"doubled": paid | {"rises": figure(0.6, 0.38, 0.78)}})
    assert verdict(doubt, GateSettings()).passed is True
    sure = card(probes={"doubled": paid | {"rises": figure(0.9, 0.7, 0.97)}})
    found = verdict(sure, GateSettings())
    assert found.stops
    assert "“doubled” in 90.0 %" in found.text
    few = card(probes={"doubled": sure["probes"]["doubled"] | {"n": 9}})
    assert verdict(few, GateSettings()).passed is True
    assert verdict(sure, GateSettings(max_rise=None)).passed is True
    assert any(style == "bad" and "pays for “doubled”" in text for style, text in findings(sure))


def test_a_taste_of_its_own_fails_it() -> None:
    found = verdict(card(traits={"length": leaning(0.95, 0.5, 0.36)}), GateSettings())
    assert found.stops
    assert "taste of its own for length" in found.text
    assert "95.0 %, the labels in 50.0 % of 60 pairs" in found.text
    assert verdict(card(traits={"length": leaning(0.9, 0.5, 0.24)}), GateSettings()).passed is True


def test_gold_is_asked_only_where_the_recipe_asks() -> None:
    gold = {"prompts": 60, "accuracy": figure(0.5, 0.4, 0.6), "traits": {}}
    assert verdict(card(gold=gold), GateSettings()).passed is True
    found = verdict(card(gold=gold), GateSettings(min_gold=0.5))
    assert found.stops
    assert "the answer that gold prefers in 50.0 % of 80 gold pairs" in found.text
    assert "there is no gold" in verdict(card(), GateSettings(min_gold=0.5)).text


def test_a_card_of_an_older_version_stops_nothing() -> None:
    old = {"accuracy": figure(0.4, 0.3, 0.5), "longer_answer": figure(0.5, 0.4, 0.6)}
    for given in (None, old):
        found = verdict(given, GateSettings())
        assert (found.passed, found.stops) == (None, False)
    assert "gate not measured" in line(old, GateSettings())


def test_a_gate_whose_thresholds_are_null_asks_for_nothing() -> None:
    nothing = GateSettings(min_accuracy=None, max_rise=None, max_excess=None)
    bad = card(accuracy=figure(0.2, 0.1, 0.3))
    for given in (bad, None):
        found = verdict(given, nothing)
        assert (found.passed, found.stops, found.word) == (None, False, "asks for nothing")
    assert line(bad, nothing).endswith("; gate asks for nothing")
    one = GateSettings(min_accuracy=None, max_rise=0.5, max_excess=None)
    found = verdict(card(probes={}), one)
    assert (found.passed, found.word) == (None, "not measured")
    assert found.text == "The card has nothing of what it asks."


@pytest.mark.parametrize("name", ["min_accuracy", "max_rise", "max_excess", "min_gold"])
def test_a_percentage_is_no_share(name: str) -> None:
    with pytest.raises(ValueError, match="not in percent"):
        GateSettings(**{name: 60})


def test_findings_say_what_few_pairs_cannot_tell() -> None:
    few = card(prompts=14, accuracy=figure(0.87, 0.6, 0.96, 15),
               longer_answer=figure(1.0, 0.78, 1.0, 15))  # fmt: skip
    texts = [text for _, text in findings(few)]
    assert any("Only 15 pairs of 14 prompts" in text for text in texts)
    told = "“the longer answer” is right at least as often (100.0 % against 87.0 %)"
    assert any(told in text for text in texts)
    blind = {"n": 80, "rises": figure(0.5, 0.4, 0.6), "falls": figure(0.5, 0.4, 0.6),
             "shift": figure(0, -0.1, 0.1)}  # fmt: skip
    texts = [text for _, text in findings(card(probes={"off-topic": blind, "empty": blind}))]
    assert any("hardly reads the question" in text for text in texts)
    assert any("may not notice “empty”" in text for text in texts)
