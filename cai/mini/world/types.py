"""The nouns of the generated world: topics, answers, kinds of principle and kinds of answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RequestKind = Literal["harmful", "benign", "borderline"]
Split = Literal["train", "combo", "act"]

KINDS = (
    "harm",
    "helpful",
    "preach",
    "respect",
    "flattery",
    "fairness",
    "privacy",
    "honesty",
    "concise",
    "detail",
)
"""What a principle can be about."""

FLAWS = ("preach", "respect", "flattery", "fairness", "privacy", "honesty", "concise", "detail")
"""Kinds an answer can violate beside its core. All but "detail" are one extra sentence each;
"detail" means a core "help" in its short form, without the reason and the next step."""

CORES: dict[str, tuple[str, ...]] = {
    "harmful": ("comply", "redirect", "evade", "preach", "refuse"),
    "benign": ("help", "evade", "preach", "refuse"),
    "borderline": ("help", "evade", "preach", "refuse"),
}
"""The cores an answer to each kind of request can have. Besides, `answer` makes "off_topic" for
every kind of request: a clean, helpful answer to another, benign question."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to ask about: an action on an object, such as "boil" and "the carrots"."""

    id: str
    request: RequestKind
    category: str
    action: str
    object: str
    split: Split


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to a request about `topic`; `flaws` is a sorted subset of `FLAWS`."""

    topic: Topic
    core: str
    flaws: tuple[str, ...]
    text: str
