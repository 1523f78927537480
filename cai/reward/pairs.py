"""A preference as the reward model reads it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from cai.errors import DataError
from cai.models import encode_chat, encode_full
from cai.records import Preference
from cai.reward.card import Judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A preference as token ids, each a whole conversation as `encode_full` makes it.

    `prompt_length` is in tokens; `probability` is the label's p(chosen is better), `margin` by how
    much the better one should win.
    """

    chosen_ids: list[int]
    rejected_ids: list[int]
    prompt_length: int
    probability: float
    heldout: bool
    prompt_id: str = ""
    margin: float = 0.0

    @property
    def length(self) -> int:
        return max(len(self.chosen_ids), len(self.rejected_ids))

    def columns(self) -> dict[str, Any]:
        """The row that the trainer takes, without its margin."""
        return {
            "chosen_ids": self.chosen_ids,
            "rejected_ids": self.rejected_ids,
            "probability": self.probability,
        }

    def judged(self, chosen: float, rejected: float) -> Judged:
        """The pair with its two rewards."""
        return Judged(
            chosen=chosen,
            rejected=rejected,
            probability=self.probability,
            chosen_length=len(self.chosen_ids) - self.prompt_length,
            rejected_length=len(self.rejected_ids) - self.prompt_length,
        )


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
        prompt_length=len(encode_chat(tokenizer, row.prompt)),
        probability=row.probability,
        heldout=row.split == "heldout",
        prompt_id=row.prompt_id,
        margin=row.margin,
    )


def training_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """The rows that the trainer takes; with a column `margin` if any label carries a strength."""
    if not any(pair.margin for pair in pairs):
        return [pair.columns() for pair in pairs]
    return [{**pair.columns(), "margin": pair.margin} for pair in pairs]
