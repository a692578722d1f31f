"""The picture and the words that stay in a saved notebook."""

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import run

from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.static_picture import caption, draw
from nbkeras.notebook.widget.static_picture import figure
from nbkeras.train import events

SVG = "{http://www.w3.org/2000/svg}"


def after(stream):
    state = RunState()
    for event in stream:
        state(event)
    return state.traits()


def paths(svg, kind):
    found = ET.fromstring(svg).iter(f"{SVG}path")
    return [p.get("d") for p in found if p.get("class") == kind]


def test_the_lines_go_where_the_numbers_go():
    stream = [events.FitStarted(0.0, epochs=4, steps=10, metrics=("loss",))]
    for epoch, loss in enumerate([4.0, 2.0, 1.0, 1.0]):
        stream.append(
            events.EpochEnded(1.0, epoch, 10, {"loss": loss}, 10 * (epoch + 1))
        )
    svg, _ = draw(after(stream))
    (line,) = paths(svg, "b")
    x, y = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", line), float).T
    # Even steps to the right; falls of 2 and 1 and 0, as SVG counts y downwards.
    np.testing.assert_allclose(np.diff(x), np.diff(x)[0], atol=1)
    falls = np.diff(y)
    assert falls[0] == pytest.approx(2 * falls[1], abs=0.3)
    assert falls[2] == 0


def test_the_words_say_how_it_ended_and_where_each_metric_went():
    said = caption(after(run(epochs=3, steps=20, cut=45, status="stopped")))
    assert said.startswith("Stopped: 2 of 3 epochs in 0.94 s. loss ")
    assert re.search(r"accuracy [\d.]+ → [\d.]+ \(validation [\d.]+\)", said)


def test_a_constant_metric_is_a_level_line_whatever_its_last_digits():
    stream = [events.FitStarted(0.0, epochs=3, steps=1, metrics=("loss",))]
    for epoch, loss in enumerate([0.125, 0.12500001, 0.125]):
        stream.append(events.EpochEnded(1.0, epoch, 1, {"loss": loss}, epoch + 1))
    svg, _ = draw(after(stream))
    (line,) = paths(svg, "b")
    assert len(set(re.findall(r"[ML][\d.]+ ([\d.]+)", line))) == 1


def test_lines_of_moves_and_of_the_lost_loss_are_labelled():
    stream = list(run(epochs=3, steps=20, nan_from=25, cut=45, status="stopped"))
    stream.insert(10, events.Steered(0.2, 0, 8, 8, "learning_rate", 0.0123))
    svg, words = draw(after(stream))
    texts = [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]
    assert texts.count("rate 0.0123") == texts.count("loss NaN") == 2  # in each panel
    assert words.startswith("Diverged: 2 of 3 epochs")
    assert "loss is NaN since epoch 2: the learning rate was raised to 0.0123." in words


def test_a_run_that_took_no_step_has_not_begun():
    words = caption(after([events.FitStarted(0.0, epochs=30, metrics=("loss",))]))
    assert words.startswith("Not begun. Saved while training.")


def test_a_failed_run_says_its_error():
    stream = [
        events.FitStarted(),
        events.FitEnded(1.0, events.Status.FAILED, {}, "ValueError: no"),
    ]
    assert caption(after(stream)).endswith("ValueError: no")


@pytest.mark.parametrize(
    "values", [[math.nan], [math.inf, 1.0], [0.0, 0.0], [1e300, -1e300], [1e-300]]
)
def test_numbers_that_cannot_be_drawn_leave_a_whole_picture(values):
    stream = [events.FitStarted(metrics=("loss",))]
    stream += [
        events.EpochEnded(1.0, i, 1, {"loss": v}, i + 1) for i, v in enumerate(values)
    ]
    svg, _ = draw(after(stream))
    coordinates = " ".join(re.findall(r'="([^"]*)"', svg)).lower()
    assert not re.search(r"\b(nan|inf)", coordinates)
    ET.fromstring(svg)


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\x00b\x1b[31m",
    "\ud800",
    "]]>&amp;",
    "\u202egnp",
    "x" * 10_000,
]


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_name_is_text_in_picture_and_words(name):
    traits = after(run(epochs=2, steps=5, names=("loss", name)))
    svg, words = draw(traits)
    html = figure("key", svg, words)
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "style", "rect", "g", "text", "tspan", "path"}
    assert set(re.findall(r"<(\w+)", html)) == {"figure", "img", "figcaption"}
    assert len(svg) < 9_000


@given(st.text(), st.lists(st.floats(), max_size=5))
def test_any_name_and_any_numbers_give_a_whole_picture(name, values):
    stream = [events.FitStarted(metrics=(name,))]
    stream += [
        events.EpochEnded(1.0, i, 1, {name: v}, i + 1) for i, v in enumerate(values)
    ]
    svg, words = draw(after(stream))
    ET.fromstring(svg)
    # HTML, where img needs no end; in XML it does.
    ET.fromstring(figure("k", svg, words).replace('"><figcaption', '"/><figcaption'))


@pytest.mark.parametrize("count", [1, 2, 10, 30])
def test_the_picture_stays_small_whatever_the_run(count):
    names = tuple(f"a_rather_long_metric_name_{i}" for i in range(count))
    svg, words = draw(after(run(epochs=200, steps=10, names=names)))
    assert len(svg) < 9_000
    assert len(words) < 1_500
