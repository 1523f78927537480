"""Constitutions in other projects' files: read into ours, and written back.

The Constitutional AI paper's public repository keeps two independent lists: pairs of a critique
and a revision request, by name (`CritiqueRevisionInstructions.json`), and comparisons
(`RLMadisonInstructions.json`). Hugging Face's llm-swarm has pairs of `critic` and `revision`, with
worked examples as chats (`system_chat`). People's own lists are lines of text or Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from cai.constitution.frames import FRAMES
from cai.constitution.principles import Constitution, FewShot, Principle
from cai.errors import ConstitutionError

ExportFormat = Literal["paper-critiques", "paper-comparisons", "huggingface", "text"]

_ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+(.*\S)\s*$")
_HEADING = re.compile(r"^#{1,6}\s+(.*\S)\s*$")
_COMPARES = re.compile(
    r"(?:please |of (?:the|these)\b.*\b)?(?:which|choose|pick|select|prefer|compare|consider)\b",
    re.I,
)
_NO_ID = re.compile(r"[^a-z0-9_-]+")
_LONGEST_ID = 56  # the schema's 64, with room for a number behind it
_CHAT_ROLES = ["user", "assistant"] * 3


def imported(paths: Sequence[Path], *, name: str) -> Constitution:
    """One constitution out of files of the kinds named above, told apart by what is in them.

    A line that asks for a choice becomes a comparison; any other is taken as a statement, and asked
    for in all three ways.

    Raises:
        ConstitutionError: if a file cannot be read, or holds nothing of these kinds.
    """
    principles: list[Principle] = []
    few_shots: list[FewShot] = []
    for path in paths:
        found, shots = _read(path)
        if not found:
            raise ConstitutionError(f"{path}: no principles in it; write one a line")
        taken = {one.id for one in principles}
        renamed: dict[str, str] = {}
        for one in found:
            free = _free(one.id, taken)
            renamed.setdefault(one.id, free)
            taken.add(free)
            principles.append(replace(one, id=free))
        few_shots += [replace(shot, principle=renamed[shot.principle]) for shot in shots]
    return Constitution(name=name, principles=tuple(principles), few_shots=tuple(few_shots))


def exported(constitution: Constitution, form: ExportFormat) -> str:
    """The file's text in one of these forms; what the form cannot hold is left out.

    Raises:
        ConstitutionError: if no principle has the texts that the form is made of.
    """
    text = _WRITERS[form]([one for one in constitution.principles if one.enabled], constitution)
    if text is None:
        needed = "critique_request" if form in ("paper-critiques", "huggingface") else "comparison"
        raise ConstitutionError(
            f"{constitution.path}: no principle has a {needed}, so there is nothing to write as "
            f"{form}; choose another form"
        )
    return text


def _read(path: Path) -> tuple[list[Principle], list[FewShot]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as cause:
        raise ConstitutionError(f"{path}: cannot be read: {cause.strerror}") from None
    except UnicodeDecodeError as cause:
        raise ConstitutionError(f"{path}: not UTF-8 text ({cause.reason})") from None
    if path.suffix == ".json":
        return _from_json(path, text)
    return list(_from_lines(text)), []


def _from_json(path: Path, text: str) -> tuple[list[Principle], list[FewShot]]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as cause:
        raise ConstitutionError(f"{path}:{cause.lineno}: not JSON: {cause.msg}") from None
    except RecursionError:
        raise ConstitutionError(f"{path}: nested too deep to be a constitution") from None
    source = path.name
    if isinstance(data, list) and data and all(isinstance(row, str) for row in data):
        return [
            Principle(
                id=_number("comparison", n),
                comparison=_text(path, f"[{n - 1}]", {"text": row}, "text"),
                source=source,
            )
            for n, row in enumerate(data, 1)
        ], []
    if isinstance(data, Mapping) and isinstance(data.get("constitutions"), list):
        return _from_hugging_face(path, data)
    if isinstance(data, Mapping) and data:
        return [
            Principle(
                id=_slug(key) or _number("critique", n),
                critique_request=_text(path, f"{key}.prompt", row, "prompt"),
                revision_request=_text(path, f"{key}.edit_request", row, "edit_request"),
                source=source,
            )
            for n, (key, row) in enumerate(data.items(), 1)
        ], []
    raise ConstitutionError(
        f"{path}: not a list of comparisons, nor pairs of a critique and a revision request; "
        "`cai constitution import --help` names the forms"
    )


def _from_hugging_face(
    path: Path, data: Mapping[str, Any]
) -> tuple[list[Principle], list[FewShot]]:
    principles = [
        Principle(
            id=_number("critique", n),
            critique_request=_text(path, f"constitutions[{n - 1}].critic", row, "critic"),
            revision_request=_text(path, f"constitutions[{n - 1}].revision", row, "revision"),
            source=path.name,
        )
        for n, row in enumerate(data["constitutions"], 1)
    ]
    by_request = {one.critique_request: one.id for one in principles}
    shots = []
    chats = data.get("system_chat") or []
    if not isinstance(chats, list):
        raise ConstitutionError(f"{path}: system_chat: not a list of chats")
    for number, chat in enumerate(chats):
        field = f"system_chat[{number}]"
        if not isinstance(chat, list) or not all(isinstance(turn, Mapping) for turn in chat):
            raise ConstitutionError(f"{path}: {field}: not a list of messages")
        said = [
            _text(path, f"{field}[{n}].content", turn, "content", bare=False)
            for n, turn in enumerate(chat)
        ]
        # Chats of other shapes, or about a request that is not in the list, show no principle.
        if [turn.get("role") for turn in chat] == _CHAT_ROLES and _bare(said[2]) in by_request:
            shots.append(
                FewShot(
                    principle=by_request[_bare(said[2])],
                    prompt=said[0], response=said[1], critique=said[3], revision=said[5],
                )
            )  # fmt: skip
    return principles, shots


def _from_lines(text: str) -> Iterator[Principle]:
    """Every item of a list, or every line where there is no list; headings become tags."""
    lines = _unwrapped(text.splitlines())
    listed = any(_ITEM.match(line) for line in lines)
    tags: tuple[str, ...] = ()
    number = 0
    for line in lines:
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if heading:
            tags = tuple(filter(None, [_slug(heading[1])]))
            continue
        said = item[1] if item else "" if listed else line.strip()
        if not said:
            continue
        number += 1
        yield _stated(said, _number("principle", number), tags)


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """Lines with those joined to an item of a list that are indented and go on with it."""
    whole: list[str] = []
    for line in lines:
        goes_on = line[:1].isspace() and line.strip() and not _ITEM.match(line)
        if goes_on and whole and _ITEM.match(whole[-1]):
            whole[-1] = f"{whole[-1]} {line.strip()}"
        else:
            whole.append(line)
    return whole


def _stated(said: str, principle_id: str, tags: tuple[str, ...]) -> Principle:
    if _COMPARES.match(said):
        return Principle(id=principle_id, tags=tags, comparison=said)
    rule = said if said.endswith((".", "!", "?")) else f"{said}."
    return Principle(
        id=principle_id,
        tags=tags,
        title=said,
        critique_request=FRAMES["critique_request"] + rule,
        revision_request=FRAMES["revision_request"] + rule,
        comparison=FRAMES["comparison"] + rule,
    )


def _text(path: Path, field: str, row: Any, key: str, *, bare: bool = True) -> str:
    """A text, without labels if `bare`; the paper's file has its critique request in a list."""
    value = row.get(key) if isinstance(row, Mapping) else None
    if isinstance(value, list) and len(value) == 1:
        [value] = value
    if isinstance(value, str) and bare:
        value = _bare(value)
    if not isinstance(value, str) or not value.strip():
        raise ConstitutionError(f"{path}: {field}: no text; give one, or take the entry out")
    return value


def _bare(text: str) -> str:
    """A request without the labels that the paper's prompts put around it."""
    text = text.strip()
    text = re.sub(r"^(?:Critique|Revision) ?Request:\s*", "", text)
    return re.sub(r"\s*(?:Critique|Revision|Options):$", "", text).strip()


def _number(kind: str, number: int) -> str:
    return f"{kind}-{number:02}"


def _slug(name: str) -> str:
    return _NO_ID.sub("-", name.lower())[:_LONGEST_ID].strip("-_")


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where it is used already."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _paper_critiques(principles: Sequence[Principle], _: Constitution) -> str | None:
    data = {
        one.id: {
            "prompt": [f"\n\nCritiqueRequest: {one.critique_request}\n\nCritique:"],
            "edit_request": f"\n\nRevisionRequest: {one.revision_request}\n\nRevision:",
        }
        for one in principles
        if one.critique_request
    }
    return _json(data) if data else None


def _paper_comparisons(principles: Sequence[Principle], _: Constitution) -> str | None:
    data = [f"\n{one.comparison} Options:" for one in principles if one.comparison]
    return _json(data) if data else None


def _hugging_face(principles: Sequence[Principle], constitution: Constitution) -> str | None:
    pairs = {one.id: one for one in principles if one.critique_request}
    chats = []
    for shot in constitution.few_shots:
        if shot.principle in pairs:
            one = pairs[shot.principle]
            said = (
                shot.prompt, shot.response, one.critique_request,
                shot.critique, one.revision_request, shot.revision,
            )  # fmt: skip
            turns = zip(_CHAT_ROLES, said, strict=True)
            chats.append([{"role": role, "content": content} for role, content in turns])
    data: dict[str, Any] = {
        "constitutions": [
            {"critic": one.critique_request, "revision": one.revision_request}
            for one in pairs.values()
        ]
    }
    if chats:
        data["system_chat"] = chats
    return _json(data) if pairs else None


def _lines(principles: Sequence[Principle], _: Constitution) -> str | None:
    """One comparison a line."""
    said = [" ".join(one.comparison.split()) for one in principles if one.comparison]
    return "".join(f"- {line}\n" for line in said) or None


_WRITERS: Mapping[ExportFormat, Callable[[Sequence[Principle], Constitution], str | None]] = {
    "paper-critiques": _paper_critiques,
    "paper-comparisons": _paper_comparisons,
    "huggingface": _hugging_face,
    "text": _lines,
}


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
