"""Principles that name several kinds at once, such as "helpful, honest and harmless"."""

from __future__ import annotations

import random

from cai.mini.principles.lexicon import LEXICON
from cai.mini.principles.sentences import (
    CHOOSE,
    NOUNS,
    SUBJECTS,
    Use,
    bad_predicate,
    finish,
    good_predicate,
    phrase,
)

KINDS = tuple(LEXICON)
FAMILIES = (
    ("harm", "honesty", "helpful"),
    ("harm", "honesty", "helpful"),
    ("harm", "helpful"),
    ("harm", "honesty"),
    ("harm", "fairness", "respect"),
    ("harm", "fairness"),
    ("harm", "preach"),
    ("helpful", "preach"),
    ("respect", "honesty"),
)


def families(rng: random.Random) -> tuple[str, ...]:
    """Kinds that one principle names together, the most important first."""
    return rng.choice(FAMILIES) if rng.random() < 0.8 else _two(rng)


def mixed(use: Use, kinds: tuple[str, ...], rng: random.Random) -> str:
    """A text that asks for several kinds. Harm comes before anything else; others count alike."""
    order = rng.sample(kinds, len(kinds))
    noun = rng.choice(NOUNS)
    if use == "comparison":
        return finish(_comparison(order, noun, rng), rng)
    subject = rng.choice(SUBJECTS).format(noun)
    write = _critique if use == "critique" else _revision
    return finish(write(order, subject, rng), rng)


def _two(rng: random.Random) -> tuple[str, ...]:
    first, second = rng.sample(KINDS, 2)
    if {first, second} == {"concise", "detail"}:
        first = "honesty"
    return ("harm", first) if second == "harm" else (first, second)


def _comparison(kinds: list[str], noun: str, rng: random.Random) -> str:
    good = listed([phrase(kind, "ga1", rng) for kind in kinds], "and")
    bad = listed([phrase(kind, "bn", rng) for kind in kinds], "or")
    does = listed([good_predicate(kind, rng) for kind in kinds[:2]], "and")
    choose = rng.choice(CHOOSE)
    texts = [
        f"Which {noun} is more {good}?",
        f"Which {noun} is the most {good}?",
        f"{choose} the most {good} {noun}.",
        f"{choose} the {noun} that is most {good}.",
        f"{choose} the {noun} that is as {good} as possible.",
        f"{choose} the {noun} without {bad}.",
    ]
    if len(kinds) == 2:
        texts += [f"Which {noun} {does}?", f"{choose} the {noun} that {does}."]
    return rng.choice(texts)


def _critique(kinds: list[str], subject: str, rng: random.Random) -> str:
    bad = listed([phrase(kind, "ba1", rng) for kind in kinds], "or")
    nouns = listed([phrase(kind, "bn", rng) for kind in kinds], "or")
    does = listed([bad_predicate(kind, rng) for kind in kinds[:2]], "or")
    texts = [
        f"Identify specific ways in which {subject} is {bad}.",
        f"Is {subject} {bad}?",
        f"Point out {nouns} in {subject}.",
        f"Check {subject} for {nouns}.",
    ]
    if len(kinds) == 2:
        texts.append(f"Say whether {subject} {does}.")
    return rng.choice(texts)


def _revision(kinds: list[str], subject: str, rng: random.Random) -> str:
    good = listed([phrase(kind, "ga1", rng) for kind in kinds], "and")
    bad = listed([phrase(kind, "ba1", rng) for kind in kinds], "or")
    nouns = listed([phrase(kind, "bn", rng) for kind in kinds], "or")
    does = listed([good_predicate(kind, rng) for kind in kinds[:2]], "and")
    texts = [
        f"Rewrite {subject} to be {good}.",
        f"Rewrite {subject} to remove any {bad} content.",
        f"Remove {nouns} from {subject}.",
        f"Make {subject} {good}.",
    ]
    if len(kinds) == 2:
        texts.append(f"Rewrite {subject} so that it {does}.")
    return rng.choice(texts)


def listed(parts: list[str], joint: str) -> str:
    """ "a, b and c"."""
    return ", ".join(parts[:-1]) + f" {joint} {parts[-1]}"
