"""The contract between stages and models: two verbs over lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol, TypeVar, runtime_checkable

from cai.records import Message, canonical_json

FOLDER = "(folder)"

IMPOSSIBLE = -1000.0
"""A log-probability whose exp() is 0; JSON, unlike Python, has no way to write minus infinity."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineIdentity:
    """All that decides what a model says: the weights, their precision and the chat template.

    `model` is a hub name, or `FOLDER`: the same weights elsewhere are the same model. `kind` is the
    engine's: kinds agree but for rounding in what is greedy or chosen, and draw otherwise.
    """

    model: str
    weights: str
    dtype: str
    template: str
    kind: str = "transformers"

    @property
    def fields(self) -> dict[str, str]:
        """What keys and digests are made of. They were there before the second kind was."""
        named = asdict(self)
        if self.kind == "transformers":
            del named["kind"]
        return named

    @property
    def name(self) -> str:
        """What rows call the model: its hub name, or the beginning of its weights' digest."""
        return f"weights {self.weights[:12]}" if self.model == FOLDER else self.model


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerateRequest:
    """One answer to `messages`. `temperature` 0 is greedy; `seed` alone decides the draw."""

    messages: tuple[Message, ...]
    max_new_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """The text said, without what ended it.

    `finish` is "stop" (an end token was said), "turn" (a base model began the transcript's next
    turn), "length" (cut off) or "refused" (a server's filter withheld it). `call` is the key of the
    call; `cached` tells whether it was made before.
    """

    text: str
    finish: str
    prompt_tokens: int
    new_tokens: int
    call: str
    cached: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChooseRequest:
    """Which of `options` would be said next after `messages`?"""

    messages: tuple[Message, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Natural-log probability of each option as the next thing said, not normalised over options.

    The mass off the options, 1 - sum(exp(logprobs)), tells a judge that would rather say
    something else.

    With `votes` above 0 they are the shares of so many sampled answers instead, each of which says
    one option as a whole. `requests` and `new_tokens` are what a server was asked for it.
    """

    logprobs: tuple[float, ...]
    prompt_tokens: int
    call: str
    cached: bool = False
    votes: int = 0
    requests: int = 1
    new_tokens: int = 1


ResultT = TypeVar("ResultT", Completion, Choice)


class Engine(Protocol):
    """Anything that can play assistant, critic, reviser and judge."""

    @property
    def identity(self) -> EngineIdentity: ...

    @property
    def context(self) -> int:
        """The most tokens that prompt and answer may have together."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt of `messages` has."""
        ...

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]: ...

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]: ...


@runtime_checkable
class StreamingEngine(Protocol):
    """An engine that hands over results as they come, so that none is lost when a later one fails.

    `most` is the most tokens that a request may have read, and said.
    """

    def stream(
        self, requests: Sequence[GenerateRequest | ChooseRequest]
    ) -> Iterator[list[tuple[int, Completion | Choice]]]: ...

    def most(self, request: GenerateRequest | ChooseRequest) -> tuple[int, int]: ...


@runtime_checkable
class WideEngine(Protocol):
    """An engine with many machines behind it, which `width` times as much keeps busy as one."""

    @property
    def width(self) -> int: ...


def at_once(engine: Engine, rows: int) -> int:
    """How many rows a stage should ask about together, where so many keep one machine busy.

    Between two lots of rows all wait for the last answer, so a lot should be large; and it is what
    a stage writes at once, so it should be small.
    """
    return rows * engine.width if isinstance(engine, WideEngine) else rows


def in_order(
    found: Iterable[Sequence[tuple[int, Completion | Choice]]], count: int, kind: type[ResultT]
) -> list[ResultT]:
    """What a stream of requests of one kind gives, in the order of the requests."""
    results = {place: one for batch in found for place, one in batch}
    ordered = [results[place] for place in range(count)]
    return [one for one in ordered if isinstance(one, kind)]


def call_key(identity: EngineIdentity, request: GenerateRequest | ChooseRequest) -> str:
    """The SHA-256 that names a model call: everything that decides its result, nothing else.

    It is the digest of ``[kind of request, identity, fields of the request]``.
    """
    fields: dict[str, Any]
    if isinstance(request, ChooseRequest):
        fields = {"messages": request.messages, "options": request.options}
    else:
        greedy = request.temperature == 0  # such an answer does not depend on seed and top_p
        fields = {
            "messages": request.messages,
            "max_new_tokens": request.max_new_tokens,
            "temperature": request.temperature,
            "top_p": 1.0 if greedy else request.top_p,
            "seed": 0 if greedy else request.seed,
        }
    text = f"{_key_beginning(type(request).__name__, identity)}{canonical_json(fields)}]"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache
def _key_beginning(kind: str, identity: EngineIdentity) -> str:
    # Written out once per engine: it is a good part of the canonical JSON of a short request.
    return canonical_json([kind, identity.fields])[:-1] + ","
