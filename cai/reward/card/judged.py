"""A pair of answers as the reward model sees it, beside what a label says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cai.records import Message
from cai.reliability import SUREST
from cai.resampling import Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One pair that the reward model was not trained on, with its two rewards.

    Attributes:
        prompt_id, tags: of its prompt.
        principles: those that its label was given under.
        prompt: the conversation up to the answers.
        chosen, rejected: rewards of the answer that the label prefers, and of the other.
        probability: the label's p(chosen is better).
        chosen_text, rejected_text: the answers.
        off_topic: whether one of them was given to another prompt.
    """

    prompt_id: str
    tags: tuple[str, ...]
    principles: tuple[str, ...]
    prompt: tuple[Message, ...]
    chosen: float
    rejected: float
    probability: float
    chosen_text: str
    rejected_text: str
    off_topic: bool = False

    @property
    def margin(self) -> float:
        return self.chosen - self.rejected

    @property
    def points(self) -> float:
        """1 if the chosen answer has the higher reward, 0 if the lower, 0.5 for equal ones."""
        return 0.5 + 0.5 * ((self.margin > 0) - (self.margin < 0))

    @property
    def longer(self) -> int:
        """1 if the chosen answer has more characters, -1 if fewer, 0 if as many."""
        difference = len(self.chosen_text) - len(self.rejected_text)
        return (difference > 0) - (difference < 0)


def prompts_of(rows: Sequence[Judged]) -> list[str]:
    """The prompt of each pair, by which intervals are resampled."""
    return [row.prompt_id for row in rows]


def margins(rows: Sequence[Judged]) -> Array:
    """Reward of the chosen answer minus that of the other, [n]: log-odds by Bradley and Terry."""
    return np.array([row.margin for row in rows], dtype=np.float64)


def labels(rows: Sequence[Judged]) -> Array:
    """The label's probability of the chosen answer, [n]."""
    return np.array([row.probability for row in rows], dtype=np.float64)


def believed(rows: Sequence[Judged]) -> Array:
    """What the reward model makes of the same question, sigma(margin), [n]; never 0 or 1."""
    return np.clip(0.5 + 0.5 * np.tanh(margins(rows) / 2), 1 - SUREST, SUREST)
