"""TRL's DPO trainer with soft labels: the probability that the chosen answer is the better one.

With log-ratios l = log pi(y|x) - log pi_ref(y|x) of the chosen and the rejected answer, TRL's hard
losses become expectations over which of the two is really better:

    sigmoid (Rafailov et al. 2023, eq. 7), h = beta (l_chosen - l_rejected):
        -(p log sigma(h) + (1 - p) log sigma(-h))  =  -log sigma(h) + (1 - p) h

    ipo (Azar et al. 2023, eq. 17), d = l_chosen/|chosen| - l_rejected/|rejected|, a = 1/(2 beta):
        p (d - a)^2 + (1 - p) (d + a)^2  =  (d - a)^2 + (1 - p) 4 a d

The first is conservative DPO (Mitchell 2023) with a smoothing of its own for each row. TRL computes
the first term of each, `cai.soft_labels` the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from datasets import Dataset
from torch import Tensor
from trl import DPOTrainer

from cai.soft_labels import soft_term

Loss = Literal["sigmoid", "ipo"]


def swap_costs(
    chosen: Tensor, rejected: Tensor, *, lengths: tuple[Tensor, Tensor], beta: float, loss: Loss
) -> Tensor:
    """By how much each loss would be higher with the answers swapped: [n].

    Args:
        chosen, rejected: log-ratios of whole answers, [n], in nats.
        lengths: tokens of the chosen and of the rejected answers, [n] each.
    """
    if loss == "sigmoid":
        return beta * (chosen - rejected)
    return 2 / beta * (chosen / lengths[0] - rejected / lengths[1])


class SoftLabelDPOTrainer(DPOTrainer):
    """Takes rows of `prompt_ids`, `chosen_ids`, `rejected_ids` and `probability`.

    Needs `remove_unused_columns=False` (TRL's own list of columns has no `probability`) and
    `precompute_ref_log_probs=True`, which puts the reference's log-probabilities into the batch.
    """

    def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
        # TRL would tokenise the messages again, and differently: with what a template writes
        # after the end of a turn, and without taking apart special tokens inside a text.
        return dataset

    def compute_ref_log_probs(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        # The parent hands every key that it does not know to the model.
        known = {name: value for name, value in inputs.items() if name != "probability"}
        return super().compute_ref_log_probs(model, known)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        probabilities = inputs.pop("probability")
        forward = _Remembered(model)
        result = super().compute_loss(
            forward, inputs, return_outputs, num_items_in_batch=num_items_in_batch
        )
        mask = inputs["completion_mask"]
        chosen, rejected = forward.log_probs[:, -(mask.shape[1] - 1) :].sum(1).chunk(2)
        costs = swap_costs(
            chosen - inputs["ref_chosen_logps"],
            rejected - inputs["ref_rejected_logps"],
            lengths=mask.sum(1).chunk(2),
            beta=self.beta,
            loss=self.loss_types[0],
        )
        term = soft_term(costs, probabilities)
        if return_outputs:
            loss, outputs = result
            return loss + term, outputs
        return result + term


class _Remembered:
    """A model whose first answer is kept: the parent returns its loss, not what it is made of."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.log_probs = torch.empty(0)

    def __call__(self, **inputs: Any) -> Any:
        outputs = self._model(**inputs)
        if not self.log_probs.numel():
            self.log_probs = outputs.log_probs
        return outputs
