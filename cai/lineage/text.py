"""A trail as text for a terminal."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator

from cai.engines.base import Choice, ChooseRequest, Completion, GenerateRequest
from cai.lineage.memory import Call
from cai.lineage.rows import Found
from cai.lineage.trace import Trail
from cai.visible import visible

_WIDTH = 100


def listing(rows: list[Found]) -> str:
    """Several rows, one a line, to choose from."""
    return "\n".join(f"{row.id or '-':16}  {row.place}" for row in rows)


def as_text(trail: Trail) -> str:
    """Every entry, then every call with its messages."""
    lines = [f"{trail.row.id or trail.row.row.get('prompt_id')}  {trail.row.place}"]
    for entry in trail.entries:
        lines += ["", entry.title]
        for name, text in entry.facts.items():
            lines += _fact(name, text)
    for number, call in enumerate(trail.calls, start=1):
        lines += ["", *_call(number, call)]
    lines += ["", *(f"note: {doubt}" for doubt in trail.doubts)] if trail.doubts else []
    return "\n".join(lines)


def _call(number: int, call: Call) -> Iterator[str]:
    where = "in the store of calls" if call.in_store else "not in the store of calls any more"
    yield f"call {number}: {call.purpose}"
    yield from _fact("key", f"{call.key} ({where})")
    yield from _fact("model", f"{call.engine.name}, {call.engine.dtype}")
    yield from _fact("settings", _settings(call.request))
    for message in call.request.messages:
        yield from _fact(message["role"], message["content"])
    yield from _fact("said", _result(call.request, call.result))
    if call.again is not None:
        verdict = "the same" if call.same_again else _result(call.request, call.again)
        yield from _fact("said now", verdict)


def _settings(request: GenerateRequest | ChooseRequest) -> str:
    if isinstance(request, ChooseRequest):
        return f"probability of {' or '.join(request.options)}"
    draw = (
        f"temperature {request.temperature:g}, seed {request.seed}"
        if request.temperature
        else "greedy"
    )
    return f"{draw}, at most {request.max_new_tokens} new tokens"


def _result(request: GenerateRequest | ChooseRequest, result: Completion | Choice) -> str:
    if isinstance(result, Completion):
        return result.text + (" [cut off]" if result.finish == "length" else "")
    options = request.options if isinstance(request, ChooseRequest) else ()
    return ", ".join(
        f"{option} {math.exp(logprob):.4f}"
        for option, logprob in zip(options, result.logprobs, strict=True)
    )


def _fact(name: str, text: str) -> list[str]:
    """A name and its text, wrapped; a text's own line breaks are kept."""
    wrapped = [
        part
        for line in visible(text).split("\n")
        for part in textwrap.wrap(line, _WIDTH - 20) or [""]
    ]
    heads = [f"  {name:16}", *[" " * 18] * (len(wrapped) - 1)]
    return [f"{head}{part}".rstrip() for head, part in zip(heads, wrapped, strict=True)]
