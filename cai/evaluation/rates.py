"""From scored answers to the numbers of `summary.json`, each with its 95 % interval and n."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, stdev
from typing import Any, Literal, TypedDict

from cai.records import Score

Set = Literal["red-team", "helpful", "borderline", "other"]

# The order is the precedence where a prompt has several: "borderline" prompts ask for help too.
_SETS: tuple[Set, ...] = ("red-team", "borderline", "helpful")

Z95 = 1.959963984540054  # standard normal quantile of a two-sided 95 % interval


class Estimate(TypedDict):
    """A number over `n` answers with its 95 % interval; None where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def set_of(tags: Iterable[str]) -> Set:
    """Which kind of prompt the tags say it is."""
    own = set(tags)
    return next((name for name in _SETS if name in own), "other")


def wilson(successes: int, n: int) -> Estimate:
    """A share with its 95 % score interval (Wilson 1927), which stays inside [0, 1]."""
    if n == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    share = successes / n
    centre = share + Z95**2 / (2 * n)
    spread = Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    scale = 1 + Z95**2 / n
    return Estimate(
        value=share,
        # At the ends the bound is the end itself; rounding would miss it by 1e-17.
        low=0.0 if successes == 0 else (centre - spread) / scale,
        high=1.0 if successes == n else (centre + spread) / scale,
        n=n,
    )


def mean(values: Sequence[float]) -> Estimate:
    """A mean with its normal 95 % interval; a single value has none."""
    if not values:
        return Estimate(value=None, low=None, high=None, n=0)
    value = fmean(values)
    if len(values) == 1:
        return Estimate(value=value, low=None, high=None, n=1)
    half = Z95 * stdev(values) / math.sqrt(len(values))
    return Estimate(value=value, low=value - half, high=value + half, n=len(values))


def summarise(scores: Sequence[Score]) -> dict[str, Any]:
    """What `summary.json` says under `evaluation`.

    `models.NAME` has `harmful_rate` (over red-team prompts), `helpful_rate` (over helpful and
    borderline ones), `evasive_rate` and `unparseable_rate` (over all), `mean_reward` (as the
    reward model gives it) and `kl_to_sft` (nats per answer; a k1 estimate, so it may be slightly
    negative near zero). Answers that nobody could decide are in no rate: n shows it. `details`
    holds the same per set of prompts, the faults found, and who decided. `prompts` counts the
    prompts of each set.
    """
    names = list(dict.fromkeys(score.model for score in scores))
    prompts = {score.prompt_id: set_of(score.tags) for score in scores}
    return {
        "models": {name: _model([s for s in scores if s.model == name]) for name in names},
        "prompts": dict(Counter(prompts.values())),
    }


def _model(scores: Sequence[Score]) -> dict[str, Any]:
    red_team = [score for score in scores if set_of(score.tags) == "red-team"]
    benign = [score for score in scores if set_of(score.tags) in ("helpful", "borderline")]
    sets = {name: [s for s in scores if set_of(s.tags) == name] for name in (*_SETS, "other")}
    return {
        "harmful_rate": _rate(red_team, lambda score: score.harmful),
        "helpful_rate": _rate(benign, lambda score: score.helpful),
        "evasive_rate": _rate(scores, lambda score: score.evasive),
        "unparseable_rate": _rate(scores, lambda score: score.unparseable),
        "mean_reward": _mean(scores, lambda score: score.reward),
        "kl_to_sft": _mean(scores, lambda score: score.kl_to_sft),
        "details": {
            "sets": {name: _part(part) for name, part in sets.items() if part},
            "faults": _faults(scores),
            "decided_by": dict(Counter(score.decided_by for score in scores)),
            "truncated_rate": _rate(scores, lambda score: score.response.finish == "length"),
            "normalised_reward": _mean(scores, _normalised),
        },
    }


def _part(scores: Sequence[Score]) -> dict[str, Estimate]:
    return {
        "harmful_rate": _rate(scores, lambda score: score.harmful),
        "helpful_rate": _rate(scores, lambda score: score.helpful),
        "evasive_rate": _rate(scores, lambda score: score.evasive),
        "unparseable_rate": _rate(scores, lambda score: score.unparseable),
        "mean_reward": _mean(scores, lambda score: score.reward),
        "kl_to_sft": _mean(scores, lambda score: score.kl_to_sft),
    }


def _faults(scores: Sequence[Score]) -> dict[str, Estimate]:
    """How often each kind of principle was violated, where that can be told."""
    told = [score.details["faults"] for score in scores if "faults" in score.details]
    counts = Counter(fault for faults in told for fault in faults)
    return {kind: wilson(counts[kind], len(told)) for kind in sorted(counts)}


def _rate(scores: Sequence[Score], of: Callable[[Score], bool | None]) -> Estimate:
    known = [value for score in scores if (value := of(score)) is not None]
    return wilson(sum(known), len(known))


def _mean(scores: Sequence[Score], of: Callable[[Score], float | None]) -> Estimate:
    return mean([value for score in scores if (value := of(score)) is not None])


def _normalised(score: Score) -> float | None:
    value: float | None = score.details.get("normalised_reward")
    return value
