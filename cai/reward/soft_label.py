"""TRL's reward trainer with soft labels: the probability that the chosen answer is the better one.

With margin d = r_chosen - r_rejected and probability p the loss is the cross entropy of the
Bradley-Terry model against the soft label,

    -(p log sigma(d) + (1 - p) log sigma(-d))  =  -log sigma(d) + (1 - p) d,

since log sigma(-d) = log sigma(d) - d. TRL computes the first term, `cai.soft_labels` the second.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers import PreTrainedTokenizerBase
from trl import RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference

from cai.soft_labels import SoftLabelCollator, soft_term


def collator_of(tokenizer: PreTrainedTokenizerBase) -> SoftLabelCollator:
    """What makes batches of pairs: chosen answers above the rejected ones, padded as TRL does."""
    return SoftLabelCollator(DataCollatorForPreference(tokenizer.pad_token_id))


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
