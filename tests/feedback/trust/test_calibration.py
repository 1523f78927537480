"""Calibration: against slow searches, in either naming of the answers, and never on its own fit."""

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.trust.calibration import (
    calibrated,
    fit_platt,
    measure,
    scaled,
)
from cai.feedback.trust.cases import Case
from cai.records import Label
from cai.reliability import calibration_error, logit, quality, reliability
from cai.temperature import FEWEST, fit_temperature

Make = Callable[..., Case]
probabilities = st.floats(0, 1)


def overconfident(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of a judge three times as sure as it may be, and what was true."""
    rng = random.Random(seed)
    honest = [rng.gauss(0, 1.5) for _ in range(count)]
    gold = [float(rng.random() < 1 / (1 + math.exp(-z))) for z in honest]
    return np.array([3 * z for z in honest]), np.array(gold)


def slow_loss(log_odds: np.ndarray, gold: np.ndarray, slope: float, intercept: float) -> float:
    """Platt's loss in plain Python."""
    ones = sum(gold)
    zeros = len(gold) - ones
    total = 0.0
    for z, g in zip(log_odds, gold, strict=True):
        target = g * (ones + 1) / (ones + 2) + (1 - g) / (zeros + 2)
        p = 1 / (1 + math.exp(-(slope * z + intercept)))
        total -= target * math.log(p) + (1 - target) * math.log(1 - p)
    return total


def test_the_temperature_is_found_again() -> None:
    fitted = fit_temperature(*overconfident(4000))
    assert 1 / fitted.slope == pytest.approx(3, rel=0.1)


def test_the_temperature_is_where_the_loss_is_lowest() -> None:
    log_odds, gold = overconfident(200)
    # Both namings of every case: what is fitted is then temperature, by Platt's own targets.
    both = np.concatenate([log_odds, -log_odds]), np.concatenate([gold, 1 - gold])
    found = fit_temperature(log_odds, gold).slope
    slopes = np.linspace(0.05, 2, 1951)
    best = slopes[np.argmin([slow_loss(*both, slope, 0.0) for slope in slopes])]
    assert found == pytest.approx(best, abs=1e-3)
    platt = fit_platt(*both)
    assert platt.intercept == pytest.approx(0, abs=1e-8)
    assert platt.slope == pytest.approx(found, abs=1e-6)


def test_platts_scaling_is_where_the_loss_is_lowest() -> None:
    log_odds, gold = overconfident(150, seed=2)
    found = fit_platt(log_odds + 2, gold)
    least = slow_loss(log_odds + 2, gold, found.slope, found.intercept)
    for slope, intercept in ((1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)):
        moved = slow_loss(log_odds + 2, gold, found.slope + slope, found.intercept + intercept)
        assert moved > least
    assert found.intercept == pytest.approx(-2 * found.slope, abs=0.4)


def test_gold_that_is_a_probability_is_taken_at_its_word(case: Make) -> None:
    """A judge that says what gold says is as sure as it is right, however unsure both are."""
    says = np.linspace(0.2, 0.8, 200)
    honest = [case(float(p > 0.5), float(p > 0.5), gold_probability=p, probability=p) for p in says]
    found = measure(honest)
    assert found is not None
    assert found["temperature"]["value"] == pytest.approx(1, abs=0.03)
    assert found["before"]["brier"]["value"] == pytest.approx(0, abs=1e-12)
    assert found["before"]["ece"] == pytest.approx(0, abs=1e-12)
    log_odds = logit(says) * 2
    fitted = fit_platt(log_odds, says)
    assert fitted.slope == pytest.approx(0.5, abs=0.02)
    least = slow_loss(log_odds, says, fitted.slope, fitted.intercept)
    for slope, intercept in ((1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)):
        moved = slow_loss(log_odds, says, fitted.slope + slope, fitted.intercept + intercept)
        assert moved > least


def test_a_judge_that_was_always_right_does_not_become_infinitely_sure() -> None:
    always = np.full(60, 0.4)
    fitted = fit_temperature(always, np.ones(60))
    assert float(fitted(np.array([0.4]))[0]) == pytest.approx(61 / 62, abs=1e-6)


@given(probabilities, st.floats(0.1, 10))
def test_scaling_names_neither_answer(p: float, temperature: float) -> None:
    assert scaled(1 - p, temperature) == pytest.approx(1 - scaled(p, temperature), abs=1e-9)
    assert scaled(p, 1.0) == pytest.approx(p, abs=2e-6)
    if abs(p - 0.5) > 1e-6:
        assert (scaled(p, temperature) > 0.5) == (p > 0.5)


@given(st.lists(st.tuples(probabilities, st.booleans()), min_size=1, max_size=60))
def test_every_case_is_in_one_bin_and_naming_changes_none(rows: list[tuple[float, bool]]) -> None:
    p = np.array([round(value, 3) for value, _ in rows])
    gold = np.array([float(value) for _, value in rows])
    bins = reliability(p, gold)
    assert sum(one["n"] for one in bins) == len(rows)
    assert all(0.5 <= one["confidence"] <= 1 and 0 <= one["right"] <= 1 for one in bins)
    total = sum(one["n"] * one["right"] for one in bins)
    assert total == pytest.approx(sum(0.5 if v == 0.5 else float((v > 0.5) == g)
                                      for v, g in zip(p, gold, strict=True)))  # fmt: skip


def test_scores_are_their_definitions() -> None:
    p, gold = np.array([0.9, 0.8, 0.3, 0.6]), np.array([1.0, 0.0, 0.0, 1.0])
    told = quality(p, gold, ["a", "b", "c", "d"])
    brier = sum((x - y) ** 2 for x, y in zip(p, gold, strict=True)) / 4
    loss = -sum(math.log(x if y else 1 - x) for x, y in zip(p, gold, strict=True)) / 4
    assert told["brier"]["value"] == pytest.approx(brier)
    assert told["log_loss"]["value"] == pytest.approx(loss)
    # Four cases are bins of their own, of what they are sure and right of.
    assert told["ece"] == pytest.approx((0.1 + 0.8 + 0.3 + 0.4) / 4)


def test_the_error_has_bins_of_equally_many_and_the_diagram_of_equal_width() -> None:
    sure = np.concatenate([np.full(500, 0.9), np.linspace(0.5, 0.59, 500)])
    gold = np.concatenate([np.ones(450), np.zeros(50), np.arange(500) % 2])
    bins = reliability(sure, gold)
    assert [(one["from"], one["n"]) for one in bins] == [(0.5, 278), (0.55, 222), (0.9, 500)]
    assert bins[-1]["right"] == pytest.approx(0.9)
    # 90 % sure and right: no error. The others are sure of 50 to 59 %, and right half of the time.
    assert calibration_error(sure, gold) == pytest.approx(0.5 * 0.045, abs=2e-3)
    assert calibration_error(1 - sure, 1 - gold) == pytest.approx(calibration_error(sure, gold))


def made(case: Make, log_odds: np.ndarray, gold: np.ndarray) -> list[Case]:
    return [
        case(g, float(z > 0), probability=1 / (1 + math.exp(-z)))
        for z, g in zip(log_odds, gold, strict=True)
    ]


def test_calibrating_an_overconfident_judge_mends_it(case: Make) -> None:
    found = measure(made(case, *overconfident(800)))
    assert found is not None
    before, after = found["before"], found["temperature"]
    assert after["value"] == pytest.approx(3, rel=0.2)
    assert after["ece"] < before["ece"] / 2
    assert after["log_loss"]["high"] < before["log_loss"]["low"]
    assert after["brier"]["value"] < before["brier"]["value"]


def test_what_is_after_was_not_fitted_on_itself(case: Make) -> None:
    # Each prompt's gold is a coin of its own. Fitted on themselves, prompts would leak.
    rng = random.Random(3)
    rows = []
    for number in range(30):
        gold = float(rng.random() < 0.5)
        rows += [case(gold, 1.0, prompt_id=f"p{number}", probability=0.9) for _ in range(20)]
    found = measure(rows)
    assert found is not None
    log_loss = found["temperature"]["log_loss"]["value"]
    assert log_loss > math.log(2) - 0.02  # of a coin no calibration knows more


def test_few_cases_or_few_prompts_fit_nothing(case: Make) -> None:
    log_odds, gold = overconfident(FEWEST)
    assert measure(made(case, log_odds, gold)) is not None
    assert measure(made(case, log_odds[1:], gold[1:])) is None
    assert measure([case(1.0, 1.0, prompt_id="one")] * 200) is None
    assert measure([case(0.5, 1.0)] * 200) is None  # gold's ties have no outcome


def test_labels_keep_their_status(label: Callable[..., Label]) -> None:
    rows = [label("a", 0.98), label("b", 0.5), label("c", None)]
    assert list(calibrated(rows, None)) == rows
    warm: Any = list(calibrated(rows, 2.0))
    assert warm[0].p_a == pytest.approx(7 / 8)  # odds of 49 become odds of 7
    assert [one.status for one in warm] == ["ok", "tie", "invalid"]
    assert warm[1:] == rows[1:]
    assert float(logit(np.array([warm[0].p_a]))[0]) == pytest.approx(math.log(49) / 2)
