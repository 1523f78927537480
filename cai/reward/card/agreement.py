"""Whether PPO will read off the reward model the very scores that it was trained at.

A reward model is trained on batches that a trainer collates, and scores texts one by one later. An
end token that is missing on one of the two ways, or padding on the other side, makes two different
functions of one set of weights, and nothing would say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import PreTrainedModel

from cai.errors import RunError

BOUND = 1e-5
"""The largest difference that is rounding, for scores up to 1; it grows with the largest score."""

MOST = 64
"""Pairs that are compared."""


def through_batches(
    model: PreTrainedModel,
    collator: Callable[[Sequence[Any]], dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    size: int,
) -> list[float]:
    """The scores of pairs as training sees them: chosen, rejected, chosen, …

    Args:
        collator: the trainer's.
        rows: those that it trains on.
        size: pairs to a batch.
    """
    found: list[float] = []
    for start in range(0, len(rows), size):
        batch = collator(rows[start : start + size])
        del batch["probability"]  # which the trainer keeps from the model, too
        batch = {name: value.to(model.device) for name, value in batch.items()}
        with torch.inference_mode():
            logits = model(**batch, use_cache=False).logits
        chosen, rejected = logits.squeeze(-1).float().chunk(2)
        found += torch.stack([chosen, rejected], dim=1).flatten().tolist()
    return found


def compared(trained: Sequence[float], scored: Sequence[float]) -> dict[str, Any]:
    """The largest difference between the scores of the same answers on both ways.

    Raises:
        RunError: if it is more than `BOUND` times the largest score (at least 1).
    """
    differences = [abs(one - other) for one, other in zip(trained, scored, strict=True)]
    bound = BOUND * max([1.0, *map(abs, scored)])
    for worst, difference in enumerate(differences):
        if difference <= bound:  # which no difference from NaN is
            continue
        raise RunError(
            f"the reward model gives an answer {trained[worst]:.6g} in a trainer's batch and "
            f"{scored[worst]:.6g} by its text, {difference:.2g} apart (up to {bound:.2g} is "
            "rounding): PPO would follow another reward than was trained. Its tokenizer, chat "
            "template or padding differ between the two"
        )
    return {
        "answers": len(scored),
        "largest_difference": max(differences, default=0.0),
        "bound": bound,
    }
