"""Back in time in a real browser: the slider, the answers of then, going back."""

import pytest
from runs import values
from widget_cases import dashboard, inside_view, kept

from nbkeras.notebook.dashboard.past_views import NOTHING

pytestmark = pytest.mark.browser


@pytest.fixture
def view(view_of):
    return view_of(dashboard(view={"travel": True}, traits=kept(3)))


def slider(view):
    return view.page.get_by_role("slider", name="As of")


def test_the_slider_goes_through_the_kept_epochs_by_keyboard(view):
    slider(view).focus()
    assert view.text(".nbk-then-where") == "epoch 3 of 3 · best"
    view.page.keyboard.press("ArrowLeft")
    assert view.text(".nbk-then-where") == "epoch 2 of 3"
    assert slider(view).get_attribute("aria-valuetext") == "epoch 2 of 3"
    view.page.keyboard.press("Home")
    assert view.text(".nbk-then-where") == "the start"
    assert "history.model_at(0)" in view.text(".nbk-then-code")


def test_curves_are_shown_as_of_the_epoch(view):
    later = view.page.locator(".nbk-later").first
    assert later.get_attribute("display") == "none"
    newest = view.text(".nbk-key b")
    slider(view).focus()
    view.page.keyboard.press("ArrowLeft")
    assert later.get_attribute("display") is None
    assert float(later.get_attribute("width")) > 50
    then = view.text(".nbk-key b")
    assert float(then) > float(newest)
    # The table's second epoch says the same.
    table = view.widget.epoch_columns
    assert "loss" in table
    view.page.keyboard.press("End")
    assert later.get_attribute("display") == "none"


def test_the_example_has_the_answer_of_the_epoch(view):
    assert "62 %" in view.text("[data-truth=true]")
    slider(view).focus()
    view.page.keyboard.press("Home")
    assert "11 %" in view.text("[data-truth=true]")
    assert view.page.get_by_role("img", name="example 1").is_visible()


def test_the_next_example_is_asked_for(view):
    view.press("Next example")
    view.page.wait_for_function(
        "() => mounts[0].host.sent.some((m) => m.do === 'then')"
    )
    assert view.sent[-1] == {"do": "then", "epoch": 3, "row": 1}


def test_go_back_here_names_the_epoch_and_the_answer_is_said(view):
    slider(view).focus()
    view.page.keyboard.press("ArrowLeft")
    view.press("Go back here")
    assert view.sent[-1] == {"do": "go_back", "epoch": 2}
    view.publish(kept=view.widget.kept | {"at": 2, "message": "Back at 2."})
    assert view.text(".nbk-then-note") == "Back at 2."
    assert view.page.get_by_role("button", name="Go back here").is_disabled()
    view.publish(kept=view.widget.kept | {"message": "It cannot go back now."})
    assert view.text(".nbk-then-note") == "It cannot go back now."


def test_going_back_by_keys_keeps_the_focus_and_goes_once(view):
    slider(view).focus()
    view.page.keyboard.press("ArrowLeft")
    back = view.page.get_by_role("button", name="Go back here")
    back.press("Enter")
    view.publish(kept=view.widget.kept | {"at": 2, "message": "Back at 2."})
    assert back.is_disabled()
    assert view.page.evaluate("() => document.activeElement.textContent") == (
        "Go back here"
    )
    view.page.keyboard.press("Enter")
    assert [m["do"] for m in view.sent].count("go_back") == 1


def test_what_the_slider_says_is_not_said_twice(view):
    said = slider(view).get_attribute("aria-valuetext")
    assert said == view.text(".nbk-then-where")
    assert view.page.locator(".nbk-then-where").get_attribute("aria-live") == "off"


def test_a_run_that_goes_on_is_stopped_by_going_back(view_of):
    view = view_of(dashboard(upto=40, view={"travel": True}, traits=kept(1)))
    view.press("Stop and go back here")
    assert view.sent[-1] == {"do": "go_back", "epoch": 1}


@pytest.mark.page(width=390)
def test_a_run_without_kept_weights_is_read_as_of_each_epoch(view_of):
    view = view_of(dashboard(epochs=4))
    view.press("Back in time")
    assert view.text(".nbk-then-where") == "epoch 4 of 4 · best"
    newest = float(view.text(".nbk-key b"))
    slider(view).focus()
    view.page.keyboard.press("Home")
    assert view.text(".nbk-then-where") == "epoch 1 of 4"
    assert view.page.locator(".nbk-later").first.get_attribute("display") is None
    first = values(("loss", "accuracy"), 19)["loss"]  # of its last step, 20 an epoch
    assert float(view.text(".nbk-key b")) == pytest.approx(first, rel=1e-3)
    assert first > newest
    for name in (".nbk-go-back", ".nbk-then-code", ".nbk-then"):
        assert view.page.locator(name).is_hidden()
    assert view.sent == []


def test_a_run_of_one_epoch_has_no_button(view_of):
    view = view_of(dashboard(epochs=1))
    assert view.page.get_by_role("button", name="Back in time").count() == 0


def test_the_panel_opens_and_closes(view_of):
    view = view_of(dashboard(traits=kept(3)))
    assert view.page.locator(".nbk-travel").is_hidden()
    view.press("Back in time")
    assert view.page.locator(".nbk-travel").is_visible()
    view.press("Back in time")
    assert view.page.locator(".nbk-travel").is_hidden()


@pytest.mark.page(width=390)
def test_nothing_is_cut_off_in_a_narrow_page(view):
    wide = view.page.evaluate(
        "() => document.querySelector('.nbk').scrollWidth - document.querySelector('.nbk').clientWidth"
    )
    assert wide <= 0


MATRIX = {"epoch": 3, "matrix": [[8, 1], [0, 7]], "classes": [0, 1], "rows": 16}
PAST = NOTHING | MATRIX | {"accuracy": 0.9375}


def test_the_confusion_is_asked_for_when_it_is_opened_and_shown(view):
    assert not view.page.get_by_role("table", name="Confusion").is_visible()
    view.press("Confusion")
    view.page.wait_for_function(
        "() => mounts[0].host.sent.some((m) => m.do === 'then')"
    )
    assert view.widget.view["confusion"] is False  # until the page's state arrives
    view.deliver()
    assert view.widget.view["confusion"] is True
    view.wait_text(".nbk-past-note", "Computing")
    view.publish(past=PAST)
    cells = view.page.locator(".nbk-confusion tbody td").all_inner_texts()
    assert cells == ["8", "1", "", "7"]
    assert view.text(".nbk-past-note") == "16 rows as of epoch 3: 93.8 % right"
    # At another epoch the matrix is asked for again.
    slider(view).focus()
    view.page.keyboard.press("ArrowLeft")
    assert view.text(".nbk-past-note") == "Computing …"


@pytest.mark.page(width=290)
def test_a_matrix_of_ten_classes_scrolls_within_a_narrow_cell(view):
    view.press("Confusion")
    view.deliver()
    ten = [[30 * (row == column) for column in range(10)] for row in range(10)]
    shown = {"matrix": ten, "classes": list(range(10)), "rows": 300}
    view.publish(past=PAST | shown)
    table = view.page.locator(".nbk-past-scroll")
    assert table.evaluate("(box) => box.scrollWidth > box.clientWidth")
    panel = view.page.locator(".nbk-past").bounding_box()
    for part in (".nbk-past-bar", ".nbk-past-scroll", ".nbk-past-note"):
        box = view.page.locator(part).first.bounding_box()
        assert box["x"] + box["width"] <= panel["x"] + panel["width"] + 1


def test_the_reason_is_said_where_there_is_no_confusion(view_of):
    past = NOTHING | {"epoch": 3, "note": "There is no confusion matrix."}
    traits = kept(3) | {"past": past}
    view = view_of(dashboard(view={"travel": True, "confusion": True}, traits=traits))
    assert view.text(".nbk-past-note") == "There is no confusion matrix."
    assert not view.page.locator(".nbk-confusion").is_visible()


def test_the_inside_view_of_then_is_a_widget_in_the_dashboard(view_of):
    past = NOTHING | {"inside_epoch": 3, "inside_row": 0}
    traits = kept(3) | {"past": past, "inside": inside_view()}
    view = view_of(dashboard(view={"travel": True, "inside": True}, traits=traits))
    view.page.locator(".nbk-past-inside .nbk-inside").wait_for()
    assert "The layers as of epoch 3" in view.text(".nbk-past-inside")
    view.press("Inside the network")
    view.page.locator(".nbk-past-inside .nbk-inside").wait_for(state="detached")
