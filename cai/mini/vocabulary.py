"""Which words of a principle the embedded model has never met in one.

It knows a few thousand words for ten kinds of quality. A principle in other words is still read,
but the model can only guess what it asks for, so a check of a constitution warns about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cai.mini.principles import frames
from cai.mini.principles.lexicon import LEXICON
from cai.mini.principles.sentences import AMERICAN, CHOOSE, OTHERS, PLURALS, SUBJECTS, USERS
from cai.mini.principles.words import gerund, third_person

# Words that say nothing about a quality: not knowing one of them does no harm.
_LITTLE_WORDS = frozenset(
    """a about above after all also am among an and any are as at be because been before being
    below between both but by can could did do does doing done each either else even every few for
    from had has have having he her here hers him his how i if in into is it its itself just least
    less like made make makes many may me might more most much must my neither no nor not of off on
    once one only or other our out over own per rather same shall she should since so some such
    than that the their them then there these they this those though through to too two under
    until up upon us very was way we were what when where whether which while who whom whose why
    will with within without would yet you your""".split()  # noqa: SIM905 - a list to be read
)
_SUFFIXES = ("ing", "edly", "ness", "ies", "ied", "est", "ers", "ed", "er", "es", "ly", "s", "e")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SLOT = re.compile(r"\{\w*\}")


def unknown_words(text: str) -> list[str]:
    """The words of `text` that no principle in training contained, in order, each once.

    Inflected forms of a known word count as known: "insulted" beside "insult".
    """
    known = _known_stems()
    words = dict.fromkeys(_words(text))
    return [word for word in words if word not in _LITTLE_WORDS and _stem(word) not in known]


@cache
def _known_stems() -> frozenset[str]:
    texts = " ".join(_training_texts())
    words = set(_words(texts))
    for british, american in AMERICAN:
        words |= {word.replace(british, american) for word in words if british in word}
    return frozenset(map(_stem, words))


def _training_texts() -> Iterator[str]:
    for frame in frames.COMPARISON + frames.CRITIQUE + frames.REVISION:
        yield _SLOT.sub(" ", frame)
    for words in LEXICON.values():
        yield from words.key_phrases() + words.reasons + words.asides
        for verb in words.good_verbs + words.bad_verbs:
            yield from (third_person(verb), gerund(verb))  # "using" is too short to be stemmed
    yield from (*CHOOSE, *SUBJECTS, *USERS, *PLURALS, *PLURALS.values())
    for pair in OTHERS:
        yield from pair


def _words(text: str) -> Iterator[str]:
    """Lower-case words; a hyphen separates, "'s" and "n't" fall away."""
    for word in _WORD.findall(
        text.lower().replace("n't", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    ):
        yield word.partition("'")[0]


def _stem(word: str) -> str:
    """A rough stem: one ending less, y for i, no doubled consonant at the end."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + ("y" if suffix in ("ies", "ied") else "")
            break
    if word.endswith("i"):
        word = word[:-1] + "y"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word
