"""The view of a hyperparameter search in a browser, and without one."""

import json
import re

import numpy as np
import pytest
from widget_cases import tune

from nbkeras.notebook.tune.widget import TuneWidget


class Requests:
    """A search control that notes what it is asked."""

    ended = None

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        return lambda: self.asked.append(name)


def searching():
    """A view of a search under way, and its control."""
    control = Requests()
    view = TuneWidget(control, 60, None)
    view.tuning = tune().tuning
    view.tuning.status = "searching"
    view._publish(with_importances=True)
    return view, control


def axis(view, name):
    return view.page.get_by_role("slider", name=name, exact=True)


def kept_lines(view):
    return view.page.locator(".nbk-thread[data-off=false]").count()


def test_the_page_gets_every_trial_with_its_best_value(wire):
    view = tune()
    rows = json.loads(view.trials)
    assert [row["n"] for row in rows] == list(range(14))
    best = max(rows, key=lambda row: row["value"])
    assert view.best == best["n"] == view.tuning.best_trial.number
    assert view.tuning.trials[best["n"]].params == best["params"]


def test_the_picture_and_the_figure_show_every_trial(wire):
    view = tune()
    svg, caption = view.static_picture()
    assert svg.count("<circle") == 14
    assert "14 trials, best val_accuracy" in caption
    axes = view.tuning.figure().axes
    assert len(axes[0].collections[0].get_offsets()) == 14
    shares = view.tuning.importances()
    assert [bar.get_width() for bar in axes[1].patches] == list(shares.values())[::-1]


def test_a_name_from_outside_is_no_markup(wire):
    view = tune(names=("<b>units</b>", "act\x1b[31m", "rate"))
    svg, caption = view.static_picture()
    assert "<b>" not in svg + view.static_html()
    assert "\x1b" not in view.axes + caption


@pytest.mark.browser
def test_a_range_brushed_with_the_mouse_keeps_the_trials_within_it(view_of):
    view = view_of(tune())
    made = view.widget
    grip = view.page.locator(".nbk-grip").last.bounding_box()  # the objective
    x = grip["x"] + grip["width"] / 2
    view.page.mouse.move(x, grip["y"] + 12)
    view.page.mouse.down()
    view.page.mouse.move(x, grip["y"] + grip["height"] * 0.4, steps=4)
    view.page.mouse.up()
    values = np.array([trial.value for trial in made.tuning.trials])
    spoken = axis(view, "val_accuracy").get_attribute("aria-valuetext")
    low, high = map(float, re.search(r"from ([\d.]+) to ([\d.]+)\.", spoken).groups())
    within = (values > low) & (values < high)
    assert kept_lines(view) == within.sum() < 14
    assert within.any()
    assert f"{kept_lines(view)} of 14 trials" in view.text(".nbk-row .nbk-hint")
    view.press("Show all trials")
    assert kept_lines(view) == 14


@pytest.mark.browser
def test_keys_move_a_range_and_choose_a_value(view_of):
    view = view_of(tune())
    axis(view, "activation").focus()
    view.page.keyboard.press("ArrowUp")
    assert kept_lines(view) == 7
    assert (
        axis(view, "activation")
        .get_attribute("aria-valuetext")
        .startswith("activation: relu")
    )
    view.page.keyboard.press("Escape")
    assert kept_lines(view) == 14
    axis(view, "rate").focus()
    for _ in range(9):
        view.page.keyboard.press("ArrowDown")
    rates = [trial.params["rate"] for trial in view.widget.tuning.trials]
    assert kept_lines(view) == sum(rate <= 1e-4 * 1000**0.1 for rate in rates)


@pytest.mark.browser
def test_a_dot_and_a_row_choose_the_same_trial(view_of):
    view = view_of(tune())
    view.page.get_by_text("All trials", exact=True).click()
    view.page.locator(".nbk-trials").get_by_role("button", name="3", exact=True).click()
    assert view.page.locator(".nbk-dot[data-chosen=true]").count() == 1
    assert view.text(".nbk-history .nbk-hint").startswith("Trial 3, completed")
    view.page.locator(".nbk-history .nbk-face").focus()
    view.page.keyboard.press("ArrowRight")
    assert view.text(".nbk-history .nbk-hint").startswith("Trial 4, completed")
    assert view.page.locator("tr[data-chosen=true] button").text_content() == "4"


@pytest.mark.browser
def test_buttons_pause_resume_and_stop_the_search(view_of):
    made, control = searching()
    view = view_of(made)
    for name in ("Pause", "Resume", "Stop"):
        view.press(name)
        view.deliver()
    assert control.asked == ["pause", "resume", "stop"]
    assert view.text(".nbk-word") == "Stopping"
    assert view.page.get_by_role("button", name="Stop").count() == 0


@pytest.mark.browser
@pytest.mark.page(width=400)
def test_a_narrow_page_scrolls_the_axes_and_nothing_else(view_of):
    view = view_of(tune())
    page = view.page
    box = page.locator(".nbk-tune").bounding_box()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    wide = page.locator(".nbk-parallel .nbk-scroll").evaluate(
        "(e) => e.scrollWidth > e.clientWidth"
    )
    assert wide
    assert box["width"] <= 400
