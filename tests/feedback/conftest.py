"""A small constitution, prompts, and comparisons of answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution, Principle
from cai.feedback.label import run
from cai.feedback.settings import LabelSettings
from cai.progress import silent
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


@pytest.fixture
def stage(
    engine: Callable[..., Any], prompts: list[Prompt], constitution: Constitution
) -> Callable[..., dict[str, int | float]]:
    """Runs the label stage on a made-up engine in a folder."""

    def make(folder: Path, **changes: Any) -> dict[str, int | float]:
        folder.mkdir(exist_ok=True)
        usual: dict[str, Any] = {
            "prompts": prompts,
            "constitution": constitution,
            "policy": engine(),
            "judge": engine(),
            "settings": LabelSettings(pairs_per_prompt=2, principles=2),
            "progress": silent,
        }
        given = usual | changes
        policy = given.pop("policy")
        return run(**given, policy=lambda: policy, folder=folder)

    return make


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """What a label stage's files hold."""
    names = ("comparisons.jsonl", "labels.jsonl", "preferences.jsonl", "judge.json")
    return lambda folder: {name: (folder / name).read_bytes() for name in names}
