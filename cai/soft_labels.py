"""Soft labels for trainers that know only hard ones.

If the chosen answer of a pair is the better one with probability p only, the expected loss is

    p L + (1 - p) L'  =  L + (1 - p) (L' - L),

where L is the trainer's own loss of the pair, and L' its loss with the answers swapped. For the
losses used here L' - L is known from what the model says, and only that term is added: at p = 1
the loss is the trainer's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


def soft_term(swap_costs: Tensor, probabilities: Tensor) -> Tensor:
    """What soft labels add to the mean hard-label loss.

    Args:
        swap_costs: L' - L of each pair, [n].
        probabilities: p(chosen is better), [n].
    """
    return ((1 - probabilities) * swap_costs).mean()


@dataclass(frozen=True, slots=True)
class SoftLabelCollator:
    """The batches of one of TRL's collators, and each row's `probability`."""

    pairs: Callable[[list[Any]], dict[str, Any]]

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        batch = self.pairs(list(rows))
        return {**batch, "probability": torch.tensor([row["probability"] for row in rows])}
