"""TRL's reward trainer with soft labels: the probability that the chosen answer is the better one.

With margin d = r_chosen - r_rejected and probability p the loss is the cross entropy of the
Bradley-Terry model against the soft label,

    -(p log sigma(d) + (1 - p) log sigma(-d))  =  -log sigma(d) + (1 - p) d,

since log sigma(-d) = log sigma(d) - d. TRL computes the first term; only the second is added here,
so at p = 1 the loss is TRL's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from trl import RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference


def soft_term(margins: Tensor, probabilities: Tensor) -> Tensor:
    """What soft labels add to the mean hard-label loss; both [n], in nats."""
    return ((1 - probabilities) * margins).mean()


@dataclass(frozen=True, slots=True)
class SoftLabelCollator:
    """TRL's batches of `chosen_ids` and `rejected_ids`, and each row's `probability`."""

    pairs: DataCollatorForPreference

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        batch: dict[str, Any] = self.pairs(list(rows))
        return {**batch, "probability": torch.tensor([row["probability"] for row in rows])}


class SoftLabelRewardTrainer(RewardTrainer):
    """Needs `remove_unused_columns=False` (TRL's own list of columns has no `probability`)."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        # The parent hands every key to the model, so ours has to be gone before.
        probabilities = inputs.pop("probability")
        loss, outputs = super().compute_loss(
            model, inputs, return_outputs=True, num_items_in_batch=num_items_in_batch
        )
        chosen, rejected = outputs.logits.squeeze(-1).float().chunk(2)
        loss = loss + soft_term(chosen - rejected, probabilities)
        return (loss, outputs) if return_outputs else loss
