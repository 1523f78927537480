"""Charts put numbers where they belong."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from cai.report.charts import Bar, Series, histogram, intervals, lines, ticks

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@given(NUMBERS, NUMBERS)
def test_ticks_enclose_and_are_evenly_spaced(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    found = ticks(low, high)
    slack = 1e-6 * (found[1] - found[0])
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 8
    steps = [second - first for first, second in pairwise(found)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-6)


def points(chart: Markup) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in found.split())]
        for found in re.findall(r'<polyline[^>]*points="([^"]*)"', chart)
    ]


def test_lines_rise_where_numbers_rise() -> None:
    chart = lines(
        [
            Series(name="up", points=((0, 0.0), (5, 0.5), (10, 1.0))),
            Series(name="flat", points=((0, 0.5), (10, 0.5))),
        ],
        label="test",
    )
    up, flat = points(chart)
    assert [x for x, _ in up] == sorted(x for x, _ in up)
    assert [y for _, y in up] == sorted((y for _, y in up), reverse=True)  # SVG counts downwards
    assert up[1][1] == pytest.approx(flat[0][1], abs=0.1)
    assert (up[1][0] - up[0][0]) == pytest.approx(up[2][0] - up[1][0], abs=0.1)


@pytest.mark.parametrize("series", [((3, 2.0),), ((1, 0.0), (2, 0.0)), ((1, 1e9), (2, -1e-9))])
def test_odd_series_make_no_odd_numbers(series: tuple[tuple[float, float], ...]) -> None:
    chart = lines([Series(name="x", points=series)], label="test")
    assert "nan" not in chart
    assert "inf" not in chart
    assert len(points(chart)[0]) == len(series)


def test_nothing_to_draw_is_no_chart() -> None:
    assert lines([], label="x") == ""


def test_an_interval_stands_around_its_value() -> None:
    chart = intervals([Bar(name="a", value=0.5, low=0.25, high=0.75)], label="x")
    whisker = re.search(r'class="whisker[^>]*x1="([\d.]+)" x2="([\d.]+)"', chart)
    dot = re.search(r'class="dot[^>]*cx="([\d.]+)"', chart)
    assert whisker is not None
    assert dot is not None
    low, high, value = float(whisker[1]), float(whisker[2]), float(dot[1])
    assert low < value < high
    assert value == pytest.approx((low + high) / 2, abs=0.1)
    assert "50.0 %" in chart


def test_an_unknown_interval_is_not_drawn() -> None:
    assert "whisker" not in intervals([Bar(name="a", value=0.5, low=None, high=None)], label="x")


def test_a_histogram_counts_everything_once() -> None:
    values = [0.5, 0.51, 0.74, 0.99, 1.0, 1.0]
    chart = histogram(values, low=0.5, high=1.0, bins=5, label="x")
    counts = [int(count) for count in re.findall(r"<title>(\d+)</title>", chart)]
    assert counts == [2, 0, 1, 0, 3]


def test_names_are_escaped() -> None:
    hostile = '"><script>'
    for chart in (
        lines([Series(name=hostile, points=((0, 0), (1, 1)))], label=hostile, x_label=hostile),
        intervals([Bar(name=hostile, value=0.1, low=0, high=1)], label=hostile),
    ):
        assert "<script" not in chart
