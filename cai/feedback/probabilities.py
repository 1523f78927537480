"""The arithmetic of verdicts: from log-probabilities of options to which answer is better."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cai.engines.base import IMPOSSIBLE

SCORES = tuple(str(score) for score in range(1, 11))
"""What a judge that scores may say."""


def writable(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Log-probabilities that JSON can hold; with a NaN among them all are impossible."""
    if any(math.isnan(value) for value in logprobs):
        return (IMPOSSIBLE,) * len(logprobs)
    return tuple(max(value, IMPOSSIBLE) for value in logprobs)


def first_share(logprobs: Sequence[float]) -> float:
    """Probability of the first of two options, normalised over both; in [0, 1]."""
    difference = logprobs[1] - logprobs[0]
    return 0.0 if difference > 700 else 1 / (1 + math.exp(difference))


def option_mass(logprobs: Sequence[float]) -> float:
    """Probability that any of the options is said at all."""
    return sum(math.exp(logprob) for logprob in logprobs)


def mixture(chains: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Log of the mean probability of each option over several chains of thought.

    The probability that a judge says "A" after a reason of its own is the sum over all reasons r
    of p(r) p(A | r): the mean over reasons that are drawn as the judge would say them estimates
    it without bias. A mean of log-odds would not, and one saturated chain would outweigh the rest.

    Args:
        chains: log-probabilities of the same options after each reason, [chains][options].

    Returns:
        [options]; of a single chain, its own values.
    """
    return tuple(_log_mean_exp(values) for values in zip(*chains, strict=True))


def score_shares(logprobs: Sequence[float], *, ten_begins_with_one: bool) -> tuple[float, ...]:
    """Probability of each score from 1 to 10, not normalised, [10].

    Args:
        logprobs: of the texts "1" to "10", each as what is said next.
        ten_begins_with_one: whether the tokenizer writes "10" as "1" and "0". The probability of
            "1" is then that of every text that begins with it, and "10" is taken from it.
    """
    shares = [math.exp(logprob) for logprob in logprobs]
    if ten_begins_with_one:
        shares[0] = max(shares[0] - shares[-1], 0.0)
    return tuple(shares)


def expected_score(shares: Sequence[float]) -> float | None:
    """The mean score, from 1 to 10 (as in G-Eval, Liu et al. 2023); None if no score is possible.

    A mean over the distribution tells answers apart that get the same likeliest score.
    """
    total = math.fsum(shares)
    if total == 0:
        return None
    return math.fsum(score * share for score, share in enumerate(shares, start=1)) / total


def preference_of(score_a: float, score_b: float, *, scale: float) -> float:
    """Probability that A is better: the logistic function of the difference over `scale`.

    This is Bradley & Terry's model (1952) with the scores as strengths: `scale` points of
    difference are odds of e to 1.
    """
    return first_share(((score_a - score_b) / scale, 0.0))


def clamped(probability: float, most: float) -> float:
    """`probability` moved into [1 - most, most]; `most` is from 0.5 to 1, and 1 changes nothing.

    Symmetric, so that no answer gains from being called A; monotone, so that no verdict overtakes
    another.
    """
    return min(max(probability, 1 - most), most)


def _log_mean_exp(values: Sequence[float]) -> float:
    most = max(values)
    return most + math.log(math.fsum(math.exp(value - most) for value in values) / len(values))
