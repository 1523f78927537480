"""The report's section on the alarms of PPO: what they read, and which were raised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cai.records import Row
from cai.report.charts import Mark, Series, lines
from cai.report.reading import RunFiles

_STAGE = "align-ppo"
# (alarm, title, what its curve is), in the order of the page.
_PANELS = (
    ("independent", "Independent score", "its change since its best look, in standard errors"),
    ("kl", "KL over budget", "nats per answer"),
    ("length", "Length", "tokens per answer, by those at first"),
    ("unfinished", "Unfinished answers", "share that is cut at max_new_tokens"),
    ("phrase", "Shared phrase", "rise of the share with the same five words"),
    ("refusals", "Refusals", "share that refuses in usual words"),
    ("distinct", "Variety", "distinct-2: different pairs of words, of all in a batch"),
    ("value_loss", "Value loss", "mean squared error, halved"),
    ("ratio", "Ratio outliers", "largest probability ratio of an update"),
)


def alarms(files: RunFiles) -> dict[str, Any] | None:
    """Everything the section shows; None without a watched training."""
    watched = files.rows(f"{_STAGE}/watch.jsonl") if _STAGE in files.stages else []
    if not watched:
        return None
    raised = files.rows(f"{_STAGE}/alarms.jsonl")
    counts = (files.manifest(_STAGE) or {}).get("counts", {})
    panels = [
        {"title": title, "about": about, "chart": chart, "raised": any(_of(name, raised))}
        for name, title, about in _PANELS
        if (chart := _chart(name, title, watched, raised)) is not None
    ]
    return {
        "raised": raised,
        "panels": panels,
        "ended": _ended(counts),
        "looks": _looks(watched),
        "updates": watched[-1]["step"],
    }


def _chart(name: str, title: str, watched: Sequence[Row], raised: Sequence[Row]) -> Any:
    """What one alarm read, beside its limit; None without two readings, unless it was raised."""
    read = [
        (float(row["step"]), row["readings"][name]) for row in watched if name in row["readings"]
    ]
    if not read or (len(read) == 1 and not _of(name, raised)):
        return None
    value = tuple((step, float(one["value"])) for step, one in read)
    limit = tuple((step, float(one["limit"])) for step, one in read)
    marks = [Mark(at=row["step"], name=row["text"]) for row in _of(name, raised)]
    series = [
        Series(name="limit", points=limit, style="limit"),
        Series(name=title, points=value, style="ppo"),
    ]
    return lines(series, label=title, x_label="update", marks=marks)


def _of(name: str, raised: Sequence[Row]) -> list[Row]:
    return [row for row in raised if row["alarm"] == name]


def _looks(watched: Sequence[Row]) -> Any:
    """Both mean scores of the looks; None without any."""
    looks = [row["look"] for row in watched if row["look"]]
    if not looks:
        return None
    series = [
        Series(
            name=name, style=style,
            points=tuple((float(one["step"]), sum(one[key]) / len(one[key])) for one in looks),
        )
        for key, name, style in (
            ("rewards", "training reward", "ppo"), ("scores", "independent score", "sft"),
        )
    ]  # fmt: skip
    return lines(series, label="Training reward and independent score", x_label="update")


def _ended(counts: dict[str, Any]) -> str:
    """What ended the run before its last update, or that alarms did not, in words."""
    of = f" of {counts['updates_planned']}" if "updates_planned" in counts else ""
    if "rolled_back_after" in counts:
        return (
            f"An alarm after update {counts['rolled_back_after']}{of} ended the run. Its model is "
            f"the policy of update {counts['model_update']}, the best by the independent score."
        )
    if "stopped_after" in counts:
        return (
            f"An alarm after update {counts['stopped_after']}{of} ended the run with the policy as "
            "it was then."
        )
    if "kl_budget_after" in counts:
        return (
            f"The answers of update {counts['kl_budget_after']}{of} were further from the SFT "
            "model than kl_budget allows, and ended the run before anything was learned from them."
        )
    return "" if not counts.get("alarms") else "The alarms only warned: the run went on to its end."
