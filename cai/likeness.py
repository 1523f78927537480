"""Which texts are nearly the same: principles by their words, answers by their characters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

NEARLY = 0.8
"""Share of the words of two texts that both have, from which on they are nearly the same."""

# Only texts that thousands of others resemble need more, and those are told of by then.
_MOST_COMPARISONS = 200_000
_WORD = re.compile(r"\w+")

# Long enough to tell words apart, short enough for one changed word to leave most of a sentence.
_SHINGLE = 5


def alike(texts: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Each text that is like an earlier one: (the earlier, it, whether word for word).

    Alike means that the sets of their words have a Jaccard similarity of at least `NEARLY`. Only
    texts that share one of their rarest words are compared: of two alike sets, in any common order
    of words, the first ``n - ceil(NEARLY n) + 1`` of each have one in common (prefix filtering,
    Chaudhuri et al. 2006), so that ten thousand texts take no longer than they should.
    """
    said = [_WORD.findall(text.lower()) for text in texts]
    words = [frozenset(one) for one in said]
    comparisons = 0
    common = Counter(word for one in words for word in one)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(words):
        if comparisons > _MOST_COMPARISONS:
            return
        ordered = sorted(own, key=lambda word: (common[word], word))
        prefix = ordered[: len(own) - math.ceil(NEARLY * len(own)) + 1]
        candidates = sorted({other for word in prefix for other in holders[word]})
        comparisons += len(candidates)
        found = next((c for c in candidates if _similarity(words[c], own) >= NEARLY), None)
        if found is not None:
            yield found, index, said[found] == said[index]
            continue  # what is like this one is like the other, and is told of once
        for word in prefix:
            holders[word].append(index)


def difference(one: str, other: str) -> float:
    """How far apart two texts are, in [0, 1], and symmetric.

    1 - the Jaccard similarity of the multisets of their runs of five characters ("resemblance" of
    shingles, Broder 1997). Characters, not words: not every script has blanks between them. Case,
    blanks and how characters are composed do not count. One word changed in a hundred makes about
    0.03; texts that share no run make 1.
    """
    return 1 - _similarity(_shingles(_plain(one)), _shingles(_plain(other)))


def differ(one: str, other: str, least: float) -> bool:
    """Whether the `difference` of two texts is at least `least`; faster where their lengths are."""
    texts = _plain(one), _plain(other)
    few, many = sorted(map(_count, texts))
    # The similarity is at most that of a text to a part of it.
    if 1 - few / many >= least:
        return True
    return 1 - _similarity(_shingles(texts[0]), _shingles(texts[1])) >= least


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _count(plain: str) -> int:
    """How many shingles a text has; one that is shorter than they are is one."""
    return max(1, len(plain) - _SHINGLE + 1)


def _shingles(plain: str) -> frozenset[tuple[str, int]]:
    """The n-th occurrence is a member of its own: a text that repeats itself says less than one
    that does not."""
    met: Counter[str] = Counter()
    found = set()
    for start in range(_count(plain)):
        run = plain[start : start + _SHINGLE]
        found.add((run, met[run]))
        met[run] += 1
    return frozenset(found)


def _similarity(one: frozenset[T], other: frozenset[T]) -> float:
    return len(one & other) / len(one | other)
