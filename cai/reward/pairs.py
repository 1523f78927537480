"""A preference as the reward model reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from cai.models import encode_chat, encode_full
from cai.records import Preference
from cai.reward.card import Judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A preference as token ids, each a whole conversation as `encode_full` makes it.

    `prompt_length` is in tokens; `probability` is the label's p(chosen is better).
    """

    chosen_ids: list[int]
    rejected_ids: list[int]
    prompt_length: int
    probability: float
    heldout: bool
    prompt_id: str = ""

    @property
    def length(self) -> int:
        return max(len(self.chosen_ids), len(self.rejected_ids))

    def columns(self) -> dict[str, Any]:
        """The row that the trainer takes."""
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
    """A preference row in the tokens of one model."""
    return Pair(
        chosen_ids=encode_full(tokenizer, [*row.prompt, *row.chosen]),
        rejected_ids=encode_full(tokenizer, [*row.prompt, *row.rejected]),
        prompt_length=len(encode_chat(tokenizer, row.prompt)),
        probability=row.probability,
        heldout=row.split == "heldout",
        prompt_id=row.prompt_id,
    )
