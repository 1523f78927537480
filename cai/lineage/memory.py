"""An engine that remembers: rebuilds what was asked by giving the known answers once more.

A call's key is a digest of all that decides its result. So a stage's own code, run again on the
prompt of one row with an engine that answers as that row says, asks exactly what was asked then, if
the keys are the same; and where recipe, constitution, templates or weights have changed since, they
are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.cache import CallCache, stored_completion
from cai.errors import RunError
from cai.records import Message, Said


class NotAskedError(RunError):
    """What would be asked now is not what a row says was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a row says of one call: its part in the row, and what came back."""

    purpose: str
    said: Said | None = None
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One model call: what was asked of whom, for what, and what came back.

    `again` is what came back when it was asked once more; None if it was not.
    """

    purpose: str
    key: str
    engine: EngineIdentity
    request: GenerateRequest | ChooseRequest
    result: Completion | Choice
    in_store: bool
    again: Completion | Choice | None = None

    @property
    def same_again(self) -> bool:
        """Whether asking again gave the same text, or probabilities that agree to 1e-3."""
        if isinstance(self.result, Completion) or isinstance(self.again, Completion):
            return isinstance(self.again, Completion) and self.again.text == self._text
        pairs = zip(self.result.logprobs, self.again.logprobs if self.again else (), strict=True)
        return all(abs(before - now) < 1e-3 for before, now in pairs)

    @property
    def _text(self) -> str:
        return self.result.text if isinstance(self.result, Completion) else ""


@dataclass(slots=True)
class Memory:
    """Answers from `known`, by call key, and else from the store; `calls` grows in the order asked.

    Args:
        engine: whose identity, context and token counts are meant; it is asked nothing.
        store: of finished calls, for those that no row holds, such as a dropped first attempt.
    """

    engine: Engine
    known: Mapping[str, Known]
    store: CallCache
    calls: list[Call] = field(default_factory=list)

    @property
    def asked(self) -> set[str]:
        """The keys of the calls so far."""
        return {call.key for call in self.calls}

    @property
    def identity(self) -> EngineIdentity:
        return self.engine.identity

    @property
    def context(self) -> int:
        return self.engine.context

    def count(self, messages: Sequence[Message]) -> int:
        return self.engine.count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        return [self._completion(request) for request in requests]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        return [self._choice(request) for request in requests]

    def _completion(self, request: GenerateRequest) -> Completion:
        key = call_key(self.identity, request)
        known, stored = self.known.get(key), self.store.find([key]).get(key)
        if known is None and stored is None:
            raise _unknown(request)
        if stored is not None:
            result = stored_completion(stored)
        else:
            said = known.said if known and known.said else Said(text="", call=key)
            result = Completion(
                text=said.text, finish=said.finish, prompt_tokens=0, new_tokens=0, call=key
            )
        self._keep(known, key, request, result, stored is not None)
        return result

    def _choice(self, request: ChooseRequest) -> Choice:
        key = call_key(self.identity, request)
        known, stored = self.known.get(key), self.store.find([key]).get(key)
        if known is None and stored is None:
            raise _unknown(request)
        # The row's own numbers, where it has them: they are what became of its label.
        logprobs = known.logprobs if known else tuple(stored["logprobs"] if stored else ())
        tokens = stored["prompt_tokens"] if stored else 0
        result = Choice(logprobs=logprobs, prompt_tokens=tokens, call=key)
        self._keep(known, key, request, result, stored is not None)
        return result

    def _keep(
        self,
        known: Known | None,
        key: str,
        request: GenerateRequest | ChooseRequest,
        result: Completion | Choice,
        in_store: bool,
    ) -> None:
        self.calls.append(
            Call(
                purpose=known.purpose if known else "an attempt that was not taken",
                key=key,
                engine=self.identity,
                request=request,
                result=result,
                in_store=in_store,
            )
        )


def asked_again(calls: Sequence[Call], engine: Engine) -> list[Call]:
    """The same calls with what `engine` gives now."""
    return [
        replace(
            call,
            again=engine.generate([call.request])[0]
            if isinstance(call.request, GenerateRequest)
            else engine.choose([call.request])[0],
        )
        for call in calls
    ]


def _unknown(request: GenerateRequest | ChooseRequest) -> NotAskedError:
    last = request.messages[-1]["content"]
    return NotAskedError(
        f"what would be asked now ({last[-60:]!r}) is in no row and not in the store of calls: "
        "weights, templates or this version of cai are others than when the row was made, or it "
        "was an attempt that was not taken, which only the store keeps"
    )
