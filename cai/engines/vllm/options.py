"""Which token probabilities score options as a whole, and their sums."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Ids = tuple[int, ...]


def lookups(options: Sequence[Sequence[int]]) -> dict[Ids, Ids]:
    """After which beginnings of options which tokens must be looked up.

    Options that begin alike share what they have in common: the log-probability of an option is the
    sum of those of its tokens, each after the tokens before it. With options of one token each
    there is a single beginning, the empty one.
    """
    found: dict[Ids, dict[int, None]] = {}
    for option in options:
        for length, token in enumerate(option):
            found.setdefault(tuple(option[:length]), {})[token] = None
    return {beginning: tuple(tokens) for beginning, tokens in found.items()}


def scores(
    options: Sequence[Sequence[int]], found: Mapping[Ids, Mapping[int, float]]
) -> tuple[float, ...]:
    """The log-probability of each option, from those of the `lookups`."""
    return tuple(
        sum(found[tuple(option[:length])][token] for length, token in enumerate(option))
        for option in options
    )


def without(logprobs: Mapping[int, float], banned: int | None) -> dict[int, float]:
    """Log-probabilities given that a token is not said, whose own is among them."""
    if banned is None:
        return dict(logprobs)
    left = math.log1p(-math.exp(min(logprobs[banned], -1e-9)))
    return {
        token: -math.inf if token == banned else value - left for token, value in logprobs.items()
    }
