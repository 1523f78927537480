"""From a row of somebody's data set to a conversation that ends with the user's turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from cai.errors import DataError
from cai.naming import did_you_mean
from cai.prompt_files import Place
from cai.records import Message, Role, Row, said_by

Turns = tuple[Message, ...]

_ROLES: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}


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
            return Cut(said_by("user", _text(place, column, value[0])))
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
    if isinstance(value, str):
        if _is_transcript(value):
            return Cut(_until_user(place, field, _transcript(value)))
        return Cut(said_by("user", _text(place, field, value)))
    if _are_texts(value):
        raise DataError(
            f"{place}: {field}: a list of texts, not of messages; write one text, give each a role "
            f"and a content, or take the first with --prompt-column {field}"
        )
    if isinstance(value, list):
        return Cut(_until_user(place, field, _messages(place, field, value)))
    inner = "; name another with --prompt-column"
    if isinstance(value, dict):
        inner = f"; choose inside it{_likely(value, prefix=field + '.')}"
    raise DataError(f"{place}: {field}: {_what(value)}, not a text or a list of messages{inner}")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _from_pair(place: Place, chosen: Any, rejected: Any) -> Cut:
    """The turns before the last answer; of two transcripts, the turns that they share."""
    first = _turns(place, "chosen", chosen)
    if rejected is None:
        return Cut(_until_user(place, "chosen", first))
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
    return Cut(_until_user(place, "chosen", first[:shared]), early)


def _turns(place: Place, field: str, value: Any) -> Turns:
    if isinstance(value, str):
        if not _is_transcript(value):
            raise DataError(
                f"{place}: {field}: a text that does not begin with 'Human:', so it holds no "
                "prompt; name the prompt's column with --prompt-column"
            )
        return _transcript(value)
    if isinstance(value, list):
        return _messages(place, field, value)
    raise DataError(f"{place}: {field}: {_what(value)}, not a transcript or a list of messages")


def _is_transcript(text: str) -> bool:
    return text.startswith(("\n\nHuman:", "Human:")) and "\n\nAssistant:" in text


def _transcript(text: str) -> Turns:
    """The turns of ``"\\n\\nHuman: …\\n\\nAssistant: …"``; neighbours of one role become one turn.

    A role's name counts only at the start of a paragraph, so a prompt may contain the words.
    """
    _, *parts = re.split(r"(?:^|\n\n)(Human|Assistant):", text)
    turns: list[Message] = []
    for name, said in zip(parts[::2], parts[1::2], strict=True):
        role, content = _ROLES[name], said.strip()
        if turns and turns[-1]["role"] == role:
            content = f"{turns.pop()['content']}\n\n{content}".strip()
        turns.append(Message(role=role, content=content))
    return tuple(turns)


def _messages(place: Place, field: str, value: Sequence[Any]) -> Turns:
    turns = []
    for index, item in enumerate(value):
        where = f"{field}[{index}]"
        if not isinstance(item, dict) or "role" not in item or "content" not in item:
            raise DataError(f"{place}: {where}: not a message; give it a role and a content")
        role, content = item["role"], item["content"]
        if role not in ("system", "user", "assistant"):
            raise DataError(
                f"{place}: {where}.role: {role!r} is not possible; use system, user or assistant"
            )
        if not isinstance(content, str):
            raise DataError(f"{place}: {where}.content: {_what(content)}, not a text")
        turns.append(Message(role=cast("Role", role), content=content.strip()))
    return tuple(turns)


def _until_user(place: Place, field: str, turns: Turns) -> Turns:
    """The conversation without the answers at its end."""
    end = len(turns)
    while end and turns[end - 1]["role"] != "user":
        end -= 1
    if end == 0:
        raise DataError(f"{place}: {field}: there is no user turn in it; mend or delete the row")
    _text(place, field, turns[end - 1]["content"])
    return turns[:end]


def _text(place: Place, field: str, value: str) -> str:
    text = value.strip()
    if not text:
        raise DataError(f"{place}: {field}: the prompt is empty; fill it in or delete the row")
    return text


def _what(value: Any) -> str:
    if value is None:
        return "missing"
    return {dict: "an object", list: "an empty list", bool: "true or false"}.get(
        type(value), f"the value {value!r}"
    )
