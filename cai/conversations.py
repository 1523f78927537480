"""From a row of somebody's data set to a conversation that ends with the user's turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cai.errors import DataError
from cai.naming import did_you_mean
from cai.records import Row, said_by
from cai.row_files import Place
from cai.turns import Turns, is_transcript, prompt_text, prompt_turns, turns, until_user, what


@dataclass(frozen=True, slots=True)
class Cut:
    """A prompt cut from a row; `early` where its two transcripts part before the last turn."""

    messages: Turns
    early: bool = False


def conversation(place: Place, row: Row, column: str | None) -> Cut:
    """The prompt in a row.

    Without `column`, the first of these that the row has: `prompt` (a text, a transcript, or a list
    of messages), `messages`, `chosen` with or without `rejected`. A column may be named with dots
    to reach into objects, such as `prompt.text`, and then may hold a list of texts, of which the
    first is the prompt: what a user says next depends on the answer.

    Raises:
        DataError: naming the row, the field and the mend.
    """
    if column is not None:
        value = _reach(place, row, column)
        if _are_texts(value):
            return Cut(said_by("user", prompt_text(place, column, value[0])))
        return _from_value(place, column, value)
    for name in ("prompt", "messages"):
        if name in row:
            return _from_value(place, name, row[name])
    if "chosen" in row:
        return _from_pair(place, row["chosen"], row.get("rejected"))
    raise DataError(
        f"{place}: no column prompt, messages or chosen; the columns are: {', '.join(row)}; "
        f"name one with --prompt-column{_likely(row)}"
    )


_USUAL = ("instruction", "question", "goal", "query", "input", "text", "content", "turns")


def _likely(row: Row, prefix: str = "") -> str:
    """An example of a column that could hold the prompt: a usual name, else the longest text."""
    sizes = {
        name: len(str(value))
        for name, value in row.items()
        if isinstance(value, str) or (isinstance(value, list) and value)
    }
    usual = [name for name in sizes if name in _USUAL or "prompt" in name]
    best = min(usual, default=max(sizes, key=lambda name: sizes[name], default=""))
    return f", such as --prompt-column {prefix}{best}" if best else ""


def _reach(place: Place, row: Row, column: str) -> Any:
    if column in row:
        return row[column]
    value: Any = row
    for name in column.split("."):
        if not isinstance(value, dict) or name not in value:
            known = list(value) if isinstance(value, dict) else list(row)
            raise DataError(f"{place}: no column {column!r}; {did_you_mean(name, known)}")
        value = value[name]
    return value


def _from_value(place: Place, field: str, value: Any) -> Cut:
    if _are_texts(value):
        raise DataError(
            f"{place}: {field}: a list of texts, not of messages; write one text, give each a role "
            f"and a content, or take the first with --prompt-column {field}"
        )
    if isinstance(value, str | list):
        return Cut(prompt_turns(place, field, value))
    inner = "; name another with --prompt-column"
    if isinstance(value, dict):
        inner = f"; choose inside it{_likely(value, prefix=field + '.')}"
    raise DataError(f"{place}: {field}: {what(value)}, not a text or a list of messages{inner}")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _from_pair(place: Place, chosen: Any, rejected: Any) -> Cut:
    """The turns before the last answer; of two transcripts, the turns that they share."""
    first = _turns(place, "chosen", chosen)
    if rejected is None:
        return Cut(until_user(place, "chosen", first))
    second = _turns(place, "rejected", rejected)
    early = first[:-1] != second[:-1]
    shared = 0
    for ours, theirs in zip(first[:-1], second[:-1], strict=False):
        if ours != theirs:
            break
        shared += 1
    if shared == 0:
        raise DataError(
            f"{place}: chosen and rejected do not begin with the same user turn; "
            "mend the row or delete it"
        )
    return Cut(until_user(place, "chosen", first[:shared]), early)


def _turns(place: Place, field: str, value: Any) -> Turns:
    if isinstance(value, str) and not is_transcript(value):
        raise DataError(
            f"{place}: {field}: a text that does not begin with 'Human:', so it holds no "
            "prompt; name the prompt's column with --prompt-column"
        )
    return turns(place, field, value)
