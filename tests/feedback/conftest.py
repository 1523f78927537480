"""A made-up model whose every answer follows from its request, and a small constitution."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
from cai.records import Comparison, Message, Prompt, Said, content_id, derive_seed, said_by

WORDS = ("plant", "water", "sun", "soil", "seed", "leaf", "root", "rain")


IDENTITY = EngineIdentity(model="fake", weights="0", dtype="-", template="-")


class Killed(BaseException):
    """What the made-up model raises where the process would have been killed."""


@dataclass
class FakeEngine:
    """Says `say(request)` and prefers by `prefer(request)`, a list of log-probabilities.

    Results do not depend on what else is in the batch. It counts its calls, and after `lifetime`
    of them it raises `Killed`.
    """

    say: Callable[[GenerateRequest], str]
    prefer: Callable[[ChooseRequest], Sequence[float]]
    context: int = 4096
    lifetime: int | None = None
    identity: EngineIdentity = IDENTITY
    asked: list[GenerateRequest | ChooseRequest] = field(default_factory=list)

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"].split()) + 1 for message in messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        self._live(requests)
        return [
            Completion(
                text=self.say(request),
                finish="stop",
                prompt_tokens=self.count(request.messages),
                new_tokens=3,
                call=call_key(self.identity, request),
            )
            for request in requests
        ]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        self._live(requests)
        return [
            Choice(
                logprobs=tuple(self.prefer(request)),
                prompt_tokens=self.count(request.messages),
                call=call_key(self.identity, request),
            )
            for request in requests
        ]

    def _live(self, requests: Sequence[GenerateRequest | ChooseRequest]) -> None:
        self.asked += requests
        if self.lifetime is not None and len(self.asked) > self.lifetime:
            raise Killed


def draw(seed: int, *parts: str) -> float:
    """A number in [0, 1) that follows from its arguments."""
    return derive_seed(seed, *parts) / 2**63


def words(request: GenerateRequest) -> str:
    """Three words by the request's seed: sometimes the same ones again."""
    key = str(request.seed)
    return " ".join(WORDS[int(draw(index, key) * len(WORDS))] for index in range(3))


def shown_answers(request: ChooseRequest) -> tuple[str, str]:
    text = request.messages[-1]["content"]
    a, b = text.split("\n\nAnswer A: ")[1].split("\n\nAnswer B: ")
    return a, b.split("\n\n")[0]


def by_words(request: ChooseRequest) -> tuple[float, float]:
    """Prefers by a hash of each answer and of the question asked about them, in either order."""
    question = request.messages[-1]["content"].split("\n\n")[-1]
    worth = [draw(0, question, answer) for answer in shown_answers(request)]
    share = 0.05 + 0.9 * worth[0] / sum(worth)
    return (math.log(share * 0.98), math.log((1 - share) * 0.98))


@pytest.fixture
def engine() -> Callable[..., FakeEngine]:
    """Makes a made-up model; its verdicts and words can be replaced."""

    def make(**changes: object) -> FakeEngine:
        return FakeEngine(**{"say": words, "prefer": by_words, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def killed() -> type[BaseException]:
    return Killed


@pytest.fixture
def constitution() -> Constitution:
    return Constitution(
        name="test",
        principles=(
            Principle(id="kind", comparison="Which answer is kinder?", weight=2.0),
            Principle(id="short", comparison="Which answer is shorter?"),
            Principle(id="true", comparison="Which answer is true?"),
            Principle(id="safe", comparison="Which is safer?", applies_to=("red-team",)),
            Principle(id="mute", revision_request="Say it again."),
        ),
    )


@pytest.fixture
def prompts() -> list[Prompt]:
    rows = []
    for index in range(70):
        messages = said_by("user", f"How do I grow plant {index}?")
        tags = ("red-team",) if index % 3 == 0 else ("helpful",)
        rows.append(Prompt(id=content_id(list(messages)), messages=messages, tags=tags))
    return rows


@pytest.fixture
def compare() -> Callable[..., Comparison]:
    """Makes a comparison of two answers."""

    def make(
        a: str, b: str, *, prompt: str = "How?", pair: int = 0, tags: tuple[str, ...] = ()
    ) -> Comparison:
        return Comparison(
            id=content_id(prompt, a, b),
            prompt_id=content_id(prompt),
            pair=pair,
            prompt=said_by("user", prompt),
            tags=tags,
            response_a=Said(text=a, call="a"),
            response_b=Said(text=b, call="b"),
        )

    return make
