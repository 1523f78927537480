"""Between tokens and turns: what was said and how it ended, and what might be said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from cai.engines.decoding import Sampled
from cai.models import TRANSCRIPT_STOP, speaks_transcript


class Turn(NamedTuple):
    """An answer as conversations hold it, and its `finish` as in a `Completion`."""

    text: str
    finish: str


def next_turn_test(tokenizer: PreTrainedTokenizerBase) -> Callable[[Sequence[int]], bool] | None:
    """Tells from new tokens that the next turn has begun; None where end tokens alone tell it.

    A base model that is shown a transcript goes on writing it.
    """
    if not speaks_transcript(tokenizer):
        return None

    @cache
    def may_end_it(token: int) -> bool:
        return TRANSCRIPT_STOP[-1] in str(tokenizer.decode([token]))

    def has_begun(tokens: Sequence[int]) -> bool:
        # The tail is long enough to hold the marker however it was cut into tokens. Read only after
        # the few tokens that can be its last: this is asked for every token of every sequence.
        return may_end_it(tokens[-1]) and TRANSCRIPT_STOP in str(tokenizer.decode(tokens[-12:]))

    return has_begun


def option_ids(tokenizer: PreTrainedTokenizerBase, option: str) -> list[int]:
    """The tokens of an option as what is said next.

    The transcript form of a base model puts a space before that.
    """
    text = f" {option}" if speaks_transcript(tokenizer) else option
    return list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def read_turn(
    tokenizer: PreTrainedTokenizerBase, sampled: Sampled, stop_ids: frozenset[int]
) -> Turn:
    """The turn without what ended it.

    Space around it is left out: the transcript form puts one before an answer, so that it would
    be there twice where the answer is read again.
    """
    tokens, finish = sampled.tokens, "length"
    if sampled.finished:
        finish = "stop" if tokens[-1] in stop_ids else "turn"
    text = str(
        tokenizer.decode(tokens[:-1] if finish == "stop" else tokens, skip_special_tokens=True)
    )
    if speaks_transcript(tokenizer):
        text = text.split(TRANSCRIPT_STOP)[0]
    return Turn(text.strip(), finish)
