"""TRL's reward trainer with soft labels: the probability that the chosen answer is the better one.

With d = r_chosen - r_rejected and probability p the loss is the cross entropy of the Bradley-Terry
model against the soft label,

    -(p log sigma(d) + (1 - p) log sigma(-d))  =  -log sigma(d) + (1 - p) d,

since log sigma(-d) = log sigma(d) - d. It is least at d = log(p / (1 - p)): rewards are calibrated
log-odds.

A label may also carry a strength m >= 0, by which the better answer should win (Llama 2, Touvron et
al. 2023, eq. 2: -log sigma(d - m)). Together the two mean: with probability p the chosen answer is
better, by m; with 1 - p the other one is, by m as well:

    -(p log sigma(d - m) + (1 - p) log sigma(-d - m)).

At p = 1 that is Llama 2's loss, at m = 0 the one above, and swapping the answers of a pair (d to
-d, p to 1 - p) changes nothing. With m > 0 its least lies beyond the log-odds, on the side of the
more probable answer: strengths widen rewards, and these are no longer calibrated.

Why TRL's trainer and no loop of our own: its loss is the first term of both, bit for bit, so that
sure labels give TRL's own training; and checkpoints, resumption, mixed precision, gradient
accumulation, several processes, and every setting of its config come with it, as for SFT and DPO.
What it lacks are these few lines. Its `center_rewards_coefficient` c adds c (r_chosen +
r_rejected)^2 to each pair, which fixes the zero that differences leave free (Eisenstein et al.
2023); it is the same after a swap, so that soft labels and margins leave it alone.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import logsigmoid
from transformers import PreTrainedTokenizerBase
from trl import RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference

from cai.soft_labels import SoftLabelCollator, soft_term


def collator_of(tokenizer: PreTrainedTokenizerBase) -> SoftLabelCollator:
    """What makes batches of pairs: chosen answers above the rejected ones, padded as TRL does."""
    return SoftLabelCollator(DataCollatorForPreference(tokenizer.pad_token_id))


def swap_costs(differences: Tensor, margins: Tensor | None = None) -> Tensor:
    """By how much each loss would be higher with the answers swapped: [n].

    log sigma(d - m) - log sigma(-d - m), which is d at m = 0.

    Args:
        differences: r_chosen - r_rejected, [n].
        margins: strengths m, [n]; None is 0 for all.
    """
    if margins is None:
        return differences
    return logsigmoid(differences - margins) - logsigmoid(-differences - margins)


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
        costs = swap_costs(chosen - rejected, inputs.get("margin"))
        loss = loss + soft_term(costs, probabilities)
        return (loss, outputs) if return_outputs else loss
