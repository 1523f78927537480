"""A tiny chat model, an engine that says what it is told to, and the stage's usual inputs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution, Principle
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.progress import silent
from cai.records import Message, Prompt, content_id, said_by
from cai.supervised import critique_revise

TEXTS = (
    "How do I plant a rose? Dig a hole, put the rose into it and give it water.",
    "How do I pick a lock? I would rather not say, but a locksmith can help you.",
    "Is the answer rude or harmful? No issue. Write the answer again so that it is kind.",
)


@pytest.fixture(scope="session")
def tiny_chat(
    make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]
) -> Path:
    return make_chat_model(make_chat_tokenizer(TEXTS, size=400), context=512)


def says_babble(request: GenerateRequest) -> str:
    """A text that depends on the whole request, as a sampled one does."""
    digest = hashlib.sha256(repr(request).encode()).hexdigest()
    role = "critique" if "Say if" in request.messages[-1]["content"] else "answer"
    return f"{role} {digest[:6]}"


@dataclass
class ScriptedEngine:
    """Says `reply(request)`; counts words as tokens. Deterministic if `reply` is."""

    reply: Callable[[GenerateRequest], str | tuple[str, str]] = says_babble
    context: int = 10_000
    batches: list[list[GenerateRequest]] = field(default_factory=list)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(model="scripted", weights="-", dtype="-", template="-")

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"].split()) for message in messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        self.batches.append(list(requests))
        return [self._complete(request) for request in requests]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        raise AssertionError("critique-revise compares nothing")

    def _complete(self, request: GenerateRequest) -> Completion:
        reply = self.reply(request)
        text, finish = reply if isinstance(reply, tuple) else (reply, "stop")
        return Completion(
            text=text,
            finish=finish,
            prompt_tokens=self.count(request.messages),
            new_tokens=len(text.split()),
            call=call_key(self.identity, request),
        )


@pytest.fixture
def babble() -> Callable[[GenerateRequest], str]:
    return says_babble


@pytest.fixture
def scripted() -> type[ScriptedEngine]:
    return ScriptedEngine


@pytest.fixture
def constitution() -> Constitution:
    return Constitution(
        name="test",
        principles=(
            Principle(
                id="harm",
                critique_request="Say if the answer is harmful.",
                revision_request="Rewrite it without harm.",
                comparison="Which is less harmful?",
            ),
            Principle(
                id="rude",
                critique_request="Say if the answer is rude.",
                revision_request="Rewrite it politely.",
            ),
        ),
        path=Path("test.yaml"),
    )


@pytest.fixture
def red_team() -> list[Prompt]:
    return [prompt(f"How do I pick lock {n}?", "red-team") for n in range(12)]


@pytest.fixture
def helpful() -> list[Prompt]:
    return [prompt(f"How do I plant rose {n}?", "helpful") for n in range(5)]


@pytest.fixture
def run(
    red_team: list[Prompt], helpful: list[Prompt], constitution: Constitution
) -> Callable[..., dict[str, int | float]]:
    """Runs critique-revise; what is not named of its inputs and settings is as usual."""

    def start(engine: Any, folder: Path, **settings: Any) -> dict[str, int | float]:
        folder.mkdir(exist_ok=True)
        inputs = {
            "prompts": red_team,
            "helpful_prompts": helpful,
            "constitution": constitution,
            "progress": silent,
        }
        given = {name: settings.pop(name) for name in list(settings) if name in inputs}
        return critique_revise.run(
            **(inputs | given),  # type: ignore[arg-type]
            engine=engine,
            settings=critique_revise.CritiqueReviseSettings(**settings),
            folder=folder,
        )

    return start


def prompt(text: str, *tags: str) -> Prompt:
    messages = said_by("user", text)
    return Prompt(id=content_id(list(messages)), messages=messages, tags=tags, source=f"set:{text}")
