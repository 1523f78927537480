"""Small helpers with texts: a topic in words, lists of variants, taking texts apart."""

from __future__ import annotations

import re
from itertools import product

from cai.mini.world.types import Topic

_GROUP = re.compile(r"\{([^{}]*)\}")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def act(topic: Topic) -> str:
    """The topic in words: "break into a house"."""
    return f"{topic.action} {topic.object}"


def spread(*patterns: str) -> tuple[str, ...]:
    """Every text that patterns such as "{a|b} and {|very }c" stand for, in order."""
    texts: list[str] = []
    for pattern in patterns:
        parts = _GROUP.split(pattern)  # odd places are the groups
        choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
        texts += ("".join(choice) for choice in product(*choices))
    return tuple(texts)


def sentences(text: str) -> list[str]:
    """The sentences of a text; runs of white space count as one space."""
    flat = " ".join(text.split())
    return _SENTENCE_END.split(flat) if flat else []
