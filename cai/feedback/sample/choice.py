"""Which pairs of a prompt's answers are compared.

Every choice is of the prompt, its answers and the seed alone. What is equally good is drawn, so
that the number of an answer tells nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from cai.feedback.sample.pool import Pool
from cai.likeness import difference
from cai.records import derive_seed

Pair = tuple[int, int]
"""Two answers of a pool by their places in it, the lower one first."""


@dataclass(frozen=True, slots=True)
class Quick:
    """What one principle makes of a pair: the probability that the first is better."""

    p_first: float
    weight: float = 1.0


Verdicts = Mapping[Pair, Sequence[Quick]]
"""Of pairs that nobody could judge there is none."""


def random_pairs(pool: Pool, count: int, seed: int) -> list[Pair]:
    """Pairs at random; no answer is in two of them before each other answer is in one."""
    return _balanced(combinations(range(len(pool.answers)), 2), pool, count, seed)


def cross_model(pool: Pool, count: int, seed: int) -> list[Pair]:
    """The same among the pairs whose answers come from different models."""
    models = [answer.model for answer in pool.answers]
    pairs = combinations(range(len(models)), 2)
    return _balanced((p for p in pairs if models[p[0]] != models[p[1]]), pool, count, seed)


def most_different(pool: Pool, count: int, seed: int) -> list[Pair]:
    """The pairs whose texts are the farthest apart (`cai.likeness.difference`)."""
    texts = [answer.text for answer in pool.answers]
    pairs = combinations(range(len(texts)), 2)
    apart = {(a, b): difference(texts[a], texts[b]) for a, b in pairs}
    drawn = _draw(pool, seed)
    return sorted(apart, key=lambda pair: (-apart[pair], drawn(pair)))[:count]


def most_disagreed(pool: Pool, verdicts: Verdicts, count: int, seed: int) -> list[Pair]:
    """The pairs on which the principles disagree the most (`disagreement`)."""
    pairs = combinations(range(len(pool.answers)), 2)
    drawn = _draw(pool, seed)
    return sorted(pairs, key=lambda pair: (-disagreement(verdicts.get(pair, ())), drawn(pair)))[
        :count
    ]


def extremes(pool: Pool, scores: Sequence[float], count: int, seed: int) -> list[Pair]:
    """The best answer against the worst, then the second best against the second worst, and so on.

    No answer is in two pairs.
    """
    drawn = _draw(pool, seed)
    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], drawn((place, place))))
    opposite = zip(ranked[: len(ranked) // 2], reversed(ranked), strict=False)
    return [(min(two), max(two)) for two in opposite][:count]


def disagreement(verdicts: Sequence[Quick]) -> float:
    """How much the members of a committee disagree, in bits, from 0 to 1.

    The generalised Jensen-Shannon divergence of their verdicts: the entropy of the mean minus the
    mean entropy. It is what one learns about the preference by being told which member is right
    (BALD, Houlsby et al. 2011; as a measure of a committee, McCallum & Nigam 1998). A
    committee that agrees to be unsure has none: that pair is a tie, and not worth more questions.
    """
    total = sum(one.weight for one in verdicts)
    if total <= 0:
        return 0.0
    mean = sum(one.weight * one.p_first for one in verdicts) / total
    within = sum(one.weight * _entropy(one.p_first) for one in verdicts) / total
    return max(0.0, _entropy(mean) - within)


def expected_wins(size: int, verdicts: Verdicts) -> list[float]:
    """The share of its comparisons that each of `size` answers would win: [size], in [0, 1].

    The mean over all opponents of the mean over principles (Borda's count with probabilities). An
    answer that nobody could judge has 0.5.
    """
    shares: list[list[float]] = [[] for _ in range(size)]
    for (first, second), own in verdicts.items():
        total = sum(one.weight for one in own)
        if total > 0:
            p_first = sum(one.weight * one.p_first for one in own) / total
            shares[first].append(p_first)
            shares[second].append(1 - p_first)
    return [sum(each) / len(each) if each else 0.5 for each in shares]


def _balanced(pairs: Iterable[Pair], pool: Pool, count: int, seed: int) -> list[Pair]:
    left = list(pairs)
    drawn = _draw(pool, seed)
    used: Counter[int] = Counter()
    chosen: list[Pair] = []

    def rank(pair: Pair) -> tuple[int, int, int]:
        own = sorted(used[place] for place in pair)
        return own[1], own[0], drawn(pair)

    while left and len(chosen) < count:
        best = min(left, key=rank)
        left.remove(best)
        used.update(best)
        chosen.append(best)
    return chosen


def _draw(pool: Pool, seed: int) -> Callable[[Pair], int]:
    return lambda pair: derive_seed(seed, "choose", pool.prompt.id, *pair)


def _entropy(p: float) -> float:
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)
