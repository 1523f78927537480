"""A preference as the reward model reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

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
        """The row that the trainer takes."""
        return {
            "chosen_ids": self.chosen_ids,
            "rejected_ids": self.rejected_ids,
            "probability": self.row.probability,
        }


def encode_pair(tokenizer: PreTrainedTokenizerBase, row: Preference) -> Pair:
    """A preference row in the tokens of one model."""
    return Pair(
        chosen_ids=encode_full(tokenizer, [*row.prompt, *row.chosen]),
        rejected_ids=encode_full(tokenizer, [*row.prompt, *row.rejected]),
        row=row,
    )
