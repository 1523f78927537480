"""Figures of a judge that go among the counts of its stage; `trust` measures all the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cai.feedback.probabilities import first_share, option_mass
from cai.records import Label


@dataclass(slots=True)
class Statistics:
    """Sums over labels that come one at a time."""

    compared: int = 0
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
        """The means by name, those of which there is something to count.

        Of a judge that compares `first_position_share`, the mean probability of the option shown
        first, 0.5 without position bias. Of one that scores `score_mean`, and `score_gap`, the mean
        difference between the answers of a pair. `option_mass_mean`, `option_mass_min`: over all
        views, readable or not.
        """
        numbers = {}
        if self.compared:
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

    def _add_scores(self, a: float, b: float) -> None:
        self.scored += 1
        self.score += a + b
        self.gap += abs(a - b)

    def _add_mass(self, mass: float) -> None:
        self.views += 1
        self.mass += mass
        self.least_mass = min(self.least_mass, mass)
