"""Verdicts that are shares of sampled answers, where a server gives no log-probabilities.

A share of few votes is 0 or 1 by chance far more often than the judge is sure. So half a vote for
either answer is added (Jeffreys' prior), and every label says how far off it may be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cai.feedback.probabilities import first_share, preference_of
from cai.intervals import Z95, wilson

Interval = tuple[float, ...]


class Share(NamedTuple):
    """The probability of the first of two options among both.

    `counted` is the share of the votes as they are, and `low` and `high` are the ends of its
    interval.
    """

    value: float
    counted: float
    low: float
    high: float


def share_of(logprobs: Sequence[float], votes: int) -> Share:
    """Of two options' log-probabilities, or of the logs of their shares in so many votes.

    Without votes the value is exact. The interval is Wilson's, of the votes for an option.
    """
    if not votes:
        exact = first_share(logprobs)
        return Share(exact, exact, exact, exact)
    first, second = (votes * math.exp(value) for value in logprobs)
    cast = round(first + second)
    if not cast:
        return Share(0.5, 0.5, 0.0, 1.0)
    found = wilson(min(first, cast), cast)
    low, high = found["low"] or 0.0, found["high"] or 0.0
    counted = first / (first + second)
    return Share((first + 0.5) / (first + second + 1), counted, low, high)


def both_orders(ab: Share, ba: Share) -> tuple[float, Interval]:
    """The probability that answer A is better, and its 95 % interval; () where it is exact.

    The interval of a sum of independent shares is made of theirs (Zou & Donner 2008): unlike a
    normal one it is right for few votes, and near 0 and 1.
    """
    value = (ab.value + 1 - ba.value) / 2
    counted = (ab.counted + 1 - ba.counted) / 2
    down = math.hypot(ab.counted - ab.low, ba.high - ba.counted) / 2
    up = math.hypot(ab.high - ab.counted, ba.counted - ba.low) / 2
    if down == up == 0:
        return value, ()
    return value, (max(0.0, counted - down), min(1.0, counted + up))


def score_variance(shares: Sequence[float], votes: int) -> float:
    """The variance of a mean score that is known from votes; 0 where it is known without.

    It is that of the posterior after one vote that is spread evenly over the scores, so that a few
    equal votes are no certainty.
    """
    if not votes:
        return 0.0
    weights = [votes * share + 1 / len(shares) for share in shares]
    total = math.fsum(weights)
    mean = math.fsum(score * weight for score, weight in enumerate(weights, 1)) / total
    square = math.fsum(score**2 * weight for score, weight in enumerate(weights, 1)) / total
    return (square - mean**2) / (total + 1)


def between_scores(a: float, b: float, variance: float, *, scale: float) -> Interval:
    """The 95 % interval of the probability that answer A is better; () where scores are exact."""
    if not variance:
        return ()
    half = Z95 * math.sqrt(variance)
    return (
        preference_of(a - half, b, scale=scale),
        preference_of(a + half, b, scale=scale),
    )
