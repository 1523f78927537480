"""An engine that is only thought of: what it does not know it makes up, and counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.cache import CallCache, RequestT, stored_choice, stored_completion
from cai.records import Message

# A verdict that can be read, so that nothing more would be asked about it.
_MADE_UP_LOGPROBS = (math.log(0.75), math.log(0.2))


@dataclass(slots=True)
class Tally:
    """Calls that would be made, by key, and how many would be answered from the store.

    `prompt_tokens` is exact for what is asked for the first time in a chain; what follows on an
    answer that is not there yet is counted with a short one in its place. `new_tokens` is the most
    that may be said.
    """

    known: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    new_tokens: int = 0

    @property
    def calls(self) -> int:
        return len(self.missing)

    @property
    def prompt_tokens(self) -> int:
        return sum(self.missing.values())


class Rehearsal:
    """Answers from the store of calls; what is not there it makes up, with a text of its own each.

    A stage's own code that runs with it asks what it would ask, as far as that is known: what
    depends on an answer that is not there follows from one that is made up, whose key no store has.
    """

    def __init__(
        self,
        load: Callable[[], Engine],
        *,
        identity: EngineIdentity,
        store: CallCache | None,
        tally: Tally,
    ) -> None:
        self._load = load
        self._loaded: Engine | None = None
        self._identity = identity
        self._store = store
        self._tally = tally

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @property
    def context(self) -> int:
        return self._engine.context

    def count(self, messages: Sequence[Message]) -> int:
        return self._engine.count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        answers = []
        for key, request, stored in self._looked_up(requests):
            if stored is not None:
                answers.append(stored_completion(stored))
                continue
            if key not in self._tally.missing:
                self._tally.new_tokens += request.max_new_tokens
            tokens = self._missing(key, request.messages)
            answers.append(
                Completion(
                    text=f"Answer {key[:16]}.",
                    finish="stop",
                    prompt_tokens=tokens,
                    new_tokens=0,
                    call=key,
                )
            )
        return answers

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        choices = []
        for key, request, stored in self._looked_up(requests):
            if stored is not None:
                choices.append(stored_choice(stored))
            else:
                tokens = self._missing(key, request.messages)
                choices.append(Choice(logprobs=_MADE_UP_LOGPROBS, prompt_tokens=tokens, call=key))
        return choices

    @property
    def _engine(self) -> Engine:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _looked_up(
        self, requests: Sequence[RequestT]
    ) -> list[tuple[str, RequestT, dict[str, Any] | None]]:
        keys = [call_key(self._identity, request) for request in requests]
        stored = self._store.find(list(dict.fromkeys(keys))) if self._store else {}
        self._tally.known += sum(key in stored for key in keys)
        return [(k, r, stored.get(k)) for k, r in zip(keys, requests, strict=True)]

    def _missing(self, key: str, messages: Sequence[Message]) -> int:
        if key not in self._tally.missing:
            self._tally.missing[key] = self.count(messages)
        return self._tally.missing[key]
