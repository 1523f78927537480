"""What is known of a judge in a line, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cai.feedback.trust.gate import GateSettings, verdict


def line(judge: Mapping[str, Any], gate: GateSettings) -> str:
    """Accuracy beside the best baseline's, position flips, and what the gate says."""
    parts = []
    right = judge["accuracy"]
    if right is not None and right["value"] is not None:
        best = judge["best_baseline"]
        interval = "" if right["low"] is None else f" ({_range(right)})"
        parts.append(
            f"right in {_percent(right['value'])}{interval} of {right['n']} pairs, "
            f"best baseline {best} {_percent(judge['baselines'][best]['value'])}"
        )
    flips = judge["sampled"]["labels"]["flip_rate"]
    if flips is not None:
        parts.append(f"{_percent(flips)} position flips")
    parts.append(_gate(judge, gate))
    return "; ".join(parts)


def _gate(judge: Mapping[str, Any], gate: GateSettings) -> str:
    found = verdict(judge, gate)
    if found.passed:
        return f"gate passed ({gate.metric})"
    if found.passed is None:
        return f"gate not measured ({_why(judge, gate)})"
    return f"gate NOT passed ({gate.metric})" + ("" if found.stops else ", which only warns")


def _why(judge: Mapping[str, Any], gate: GateSettings) -> str:
    if gate.metric == "consistency":
        return "no verdicts in both orders"
    return "no gold, see label.gold" if judge["accuracy"] is None else "too little gold"


def _range(estimate: Mapping[str, Any]) -> str:
    return f"{100 * estimate['low']:.1f} to {100 * estimate['high']:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
