"""Mean and deviation of all scores so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Count, sum, and sum of squares about `origin`: JSON can hold it, and sums of parts add up.

    The squares are taken about a fixed number near the scores (the first one), so that a mean far
    from zero costs no digits: Var = Σ(x - o)²/n - (Σ(x - o)/n)² cancels only what is left of it
    (Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", section 4).
    """

    origin: float = 0.0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """The mean; 0 where nothing was counted."""
        return self.origin + self.total / self.count if self.count else 0.0

    @property
    def std(self) -> float:
        """The standard deviation of what was counted; 1 where that is nothing or all the same."""
        if self.count == 0:
            return 1.0
        share = self.total / self.count
        variance = max(self.squares / self.count - share * share, 0.0)
        # Below this the difference above is rounding, and dividing by it would blow that up.
        return math.sqrt(variance) if variance > 1e-12 * self.squares / self.count else 1.0

    def plus(self, scores: Tensor) -> Moments:
        """These and the moments of `scores`, [n]."""
        origin = self.origin if self.count else float(scores[0])
        shifted = scores.detach().double().cpu() - origin
        return Moments(
            origin=origin,
            count=self.count + len(scores),
            total=self.total + float(shifted.sum()),
            squares=self.squares + float(shifted.square().sum()),
        )


def normalise(scores: Tensor, moments: Moments, *, running: bool) -> tuple[Tensor, Moments]:
    """Scores, [n], by the mean and deviation of all so far, if so set; and what these are of.

    Args:
        moments: of the scores before.
    """
    if not running:
        return scores, moments
    moments = moments.plus(scores)
    return (scores.double() - moments.mean) / moments.std, moments
