"""Intervals: those of a slow bootstrap over prompts, and they cover what they say."""

import random

import numpy as np
import pytest

from cai.resampling import FEWEST_GROUPS, estimate, group_of, mean, share, summed


def slow_interval(prompts: list[str], values: list[float]) -> tuple[float, float]:
    """Prompts are drawn with replacement, with all their cases, by hand."""
    rng = random.Random(1)
    names = sorted({group_of(prompt) for prompt in prompts})
    by_group = {
        name: [v for p, v in zip(prompts, values, strict=True) if group_of(p) == name]
        for name in names
    }
    shares = []
    for _ in range(2000):
        drawn = [value for name in rng.choices(names, k=len(names)) for value in by_group[name]]
        shares.append(sum(drawn) / len(drawn))
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)


def test_it_is_a_bootstrap_over_prompts() -> None:
    rng = random.Random(0)
    prompts, values = [], []
    for number in range(60):  # whole prompts are right or wrong: pairs tell no more than prompts
        good = float(rng.random() < 0.7)
        for _ in range(rng.randint(1, 6)):
            prompts.append(f"p{number}")
            values.append(good)
    found = estimate(summed(prompts, [[value] for value in values]), share())
    low, high = slow_interval(prompts, values)
    assert found["value"] == pytest.approx(sum(values) / len(values), abs=1e-12)
    assert found["low"] == pytest.approx(low, abs=0.02)
    assert found["high"] == pytest.approx(high, abs=0.02)
    assert found["n"] == len(values)
    alone = estimate(summed([str(i) for i in range(len(values))], [[v] for v in values]), share())
    assert (found["high"] or 0) - (found["low"] or 0) > 1.3 * (
        (alone["high"] or 0) - (alone["low"] or 0)
    )


def test_nineteen_intervals_in_twenty_hold_the_truth() -> None:
    rng = random.Random(0)
    hits = 0
    for trial in range(200):
        prompts = [f"{trial} {number // 2}" for number in range(160)]
        values = [[float(rng.random() < 0.8)] for _ in prompts]
        found = estimate(summed(prompts, values), share())
        hits += (found["low"] or 1) <= 0.8 <= (found["high"] or 0)
    assert 180 <= hits <= 199


def test_the_order_of_cases_means_nothing() -> None:
    cases = [(f"p{number % 40}", [number % 3 / 2]) for number in range(100)]
    turned = cases[::-1]
    one, other = (
        estimate(summed([p for p, _ in rows], [v for _, v in rows]), share())
        for rows in (cases, turned)
    )
    assert one == pytest.approx(other, abs=1e-12)


def test_few_prompts_have_no_bootstrap_but_shares_have_wilsons_interval() -> None:
    few = summed([f"p{n}" for n in range(FEWEST_GROUPS - 10)] * 2, [[1.0]] * 20)
    assert estimate(few, share()) == {"value": 1.0, "low": None, "high": None, "n": 20}
    low = mean(few)["low"]
    assert low is not None
    assert 0.6 < low < 0.8  # of 10 prompts: all right, and not surely


def test_all_right_is_not_surely_right() -> None:
    sums = summed([f"p{n}" for n in range(40)], [[1.0]] * 40)
    found = mean(sums)
    assert found["value"] == found["high"] == 1
    assert found["low"] == pytest.approx(len(sums) / (len(sums) + 1.96**2), abs=1e-4)  # Wilson's


def test_nothing_is_nothing() -> None:
    nothing = summed([], np.zeros((0, 1)))
    assert mean(nothing) == {"value": None, "low": None, "high": None, "n": 0}
