"""What a batch of answers looks like as text: refusals, repetition, phrases that many share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cai.style import refuses

PHRASE_WORDS = 5
_PHRASES_KEPT = 32

_WORD = re.compile(r"\w+(?:['\u2019]\w+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextNumbers:
    """Numbers of a batch.

    Attributes:
        metrics: `answers/words`, their mean; `answers/distinct_2`, different pairs of neighbouring
            words by all such pairs; `answers/refusals`, the share that refuses in usual words;
            `answers/common_phrase`, the largest share below.
        phrases: the most widespread runs of five words, in lower case, and the share of answers
            that have each, widest first. An answer of fewer words is one phrase.
    """

    metrics: dict[str, float]
    phrases: dict[str, float]


def text_numbers(texts: Sequence[str]) -> TextNumbers:
    """Measures the answers of one batch, which must not be empty."""
    words = [[word.lower() for word in _WORD.findall(text)] for text in texts]
    pairs = Counter(pair for each in words for pair in pairwise(each))
    holders = Counter(phrase for each in words for phrase in _phrases(each))
    widest = sorted(holders.items(), key=lambda item: (-item[1], item[0]))[:_PHRASES_KEPT]
    phrases = {phrase: count / len(texts) for phrase, count in widest}
    return TextNumbers(
        metrics={
            "answers/words": sum(map(len, words)) / len(texts),
            "answers/distinct_2": len(pairs) / pairs.total() if pairs else 1.0,
            "answers/refusals": sum(map(refuses, texts)) / len(texts),
            "answers/common_phrase": max(phrases.values(), default=0.0),
        },
        phrases=phrases,
    )


def _phrases(words: Sequence[str]) -> set[str]:
    last = max(len(words) - PHRASE_WORDS, 0)
    return {" ".join(words[i : i + PHRASE_WORDS]) for i in range(last + 1)} if words else set()
