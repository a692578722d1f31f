"""The view of a model's mistakes, in a real browser."""

import numpy as np
import pytest
from widget_cases import (
    digits_model,
    interpretation,
    looked_at,
    multi_label,
    residuals,
)

import nbkeras

pytestmark = pytest.mark.browser


def cells(page):
    return page.locator(".nbk-matrix td button")


def open_map(view):
    """Show the feature map, which is computed when it is first asked for."""
    assert view.widget.points == b""
    view.press("Feature map", role="tab")
    view.deliver()
    view.widget.wait()
    view.publish()


def test_a_cell_of_the_matrix_opens_its_pictures(view_of):
    view = view_of(interpretation())
    found = view.widget.result
    label, predicted = np.argwhere(found.confusion > 0)[0]
    cells(view.page).nth(4 * label + predicted).click()
    view.deliver()
    rows = [card["row"] for card in view.widget.cards]
    assert rows == found.cell(label, predicted)[:24].tolist()
    assert view.page.locator(".nbk-card").count() == len(rows)
    names = found.class_names
    chosen = view.page.locator(".nbk-gallery option:checked").inner_text()
    assert chosen == f"{names[label]} predicted as {names[predicted]}"


def test_the_matrix_is_walked_with_the_arrow_keys(view_of):
    view = view_of(interpretation())
    cells(view.page).nth(0).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        view.page.keyboard.press(key)
    view.deliver()
    state = view.widget.view
    assert (state["source"], state["label"], state["predicted"]) == ("cell", 2, 1)


def test_after_a_click_the_arrow_keys_go_on_from_there(view_of):
    view = view_of(interpretation())
    cells(view.page).nth(4 * 1 + 2).click()
    view.page.keyboard.press("ArrowDown")
    assert focused(view) == cells(view.page).nth(4 * 2 + 2).get_attribute("aria-label")


def test_what_closes_leaves_the_focus_where_it_came_from(view_of):
    view = view_of(interpretation())
    card = view.page.locator(".nbk-card").nth(1)
    name = card.get_attribute("aria-label")
    card.press("Enter")
    view.deliver()
    view.page.get_by_role("button", name="Leave out", exact=True).press("Enter")
    view.deliver()
    view.page.get_by_role("button", name="Discard", exact=False).press("Enter")
    view.deliver()
    assert focused(view) == name
    view.page.get_by_role("button", name="Close", exact=True).press("Enter")
    view.deliver()
    assert focused(view) == name
    card.press("Enter")
    view.deliver()
    view.page.get_by_label("Right class", exact=True).press("Escape")
    view.deliver()
    assert view.page.locator(".nbk-detail").is_hidden()
    assert focused(view) == name


def focused(view):
    """The accessible name of what has the focus."""
    return view.page.evaluate("() => document.activeElement.ariaLabel")


def test_counts_in_the_matrix_are_those_of_numpy(view_of):
    view = view_of(interpretation())
    texts = cells(view.page).all_inner_texts()
    shown = np.array([int(text or 0) for text in texts]).reshape(4, 4)
    np.testing.assert_array_equal(shown, view.widget.result.confusion)


def test_tabs_are_changed_with_the_arrow_keys(view_of):
    view = view_of(interpretation())
    view.page.get_by_role("tab", name="Confusion").focus()
    view.page.keyboard.press("ArrowRight")
    assert view.page.get_by_role("tab", selected=True).inner_text() == "By class"
    rows = view.page.locator(".nbk-report tbody tr")
    recall = view.widget.result.report.recall
    assert f"{recall[2]:.3f}" in rows.nth(2).inner_text()


def test_a_class_of_the_report_opens_its_pictures(view_of):
    view = view_of(interpretation())
    view.press("By class", role="tab")
    view.deliver()
    view.press("Pictures of fish")
    view.deliver()
    assert {card["label"] for card in view.widget.cards} == {2}


def test_calibration_is_said_in_words(view_of):
    view = view_of(interpretation())
    view.press("Calibration", role="tab")
    diagram = view.widget.result.calibration
    lines = view.page.locator(".nbk-lines li")
    assert lines.count() == int((diagram.count > 0).sum())
    first = int(np.flatnonzero(diagram.count)[0])
    assert f"{100 * diagram.accuracy[first]:.1f} % right" in lines.first.inner_text()


def test_a_label_is_corrected_and_a_picture_left_out_as_code(view_of):
    view = view_of(interpretation())
    view.page.locator(".nbk-card").nth(0).click()
    view.deliver()
    row = view.widget.view["row"]
    view.page.get_by_label("Right class", exact=True).select_option("2")
    view.deliver()
    assert view.widget.corrections == {str(row): 2}
    assert f"y[[{row}]] = [2]" in view.text(".nbk-code code")
    view.page.locator(".nbk-card").nth(1).click()
    view.deliver()
    other = view.widget.view["row"]
    view.press("Leave out")
    view.deliver()
    assert f"keep[[{other}]] = False" in view.text(".nbk-code code")
    assert view.page.locator(".nbk-card .nbk-mark").count() == 2
    view.press("Discard corrections")
    view.deliver()
    assert view.widget.code == ""
    assert not view.page.locator(".nbk-code").is_visible()


def test_a_point_of_the_map_opens_its_picture_by_mouse_and_key(view_of):
    view = view_of(interpretation())
    open_map(view)
    plane = view.page.locator(".nbk-points")
    place = view.page.locator(".nbk-point").nth(7).bounding_box()
    view.page.mouse.click(place["x"] + 2, place["y"] + 2)
    view.deliver()
    first = view.widget.view["row"]
    assert first >= 0
    assert view.page.locator(".nbk-detail h4").inner_text() == str(first)
    plane.focus()
    view.page.keyboard.press("Home")
    view.deliver()
    rows = view.widget.result.feature_rows
    leftmost = rows[view.widget.result.pca()[0][:, 0].argmin()]
    assert view.widget.view["row"] == leftmost


def test_ten_classes_are_told_apart_in_the_map_and_its_legend(view_of):
    model, x, y = digits_model()
    y = np.arange(len(x)) % 10
    view = view_of(nbkeras.interpret(model, x, y))
    open_map(view)
    marks = view.page.locator(".nbk-legend li i")
    looks = marks.evaluate_all(
        "marks => marks.map((m) => m.className + m.dataset.shape)"
    )
    assert len(set(looks)) == 10
    labels = y[view.widget.result.feature_rows]
    drawn = view.page.locator(".nbk-point").evaluate_all(
        "points => points.map((p) => [p.tagName, p.classList[1]])"
    )
    wanted = [["circle" if n < 8 else "rect", f"nbk-c{n % 8}"] for n in labels]
    assert {8, 9} <= set(labels.tolist())
    assert drawn == wanted


def test_t_sne_is_computed_in_the_background(view_of):
    view = view_of(interpretation())
    open_map(view)
    before = view.widget.points
    view.press("t-SNE")
    view.deliver()
    view.widget.wait()
    view.publish()
    assert view.widget.points != before
    assert view.widget.trouble == ""
    assert "Neighbours are alike" in view.page.inner_text(".nbk-interpretation")


def test_a_selection_without_rows_says_so(view_of):
    view = view_of(interpretation())
    empty = np.argwhere(view.widget.result.confusion == 0)[0]
    cells(view.page).nth(4 * empty[0] + empty[1]).click()
    view.deliver()
    assert view.text(".nbk-empty") == "There is no such row."


def test_suspected_labels_come_with_their_rule(view_of):
    view = view_of(interpretation())
    view.page.get_by_label("Show", exact=True).select_option("suspects")
    view.deliver()
    assert "(confident learning)" in view.page.inner_text(".nbk-gallery")
    assert view.widget.count == len(view.widget.result.suspects.rows)


def test_a_regression_shows_its_residuals_and_the_worst_row(view_of):
    view = view_of(residuals())
    worst = view.widget.result.worst[0]
    assert view.page.locator(".nbk-card").first.get_attribute("data-row") == str(worst)
    assert view.page.get_by_role("tab").count() == 0
    plane = view.page.locator(".nbk-points")
    plane.focus()
    view.page.keyboard.press("End")
    view.deliver()
    assert view.widget.view["row"] == view.widget.result.targets.argmax()


@pytest.mark.page(width=390)
def test_a_phone_needs_no_sideways_scrolling(view_of):
    page = view_of(looked_at()).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.page(width=390, dark=True)
def test_forty_long_class_names_fit_a_phone(view_of):
    import nbkeras
    from nbkeras import layers

    names = [f"类别 {i}: ein sehr langer Name" for i in range(50)]
    model = nbkeras.Sequential(
        [nbkeras.Input((6, 6)), layers.Flatten(), layers.Dense(50, "softmax")]
    )
    x = np.random.default_rng(0).random((100, 6, 6))
    widget = nbkeras.interpret(model, x, np.arange(100) % 50, class_names=names)
    widget.wait()
    view = view_of(widget)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert cells(view.page).count() == 1600
    assert "The 40 classes with most mistakes, of 50" in view.page.inner_text(
        ".nbk-scroll"
    )


def test_names_are_text(view_of):
    page = view_of(looked_at()).page
    assert page.locator(".nbk-interpretation b").count() == 0
    assert page.get_by_text("<b>dog</b>").count() > 0


def test_what_is_on_the_wire_is_small(wire):
    widget = looked_at()
    widget.view = widget.view | {"tab": "features"}
    widget.wait()
    parts = ("pictures", "points", "matrix", "point_rows", "point_classes")
    assert sum(len(getattr(widget, name)) for name in parts) < 100_000


def test_a_correction_that_is_no_class_is_not_kept(wire):
    widget = interpretation()
    widget.corrections = {"1": 2, "9999": 0, "2": 77, "nonsense": 1}
    assert widget.corrections == {"1": 2}


def test_pages_of_pictures_are_turned(view_of):
    view = view_of(interpretation(count=120))
    view.page.get_by_label("Show", exact=True).select_option("sure")
    view.settle()
    assert "Page 1 of 5" in view.page.inner_text(".nbk-gallery")
    view.press("Next")
    view.settle()
    rows = [card["row"] for card in view.widget.cards]
    assert rows == view.widget.result.by_confidence[::-1][24:48].tolist()


def test_findings_are_said_above_the_views(view_of):
    view = view_of(interpretation(count=120))
    texts = view.page.get_by_role("list", name="Findings").locator("li")
    assert texts.all_inner_texts() == view.widget.findings
    assert "whatever the input" in view.widget.findings[0]


def test_another_label_is_chosen_from_the_list_and_from_the_report(view_of):
    view = view_of(multi_label())
    pick = view.page.get_by_label("Label looked at")
    assert pick.locator("option").all_inner_texts() == view.widget.label_names
    pick.select_option("2")
    view.deliver()
    found = view.widget.result.of(2)
    counts = [int(text or 0) for text in cells(view.page).all_inner_texts()]
    assert counts == found.confusion.ravel().tolist()
    view.press("By label", role="tab")
    view.deliver()
    recall = view.widget.result.report.recall
    lines = view.page.locator(".nbk-report:visible tbody tr").all_inner_texts()
    assert [f"{value:.3f}" in line for value, line in zip(recall, lines, strict=True)]
    view.press("Look at <i>round</i>")
    view.deliver()
    assert pick.input_value() == "1"
    assert pick.evaluate("select => select === document.activeElement")
    assert view.page.get_by_role("tab", selected=True).inner_text() == "By label"


def test_corrections_of_several_labels_become_one_code(view_of):
    view = view_of(multi_label())
    rows = {}
    for label in ("0", "1"):
        view.page.get_by_label("Label looked at").select_option(label)
        view.deliver()
        view.page.locator(".nbk-card").nth(0).click()
        view.deliver()
        rows[label] = view.widget.view["row"]
        view.page.get_by_label("Right class", exact=True).select_option("1")
        view.deliver()
    code = view.text(".nbk-code code")
    assert f"y[[{rows['0']}], 0] = [1]" in code
    assert f"y[[{rows['1']}], 1] = [1]" in code
    view.page.get_by_label("Label looked at").select_option("0")
    view.deliver()
    assert view.widget.corrections == {str(rows["0"]): 1}
