"""A preference as the reward model reads it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from cai.errors import DataError
from cai.models import encode_full
from cai.records import Preference


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A preference as token ids, each a whole conversation as `encode_full` makes it.

    `row` is the preference itself.
    """

    chosen_ids: list[int]
    rejected_ids: list[int]
    row: Preference

    @property
    def heldout(self) -> bool:
        return self.row.split == "heldout"

    @property
    def length(self) -> int:
        return max(len(self.chosen_ids), len(self.rejected_ids))

    def columns(self) -> dict[str, Any]:
        """The row that the trainer takes, without its margin."""
        return {
            "chosen_ids": self.chosen_ids,
            "rejected_ids": self.rejected_ids,
            "probability": self.row.probability,
        }


def encode_pair(tokenizer: PreTrainedTokenizerBase, row: Preference) -> Pair:
    """A preference row in the tokens of one model.

    Raises:
        DataError: if its margin cannot be one.
    """
    if not 0 <= row.margin < math.inf:
        raise DataError(
            f"preference {row.id}: margin {row.margin}; give a number of at least 0, and swap the "
            "answers if the other one is better"
        )
    return Pair(
        chosen_ids=encode_full(tokenizer, [*row.prompt, *row.chosen]),
        rejected_ids=encode_full(tokenizer, [*row.prompt, *row.rejected]),
        row=row,
    )


def training_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """The rows that the trainer takes; with a column `margin` if any label carries a strength."""
    if not any(pair.row.margin for pair in pairs):
        return [pair.columns() for pair in pairs]
    return [{**pair.columns(), "margin": pair.row.margin} for pair in pairs]
