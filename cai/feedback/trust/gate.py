"""The gate: what training from a judge's preferences asks of the judge, and the answer in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cai.gate import Verdict, percent

Metric = Literal["margin", "accuracy", "kappa", "consistency"]

_NAMES = {
    "margin": "the judge's accuracy minus the best baseline's",
    "accuracy": "the judge's accuracy by gold",
    "kappa": "Cohen's kappa of judge and gold",
    "consistency": "the share of verdicts without a position flip",
}
_WITHOUT_GOLD = "consistency"
_OF_DECIDED = ("margin", "accuracy")
_ENOUGH = 20  # pairs that gold decides, and prompts: a judge that decides would have an interval
_HARDLY = 0.5  # of those; one that decides more of them has not failed, there is too little gold


@dataclass(frozen=True, kw_only=True, slots=True)
class GateSettings:
    """What the judge must reach before anything is trained from its preferences.

    Attributes:
        metric: what is compared: "margin" is the judge's accuracy minus that of the best baseline,
            "accuracy" and "kappa" are by gold alone, "consistency" is the share of verdicts without
            a position flip, which needs no gold.
        min: what the lower end of the metric's 95 % interval must be above.
        on_fail: "stop" trains nothing from these preferences, "warn" says so and goes on.
    """

    metric: Metric = "margin"
    min: float = field(default=0.0, metadata={"minimum": -1, "maximum": 1})
    on_fail: Literal["stop", "warn"] = "stop"

    def __post_init__(self) -> None:
        if not -1 <= self.min <= 1:
            raise ValueError("gate.min must be between -1 and 1: shares are not in percent")


def verdict(judge: Mapping[str, Any] | None, gate: GateSettings) -> Verdict:
    """What the gate says of a judge, by the figures of its `label/judge.json`.

    A judge passes if the lower end of the interval is above `gate.min`. What was not measured stops
    nothing, unless there was gold enough and the judge preferred hardly any answer.
    """
    figure = judge["metrics"].get(gate.metric) if judge else None
    if judge is None or not figure or figure["low"] is None:
        if judge and gate.metric in _OF_DECIDED and _hardly_decides(judge):
            return Verdict(passed=False, text=_undecided(judge), stops=gate.on_fail == "stop")
        return Verdict(passed=None, text=_not_measured(judge, gate), stops=False)
    passed = figure["low"] > gate.min
    measured = (
        f"{_NAMES[gate.metric]} is {number(figure['value'], gate.metric)} "
        f"(95 % interval {_bare(figure['low'], gate.metric)} to "
        f"{number(figure['high'], gate.metric)}, {figure['n']} labels)"
    )
    text = f"{measured[0].upper()}{measured[1:]}."
    if gate.metric == "margin":
        best = judge["best_baseline"]
        # A digest, which is what rows call the model of a folder, tells a reader nothing.
        named = "" if judge["judge"].startswith("weights ") else f" ({judge['judge']})"
        text += (
            f" The judge{named} is right in {percent(judge['accuracy']['value'])} of "
            f"the pairs on which it and gold prefer an answer; the best rule that reads nothing, "
            f"“{best}”, in {percent(judge['baselines'][best]['value'])}."
        )
    asked = number(gate.min, gate.metric)
    if passed:
        text += f" The lower end of the interval is above what the gate asks for, {asked}."
        return Verdict(passed=True, text=text, stops=False)
    text += (
        f" The lower end of the interval must be above {asked}: "
        f"{_meaning(gate.metric, figure['low'])}. {_mend(gate.metric)}"
    )
    return Verdict(passed=False, text=text, stops=gate.on_fail == "stop")


def number(value: float, metric: str) -> str:
    """A figure of a metric as people read it, with a minus that is one."""
    if metric == "margin":
        text = f"{100 * value:.1f} points"
    else:
        text = f"{value:.2f}" if metric == "kappa" else percent(value)
    return text.replace("-", "\N{MINUS SIGN}")


def _bare(value: float, metric: str) -> str:
    return number(value, metric).removesuffix(" points").removesuffix(" %")


def _hardly_decides(judge: Mapping[str, Any]) -> bool:
    if not judge["forced"] or min(judge["forced"]["n"], judge["prompts"]) < _ENOUGH:
        return False
    return bool(judge["decides"] < _HARDLY)


def _undecided(judge: Mapping[str, Any]) -> str:
    return (
        f"Gold prefers an answer in {judge['forced']['n']} labels, and the judge {judge['judge']} "
        f"in only {percent(judge['decides'])} of these: too rarely to say how often it is right. "
        f"It finds hardly anything in the answers. {_mend(_WITHOUT_GOLD)}"
    )


def _not_measured(judge: Mapping[str, Any] | None, gate: GateSettings) -> str:
    name = _NAMES[gate.metric]
    if judge is None:
        return f"Not measured: the label stage has left no judge.json, so {name} is not known."
    reason = judge["missing"].get(gate.metric, "there are too few prompts for an interval")
    return f"Not measured: {reason}. So nobody knows {name}, and the gate stops nothing."


def _meaning(metric: str, low: float) -> str:
    if metric == "margin" and low > 0:
        return "the judge is better than that rule, and not by as much as the recipe asks for"
    if metric == "margin":
        return (
            "so far the judge may be no better than that rule, and a model trained on its "
            "preferences would learn the rule"
        )
    if metric == "consistency":
        return "too often the order of the answers decides, and not what they say"
    return "what is trained on its preferences would learn its errors"


def _mend(metric: str) -> str:
    reasons = "let it reason before it decides (label.reason_tokens)"
    gold = "" if metric == _WITHOUT_GOLD else ", give more gold to narrow the interval (label.gold)"
    return (
        f"Use a better judge (judge), {reasons}{gold}, or train all the same with "
        "label.gate.on_fail=warn."
    )
