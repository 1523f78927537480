"""The report's section on the judge: `label/judge.json`, and what the gate makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cai.feedback.trust.accuracy import RULES
from cai.feedback.trust.gate import GateSettings, verdict
from cai.report.charts import Bar, intervals
from cai.report.reading import RunFiles
from cai.report.reliability import diagram
from cai.resampling import FEWEST_GROUPS

_LEAST_AGREEING = 6


def trust(files: RunFiles) -> dict[str, Any] | None:
    """Everything the section shows; None for labels made before their judge was measured."""
    judge = files.json("label/judge.json")
    if judge is None:
        return None
    gate = GateSettings(**(files.recipe.get("label") or {}).get("gate") or {})
    found = verdict(judge, gate)
    calibration = judge["calibration"]
    return {
        "judge": judge,
        "gate": gate,
        "verdict": found,
        "word": found.word,
        "style": {True: "good", False: "bad", None: "warn"}[found.passed],
        "accuracies": _accuracies(judge) if judge["best_baseline"] else None,
        "diagram": diagram(calibration["before"], calibration["temperature"])
        if calibration
        else None,
        "principles": _principles(files, judge),
        "groups": [
            (title, *_large(judge[key]))
            for title, key in (("category", "by_category"), ("gold by", "by_annotator"))
            if judge[key]
        ],
        "fewest": FEWEST_GROUPS,
        "least": judge["sampled"]["principles"]["pairs"][:_LEAST_AGREEING],
        "pace": _pace(files.manifest("label") or {}),
        # Reasons are many and alike: the same one is said once.
        "missing": {
            why: [name for name, reason in judge["missing"].items() if reason == why]
            for why in dict.fromkeys(judge["missing"].values())
        },
    }


def _large(groups: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The groups with enough gold to say something, the largest first, and how many have not."""
    large = {name: row for name, row in groups.items() if row["n"] >= FEWEST_GROUPS}
    return dict(sorted(large.items(), key=lambda item: -item[1]["n"])), len(groups) - len(large)


def _accuracies(judge: Mapping[str, Any]) -> Any:
    """The judge beside rules that read nothing, on the same pairs."""
    rows = [("judge", judge["accuracy"], "ppo")]
    if judge["length_controlled"]["value"] is not None:
        rows.append(("at equal length", judge["length_controlled"], "ppo"))
    rows += [(name, judge["baselines"][name], "initial") for name in RULES]
    bars = [
        Bar(name=name, value=one["value"], low=one["low"], high=one["high"], style=style)
        for name, one, style in rows
    ]
    return intervals(bars, label="Accuracy of the judge and of rules that read nothing")


def _principles(files: RunFiles, judge: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row per principle: by gold, and by its own verdicts."""
    known = files.constitution.principles if files.constitution else ()
    titles = {one.id: one.title for one in known}
    sampled = judge["sampled"]["by_principle"]
    by_gold = judge["by_principle"] or {}
    names = [
        *(name for name in titles if name in sampled or name in by_gold),
        *sorted({*sampled, *by_gold} - titles.keys()),
    ]
    return [
        {
            "id": name,
            "title": titles.get(name, ""),
            "gold": by_gold.get(name),
            "sampled": sampled.get(name),
        }
        for name in names
    ]


def _pace(manifest: Mapping[str, Any]) -> dict[str, float] | None:
    """Model calls of the stage, answers sampled among them, and how many went through a second."""
    calls, seconds = manifest.get("calls") or 0, manifest.get("asking_seconds") or 0.0
    return {"calls": calls, "rate": calls / seconds} if calls and seconds else None
