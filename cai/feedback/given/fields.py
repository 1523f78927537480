"""The values of a row's columns, or an error that names the field and the mend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cai.errors import DataError
from cai.records import Row, Said
from cai.row_files import Place
from cai.turns import Turns, prompt_turns, turns, what

PROMPTS = ("prompt", "messages", "instruction", "question", "input")
"""Columns that may hold the prompt, the likeliest first."""

_TEXTS = ("text", "response", "content", "answer")
_NAMES = ("id", "idx", "instance_id", "question_id")


def prompt(place: Place, row: Row) -> Turns:
    """The conversation that both answers answer: a text, a transcript or a list of messages.

    An `instruction` may go on in `input`, as in Alpaca's data and what follows it.
    """
    name = next((name for name in PROMPTS if name in row), None)
    if name is None:
        raise DataError(
            f"{place}: no prompt; the columns are: {', '.join(row)}; add one named prompt"
        )
    if name == "instruction" and isinstance(row[name], str) and isinstance(row.get("input"), str):
        parts = [row[name].strip(), row["input"].strip()]
        return prompt_turns(place, name, "\n\n".join(part for part in parts if part))
    return prompt_turns(place, name, row[name])


def answer(place: Place, field: str, value: Any, model: Any = None) -> Said:
    """An answer: a text, an object that holds one, or a single assistant turn.

    Spreadsheets and scripts turn "True" or "42" into values; they are taken for the text they were.
    """
    if isinstance(value, dict):
        name = next((name for name in _TEXTS if name in value), None)
        if name is None:
            raise DataError(f"{place}: {field}: an object without text; add one named text")
        said = answer(place, f"{field}.{name}", value[name], model or value.get("model"))
        return _ended(said, value.get("finish"))
    if isinstance(value, list) and value:
        spoken = turns(place, field, value)
        if [turn["role"] for turn in spoken] != ["assistant"]:
            raise DataError(f"{place}: {field}: give one turn, the assistant's; or move the rest "
                            "of the conversation into prompt")  # fmt: skip
        value = spoken[0]["content"]
    if not isinstance(value, str | int | float):
        raise DataError(f"{place}: {field}: {what(value)}, not an answer; fill it in")
    return Said(text=str(value), call="", model=model if isinstance(model, str) else "")


def number(place: Place, field: str, value: Any) -> float | None:
    """A finite number, also one written as text; None where there is nothing."""
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "n/a", "none")):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise DataError(f"{place}: {field}: {what(value)}, not a number; mend it") from None
    if isinstance(value, bool) or math.isinf(found):
        raise DataError(f"{place}: {field}: {what(value)}, not a number; mend it")
    return None if math.isnan(found) else found


def one_of(
    place: Place, field: str, value: Any, known: Mapping[str, float], more: str = ""
) -> float:
    """What a value of a closed list stands for; capitals and numbers written as text do not count.

    Raises:
        DataError: naming the possible ones, and `more`.
    """
    text = str(value).strip().lower().removesuffix(".0")
    if isinstance(value, bool) or text not in known:
        raise DataError(
            f"{place}: {field}: {value!r} is not possible; use {', '.join(known)}{more}"
        )
    return known[text]


def tags(row: Row) -> list[str]:
    """The row's own tags: a list of texts, or one text with commas between."""
    value = row.get("tags")
    if isinstance(value, str):
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def principle(place: Place, row: Row) -> str:
    """The id of the principle that alone is to judge the row's pairs, or ""."""
    value = row.get("principle") or ""
    if not isinstance(value, str):
        raise DataError(f"{place}: principle: {what(value)}, not a principle's id; mend it")
    return value.strip()


def name(row: Row) -> str:
    """What the file calls the row, or ""."""
    found = next((row[name] for name in _NAMES if isinstance(row.get(name), str | int)), "")
    return str(found)


def _ended(said: Said, finish: Any) -> Said:
    known = finish if isinstance(finish, str) else said.finish
    return Said(text=said.text, call="", finish=known, model=said.model)
