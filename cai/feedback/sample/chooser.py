"""From the pools of answers to the comparisons of a prompt, by the recipe's choice of pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from cai.feedback.sample.choice import (
    Pair,
    Verdicts,
    cross_model,
    expected_wins,
    extremes,
    most_different,
    most_disagreed,
    random_pairs,
)
from cai.feedback.sample.draws import comparison
from cai.feedback.sample.pool import Pool, Pools
from cai.feedback.sample.settings import SampleSettings
from cai.records import Comparison, Message, Prompt, said_by

Look = Callable[[Sequence[Pool]], Sequence[Verdicts]]
"""The judge's first look at pools (`cai.feedback.sample.preview`)."""

Rewards = Callable[[Sequence[Sequence[Message]]], Sequence[float]]
"""The score of each conversation's last answer, the higher the better."""

Draw = Callable[[Sequence[Prompt]], list[Comparison]]
"""The comparisons of some prompts, in their order, whatever other prompts there are."""


def chooser(
    pools: Pools,
    settings: SampleSettings,
    *,
    look: Look,
    rewards: Callable[[], Rewards] | None,
) -> Draw:
    """Chooses among answers that were all drawn before.

    Args:
        rewards: makes what scores answers, when there is something to choose.
    """
    loaded = cache(rewards) if rewards else lambda: None

    def draw(prompts: Sequence[Prompt]) -> list[Comparison]:
        return choose(pools.read(prompts, settings), settings, look=look, rewards=loaded())

    return draw


def choose(
    pools: Sequence[Pool], settings: SampleSettings, *, look: Look, rewards: Rewards | None
) -> list[Comparison]:
    """Up to `pairs_per_prompt` comparisons of each pool, in the order of `pools`.

    Args:
        rewards: scores answers for "extremes"; None leaves that to the judge's first look.
    """
    chosen = _pairs(pools, settings, look, rewards)
    return [
        comparison(pool.prompt, number, pool.answers[one], pool.answers[other], settings.seed)
        for pool, pairs in zip(pools, chosen, strict=True)
        for number, (one, other) in enumerate(pairs)
    ]


def _pairs(
    pools: Sequence[Pool], settings: SampleSettings, look: Look, rewards: Rewards | None
) -> list[list[Pair]]:
    count, seed = settings.pairs_per_prompt, settings.seed
    match settings.choose_pairs:
        case "random":
            return [random_pairs(pool, count, seed) for pool in pools]
        case "cross-model":
            return [cross_model(pool, count, seed) for pool in pools]
        case "max-difference":
            return [most_different(pool, count, seed) for pool in pools]
        case "max-disagreement":
            return [
                most_disagreed(pool, verdicts, count, seed)
                for pool, verdicts in zip(pools, look(pools), strict=True)
            ]
        case "extremes":
            scores = _rewarded(pools, rewards) if rewards else _wins(pools, look)
            return [
                extremes(pool, own, count, seed)
                for pool, own in zip(pools, scores, strict=True)
            ]  # fmt: skip


def _wins(pools: Sequence[Pool], look: Look) -> list[list[float]]:
    return [
        expected_wins(len(pool.answers), verdicts)
        for pool, verdicts in zip(pools, look(pools), strict=True)
    ]


def _rewarded(pools: Sequence[Pool], rewards: Rewards) -> list[list[float]]:
    """The reward of every answer, by pool; all pools are scored together, to fill batches."""
    scores = iter(
        rewards(
            [
                (*pool.prompt.messages, *said_by("assistant", answer.text))
                for pool in pools
                for answer in pool.answers
            ]
        )
    )
    return [[next(scores) for _ in pool.answers] for pool in pools]
