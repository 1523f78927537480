"""The rows that stages exchange, and how content is named.

Rows are JSON objects on disk. Here they are frozen dataclasses, so that a stage cannot change
another stage's row by accident; `to_row` and `from_row` are the only way in and out.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, TypeVar

Role = Literal["system", "user", "assistant"]
LabelStatus = Literal["ok", "tie", "refused", "invalid"]
Row = dict[str, Any]


class Message(TypedDict):
    """One turn of a conversation, in the form every chat template takes."""

    role: Role
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A conversation that ends with a user turn. `id` is a hash of `messages` alone."""

    id: str
    messages: tuple[Message, ...]
    tags: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A text that a model wrote, the key of the call that made it, and how it ended.

    `finish` is as in an engine's `Completion`: "stop", "turn" or "length". `model` is the name of
    the model in its engine's identity, or as a file names it, and `temperature` what it was drawn
    at; where that is not known, "" and None.
    """

    text: str
    call: str
    finish: str = "stop"
    model: str = ""
    temperature: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionStep:
    """One critique and revision of a response under one principle.

    `critique` is None in direct mode; `revision` is None where the critique found no issue, so
    that the response was kept. `problems` names what was wrong with the revision as a text at any
    attempt (`preamble`, `empty`, `identical`, `truncated`). `response` is the answer after this
    step.
    """

    round: int
    principle: str
    critique: Said | None
    revision: Said | None
    problems: tuple[str, ...] = ()
    response: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """The whole chain of one prompt: initial answer, then critique-revision steps."""

    id: str
    prompt_id: str
    prompt: tuple[Message, ...]
    tags: tuple[str, ...]
    initial: Said
    steps: tuple[RevisionStep, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SftRow:
    """TRL's conversational prompt-completion form, plus where the completion came from.

    `call` is the model call that wrote the completion.
    """

    id: str
    prompt: tuple[Message, ...]
    completion: tuple[Message, ...]
    prompt_id: str
    source: Literal["revision", "helpful"]
    round: int
    principles: tuple[str, ...]
    call: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two distinct answers to one prompt, before anybody says which is better.

    `pair` tells the pairs of one prompt apart, whatever the answers are.
    """

    id: str
    prompt_id: str
    pair: int = 0
    prompt: tuple[Message, ...]
    tags: tuple[str, ...]
    response_a: Said
    response_b: Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What one annotator says of one comparison under one principle.

    `p_a` is the probability that answer A is better, averaged over both presentation orders; None
    unless `status` is ok or tie. `logprobs_ab` and `logprobs_ba` are the raw log-probabilities of
    the options ("A", "B") as displayed: in `logprobs_ba`, option "A" stands for response_b.
    `reasons` is what was said before, in both orders, by a judge that was asked for it.
    """

    id: str
    comparison_id: str
    principle: str
    annotator: str
    status: LabelStatus
    p_a: float | None
    logprobs_ab: tuple[float, ...]
    logprobs_ba: tuple[float, ...]
    calls: tuple[str, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """TRL's conversational preference form, plus the soft label.

    `probability` is p(chosen is better), at least 0.5 (exactly 1.0 where hard labels were asked).
    """

    id: str
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    probability: float
    comparison_id: str
    prompt_id: str
    principles: tuple[str, ...]
    tags: tuple[str, ...] = ()
    split: Literal["train", "heldout"] = "train"


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One answer of one model to one held-out prompt, and what is known about it."""

    id: str
    model: str
    prompt_id: str
    prompt: tuple[Message, ...]
    tags: tuple[str, ...]
    response: Said
    harmful: bool | None
    evasive: bool | None
    helpful: bool | None
    unparseable: bool | None
    decided_by: Literal["oracle", "judge", "nobody"]
    reward: float | None
    kl_to_sft: float | None
    details: Mapping[str, Any] = field(default_factory=dict)


T = TypeVar("T")


def to_row(record: Any) -> Row:
    """A record as a JSON-ready dict (tuples become lists when written)."""
    return dataclasses.asdict(record)


def from_row(kind: type[T], row: Mapping[str, Any]) -> T:
    """The record that `to_row` made `row` from.

    Raises:
        KeyError, TypeError: if a field is missing or unknown.
    """
    hints = _hints(kind)  # type: ignore[arg-type]
    known = hints.keys()
    unknown = set(row) - known
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {sorted(unknown)[0]!r}")
    return kind(**{name: _value(hints[name], value) for name, value in row.items()})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    # Resolving annotations costs more than the rest of reading a row.
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _value(inner, value)
    if origin is tuple:
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, item) for item in value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_row(hint, value)
    return value


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, so that equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_id(*parts: Any) -> str:
    """A stable name for content: the first 16 hex digits of SHA-256 over its canonical JSON."""
    return digest(list(parts))[:16]


def digest(value: Any) -> str:
    """The full SHA-256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def derive_seed(seed: int, *parts: str | int) -> int:
    """A 63-bit seed for one call: depends on (seed, parts) and on nothing else."""
    return int(digest([seed, *parts])[:16], 16) >> 1


def said_by(role: Role, text: str) -> tuple[Message, ...]:
    """A conversation of a single turn."""
    return (Message(role=role, content=text),)
