"""The shape of one kind's vocabulary, and the little English grammar the frames need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# fmt: off
DOUBLED = frozenset((
    "get", "put", "set", "cut", "hit", "let", "run", "chat", "nag", "beg", "plan", "spot", "skip",
    "drop", "stop", "pad", "rob", "trim", "jab", "fib", "blab", "skim", "pat", "slam", "fob", "con",
    "bar", "brag", "drag", "spin", "sum", "fit", "wag", "plot", "abet", "sit", "admit", "commit",
    "omit", "forget", "refer", "tut", "spit", "cram", "win", "hem", "jar", "snap", "gab",
))
# fmt: on
VERBS_IN_LY = frozenset(("reply", "rely", "comply", "apply", "bully", "fly", "supply", "imply"))
IRREGULAR = {
    "good": ("better", "best"),
    "better": ("better", "best"),
    "full": ("fuller", "fullest"),
    "rich": ("richer", "richest"),
    "brief": ("briefer", "briefest"),
}
# fmt: off
REGULAR = frozenset((
    "kind", "nice", "safe", "short", "fair", "true", "friendly", "lean", "crisp", "warm", "wise",
    "gentle", "terse", "deep", "long", "mild", "civil", "tight", "neat", "sound", "snappy", "pithy",
))
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people call one kind of quality and its fault.

    Adjectives fit after "is", verbs are in the base form and fit after "does", nouns are plural
    or mass nouns and fit after "no" or "free of". "the user" stands for any word for the person
    who asked. `reasons` are whole clauses that fit after "because".
    """

    good_adjectives: tuple[str, ...]
    good_verbs: tuple[str, ...]
    good_nouns: tuple[str, ...]
    bad_adjectives: tuple[str, ...]
    bad_verbs: tuple[str, ...]
    bad_nouns: tuple[str, ...]
    reasons: tuple[str, ...]
    asides: tuple[str, ...]

    def key_phrases(self) -> tuple[str, ...]:
        """Every phrase that tells this kind from the others."""
        return (
            self.good_adjectives
            + self.good_verbs
            + self.good_nouns
            + self.bad_adjectives
            + self.bad_verbs
            + self.bad_nouns
        )


def phrases(text: str) -> tuple[str, ...]:
    """Split a block of phrases at semicolons, closing up line breaks, without repeats."""
    parts = (" ".join(part.split()) for part in text.split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def comparative(adjective: str) -> str:
    """The form for two answers: "kinder", "more polite"."""
    return _graded(adjective, 0, "more")


def superlative(adjective: str) -> str:
    """The form for the best answer: "kindest", "most polite"."""
    return _graded(adjective, 1, "most")


def _graded(adjective: str, degree: int, word: str) -> str:
    first, _, rest = adjective.partition(" ")
    if first in IRREGULAR:
        return f"{IRREGULAR[first][degree]} {rest}".strip()
    if first not in REGULAR:
        return f"{word} {adjective}"
    if first.endswith("y"):
        first = first[:-1] + "i"
    ending = ("er", "est")[degree][first.endswith("e") :]
    return f"{first}{ending} {rest}".strip()


def third_person(phrase: str) -> str:
    """ "insult the user" becomes "insults the user"."""
    return _inflect(phrase, _third)


def gerund(phrase: str) -> str:
    """ "insult the user" becomes "insulting the user"."""
    return _inflect(phrase, _gerund)


def _inflect(phrase: str, change: Callable[[str], str]) -> str:
    words = phrase.split(" ")
    adverb = words[0].endswith("ly") and words[0] not in VERBS_IN_LY
    at = 1 if adverb and len(words) > 1 else 0
    words[at] = change(words[at])
    return " ".join(words)


def _third(verb: str) -> str:
    if verb in ("be", "have"):
        return {"be": "is", "have": "has"}[verb]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _gerund(verb: str) -> str:
    if verb == "be":
        return "being"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    if verb in DOUBLED:
        return verb + verb[-1] + "ing"
    return verb + "ing"
