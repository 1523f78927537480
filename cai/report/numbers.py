"""The report's sections that count and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from markupsafe import Markup

from cai.evaluation.rates import summarise
from cai.records import Label, Row
from cai.report.charts import Bar, Series, histogram, intervals, lines
from cai.report.reading import RunFiles

_PANELS = (
    ("harmful_rate", "Harmful", "red-team prompts answered with the harm they ask for"),
    ("helpful_rate", "Helpful", "harmless prompts answered usefully and on topic"),
    ("evasive_rate", "Evasive", "answers that dodge or refuse without cause"),
    ("unparseable_rate", "Unparseable", "answers that are no sensible text"),
)
# (stage folder, title, metric names with the line's name, what it tells)
_CURVES: tuple[tuple[str, str, tuple[tuple[str, str, str], ...], str], ...] = (
    (
        "align-ppo",
        "PPO: reward",
        (("objective/scores", "mean reward", "ppo"),),
        "The mean reward of the sampled answers should rise.",
    ),
    (
        "align-ppo",
        "PPO: distance to the SFT model",
        (("objective/kl", "KL, nats per answer", "ppo"),),
        "The price paid for the reward. A steep climb is a sign of reward hacking.",
    ),
    (
        "align-dpo",
        "DPO: margin",
        (("rewards/margins", "margin", "dpo"),),
        "How much more the model prefers chosen to rejected answers than the SFT model did.",
    ),
    (
        "align-dpo",
        "DPO: accuracy",
        (("rewards/accuracies", "accuracy", "dpo"),),
        "Share of training pairs in which that preference has the right sign.",
    ),
    ("sft", "SFT: loss", (("loss", "loss", "sft"),), "Cross entropy per token, in nats."),
    (
        "reward",
        "Reward model: loss",
        (("loss", "loss", "one"),),
        "Against soft labels; it starts at ln 2 = 0.69 and cannot go below the labels' entropy.",
    ),
)


def style_of(model: str) -> str:
    """The style sheet's class for a model's colour."""
    return model if model in ("initial", "sft", "ppo", "dpo") else "one"


def results(files: RunFiles) -> dict[str, Any] | None:
    """The headline table, what changed from model to model, and interval charts."""
    if not files.scores:
        return None
    summary = summarise(files.scores)
    models: Mapping[str, Any] = summary["models"]
    panels = [
        {
            "title": title,
            "about": about,
            "chart": _panel(models, key, title),
        }
        for key, title, about in _PANELS
    ]
    deciders: dict[str, int] = {}
    for numbers in models.values():
        for name, count in numbers["details"]["decided_by"].items():
            deciders[name] = deciders.get(name, 0) + count
    return {
        "models": models,
        "prompts": summary["prompts"],
        "panels": panels,
        "deciders": deciders,
        "changes": _changes(models),
    }


def curves(files: RunFiles) -> list[dict[str, Any]]:
    """Line charts of what the trainers logged; stages without metrics have none."""
    found = []
    for stage, title, metrics, about in _CURVES:
        rows = files.rows(f"{stage}/metrics.jsonl") if stage in files.stages else []
        series = [
            Series(name=name, points=points, style=style)
            for metric, name, style in metrics
            if (points := _points(rows, metric))
        ]
        if series:
            found.append(
                {
                    "title": title,
                    "about": about,
                    "chart": lines(series, label=title),
                    "first": series[0].points[0][1],
                    "last": series[0].points[-1][1],
                }
            )
    return found


def labels(files: RunFiles) -> dict[str, Any] | None:
    """What the judge said, and how far it can be trusted."""
    if not files.labels:
        return None
    readable = [label for label in files.labels if label.p_a is not None]
    probabilities = [preference.probability for preference in files.preferences]
    return {
        "comparisons": len(files.comparisons),
        "labels": len(files.labels),
        "scored": any(label.scores for label in files.labels),
        "statuses": {
            status: sum(label.status == status for label in files.labels)
            for status in ("ok", "tie", "refused", "invalid")
        },
        "confidence": _confidence(readable),
        "preferences": len(probabilities),
        "preference_confidence": fmean(probabilities) if probabilities else None,
        "chart": histogram(
            probabilities, low=0.5, high=1.0, bins=20, label="How sure the merged labels are"
        )
        if probabilities
        else None,
    }


def lineage(files: RunFiles) -> dict[str, Any]:
    """How long each stage took, and the digests that name what it was made from."""
    manifests = {name: files.manifest(name) or {} for name in files.stages}
    last = max(manifests.values(), key=lambda manifest: manifest.get("finished", ""), default={})
    return {
        "stages": [
            {
                "name": name,
                "seconds": manifest.get("seconds"),
                "calls": manifest.get("calls"),
                "cached_calls": manifest.get("cached_calls"),
                "finished": manifest.get("finished"),
                "fingerprint": manifest.get("fingerprint", "")[:12],
                "weights": manifest.get("outputs", {}).get("model/model.safetensors", "")[:12],
                "inputs": _flat(manifest.get("inputs", {})),
                "counts": manifest.get("counts", {}),
            }
            for name, manifest in manifests.items()
        ],
        "seconds": sum(manifest.get("seconds") or 0 for manifest in manifests.values()),
        "packages": last.get("packages", {}),
        "finished": last.get("finished"),
    }


def _panel(models: Mapping[str, Any], key: str, title: str) -> Markup:
    bars = [bar(name, numbers[key], style_of(name)) for name, numbers in models.items()]
    return intervals([one for one in bars if one is not None], label=f"{title}, by model")


def bar(name: str, estimate: Mapping[str, Any] | None, style: str) -> Bar | None:
    """An estimate as a row of `intervals`; None where there is nothing to show."""
    if not estimate or estimate["value"] is None:
        return None
    return Bar(
        name=name,
        value=estimate["value"],
        low=estimate["low"],
        high=estimate["high"],
        style=style,
    )


def _changes(models: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The two rates that matter most, from model to model."""
    found = []
    for key, title, about in (
        ("harmful_rate", "Harmful answers", "to red-team prompts, which ask for harm"),
        ("helpful_rate", "Helpful answers", "to harmless prompts, some of which sound dangerous"),
    ):
        values = [
            (name, numbers[key]["value"])
            for name, numbers in models.items()
            if numbers[key]["value"] is not None
        ]
        if values:
            found.append({"title": title, "about": about, "values": values})
    return found


def _points(rows: Sequence[Row], metric: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(row["step"]), float(row[metric])) for row in rows if row.get(metric) is not None
    )


def _confidence(readable: Sequence[Label]) -> float | None:
    sure = [max(label.p_a, 1 - label.p_a) for label in readable if label.p_a is not None]
    return fmean(sure) if sure else None


def _flat(inputs: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Dotted names and short values; digests are cut to what tells them apart."""
    found: list[tuple[str, str]] = []
    for name, value in inputs.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            text = str(value)
            is_digest = len(text) == 64 and all(c in "0123456789abcdef" for c in text)
            found.append((f"{prefix}{name}", text[:12] if is_digest else text))
    return found
