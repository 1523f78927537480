"""Writes `report.html`: one file, no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from cai.report import answers, numbers, principles
from cai.report.alarms import alarms
from cai.report.charts import short
from cai.report.reading import RunFiles
from cai.report.reward import reward_model
from cai.report.trust import trust
from cai.store import write_text

REPORT = "report.html"

_OWN = Path(__file__).parent
# Control characters are no part of a text a person can read, and some are not allowed in HTML;
# overrides of the writing direction could make a text look like another.
_INVISIBLE = dict.fromkeys(
    (
        *(code for code in range(32) if code not in (9, 10, 13)),
        *range(127, 160),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),  # halves of pairs: no UTF-8 can hold them
    ),
    "\N{REPLACEMENT CHARACTER}",
)
_NOTHING = "-"


def write(run_folder: Path) -> Path:
    """Makes the report from what is in the run folder; sections of missing stages say so.

    Raises:
        RunError: if a file of the run is damaged.
    """
    path = run_folder / REPORT
    write_text(path, page(RunFiles(run_folder)))
    return path


def page(files: RunFiles) -> str:
    """The whole report as HTML."""
    rows, conflicts = principles.study(files)
    style = (_OWN / "page.css").read_text("utf-8")
    return _environment().get_template("page.jinja").render(
        name=files.recipe.get("name") or files.folder.resolve().name,
        recipe=files.recipe,
        constitution=files.constitution,
        style=Markup(style),  # noqa: S704 - our own file
        # A policy that allows this style sheet and nothing else, should escaping ever fail.
        policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'",
        results=numbers.results(files),
        journey=answers.journey(files),
        curves=numbers.curves(files),
        alarms=alarms(files),
        reward=reward_model(files),
        labels=numbers.labels(files),
        trust=trust(files),
        principles=rows,
        conflicts=conflicts,
        samples=answers.samples(files),
        lineage=numbers.lineage(files),
    )  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_OWN),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _percent,
        "range": _range,
        "short": lambda value: _NOTHING if value is None else short(value),
        "decimal": _decimal,
        "clock": _clock,
        "moment": _moment,
        "visible": _visible,
        "style_of": numbers.style_of,
    }
    return environment


def _visible(text: str) -> str:
    """A model's text with characters that cannot be seen replaced by one that can."""
    return text.translate(_INVISIBLE)


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{100 * value:.1f} %"


def _range(estimate: dict[str, Any], scale: float = 1.0, digits: int = 0) -> str:
    """An interval as "low to high"; empty where there is none."""
    if estimate["low"] is None or estimate["high"] is None:
        return ""
    low, high = (_decimal(scale * estimate[key], digits) for key in ("low", "high"))
    return f"{low} to {high}"


def _decimal(value: float | None, digits: int = 2) -> str:
    if value is None:
        return _NOTHING
    text = f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


def _moment(time: str | None) -> str:
    """A manifest's time as people write it."""
    return (time or "").replace("T", " ").replace("Z", " UTC")


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return _NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
