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
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, TypeVar

import msgspec

Role = Literal["system", "user", "assistant"]
LabelStatus = Literal["ok", "tie", "refused", "invalid"]
View = Literal["ab", "ba", "a", "b"]
Row = dict[str, Any]


class Message(TypedDict):
    """One turn of a conversation, in the form every chat template takes."""

    role: Role
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A conversation that ends with a user turn. `id` is a hash of `messages` alone.

    `columns` are the further ones of its row, where a reward function is to be given them.
    """

    id: str
    messages: tuple[Message, ...]
    tags: tuple[str, ...] = ()
    source: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A text that a model wrote, the key of the call that made it, and how it ended.

    `finish` is as in an engine's `Completion`: "stop", "turn", "length" or "refused". `model` is
    the name of the model (`EngineIdentity.name`), `temperature` the one it was sampled at, where a
    row holds answers of several; "" and None where that is not known, or the same for all rows of
    a stage. A text that was given in a file has no call.
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
class Answers:
    """All that one model said to one prompt, before pairs are chosen.

    `author` counts the models that answer: 0 is the policy. No two of the answers are (nearly) the
    same text.
    """

    prompt_id: str
    author: int
    answers: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two distinct answers to one prompt, before anybody says which is better.

    `pair` tells the pairs of one prompt apart, whatever the answers are. A pair that was given has
    its place and its own name there as `source`; `principle` is the one that alone is to judge it,
    if its row names one. In an off-topic pair one of the answers was given to another prompt, whose
    id is `off_topic`.
    """

    id: str
    prompt_id: str
    pair: int = 0
    prompt: tuple[Message, ...]
    tags: tuple[str, ...]
    response_a: Said
    response_b: Said
    principle: str = ""
    source: str = ""
    off_topic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """A reason that a judge wrote down before a verdict, and the verdict that followed from it.

    `view` says what was shown: both answers in one of the two orders ("ab", "ba"), or one of them
    alone ("a", "b"). `logprobs` are the raw log-probabilities of the options after this reason.
    """

    view: View
    reason: str
    logprobs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerScore:
    """How good a judge that scores answers one by one finds one of them.

    `logprobs` are the raw log-probabilities of the scores "1" to "10"; `expected` is the mean
    score, from 1 to 10 (None if none is possible), and `mass` the probability that any is said.
    """

    expected: float | None
    mass: float
    logprobs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What one annotator says of one comparison under one principle.

    `p_a` is the probability that answer A is better, as the annotator gave it (averaged over both
    presentation orders); None unless `status` is ok or tie.

    A judge that compares fills `logprobs_ab` and `logprobs_ba`: the log-probabilities of the
    options ("A", "B") as displayed, so that in `logprobs_ba` option "A" stands for response_b. One
    that scores fills `scores`, of answer A and of answer B, instead. One that gave reasons has
    `chains`, view by view and sample by sample; `logprobs_ab`, `logprobs_ba` and those of `scores`
    are then means of the probabilities of the chains.

    `calls` are the keys of the model calls: of the reasons, then of the verdicts, both in the order
    of `chains`, then of what was said instead of a verdict.

    `votes` is how many answers were sampled for it by a judge that gives no log-probabilities: the
    log-probabilities are then logs of their shares, and `interval` holds the ends of the 95 %
    interval of `p_a`, which half a vote for either answer keeps from 0 and 1. 0 and () where
    probabilities were read.

    A label that a file holds ("gold") has no log-probabilities and no calls. Its annotator is
    "gold" or who the file says; without a principle it is about the answers as a whole; `words`
    are the file's own about it.
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
    chains: tuple[Chain, ...] = ()
    scores: tuple[AnswerScore, ...] = ()
    words: tuple[str, ...] = ()
    votes: int = 0
    interval: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """TRL's conversational preference form, plus the soft label.

    `probability` is p(chosen is better), at least 0.5 (exactly 1.0 where hard labels were asked).
    `margin` is by how much the better answer should win, in units of the reward, where labels carry
    such a strength (TRL's column of that name); the judge's do not, and 0 asks for nothing.
    `off_topic` is that of its comparison.
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
    margin: float = 0.0
    off_topic: str = ""


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

# Made once: `json.dumps` makes one for every value that it writes otherwise than by default.
_STRICT = msgspec.json.Decoder()
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_row(record: Any) -> Row:
    """A record as a JSON-ready dict, which shares the record's messages (not to be changed).

    Tuples become lists when written.
    """
    names, nested = _writing(type(record))  # type: ignore[arg-type]
    row = {name: getattr(record, name) for name in names}
    for name, convert in nested:
        if row[name] is not None:
            row[name] = convert(row[name])
    return row


def from_row(kind: type[T], row: Mapping[str, Any]) -> T:
    """The record that `to_row` made `row` from.

    Raises:
        KeyError, TypeError: if a field is missing or unknown.
    """
    known, nested = _reading(kind)  # type: ignore[arg-type]
    if not row.keys() <= known:
        raise TypeError(f"{kind.__name__} has no field {sorted(set(row) - known)[0]!r}")
    fields = dict(row)
    for name, convert in nested:
        if fields.get(name) is not None:
            fields[name] = convert(fields[name])
    return kind(**fields)


Convert = Callable[[Any], Any]


# What a field's annotation means for its rows is found out once: it costs far more than a row.
@functools.cache
def _writing(kind: type) -> tuple[tuple[str, ...], list[tuple[str, Convert]]]:
    """Names of a record's fields, and what makes rows of those that hold other records."""
    hints = typing.get_type_hints(kind)
    nested = {name: _converter(hint, lambda _: to_row) for name, hint in hints.items()}
    return tuple(hints), [(name, one) for name, one in nested.items() if one not in (None, tuple)]


@functools.cache
def _reading(kind: type) -> tuple[Set[str], list[tuple[str, Convert]]]:
    """Names of a record's fields, and what makes values of those that JSON cannot hold."""
    hints = typing.get_type_hints(kind)
    nested = {
        name: _converter(hint, lambda inner: functools.partial(from_row, inner))
        for name, hint in hints.items()
    }
    return hints.keys(), [(name, convert) for name, convert in nested.items() if convert]


def _converter(hint: Any, of_record: Callable[[type], Convert]) -> Convert | None:
    """What makes a field's value from its JSON, or the other way; None if both are the same."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _converter(inner, of_record)
    if origin is tuple:
        each = _converter(typing.get_args(hint)[0], of_record)
        return tuple if each is None else lambda items: tuple(map(each, items))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return of_record(hint)
    return None


def read_json(text: bytes | str) -> Any:
    """The value of a JSON text that Python wrote, which may hold NaN and lone surrogates.

    Raises:
        ValueError: if it is none.
    """
    try:
        return _STRICT.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return json.loads(text)  # five times slower, and takes those


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, so that equal values give equal text."""
    return _CANONICAL.encode(value)


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
