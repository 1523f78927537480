"""Calibration of sigma(margin): known temperatures are found, and honest margins left alone."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from cai.reward.card.calibration import measure
from cai.reward.card.judged import Judged, believed

Make = Callable[..., Judged]


def pairs(judged: Make, steepness: float, count: int = 400) -> list[Judged]:
    """Labels as soft as honest log-odds say, and margins `steepness` times as large."""
    rng = random.Random(1)
    odds = [rng.gauss(0, 1.5) for _ in range(count)]
    return [judged(steepness * z, 1 / (1 + np.exp(-z))) for z in odds]


@pytest.mark.parametrize("steepness", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_made_margins_too_steep_or_too_flat(
    judged: Make, steepness: float
) -> None:
    card = measure(pairs(judged, steepness))
    assert card is not None
    assert card["temperature"] == pytest.approx(steepness, rel=0.05)
    after = card["after"]
    assert after["ece"] < 0.02
    assert after["brier"]["value"] < 0.001
    if steepness != 1:
        assert after["brier"]["value"] < card["before"]["brier"]["value"]


def test_with_few_pairs_nothing_is_fitted(judged: Make) -> None:
    card = measure(pairs(judged, 2.0, count=30))
    assert card is not None
    assert card["before"]["ece"] > 0
    assert card["after"] is card["temperature"] is None
    assert measure([]) is None


def test_what_it_believes_is_the_sigmoid_of_the_margin(judged: Make) -> None:
    margins = np.array([-900.0, -3.0, 0.0, 0.2, 30.0, 900.0])
    found = believed([judged(margin) for margin in margins])
    slow = 1 / (1 + np.exp(-np.clip(margins, -500, 500)))
    assert found == pytest.approx(np.clip(slow, 1e-6, 1 - 1e-6), abs=1e-12)
