"""The learning-rate finder in a browser, and without one."""

import re

import numpy as np
import pytest
from widget_cases import lr_finder

import nbkeras
from nbkeras import layers, optimizers
from nbkeras.notebook.lr_finder.widget import LRFinder

X = np.linspace(-1, 1, 64, dtype="float32")[:, None]


def fitted_model(rate=0.5):
    nbkeras.utils.set_random_seed(1)
    model = nbkeras.Sequential([layers.Dense(1)])
    model.compile(optimizer=optimizers.SGD(rate), loss="mse")
    return model


@pytest.fixture
def finder(wire):
    model = fitted_model()
    found = nbkeras.lr_find(model, (X, 3 * X + 1), low=1e-4, high=100.0, steps=60)
    return model, found


@pytest.mark.browser
def test_a_click_on_the_curve_pins_a_rate_and_the_button_sets_it(view_of, finder):
    model, found = finder
    view = view_of(found)
    face = view.page.locator(".nbk-face").bounding_box()
    left, width = face["x"] + 50, face["width"] - 62
    share = 0.4
    view.page.mouse.click(left + share * width, face["y"] + 60)
    view.page.mouse.move(0, 0)
    low, high = found.rates[[0, -1]]
    wanted = low * (high / low) ** share
    assert view.sent == []
    assert float(model.optimizer.learning_rate) == 0.5
    pinned = view.page.locator(".nbk-cursor[data-pinned=true] text").text_content()
    button = view.text(".nbk-use")
    assert pinned.split(":")[0] == button.removeprefix("Use ")
    view.press(button)
    view.deliver()
    rate = float(model.optimizer.learning_rate)
    assert rate == pytest.approx(wanted, rel=0.15)
    assert found.chosen == pytest.approx(rate)
    assert f"{rate:.2g}" in view.text(".nbk-chosen")


@pytest.mark.browser
def test_the_button_sets_the_suggested_rate(view_of, finder):
    model, found = finder
    view = view_of(found)
    view.page.mouse.move(0, 0)
    view.press(f"Use {found.suggestion:.2g}")
    view.deliver()
    assert float(model.optimizer.learning_rate) == pytest.approx(found.suggestion)
    label = view.page.locator(".nbk-suggested text").text_content()
    assert label == f"suggestion {found.suggestion:.2g}"
    assert "are unchanged" in view.text(".nbk-reason")


@pytest.mark.browser
def test_arrow_keys_choose_enter_pins_and_escape_lets_go(view_of, finder):
    model, found = finder
    view = view_of(found)
    chart = view.page.get_by_role("slider", name=re.compile("Loss against"))
    chart.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        view.page.keyboard.press(key)
    rate, loss = found.rates[2], found.result.smooth[2]
    said = chart.get_attribute("aria-valuetext")
    assert said == f"{rate:.2g}: loss {loss:.3g}"
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("ArrowRight")
    assert view.text(".nbk-use") == f"Use {rate:.2g}"
    view.press(f"Use {rate:.2g}")
    view.deliver()
    assert float(model.optimizer.learning_rate) == pytest.approx(rate, rel=1e-5)
    chart.focus()
    view.page.keyboard.press("Escape")
    assert view.text(".nbk-use") == f"Use {found.suggestion:.2g}"


@pytest.mark.browser
def test_the_curve_grows_while_searching_and_stop_ends_it(view_of, wire):
    view = view_of(LRFinder(None, steps=100))
    assert view.text(".nbk-reason") == "Waiting for the first steps"
    half = lr_finder().result
    view.widget.take(half)
    view.publish()
    assert view.page.locator(".nbk-line").get_attribute("d").count("L") > 20
    bar = view.page.get_by_role("progressbar")
    assert bar.get_attribute("aria-valuenow") == "60"
    view.press("Stop")
    view.deliver()
    assert view.widget.control.status == "stopped"
    view.page.locator(".nbk-face").click()
    assert view.sent == [{"do": "stop"}]


@pytest.mark.browser
@pytest.mark.page(width=500, dark=True)
def test_a_rate_that_cannot_be_set_is_explained(view_of, wire):
    schedule = optimizers.schedules.CosineDecay(0.1, 10)
    model = fitted_model(schedule)
    found = nbkeras.lr_find(model, X, 3 * X, low=1e-4, steps=40)
    view = view_of(found)
    view.page.locator(".nbk-use").click()
    view.deliver()
    assert "follows the schedule" in view.text(".nbk-trouble")
    assert found.chosen is None
    wide = view.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 500


def test_the_finder_gives_numbers_figure_and_picture(finder):
    model, found = finder
    assert float(model.optimizer.learning_rate) == 0.5
    assert len(found.rates) == len(found.losses)
    axes = found.figure().axes[0]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), found.result.smooth)
    assert axes.get_xscale() == "log"
    svg, caption = found.static_picture()
    assert f"{found.suggestion:.2g}" in svg
    assert f"learning rate: {found.suggestion:.2g}," in caption
    found.use()
    assert float(model.optimizer.learning_rate) == pytest.approx(found.suggestion)


def test_a_search_without_a_fall_says_so(wire):
    # The targets are what the model says already: no step makes it better.
    model = nbkeras.Sequential([layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    found = nbkeras.lr_find(model, X, 0 * X, steps=20)
    assert found.suggestion is None
    assert "never fell" in found.static_picture()[1]
    with pytest.raises(ValueError, match=r"Write for example use\(0.001\)"):
        found.use()


def test_a_search_is_shown_once_in_its_own_cell(wire, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "nbkeras.notebook.widget.base.display", lambda *a, **k: shown.append(a)
    )
    cell = [7]
    monkeypatch.setattr("nbkeras.notebook.lr_finder.widget._cell", lambda: cell[0])
    finder = LRFinder(None)
    finder.show()
    first = len(shown)
    finder._ipython_display_()
    assert len(shown) == first
    cell[0] = 8
    finder._ipython_display_()
    assert len(shown) == 2 * first
