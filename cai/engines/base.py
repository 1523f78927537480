"""The contract between stages and models: two verbs over lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, Protocol

from cai.records import Message, digest

FOLDER = "(folder)"


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineIdentity:
    """All that decides what a model says: the weights, their precision and the chat template.

    `model` is a hub name, or `FOLDER`: the same weights elsewhere are the same model.
    """

    model: str
    weights: str
    dtype: str
    template: str

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
    turn) or "length" (cut off). `call` is the key of the call; `cached` tells whether it was made
    before.
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
    """

    logprobs: tuple[float, ...]
    prompt_tokens: int
    call: str
    cached: bool = False


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


def call_key(identity: EngineIdentity, request: GenerateRequest | ChooseRequest) -> str:
    """The SHA-256 that names a model call: everything that decides its result, nothing else."""
    # Not `asdict`: its copies take longer than the hash.
    fields: dict[str, Any] = {
        each.name: getattr(request, each.name) for each in dataclass_fields(request)
    }
    if isinstance(request, GenerateRequest) and request.temperature == 0:
        fields.update(seed=0, top_p=1.0)  # a greedy answer does not depend on them
    return digest([type(request).__name__, asdict(identity), fields])
