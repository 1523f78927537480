"""Several sources as one reward: their weighted sum.

    total(answer) = Σ_k w_k · (s_k(answer) - m_k) / d_k

over the sources k that apply to the answer. Normalisation (m_k, d_k) comes before the weight, so
that weights are exchange rates between sources in their own units, here standard deviations, and do
not depend on the scale that a reward model happens to have. m_k and d_k stay fixed all along a
training: if they followed the answers, so would the exchange rates, and what is rewarded would
change with what has been learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cai.errors import RunError
from cai.records import Message, Prompt
from cai.reward.sources.answered import Answered
from cai.reward.sources.scores import Scores
from cai.reward.sources.settings import NOTHING_CHANGED, Statistics
from cai.reward.sources.source import Said, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighted:
    """A source under its name, its weight, and what its scores are normalised by."""

    name: str
    source: Source
    weight: float = 1.0
    statistics: Statistics = NOTHING_CHANGED


class RewardSum:
    """A reward function made of sources; each is one of its `parts`.

    A source that does not apply to an answer (TRL's None) is left out of its sum. An answer to
    which none applies scores 0, the mean of normalised sources.
    """

    def __init__(self, sources: Sequence[Weighted]) -> None:
        self.sources = tuple(sources)

    def score(self, answered: Answered) -> Scores:
        """The sum of each answer, and its parts.

        Raises:
            RunError: if a source cannot score the answers.
        """
        total = torch.zeros(len(answered.texts))
        parts: dict[str, Tensor] = {}
        logged: dict[str, float] = {}
        columns: dict[str, Sequence[Any]] = {}
        for one in self.sources:
            said = one.source(answered)
            mean, std = one.statistics
            values = (said.values.float() - mean) / std
            total += one.weight * torch.where(values.isnan(), 0.0, values)
            parts[one.name] = values
            parts |= {f"{one.name}_{what}": numbers for what, numbers in said.beside.items()}
            logged |= {
                f"objective/rewards/{one.name}/{what}": number
                for what, number in said.logged.items()
            }
            columns |= said.columns
        return Scores(total, parts, logged, columns)

    def __call__(self, conversations: Sequence[Sequence[Message]]) -> Scores:
        """The same of bare conversations, whose prompts have no columns and answers no ids."""
        return self.score(
            Answered(
                prompts=[Prompt(id="", messages=tuple(each[:-1])) for each in conversations],
                texts=[each[-1]["content"] for each in conversations],
                token_ids=[()] * len(conversations),
            )
        )


def measured(source: Source, answered: Answered, *, where: str) -> Statistics:
    """Mean and deviation of a source over answers that it applies to; 1 where they do not differ.

    Raises:
        RunError: if it applies to none of them.
    """
    said: Said = source(answered)
    real = said.values[said.values.isfinite()].double()
    if not real.numel():
        raise RunError(
            f"{where}: it applies to none of {len(answered.texts)} first answers, so its scale "
            "cannot be measured; set normalise to none"
        )
    return Statistics(float(real.mean()), float(real.std(correction=0)) or 1.0)
