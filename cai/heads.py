"""Logits at single positions: reading needs few of a batch, and a vocabulary is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel


@torch.no_grad()
def head_is_all(model: PreTrainedModel) -> bool:
    """Whether logits are head(hidden states), with no scale or soft cap applied afterwards.

    Granite and Cohere have a scale, Gemma 2 a soft cap. Found out by trying, as each has a name of
    its own for it.
    """
    ids = torch.arange(2, 6, device=model.device)[None]
    hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
    plain = model.get_output_embeddings()(hidden).float()
    logits = model(input_ids=ids, use_cache=False).logits.float()
    # The same product of the same matrices: any difference beyond rounding is another operation.
    return torch.allclose(plain, logits, rtol=1e-5, atol=1e-6)


def logits_at(
    model: PreTrainedModel, input_ids: Tensor, rows: Tensor, columns: Tensor, **inputs: Any
) -> Tensor:
    """The model's own logits at N positions of [B, L] ids padded on the right: [N, vocabulary].

    `inputs` are what else the model is given.
    """
    kept, places = torch.unique(columns, return_inverse=True)
    logits: Tensor = model(
        input_ids=input_ids, use_cache=False, logits_to_keep=kept, **inputs
    ).logits
    return logits[rows, places]


@dataclass(frozen=True, slots=True)
class Head:
    """A model read at single positions; `is_all` is what `head_is_all` says of it."""

    model: PreTrainedModel
    is_all: bool

    def logits_at(self, input_ids: Tensor, rows: Tensor, columns: Tensor, **inputs: Any) -> Tensor:
        """As the function of this name, by the head alone where it is all there is."""
        if not self.is_all:
            return logits_at(self.model, input_ids, rows, columns, **inputs)
        hidden = self.model.base_model(input_ids=input_ids, use_cache=False, **inputs)[0]
        logits: Tensor = self.model.get_output_embeddings()(hidden[rows, columns])
        return logits
