"""The longest request that a stage makes, found by the stage's own code.

The stage runs with an engine that records what it is asked and makes up answers as long as they may
be. No weights are loaded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.settings import Role
from cai.errors import RunError
from cai.progress import silent
from cai.records import Message
from cai.run import Run
from cai.stages import STAGES

Request = GenerateRequest | ChooseRequest
Asked = tuple[str, Role]
"""A model, and what it is asked as."""

Record = dict[Asked, list[tuple[int, Request]]]
# A verdict that can be read.
_LOGPROBS = (-0.3, -1.6)
_WORD = " so"


class Recorder:
    """Records requests by who is asked; `engine` counts their tokens."""

    def __init__(self, asked_as: Asked, engine: Engine, asked: Record) -> None:
        self._asked_as = asked_as
        self._engine = engine
        self._asked = asked

    @property
    def identity(self) -> EngineIdentity:
        return self._engine.identity

    @property
    def context(self) -> int:
        return self._engine.context

    def count(self, messages: Sequence[Message]) -> int:
        return self._engine.count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        return [self._said(one) for one in requests]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        found = []
        for one in requests:
            tokens = self._note(one, 1)
            key = call_key(self.identity, one)
            logprobs = _LOGPROBS + (-9.0,) * (len(one.options) - 2)
            found.append(Choice(logprobs=logprobs, prompt_tokens=tokens, call=key))
        return found

    def _said(self, request: GenerateRequest) -> Completion:
        tokens = self._note(request, request.max_new_tokens)
        key = call_key(self.identity, request)
        # Each text is another one, so that nothing is asked again for being the same.
        text = f"Answer {key[:8]}: well{_WORD * max(0, request.max_new_tokens - 16)}."
        return Completion(
            text=text, finish="stop", prompt_tokens=tokens, new_tokens=request.max_new_tokens,
            call=key,
        )  # fmt: skip

    def _note(self, request: Request, new: int) -> int:
        tokens = self.count(request.messages)
        if tokens + new <= self.context:
            self._asked.setdefault(self._asked_as, []).append((tokens + new, request))
        return tokens


def longest(run: Run, stage: str) -> dict[Asked, tuple[Request, ...]]:
    """Of each model that a stage asks, its longest request to say something and to choose."""
    asked: Record = {}

    def engine(model: str, role: Role) -> Recorder:
        return Recorder((model, role), run.uncached_engine(model, role), asked)

    with tempfile.TemporaryDirectory(dir=run.folder.path.parent) as folder:
        try:
            STAGES[stage].run(run.with_engines(engine), Path(folder), silent)
        except RunError:
            if not asked:
                raise  # else it is about answers that were made up
    return {
        who: tuple(
            max(of_kind, key=lambda one: one[0])[1]
            for kind in (GenerateRequest, ChooseRequest)
            if (of_kind := [one for one in requests if isinstance(one[1], kind)])
        )
        for who, requests in asked.items()
    }
