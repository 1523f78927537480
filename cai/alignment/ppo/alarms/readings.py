"""How far each alarm is from its threshold: plain functions of what was seen so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from cai.alignment.ppo.alarms.independent import Look, best, change, spread
from cai.alignment.ppo.alarms.settings import AlarmSettings

ENOUGH_ANSWERS = 256
_LEAST_EFFECT = 0.2  # standard deviations; "small" by Cohen's convention


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What one update showed: its metrics, and the phrases that its answers share."""

    step: int
    metrics: Mapping[str, float]
    phrases: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """The updates "at first" and "now", by which alarms compare; `AlarmSettings` says which."""

    first: Sequence[Seen]
    now: Sequence[Seen]

    def means(self, name: str) -> tuple[float, float]:
        """A metric's mean at first and now."""
        return _mean(self.first, name), _mean(self.now, name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What an alarm reads.

    Attributes:
        value: in the unit of `limit`.
        limit: what the value may not pass; it stands above or below, as `raised` says.
        text: what is wrong, in a plain sentence, for when it is raised.
    """

    value: float
    limit: float
    raised: bool
    text: str


def window(batch_size: int) -> int:
    """How many updates have answers enough."""
    return math.ceil(ENOUGH_ANSWERS / batch_size)


def windows(seen: Sequence[Seen], *, batch_size: int, warmup: int) -> Windows | None:
    """Both windows at the end of `seen`; None while they would overlap or are too short.

    Args:
        warmup: updates that trained the value model alone. The batch after them is still the SFT
            model's own.
    """
    size = window(batch_size)
    first = max(warmup + 1, size)
    if len(seen) < first + size:
        return None
    return Windows(first=seen[:first], now=seen[-size:])


def readings(
    found: Windows | None, looks: Sequence[Look], settings: AlarmSettings
) -> dict[str, Reading]:
    """Every alarm that is on and has enough to read, by its name.

    Args:
        looks: those until now; `independent` is read where the newest is of the last update.
    """
    all_found: dict[str, Reading | None] = {}
    if settings.independent is not None:
        all_found["independent"] = _independent(looks, settings.independent)
    for name, read in _BY_WINDOWS.items():
        threshold = getattr(settings, name)
        if found is not None and threshold is not None:
            all_found[name] = read(found, threshold)
    return {name: reading for name, reading in all_found.items() if reading is not None}


def _independent(looks: Sequence[Look], limit: float) -> Reading | None:
    if len(looks) < 2:
        return None
    now, before = looks[-1], best(looks[:-1])
    assert before is not None
    fall, rise = change(before.scores, now.scores), change(before.rewards, now.rewards)
    small = abs(fall.mean) < _LEAST_EFFECT * spread(before)
    raised = fall.in_errors < -limit and rise.in_errors > limit and not small
    return Reading(
        value=_finite(fall.in_errors),
        limit=-limit,
        raised=raised,
        text=f"the independent score has fallen by {-fall.mean:.3f} "
        f"({-_finite(fall.in_errors):.1f} standard errors) since its best after update "
        f"{before.step}, while the training reward has risen by {rise.mean:.3f}",
    )


def _kl(found: Windows, limit: float) -> Reading:
    value = _mean(found.now, "objective/kl")
    text = f"answers are {value:.1f} nats from the SFT model on average; the budget is {limit:g}"
    return Reading(value=value, limit=limit, raised=value > limit, text=text)


def _length(found: Windows, drift: float) -> Reading:
    first, now = found.means("val/response_length")
    value = now / first
    limit = 1 + drift if value >= 1 else 1 / (1 + drift)
    raised = value > limit if value >= 1 else value < limit
    text = f"answers have {now:.0f} tokens on average, {value:.2f} times the {first:.0f} at first"
    return Reading(value=value, limit=limit, raised=raised, text=text)


def _unfinished(found: Windows, rise: float) -> Reading:
    first, now = (1 - share for share in found.means("answers/finished"))
    text = f"{now:.0%} of the answers do not end in time; at first it was {first:.0%}"
    return _share(now, first, rise, text)


def _refusals(found: Windows, rise: float) -> Reading:
    first, now = found.means("answers/refusals")
    text = f"{now:.0%} of the answers refuse in usual words; at first it was {first:.0%}"
    return _share(now, first, rise, text)


def _share(now: float, first: float, rise: float, text: str) -> Reading:
    return Reading(value=now, limit=first + rise, raised=now > first + rise, text=text)


def _phrase(found: Windows, rise: float) -> Reading:
    # A row keeps only its most widespread phrases: one that is missing had at most the least share
    # among them. At first that bound counts and now nothing does, so that a rise is never made up.
    def share(seen: Sequence[Seen], phrase: str, *, bound: bool) -> float:
        return fmean(
            each.phrases.get(phrase, min(each.phrases.values(), default=0.0) if bound else 0.0)
            for each in seen
        )

    candidates = sorted({phrase for each in found.now for phrase in each.phrases})
    rises = {
        phrase: share(found.now, phrase, bound=False) - share(found.first, phrase, bound=True)
        for phrase in candidates
    }
    widest = max(candidates, key=lambda phrase: rises[phrase], default="")
    now = share(found.now, widest, bound=False)
    value = rises.get(widest, 0.0)
    text = f"{now:.0%} of the answers say “{widest}”, {100 * value:.0f} points more than at first"
    return Reading(value=value, limit=rise, raised=value > rise, text=text)


def _distinct(found: Windows, part: float) -> Reading:
    first, now = found.means("answers/distinct_2")
    text = (
        f"{now:.0%} of the pairs of words in a batch are different ones; at first it was "
        f"{first:.0%}, so the answers repeat themselves or one another"
    )
    return Reading(value=now, limit=part * first, raised=now < part * first, text=text)


def _value_loss(found: Windows, factor: float) -> Reading | None:
    if any("loss/value_avg" not in each.metrics for each in found.now):
        return None  # a run may end on an update that learns nothing
    first, now = found.means("loss/value_avg")
    variance = fmean(_learned_deviation(each.metrics) ** 2 for each in found.now)
    limit = factor * max(first, variance / 2)
    text = (
        f"the value loss is {now:.3g}; at first it was {first:.3g}, and predicting the mean score "
        f"would cost {variance / 2:.3g}, so the advantages are noise"
    )
    return Reading(value=now, limit=limit, raised=now > limit, text=text)


def _ratio(found: Windows, limit: float) -> Reading | None:
    largest = [s.metrics["val/ratio_max"] for s in found.now if "val/ratio_max" in s.metrics]
    if len(largest) < len(found.now):
        return None  # a run may end on an update that learns nothing
    value = median(largest)
    text = (
        f"the largest probability ratio of an update is {value:.1f} (median of the last "
        f"{len(largest)}): single tokens change too fast"
    )
    return Reading(value=value, limit=limit, raised=value > limit, text=text)


def _learned_deviation(metrics: Mapping[str, float]) -> float:
    """The standard deviation of a batch's scores in the units that values are learned in."""
    return metrics["objective/scores_std"] / metrics.get("objective/scores_running_std", 1.0)


_BY_WINDOWS: Mapping[str, Callable[[Windows, float], Reading | None]] = {
    "kl": _kl,
    "length": _length,
    "unfinished": _unfinished,
    "phrase": _phrase,
    "refusals": _refusals,
    "distinct": _distinct,
    "value_loss": _value_loss,
    "ratio": _ratio,
}


def _mean(seen: Sequence[Seen], name: str) -> float:
    return fmean(each.metrics[name] for each in seen)


def _finite(value: float) -> float:
    # JSON has no infinity, and beyond a thousand errors nobody counts.
    return max(-1000.0, min(1000.0, value))
