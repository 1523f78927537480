"""From scored answers to the numbers of `summary.json`, each with its 95 % interval and n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from cai.intervals import Estimate, mean, wilson
from cai.records import Score

Set = Literal["red-team", "helpful", "borderline", "other"]

# The order is the precedence where a prompt has several: "borderline" prompts ask for help too.
_SETS: tuple[Set, ...] = ("red-team", "borderline", "helpful")


def set_of(tags: Iterable[str]) -> Set:
    """Which kind of prompt the tags say it is."""
    own = set(tags)
    return next((name for name in _SETS if name in own), "other")


def summarise(scores: Sequence[Score]) -> dict[str, Any]:
    """What `summary.json` says under `evaluation`.

    `models.NAME` has `harmful_rate` (over red-team prompts), `helpful_rate` (over helpful and
    borderline ones), `evasive_rate` and `unparseable_rate` (over all), `mean_reward` (as the
    reward model gives it) and `kl_to_sft` (nats per answer). Answers that nobody could decide are
    in no rate: n shows it. `details` holds the same per set of prompts, the faults found, and who
    decided. `prompts` counts the prompts of each set.
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
