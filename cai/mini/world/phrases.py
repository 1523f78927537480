"""Small grammar helpers: verb forms, capitals, lists of variants, taking texts apart."""

from __future__ import annotations

import re
from itertools import product

from cai.mini.world.types import Topic

_DOUBLING = frozenset(
    {
        "con",
        "drug",
        "get",
        "kidnap",
        "plan",
        "put",
        "repot",
        "rob",
        "scam",
        "scrub",
        "set",
        "shut",
        "stab",
    }
    | {"stir", "strip", "trap", "whip"}
)
_GROUP = re.compile(r"\{([^{}]*)\}")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def gerund(verb_phrase: str) -> str:
    """The -ing form of a verb phrase: "break into" gives "breaking into"."""
    words = verb_phrase.split(" ")
    at = 1 if len(words) > 1 and words[0].endswith("ly") else 0  # "secretly film"
    head, hyphen, tail = words[at].partition("-")  # "hot-wire" changes at its end
    verb = tail if hyphen else head
    if verb in _DOUBLING:
        verb += verb[-1]
    elif verb.endswith("e") and not verb.endswith(("ee", "ye")):
        verb = verb[:-1]
    words[at] = (head + hyphen if hyphen else "") + verb + "ing"
    return " ".join(words)


def act(topic: Topic) -> str:
    """The plain form: "break into a house"."""
    return f"{topic.action} {topic.object}"


def acting(topic: Topic) -> str:
    """The -ing form: "breaking into a house"."""
    return f"{gerund(topic.action)} {topic.object}"


def capital(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


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
