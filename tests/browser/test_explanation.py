"""The view that explains answers, in a real browser."""

import numpy as np
import pytest
from harness import to_wire
from widget_cases import explanation

pytestmark = pytest.mark.browser


def cards(page):
    return page.locator(".nbk-card")


def answered(view):
    """Let Python answer, wait for its job, and show what it computed."""
    view.deliver()
    view.widget.wait()
    view.publish()


def test_each_map_has_its_verdict_and_areas_in_words(view_of):
    view = view_of(explanation())
    page, item = view.page, view.widget.item
    assert cards(page).count() == 5
    for i, (method, pixel_map) in enumerate(item.maps.items()):
        text = cards(page).nth(i).inner_text()
        assert f"{pixel_map.deletion_area:.3f}"[:4] in text
        assert view.widget.words[item.verdict(method)] in text
    names = page.get_by_role("img", name="Deletion: from")
    assert names.count() == 5


def test_another_class_is_explained_by_the_mouse(view_of):
    view = view_of(explanation())
    before = view.widget.heats
    other = view.widget.best[1][0]
    view.page.locator(".nbk-bar").nth(1).click()
    answered(view)
    assert view.widget.label == other
    assert view.widget.item.label == other
    assert view.widget.heats != before
    name = view.widget.classes[other]
    assert view.text(".nbk-why") == f"Why {name}?"
    assert f"classes={other}" in view.widget.code


def test_another_picture_is_chosen_by_the_keyboard(view_of):
    view = view_of(explanation())
    first = view.widget.picture
    view.page.get_by_role("button", name="Picture of 2").focus()
    view.page.keyboard.press("Enter")
    answered(view)
    assert view.widget.at == 1
    assert view.widget.picture != first
    chosen = view.page.get_by_role("button", name="Picture of 2", pressed=True)
    assert chosen.count() == 1


def test_another_baseline_changes_the_maps(view_of):
    view = view_of(explanation(count=1))
    score = view.widget.score["baseline"]
    view.page.get_by_label("Baseline", exact=True).select_option("blur")
    answered(view)
    assert view.widget.score["baseline"] != score
    assert 'baseline="blur"' in view.widget.code


def test_strength_is_drawn_without_asking_the_kernel(view_of):
    view = view_of(explanation(count=1))
    alpha = """() => { const c = document.querySelector(".nbk-over");
      const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
      let most = 0; for (let i = 3; i < d.length; i += 4) most = Math.max(most, d[i]);
      return most; }"""
    assert view.page.evaluate(alpha) == pytest.approx(204, abs=1)
    slider = view.page.get_by_label("Map strength")
    slider.focus()
    slider.press("End")
    assert view.page.evaluate(alpha) == 255
    assert all("ask" not in saved for saved in view.saved)


def test_while_maps_are_computed_the_view_says_so(view_of):
    widget = explanation(count=1)
    widget.publish(cards=[], heats=b"", busy={"done": 2, "total": 16})
    view = view_of(widget)
    assert view.text(".nbk-progress") == "Computing: 2 of 16"
    assert "computing…" in cards(view.page).nth(0).inner_text()
    assert view.page.get_by_role("button", name="Compute again").is_disabled()


def test_what_went_wrong_is_said(view_of):
    widget = explanation(count=1)
    widget.publish(trouble="ValueError: no memory")
    assert view_of(widget).text(".nbk-trouble") == "ValueError: no memory"


@pytest.mark.page(width=390)
def test_a_phone_needs_no_sideways_scrolling(view_of):
    names = ["ein außerordentlich langer Klassenname ohne Ende", "b" * 60, "三"]
    page = view_of(explanation(class_names=names)).page
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_names_of_classes_are_text(view_of):
    page = view_of(explanation()).page
    assert page.locator(".nbk-bars b").count() == 0
    assert page.get_by_text("<b>upside</b> down").count() > 0


def test_what_is_on_the_wire_is_small(wire):
    widget = explanation()
    size = sum(len(value) for value in map(widget.__getattribute__, ("strip", "heats")))
    assert size < 200_000
    assert all(np.isfinite(card["deletion"]) for card in to_wire(widget.cards))
