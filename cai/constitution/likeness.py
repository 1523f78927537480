"""Which of many short texts are nearly the same."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

NEARLY = 0.8
"""Share of the words of two texts that both have, from which on they are nearly the same."""

# Only texts that thousands of others resemble need more, and those are told of by then.
_MOST_COMPARISONS = 200_000
_WORD = re.compile(r"\w+")


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


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
