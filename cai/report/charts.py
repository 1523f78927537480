"""Small charts as SVG text: lines, intervals and histograms.

Colours and fonts come from the page's style sheet through class names, so that a chart follows the
page into dark mode. Every text is escaped by `Markup.format`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 10, 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line: points (x, y) in order of x, and the style sheet's class that colours it."""

    name: str
    points: tuple[tuple[float, float], ...]
    style: str = "one"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A vertical line at a place of the x axis, and what happened there."""

    at: float
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One estimate with its interval; `low` and `high` may be unknown."""

    name: str
    value: float
    low: float | None
    high: float | None
    style: str = "one"


def lines(
    series: Sequence[Series], *, label: str, x_label: str = "step", marks: Sequence[Mark] = ()
) -> Markup:
    """A line chart of all series on common axes; `label` says what it shows to a screen reader."""
    points = [point for one in series for point in one.points]
    if not points:
        return Markup("")
    x_low, x_high = _span([x for x, _ in points])
    y_ticks = ticks(*_span([y for _, y in points]))

    def place(x: float, y: float) -> str:
        across = (x - x_low) / (x_high - x_low)
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        left = _LEFT + across * (_WIDTH - _LEFT - _RIGHT)
        top = _TOP + (1 - up) * (_HEIGHT - _TOP - _BOTTOM)
        return f"{left:.1f},{top:.1f}"

    parts = [*_grid(y_ticks), *_x_axis(x_low, x_high, x_label)]
    for mark in marks:
        x, top = place(mark.at, y_ticks[-1]).split(",")
        parts.append(
            Markup(
                '<line class="mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"><title>{3}</title></line>'
            ).format(x, top, _HEIGHT - _BOTTOM, mark.name)
        )
    for one in series:
        path = " ".join(place(x, y) for x, y in one.points)
        end = place(*one.points[-1]).split(",")
        parts.append(Markup('<polyline class="line {}" points="{}"/>').format(one.style, path))
        parts.append(
            Markup(
                '<circle class="dot {}" cx="{}" cy="{}" r="3"><title>{}: {}</title></circle>'
            ).format(one.style, *end, one.name, short(one.points[-1][1]))
        )
    return svg(parts, _WIDTH, _HEIGHT, label)


def intervals(bars: Sequence[Bar], *, label: str, high: float = 1.0, left: float = 96) -> Markup:
    """Values with their 95 % intervals, one below the other, on an axis from 0 to `high` in %.

    `left` is the room for names.
    """
    row, width, right = 26, 360, 64
    height = row * len(bars) + 22

    def place(value: float) -> float:
        return left + min(max(value / high, 0.0), 1.0) * (width - left - right)

    parts: list[Markup] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = place(share * high)
        parts.append(
            Markup('<line class="rule" x1="{0:.1f}" x2="{0:.1f}" y1="2" y2="{1}"/>').format(
                at, height - 18
            )
        )
        parts.append(
            Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                at, height - 5, f"{100 * share * high:g}"
            )
        )
    for index, bar in enumerate(bars):
        y = row * index + 15
        text = f"{100 * bar.value:.1f} %"
        parts.append(Markup('<text class="name" x="0" y="{}">{}</text>').format(y + 4, bar.name))
        if bar.low is not None and bar.high is not None:
            parts.append(
                Markup(
                    '<line class="whisker {0}" x1="{1:.1f}" x2="{2:.1f}" y1="{3}" y2="{3}"/>'
                ).format(bar.style, place(bar.low), place(bar.high), y)
            )
        parts.append(
            Markup('<circle class="dot {}" cx="{:.1f}" cy="{}" r="5"/>').format(
                bar.style, place(bar.value), y
            )
        )
        parts.append(
            Markup('<text class="number" x="{}" y="{}" text-anchor="end">{}</text>').format(
                width, y + 4, text
            )
        )
    return svg(parts, width, height, label)


def histogram(values: Sequence[float], *, low: float, high: float, bins: int, label: str) -> Markup:
    """How many values fall into each of `bins` equal parts of [low, high]."""
    counts = [0] * bins
    for value in values:
        index = int((value - low) / (high - low) * bins)
        counts[min(max(index, 0), bins - 1)] += 1
    most = max(counts, default=0) or 1
    inner = _WIDTH - _LEFT - _RIGHT
    parts = [*_grid(ticks(0, most)), *_x_axis(low, high, "", steps=5)]
    top = ticks(0, most)[-1]
    for index, count in enumerate(counts):
        tall = count / top * (_HEIGHT - _TOP - _BOTTOM)
        parts.append(
            Markup(
                '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                "<title>{}</title></rect>"
            ).format(
                _LEFT + index * inner / bins + 1,
                _HEIGHT - _BOTTOM - tall,
                inner / bins - 2,
                tall,
                count,
            )
        )
    return svg(parts, _WIDTH, _HEIGHT, label)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers, evenly spaced, that enclose [low, high]; at least two."""
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):  # one value, but for rounding
        high = max(high, low + (abs(low) if abs(low) > 1e-9 else 1.0))
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def short(value: float) -> str:
    """A number in few characters."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low, low + 1)


def _grid(y_ticks: Sequence[float]) -> Iterator[Markup]:
    for index, value in enumerate(y_ticks):
        y = _HEIGHT - _BOTTOM - index / (len(y_ticks) - 1) * (_HEIGHT - _TOP - _BOTTOM)
        yield Markup('<line class="rule" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(
            _LEFT, _WIDTH - _RIGHT, y=y
        )
        yield Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            _LEFT - 6, y + 4, short(value)
        )


def _x_axis(low: float, high: float, label: str, steps: int = 1) -> Iterator[Markup]:
    for index in range(steps + 1):
        value = low + (high - low) * index / steps
        x = _LEFT + index / steps * (_WIDTH - _LEFT - _RIGHT)
        anchor = "end" if index == steps else "middle"
        yield Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            x, _HEIGHT - 8, anchor, short(value)
        )
    if label:
        yield Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, label
        )


def svg(parts: Sequence[Markup], width: int, height: int, label: str) -> Markup:
    """The picture of its parts, `width` by `height` units; `label` says what it shows."""
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, label, Markup("").join(parts)
    )
