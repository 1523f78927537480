"""A small constitution, prompts, and comparisons of answers."""

from collections.abc import Callable

import pytest

from cai.constitution import Constitution, Principle
from cai.records import Comparison, Prompt, Said, content_id, said_by


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
