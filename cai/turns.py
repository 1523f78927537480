"""The turns of a conversation, from one value of a row of somebody's data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from cai.errors import DataError
from cai.records import Message, Role, said_by
from cai.row_files import Place

Turns = tuple[Message, ...]

_ROLES: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}


def prompt_turns(place: Place, field: str, value: Any) -> Turns:
    """The conversation up to the user's last turn: of a text, a transcript or a list of messages.

    Raises:
        DataError: naming the row, the field and the mend.
    """
    if isinstance(value, str) and not is_transcript(value):
        return said_by("user", prompt_text(place, field, value))
    return until_user(place, field, turns(place, field, value))


def turns(place: Place, field: str, value: Any) -> Turns:
    """The turns of a transcript or of a list of messages.

    Raises:
        DataError: naming the row, the field and the mend.
    """
    if isinstance(value, str) and is_transcript(value):
        return _transcript(value)
    if isinstance(value, list):
        return _messages(place, field, value)
    found = "a text without turns" if isinstance(value, str) else what(value)
    raise DataError(f"{place}: {field}: {found}, not a transcript or a list of messages")


def is_transcript(text: str) -> bool:
    """Whether a text is one of ``"\\n\\nHuman: …\\n\\nAssistant: …"``."""
    return text.startswith(("\n\nHuman:", "Human:")) and "\n\nAssistant:" in text


def until_user(place: Place, field: str, spoken: Turns) -> Turns:
    """The conversation without the answers at its end.

    Raises:
        DataError: if no user turn is left, or the last one is empty.
    """
    end = len(spoken)
    while end and spoken[end - 1]["role"] != "user":
        end -= 1
    if end == 0:
        raise DataError(f"{place}: {field}: there is no user turn in it; mend or delete the row")
    prompt_text(place, field, spoken[end - 1]["content"])
    return spoken[:end]


def prompt_text(place: Place, field: str, value: str) -> str:
    """A prompt's text without the space around it; DataError if nothing is left."""
    text = value.strip()
    if not text:
        raise DataError(f"{place}: {field}: the prompt is empty; fill it in or delete the row")
    return text


def what(value: Any) -> str:
    """What a value is that should have been something else, for a message."""
    if value is None:
        return "missing"
    return {dict: "an object", list: "an empty list", bool: "true or false"}.get(
        type(value), f"the value {value!r}"
    )


def _transcript(text: str) -> Turns:
    """Turns of a transcript; neighbours of one role become one turn.

    A role's name counts only at the start of a paragraph, so a prompt may contain the words.
    """
    _, *parts = re.split(r"(?:^|\n\n)(Human|Assistant):", text)
    spoken: list[Message] = []
    for name, said in zip(parts[::2], parts[1::2], strict=True):
        role, content = _ROLES[name], said.strip()
        if spoken and spoken[-1]["role"] == role:
            content = f"{spoken.pop()['content']}\n\n{content}".strip()
        spoken.append(Message(role=role, content=content))
    return tuple(spoken)


def _messages(place: Place, field: str, value: Sequence[Any]) -> Turns:
    spoken = []
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
            raise DataError(f"{place}: {where}.content: {what(content)}, not a text")
        spoken.append(Message(role=cast("Role", role), content=content.strip()))
    return tuple(spoken)
