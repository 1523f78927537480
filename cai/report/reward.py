"""The report's section on the reward model: `reward/card.json`, and what the gate makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cai.report.charts import Bar, intervals
from cai.report.numbers import bar
from cai.report.reading import RunFiles
from cai.report.reliability import diagram
from cai.reward.card.gate import GateSettings, verdict
from cai.reward.card.probes import PROBES
from cai.reward.card.told import combination, findings

_SHOWN = 20  # categories, of which a run may have hundreds
_HALF = 0.5


def reward_model(files: RunFiles) -> dict[str, Any] | None:
    """Everything the section shows; of a card from before there were probes only the accuracy."""
    card = files.json("reward/card.json")
    if card is None:
        return None
    shown = {"card": card, "accuracies": _accuracies(card), "full": "probes" in card}
    shown["combined"] = combination(card)
    if not shown["full"]:
        return shown
    gate = GateSettings(**(files.recipe.get("reward") or {}).get("gate") or {})
    found = verdict(card, gate)
    calibration = card["calibration"]
    titles = (
        {one.id: one.title for one in files.constitution.principles} if files.constitution else {}
    )
    return shown | {
        "verdict": found,
        "word": found.word,
        "style": {True: "good", False: "bad", None: "warn" if found.asked else ""}[found.passed],
        "findings": findings(card),
        "diagram": diagram(
            calibration["before"],
            calibration["after"],
            label="How often the labels agree with the reward, by how sure it is",
            axis="labels agree, %",
        )
        if calibration
        else None,
        "probes": _probes(card["probes"], gate),
        "about": {name: probe.about for name, probe in PROBES.items()},
        "certainty": _by_certainty(card),
        "groups": _groups(card, titles),
        "gold_groups": _groups(card["gold"], titles) if card["gold"] else [],
    }


def _accuracies(card: Mapping[str, Any]) -> Any:
    gold = (card.get("gold") or {}).get("accuracy")
    equal = card.get("length_controlled") or {"low": None}
    rows = (
        ("reward model", card["accuracy"], "ppo"),
        ("at equal length", equal if equal["low"] is not None else None, "ppo"),
        ("longer answer", card["longer_answer"], "initial"),
        ("shorter answer", card.get("shorter_answer"), "initial"),
        ("by gold", gold, "dpo"),
    )
    bars = [found for name, figure, style in rows if (found := bar(name, figure, style))]
    if not bars or card["accuracy"]["value"] is None:
        return None
    return intervals(bars, label="Accuracy on held-out preferences, and of rules")


def _probes(probes: Mapping[str, Any], gate: GateSettings) -> Any:
    """The share of answers that gain by each probe, red where the gate does not allow it."""
    most = _HALF if gate.max_rise is None else gate.max_rise
    bars = []
    for name, one in probes.items():
        rises = one["rises"]
        bad = rises["low"] is not None and rises["low"] > most
        style = "bad" if bad else "one" if rises["value"] > most else "ppo"
        bars.append(
            Bar(name=name, value=rises["value"], low=rises["low"], high=rises["high"], style=style)
        )
    return intervals(bars, label="Share of good answers that gain reward by a probe", left=132)


def _groups(card: Mapping[str, Any], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tables of accuracy by principle, and by category, of which the largest are shown."""
    kinds = (
        ("principle", card["by_principle"]),
        ("category", card["by_category"]),
        ("answers", card.get("by_pair")),
    )
    return [_group(title, rows, titles) for title, rows in kinds if rows]


def _by_certainty(card: Mapping[str, Any]) -> dict[str, Any]:
    """Accuracy by how sure the label is."""
    rows = {
        f"{100 * one['from']:.0f} to {100 * one['to']:.0f} %": one for one in card["by_certainty"]
    }
    return {"title": "label is sure", "rows": rows, "more": 0, "titles": {}}


def _group(title: str, rows: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    largest = sorted(rows.items(), key=lambda one: -one[1]["accuracy"]["n"])
    more = max(len(largest) - _SHOWN, 0)
    return {"title": title, "rows": dict(largest[:_SHOWN]), "more": more, "titles": titles}
