"""The headline numbers as plain text, for the end of `cai run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_RATES = {
    "harmful_rate": "harmful",
    "evasive_rate": "evasive",
    "helpful_rate": "helpful",
    "unparseable_rate": "unparseable",
}
_MEANS = {"mean_reward": "reward", "kl_to_sft": "KL to sft"}


def render(summary: Mapping[str, Any]) -> str:
    """The models of a `summary.json` as rows: rates with 95 % intervals, reward and KL (nats).

    Plain ASCII, so that no terminal mangles it.
    """
    models: Mapping[str, Any] = summary.get("evaluation", {}).get("models", {})
    if not models:
        return "nothing has been evaluated yet"
    head = ["model", *_RATES.values(), *_MEANS.values()]
    body = [
        [
            name,
            *(_percent(numbers.get(key)) for key in _RATES),
            *(_number(numbers.get(key)) for key in _MEANS),
        ]
        for name, numbers in models.items()
    ]
    prompts = summary["evaluation"].get("prompts", {})
    sizes = ", ".join(f"{count} {name}" for name, count in prompts.items())
    note = f"% of answers (95 % interval){f', on held-out prompts: {sizes}' if sizes else ''}"
    return "\n".join([*_aligned([head, *body]), note, *_undecided(models)])


def _undecided(models: Mapping[str, Any]) -> list[str]:
    """A line on the answers that are in no rate, if there are any."""
    deciders = [numbers.get("details", {}).get("decided_by", {}) for numbers in models.values()]
    nobody = sum(one.get("nobody", 0) for one in deciders)
    if not nobody:
        return []
    answers = sum(sum(one.values()) for one in deciders)
    return [
        f"{nobody} of {answers} answers are in no rate: unknown to the oracle, "
        "and the judge fails its control cases"
    ]


def _percent(estimate: Mapping[str, Any] | None) -> str:
    if not estimate or estimate["value"] is None:
        return "-"
    low, high = (f"{100 * estimate[key]:.0f}" for key in ("low", "high"))
    return f"{100 * estimate['value']:.1f} ({low}-{high})"


def _number(estimate: Mapping[str, Any] | None) -> str:
    return "-" if not estimate or estimate["value"] is None else f"{estimate['value']:.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
