"""One number that makes probabilities as sure as they are right: temperature scaling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cai.records import derive_seed
from cai.reliability import sigmoid
from cai.resampling import Array

FOLDS = 5
FEWEST = 50
"""Cases below which nothing is fitted: a temperature of a handful of pairs is their accident."""

_STEEPEST = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """A calibration ``sigmoid(slope · logit p + intercept)``."""

    slope: float
    intercept: float = 0.0

    def __call__(self, log_odds: Array) -> Array:
        return sigmoid(self.slope * log_odds + self.intercept)


def fit_temperature(log_odds: Array, gold: Array) -> Fitted:
    """The temperature ``1 / slope`` of the lowest log loss (Guo et al. 2017).

    `gold` is the probability that A is better, 1 or 0 where that is known, `log_odds` the judge's,
    both of shape [cases]. The targets are Platt's, ``(n + 1) / (n + 2)`` instead of 1: a judge that
    was right n times has not shown that it is never wrong. The slope is at least 1/20 and at most
    20.
    """
    target = (len(gold) * gold + 1) / (len(gold) + 2)
    low, high = 1 / _STEEPEST, _STEEPEST
    for _ in range(60):  # the loss is convex: its slope has one root
        middle = (low + high) / 2
        if float((log_odds * (sigmoid(middle * log_odds) - target)).sum()) > 0:
            high = middle
        else:
            low = middle
    return Fitted(slope=(low + high) / 2)


def folds_of(prompt_ids: Sequence[str]) -> Array:
    """The part, below `FOLDS`, that each case falls into with all others of its prompt."""
    return np.array([derive_seed(0, "fold", name) % FOLDS for name in prompt_ids])


def crossed(
    fit: Callable[[Array, Array], Fitted], log_odds: Array, gold: Array, folds: Array
) -> Array:
    """Each case's probability after a calibration that was fitted on the other parts."""
    after = np.empty(len(gold))
    for fold in np.unique(folds):
        here = folds == fold
        after[here] = fit(log_odds[~here], gold[~here])(log_odds[here])
    return after
