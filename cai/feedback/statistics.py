"""What labels tell about the judge who gave them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cai.feedback.probabilities import first_share, option_mass
from cai.records import Label

# Nearer to 0.5 an order of the answers has decided nothing, so there is nothing to flip.
_DECIDES = 0.1


def statistics(labels: Iterable[Label]) -> dict[str, float]:
    """What the labels tell about the judge itself.

    Of a judge that compares: `position_flip_rate`, the share of readable labels whose two orders
    both decide, by at least 0.6, for the same position, so for different answers; and
    `first_position_share`, the mean probability of the option shown first, 0.5 for a judge without
    position bias. Of one that scores: `score_mean`, and `score_gap`, the mean difference between
    the two answers of a pair. `option_mass_mean`, `option_mass_min`: over all views.
    """
    sums = Statistics()
    for label in labels:
        sums.add(label)
    return sums.numbers()


@dataclass(slots=True)
class Statistics:
    """The sums behind `statistics`, for labels that come one at a time."""

    compared: int = 0
    flips: int = 0
    firsts: float = 0.0
    scored: int = 0
    score: float = 0.0
    gap: float = 0.0
    views: int = 0
    mass: float = 0.0
    least_mass: float = math.inf

    def add(self, label: Label) -> None:
        """Counts one label; of one that cannot be read, only the mass of its options."""
        if label.status in ("ok", "tie"):
            if label.logprobs_ab:
                self._add_orders(first_share(label.logprobs_ab), first_share(label.logprobs_ba))
            if label.scores:
                self._add_scores(*(one.expected or 0.0 for one in label.scores))
        for logprobs in (label.logprobs_ab, label.logprobs_ba):
            if logprobs:
                self._add_mass(option_mass(logprobs))
        for one in label.scores:
            self._add_mass(one.mass)

    def numbers(self) -> dict[str, float]:
        """The statistics by name, those of which there is something to count."""
        numbers = {}
        if self.compared:
            numbers["position_flip_rate"] = self.flips / self.compared
            numbers["first_position_share"] = self.firsts / (2 * self.compared)
        if self.scored:
            numbers["score_mean"] = self.score / (2 * self.scored)
            numbers["score_gap"] = self.gap / self.scored
        if self.views:
            numbers["option_mass_mean"] = self.mass / self.views
            numbers["option_mass_min"] = self.least_mass
        return numbers

    def _add_orders(self, ab: float, ba: float) -> None:
        self.compared += 1
        self.firsts += ab + ba
        decided = min(abs(ab - 0.5), abs(ba - 0.5)) >= _DECIDES
        self.flips += decided and (ab > 0.5) == (ba > 0.5)

    def _add_scores(self, a: float, b: float) -> None:
        self.scored += 1
        self.score += a + b
        self.gap += abs(a - b)

    def _add_mass(self, mass: float) -> None:
        self.views += 1
        self.mass += mass
        self.least_mass = min(self.least_mass, mass)
