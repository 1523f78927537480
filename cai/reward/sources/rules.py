"""Rules as sources of a reward: penalties that a text earns whatever a model thinks of it.

All read the text alone, never the ids that it was sampled as: lengths and n-grams are counted in
the tokens that the tokenizer itself makes of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from cai.reward.sources.answered import Answered
from cai.reward.sources.pattern import Pattern
from cai.reward.sources.source import Said, Source


def length_penalties(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, target: int
) -> Tensor:
    """-max(0, tokens - target) / target of each text: [n], 0 up to the target, -1 at twice it."""
    counts = torch.tensor([len(ids) for ids in _encoded(texts, tokenizer)], dtype=torch.float32)
    return (target - counts).clamp(max=0) / target


def repetition_penalties(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, size: int
) -> Tensor:
    """-(1 - distinct n-grams / n-grams) of each text's tokens, n = `size`: [n], in (-1, 0].

    The share of n-grams that were said before (rep-n; Su et al. 2022, "A Contrastive Framework for
    Neural Text Generation", section 4). A text too short for an n-gram repeats none.
    """
    return torch.tensor([0.0 - _repeated(ids, size) for ids in _encoded(texts, tokenizer)])


def length_rule(tokenizer: PreTrainedTokenizerBase, *, target: int) -> Source:
    """`length_penalties` as a source."""
    return _of_texts(lambda texts: length_penalties(texts, tokenizer, target=target))


def repetition_rule(tokenizer: PreTrainedTokenizerBase, *, size: int) -> Source:
    """`repetition_penalties` as a source."""
    return _of_texts(lambda texts: repetition_penalties(texts, tokenizer, size=size))


def pattern_rule(pattern: Pattern, *, required: bool) -> Source:
    """-1 for each text that breaks the rule, else 0.

    Where the pattern cannot be decided in time the rule counts as broken, for an answer that
    stalls the check must not pay; `undecided` tells how often that was so.
    """

    def score(answered: Answered) -> Said:
        found = [pattern.found_in(text) for text in answered.texts]
        kept = torch.tensor([one is not None and one == required for one in found])
        share = sum(one is None for one in found) / max(1, len(found))
        return Said(values=kept.float() - 1, logged={"undecided": share} if share else {})

    return score


def _of_texts(penalties: Callable[[Sequence[str]], Tensor]) -> Source:
    def score(answered: Answered) -> Said:
        return Said(values=penalties(answered.texts))

    return score


def _encoded(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    return [tokenizer(text, add_special_tokens=False, verbose=False).input_ids for text in texts]


def _repeated(ids: Sequence[int], size: int) -> float:
    grams = [tuple(ids[start : start + size]) for start in range(len(ids) - size + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
