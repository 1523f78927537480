"""What may be given as prompts, and the prompts that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from cai.errors import DataError
from cai.prompts import prompt_id
from cai.records import Message, Prompt
from cai.row_files import Place
from cai.turns import prompt_turns, what

# A text, a conversation, a row with a column `prompt` that holds one of them, or one of our own.
PromptForm: TypeAlias = str | Sequence[Message] | Mapping[str, Any] | Prompt

_COLUMN = "prompt"


def prompts_of(given: Iterable[PromptForm]) -> list[Prompt]:
    """Prompts of texts, conversations, our own rows, or the rows of a Hugging Face `Dataset`.

    A conversation ends with the user's turn; turns after the last one are cut. A row's prompt is
    its column `prompt`, a text or a conversation; its other columns come along and are given to
    reward functions that ask for them. Prompts that are given twice are asked twice.

    Raises:
        DataError: naming the prompt that cannot be read, and the mend; or if there is none.
    """
    if isinstance(given, Mapping):  # a DatasetDict, or one row
        raise DataError(
            f"prompts: a mapping of {', '.join(map(str, given))}; give the rows of one split, such "
            "as dataset['train'], or a list"
        )
    if isinstance(given, str):
        raise DataError("prompts: one text; give a list of texts")
    found = [_prompt(one, Place("prompts", 0, row)) for row, one in enumerate(given)]
    if not found:
        raise DataError("prompts: there are none; give at least one")
    return found


def _prompt(one: Any, place: Place) -> Prompt:
    if isinstance(one, Prompt):
        return one
    if isinstance(one, Mapping):
        if _COLUMN not in one:
            raise DataError(
                f"{place}: no column {_COLUMN}; the columns are: {', '.join(map(str, one))}; "
                f"rename the one with the prompt to {_COLUMN}"
            )
        columns = {name: value for name, value in one.items() if name != _COLUMN}
        return _of(one[_COLUMN], place, columns)
    return _of(one, place, {})


def _of(value: Any, place: Place, columns: Mapping[str, Any]) -> Prompt:
    if not isinstance(value, str | list | tuple):
        raise DataError(
            f"{place}: {_COLUMN}: {what(value)}; give a text, or a list of messages with role and "
            "content"
        )
    messages = prompt_turns(place, _COLUMN, value if isinstance(value, str) else list(value))
    return Prompt(
        id=prompt_id(messages), messages=tuple(messages), source=str(place), columns=columns
    )
