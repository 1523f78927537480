"""Whether a judge that says 80 % is right 8 times in 10, and how to make it so.

Which answer is called A means nothing, so a calibration must take ``1 - p`` to one minus what it
makes of ``p``. Temperature scaling does: ``logit p / T``. Platt scaling, ``a logit p + b``, does so
only where ``b`` is 0, and is temperature scaling then. Its intercept is fitted and shown, as a
measure of how much more often gold says A than the judge knows; it is never applied.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cai.feedback.trust.cases import Case
from cai.records import Label
from cai.reliability import SUREST, logit, quality, sigmoid
from cai.resampling import FEWEST_GROUPS, Array
from cai.temperature import FEWEST, FOLDS, Fitted, crossed, fit_temperature, folds_of


def scaled(probability: float, temperature: float) -> float:
    """A probability after temperature scaling: ``sigmoid(logit(p) / temperature)``."""
    kept = min(max(probability, 1 - SUREST), SUREST)
    return 1 / (1 + math.exp(-math.log(kept / (1 - kept)) / temperature))


def calibrated(labels: Iterable[Label], temperature: float | None) -> Iterator[Label]:
    """The labels with their probabilities after temperature scaling; as they are without one.

    A status stays: what was a tie is none the less one, and what decided decides the same way.
    """
    for label in labels:
        if temperature is None or label.p_a is None:
            yield label
        else:
            yield replace(label, p_a=scaled(label.p_a, temperature))


def fit_platt(log_odds: Array, gold: Array) -> Fitted:
    """Slope and intercept of the lowest log loss, with Platt's targets (Platt 1999).

    By Newton's method with halved steps, as in Lin, Lin & Weng (2007).
    """
    ones, zeros = gold.sum(), (1 - gold).sum()
    target = gold * (ones + 1) / (ones + 2) + (1 - gold) / (zeros + 2)
    design = np.column_stack([log_odds, np.ones(len(gold))])

    def loss(at: Array) -> float:
        z = design @ at
        return float((np.logaddexp(0, z) - target * z).sum())

    at = np.array([1.0, 0.0])
    for _ in range(100):
        p = sigmoid(design @ at)
        gradient = design.T @ (p - target)
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + 1e-10 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while loss(at - size * step) > loss(at) and size > 1e-10:
            size /= 2
        at = at - size * step
        if np.abs(size * step).max() < 1e-10:
            break
    return Fitted(slope=float(at[0]), intercept=float(at[1]))


def measure(found: Sequence[Case]) -> dict[str, Any] | None:
    """Calibration before and after, on the cases that gold decides and the judge gave a p for.

    What is "after" is cross-fitted: the prompts fall into `FOLDS` parts, and each part is measured
    with what was fitted on the others. `slope`, `intercept` and the temperature ``1 / slope`` are
    those of all cases, to be applied to others. None with fewer than `FEWEST` cases, or too few
    prompts for an interval.
    """
    known = usable(found)
    prompts = [case.prompt_id for case in known]
    if len(known) < FEWEST or len(set(prompts)) < FEWEST_GROUPS:
        return None
    log_odds, gold = log_odds_and_gold(known)
    folds = folds_of(prompts)
    temperature, platt = fit_temperature(log_odds, gold), fit_platt(log_odds, gold)
    after = {
        "temperature": crossed(fit_temperature, log_odds, gold, folds),
        "platt": crossed(fit_platt, log_odds, gold, folds),
    }
    return {
        "n": len(known),
        "folds": FOLDS,
        "before": quality(sigmoid(log_odds), gold, prompts),
        "temperature": {
            "value": 1 / temperature.slope,
            **quality(after["temperature"], gold, prompts),
        },
        "platt": {
            "slope": platt.slope,
            "intercept": platt.intercept,
            **quality(after["platt"], gold, prompts),
        },
    }


def usable(found: Sequence[Case]) -> list[Case]:
    """The cases that calibration is about: gold decides, and the judge has said a probability."""
    return [case for case in found if case.gold != 0.5 and case.probability is not None]


def log_odds_and_gold(known: Sequence[Case]) -> tuple[Array, Array]:
    """The judge's log-odds of A, and gold's probability of it, each of shape [cases]."""
    said = np.array([case.probability for case in known], dtype=np.float64)
    return logit(said), np.array([case.gold_probability for case in known], dtype=np.float64)
