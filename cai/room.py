"""Prompts that leave a model no room for what is to be said about them."""

from __future__ import annotations

from typing import Literal

from cai.errors import DataError
from cai.records import Prompt

TooLong = Literal["error", "drop"]


def has_room(prompt: Prompt, needed: int, *, context: int, section: str, too_long: TooLong) -> bool:
    """Whether `needed` tokens, of the prompt and all that is said after it, fit the context.

    Args:
        context: the most tokens that the model can read.
        section: the recipe's section, whose `max_new_tokens` and `too_long` are the mend.

    Raises:
        DataError: if not, and `too_long` is "error".
    """
    if needed <= context:
        return True
    if too_long == "error":
        raise DataError(
            f"{prompt.source or prompt.id}: the prompt may need {needed} tokens with its answers, "
            f"the model's context has {context}; shorten it, lower "
            f"{section}.max_new_tokens, or set {section}.too_long to drop"
        )
    return False
