"""The form `chosen, rejected`: transcripts, lists of messages, or answers beside a prompt."""

from __future__ import annotations

from typing import Any

from cai.errors import DataError
from cai.feedback.given import fields
from cai.feedback.given.pair import Found, Pair, Verdict
from cai.records import Row, Said
from cai.row_files import Place
from cai.turns import Turns, is_transcript, turns


def chosen(place: Place, row: Row) -> Found:
    """The pair of a row, the chosen answer first.

    Whole conversations (HH-RLHF's transcripts, TRL's implicit prompts) are cut before the last
    turn, which must be all they differ in: one that parts earlier is left out and counted.
    Otherwise `chosen` and `rejected` are answers to the prompt beside them. The gold is 1, or the
    row's `probability`, or a tie where both have the same `…_rank` or `score_…`.
    """
    conversations = [_conversation(place, name, row[name]) for name in ("chosen", "rejected")]
    if None not in conversations:
        first, second = (spoken or () for spoken in conversations)
        if not _differ_in_the_answer(first, second):
            return Found(cut_early=1)
        prompt = first[:-1]
        answers = [Said(text=spoken[-1]["content"], call="") for spoken in (first, second)]
    else:
        if not any(name in row for name in fields.PROMPTS):
            raise DataError(
                f"{place}: chosen and rejected are answers without a prompt; add one named prompt, "
                "or give whole conversations"
            )
        prompt = fields.prompt(place, row)
        answers = [
            fields.answer(place, name, row[name], row.get(f"{name}_model"))
            for name in ("chosen", "rejected")
        ]
        answers = [Said(text=one.text.strip(), call="", model=one.model) for one in answers]
    verdict = Verdict(p_first=_probability(place, row))
    pair = Pair(prompt=prompt, first=answers[0], second=answers[1], verdicts=(verdict,))
    return Found(pairs=(pair,))


def _conversation(place: Place, field: str, value: Any) -> Turns | None:
    """The turns of a whole conversation; None for an answer alone."""
    if isinstance(value, str) and is_transcript(value):
        return turns(place, field, value)
    if isinstance(value, list) and value:
        spoken = turns(place, field, value)
        return None if spoken[0]["role"] == "assistant" else spoken
    return None


def _differ_in_the_answer(first: Turns, second: Turns) -> bool:
    return (
        len(first) > 1
        and first[:-1] == second[:-1]
        and first[-2]["role"] == "user"
        and {first[-1]["role"], second[-1]["role"]} == {"assistant"}
        and bool(first[-2]["content"])
    )


def _probability(place: Place, row: Row) -> float:
    given = fields.number(place, "probability", row.get("probability"))
    if given is not None:
        if not 0 <= given <= 1:
            raise DataError(
                f"{place}: probability: {given:g} is not possible; use one from 0 to 1, of the "
                "chosen answer"
            )
        return given
    for names in (("chosen_rank", "rejected_rank"), ("score_chosen", "score_rejected")):
        one, other = (fields.number(place, name, row.get(name)) for name in names)
        if one is not None and one == other:
            return 0.5
    return 1.0
