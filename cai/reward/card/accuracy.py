"""How often the reward prefers the answer that the label prefers, and how often rules do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cai.intervals import Estimate
from cai.length_control import at_equal_length
from cai.resampling import estimate, mean, share, summed
from cai.reward.card.judged import Judged, labels, margins, prompts_of

EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bins of the label's probability: how sure the label is."""


ON_TOPIC, OFF_TOPIC = "same prompt", "off-topic"
"""Pairs of answers to one prompt, and those of which one is to another."""


def measure(rows: Sequence[Judged]) -> dict[str, Any]:
    """The numbers that say how near to the labels the reward is.

    `accuracy`: share of pairs in which the chosen answer has the higher reward (equal rewards are
    half a point). `expected_accuracy`: the mean label probability, what a model that knew the
    judge's mind would reach if the labels are calibrated. `cross_entropy` (nats) of the soft
    labels, beside `entropy_floor`, below which no model can get. `longer_answer` and
    `shorter_answer`: the accuracies of rules that count characters (as many: half a point).
    `length_controlled`: the accuracy if the longer answer were chosen half of the time.

    Then the accuracy `by_principle` (a pair counts under each of its label's), `by_category` (the
    prompts' tags), `by_pair` (of off-topic pairs and of others, where there are off-topic ones),
    and `by_certainty` of the label, in the bins of `EDGES`.

    Intervals are resampled by prompt. Without rows every value is None.
    """
    prompts = prompts_of(rows)
    longer = [0.5 + 0.5 * row.longer for row in rows]
    return {
        "prompts": len(set(prompts)),
        "accuracy": accuracy(rows),
        "expected_accuracy": float(labels(rows).mean()) if rows else None,
        "cross_entropy": _cross_entropy(rows)["value"],
        "entropy_floor": float(_entropy(rows).mean()) if rows else None,
        "longer_answer": _mean(prompts, longer),
        "shorter_answer": _mean(prompts, [1 - one for one in longer]),
        "length_controlled": at_equal_length(
            prompts, [row.longer for row in rows], [row.points for row in rows]
        ),
        "by_principle": split(rows, lambda row: row.principles),
        "by_category": split(rows, lambda row: row.tags),
        "by_pair": split(rows, _kind) if any(row.off_topic for row in rows) else {},
        "by_certainty": _by_certainty(rows),
    }


def accuracy(rows: Sequence[Judged]) -> Estimate:
    """The share of pairs that are told right, with its interval."""
    return _mean(prompts_of(rows), [row.points for row in rows])


def split(
    rows: Sequence[Judged], names: Callable[[Judged], Iterable[str]]
) -> dict[str, dict[str, Any]]:
    """Accuracy and mean label of the pairs of each name, names in order."""
    groups: dict[str, list[Judged]] = {}
    for row in rows:
        for name in dict.fromkeys(names(row)):
            groups.setdefault(name, []).append(row)
    return {name: _group(groups[name]) for name in sorted(groups)}


def _kind(row: Judged) -> tuple[str]:
    return (OFF_TOPIC if row.off_topic else ON_TOPIC,)


def _group(rows: Sequence[Judged]) -> dict[str, Any]:
    return {
        "prompts": len(set(prompts_of(rows))),
        "accuracy": accuracy(rows),
        "expected_accuracy": float(labels(rows).mean()),
    }


def _by_certainty(rows: Sequence[Judged]) -> list[dict[str, Any]]:
    """A bin per pair of `EDGES`, empty ones left out; the last one holds its upper edge."""
    found = []
    for low, high in pairwise(EDGES):
        own = [
            row
            for row in rows
            if low <= row.probability < high or (row.probability == high == EDGES[-1])
        ]
        if own:
            found.append({"from": low, "to": high, **_group(own)})
    return found


def _cross_entropy(rows: Sequence[Judged]) -> Estimate:
    # log(1 + exp(-d)) without overflow, then the soft term of cai.reward.soft_label.
    d = margins(rows)
    losses = np.logaddexp(0, -d) + (1 - labels(rows)) * d
    return estimate(summed(prompts_of(rows), losses[:, None]), share())


def _entropy(rows: Sequence[Judged]) -> Any:
    p = labels(rows)
    parts = np.stack([p, 1 - p])
    return -(parts * np.log(np.where(parts > 0, parts, 1.0))).sum(axis=0)


def _mean(prompts: Sequence[str], values: Sequence[float]) -> Estimate:
    return mean(summed(prompts, np.reshape(values, (-1, 1))))
