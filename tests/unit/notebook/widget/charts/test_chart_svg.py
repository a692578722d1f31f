"""Static charts: where values land, which ticks there are, and that texts are safe."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.notebook.widget.charts import chart_svg


def axes(x=(0, 10), y=(-1, 1), **more):
    return chart_svg.Axes(x, y, left=40, top=20, width=200, height=100, **more)


def points(curve):
    return [tuple(map(float, p)) for p in re.findall(r"[ML](\S+) ([^ML\"]+)", curve)]


def test_the_corners_of_the_values_are_those_of_the_area():
    line = axes().curve([0, 10, 5], [-1, 1, 0])
    assert points(line) == [(40, 120), (240, 20), (140, 70)]


def test_a_logarithmic_axis_has_equal_steps_for_equal_ratios():
    line = axes((1e-4, 1.0), log_x=True).curve([1e-4, 1e-2, 1.0], [0, 0, 0])
    assert [x for x, _ in points(line)] == [40, 140, 240]


def test_what_is_not_finite_ends_beyond_the_edge():
    line = axes().curve([0, 1, 2, 3], [np.nan, np.inf, -np.inf, 1e300])
    assert [y for _, y in points(line)] == [0, 0, 140, 0]


def test_a_long_curve_keeps_its_ends():
    x = np.linspace(0, 10, 1000)
    drawn = points(axes().curve(x, np.zeros(1000), most_points=5))
    assert len(drawn) == 5
    assert (drawn[0][0], drawn[-1][0]) == (40, 240)


def test_a_curve_without_points_is_nothing():
    assert axes().curve([], []) == ""


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0, 1, [0, 0.5, 1]), (-3, 7, [0, 5]), (2, 2, [2])],
)
def test_ticks_are_round_values(low, high, wanted):
    assert chart_svg.ticks(low, high) == pytest.approx(wanted)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_there_are_a_few_ticks_and_all_lie_inside(low, size):
    ticks = chart_svg.ticks(low, low + size)
    assert 1 <= len(ticks) <= 6
    assert min(ticks) >= low - 1e-6 * size
    assert max(ticks) <= low + size * (1 + 1e-6)


@given(st.text())
def test_any_text_stays_text(words):
    plot = axes()
    parts = [plot.x_ends(words, words, 9, words), plot.y_ends(words, words)]
    parts += [plot.vertical_line(5, words, words), chart_svg.element("g", id=words)]
    tags = [tag.tag for tag in ET.fromstring(chart_svg.document(9, 9, *parts)).iter()]
    assert {tag.split("}")[1] for tag in tags} == {
        *("svg", "style", "rect", "text", "path", "g")
    }
