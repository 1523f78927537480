"""The reliability diagram as SVG: `python -m cai.report.reliability RUN_DIR` prints one."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cai.errors import RunError
from cai.intervals import wilson
from cai.report.charts import svg
from cai.report.reading import RunFiles

Row = Mapping[str, Any]
Place = Callable[[float], float]

_WIDTH, _HEIGHT = 380, 360
_LEFT, _RIGHT, _TOP = 40, 12, 28
_FEWEST = 5
_FLOOR, _STRIP = 268, 40  # where the diagram ends, and how tall the bars below it may be

# On a page of its own a diagram has no style sheet to follow.
_STYLE = """
svg { background: #ffffff; font-family: sans-serif; }
text { fill: #1d2129; font-size: 12px; } .tick { fill: #5b6472; font-size: 11px; }
.thin { stroke-width: 2; opacity: 0.45; }
.rule { stroke: #e2e0da; } .ideal { stroke: #5b6472; stroke-dasharray: 4 4; }
.count { fill: #5b6472; font-size: 7px; }
.initial { stroke: #8a8f98; } .ppo { stroke: #0b8a6f; } .dot { stroke: none; }
.dot.initial, .bar.initial { fill: #8a8f98; stroke: none; }
.dot.ppo, .bar.ppo { fill: #0b8a6f; stroke: none; }
"""


def diagram(
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None,
    *,
    label: str = "How often the judge is right, by how sure it is",
    axis: str = "right, %",
) -> Markup:
    """How often the judge is right by how sure it is, before and after temperature scaling.

    Both are parts of `calibration` in judge.json, or in a reward model's card.json, where "right"
    is what the labels say; `after` may be None. `label` says what it shows, `axis` what goes up.
    Each dot is a bin of confidence with its 95 %
    interval (Wilson's, cases taken for independent), the larger the more cases; bins with fewer
    than `_FEWEST` have none. A judge that keeps its word is on the dashed line. The bars below
    count cases by confidence.
    """
    later: Sequence[Row] = after["bins"] if after else []
    series = (("before", before["bins"], "initial", -2.0), ("after", later, "ppo", 2.0))
    shown = [one for _, bins, _, _ in series for one in bins if one["n"] >= _FEWEST]
    least = min((one["right"] for one in shown), default=0.5)
    low = 0.5 if least >= 0.5 else 0.0

    def x(confidence: float) -> float:
        return _LEFT + (confidence - 0.5) / 0.5 * (_WIDTH - _LEFT - _RIGHT)

    def y(share: float) -> float:
        return _TOP + (1 - (max(share, low) - low) / (1 - low)) * (_FLOOR - _TOP)

    parts = _grid(x, y, low, axis)
    for name, bins, style, shift in series:
        most = max((one["n"] for one in bins), default=1)
        for one in bins:
            if one["n"] >= _FEWEST:
                radius = 3 + 5 * math.sqrt(one["n"] / most)
                parts.append(_dot(x(one["confidence"]) + shift, radius, one, y, name, style))
    parts += _strip(before["bins"], later, x)
    return svg(parts, _WIDTH, _HEIGHT, label)


def _dot(at: float, radius: float, one: Row, y: Place, name: str, style: str) -> Markup:
    interval = wilson(one["right"] * one["n"], one["n"])
    low, high = interval["low"] or 0.0, interval["high"] or 1.0
    title = f"{name}: {one['confidence']:.3f} sure, {one['right']:.3f} right, {one['n']} pairs"
    return Markup(
        '<line class="thin {0}" x1="{1:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{3:.1f}"/>'
        '<circle class="dot {0}" cx="{1:.1f}" cy="{4:.1f}" r="{5:.1f}"><title>{6}</title></circle>'
    ).format(style, at, y(low), y(high), y(one["right"]), radius, title)


def _grid(x: Place, y: Place, low: float, axis: str) -> list[Markup]:
    parts = []
    for step in range(6):
        confidence, share = 0.5 + 0.1 * step, low + (1 - low) * step / 5
        parts.append(
            Markup(
                '<line class="rule" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                '<text class="tick" x="{3}" y="{4:.1f}" text-anchor="end">{5:.0f}</text>'
                '<text class="tick" x="{6:.1f}" y="{7}" text-anchor="middle">{8:.0f}</text>'
            ).format(
                _LEFT, _WIDTH - _RIGHT, y(share), _LEFT - 6, y(share) + 4, 100 * share,
                x(confidence), _HEIGHT - 16, 100 * confidence,
            )
        )  # fmt: skip
    parts.append(
        Markup('<line class="ideal" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
            x(0.5), x(1.0), y(0.5), y(1.0)
        )
    )
    parts.append(
        Markup(
            '<text class="tick" x="{0}" y="{1}">{4}</text>'
            '<text class="tick" x="{2}" y="{3}" text-anchor="end">sure, %</text>'
        ).format(0, 12, _WIDTH - _RIGHT, _HEIGHT - 2, axis)
    )
    return parts


def _strip(before: Sequence[Row], after: Sequence[Row], x: Place) -> list[Markup]:
    """Counts by confidence, two bars to a part of the axis."""
    most = max(one["n"] for one in (*before, *after))
    wide = 0.45 * (x(0.55) - x(0.5))
    parts = []
    for place, (bins, style) in enumerate(((before, "initial"), (after, "ppo"))):
        for one in bins:
            tall = max(one["n"] / most * _STRIP, 1)  # few is not none
            parts.append(
                Markup(
                    '<rect class="bar {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                    '</rect><text class="count" x="{:.1f}" y="{:.1f}" text-anchor="middle">'
                    "{}</text>"
                ).format(
                    style,
                    left := x(one["from"] + 0.002) + wide * place,
                    _HEIGHT - 30 - tall,
                    wide,
                    tall,
                    left + wide / 2,
                    _HEIGHT - 32 - tall,
                    one["n"],
                )
            )
    return parts


def main() -> None:
    """Command line: the diagram of a run's judge, as a file of its own."""
    parser = argparse.ArgumentParser(description="Print a run's reliability diagram as SVG.")
    parser.add_argument("run_folder", type=Path, metavar="RUN_DIR")
    folder = parser.parse_args().run_folder
    judge = RunFiles(folder).json("label/judge.json")
    if judge is None or judge["calibration"] is None:
        raise RunError(f"{folder}/label/judge.json: no calibration in it; see its `missing`")
    found = judge["calibration"]
    picture = str(diagram(found["before"], found["temperature"]))
    opened = '<svg xmlns="http://www.w3.org/2000/svg" '
    styled = picture.replace("<svg ", opened, 1).replace(">", f"><style>{_STYLE}</style>", 1)
    sys.stdout.write(styled + "\n")


if __name__ == "__main__":
    main()
