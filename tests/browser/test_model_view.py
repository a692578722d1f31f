"""The picture of a model in a browser: real mouse, real keys."""

import re

import numpy as np
import pytest
from picture_models import residual, tutorial_cnn, two_inputs

import nbkeras
from nbkeras import Sequential, layers
from nbkeras.layers import Input
from nbkeras.notebook.model_plot.show import show_model
from nbkeras.notebook.model_plot.widget import ModelView


def block(view, name):
    return view.page.get_by_role("button", name=re.compile(rf"^{name}\b"))


def names_shown(view):
    texts = view.page.locator(".nbk-block").evaluate_all(
        "all => all.map((each) => each.dataset.key)"
    )
    return list(texts)


@pytest.mark.browser
def test_pointing_at_a_layer_shows_its_arithmetic(view_of, wire):
    view = view_of(ModelView(tutorial_cnn()))
    block(view, "conv2d").hover()
    said = view.text(".nbk-peek")
    assert "(150 - 3)/1 + 1 = 148" in said
    assert "3*3*3*32 + 32 = 896" in said
    assert "3 × 3 of the input" in said
    # 2 * 18,925,056 + 2 * 148 * 148 * 32 of 476 M
    assert "39.3 M (8.3 %)" in said
    block(view, "flatten").hover()
    assert "7 * 7 * 128 = 6,272" in view.text(".nbk-peek")
    view.page.mouse.move(0, 0)
    assert "Point at a layer" in view.text(".nbk-peek")
    assert "3,453,121" in view.text(".nbk-peek")


@pytest.mark.browser
def test_a_click_shows_weights_kernels_and_the_line_of_code(view_of, wire):
    view = view_of(ModelView(tutorial_cnn()))
    block(view, "conv2d").click()
    view.deliver()
    assert view.text(".nbk-inspector strong") == "Conv2D conv2d"
    assert view.text(".nbk-code code") == 'Conv2D(32, (3, 3), activation="relu")'
    view.page.get_by_text("Settings").click()
    view.page.mouse.move(0, 0)
    assert "(150 - 3)/1 + 1 = 148" in view.text(".nbk-peek")
    assert "GlorotUniform" in view.text(".nbk-inspector details")
    kernel = view.widget._model.layers[0].kernel.numpy()
    bars = view.page.locator(".nbk-histogram").first.locator("rect")
    heights = bars.evaluate_all(
        "all => all.map((each) => +each.getAttribute('height'))"
    )
    counts = np.histogram(kernel, 32)[0]
    np.testing.assert_allclose(heights, 54 * counts / counts.max(), atol=1e-3)
    # The first kernel's first pixel, on the canvas.
    pixel = view.page.locator("canvas").first.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 1, 1).data]"
    )
    one = kernel[..., 0]
    wanted = np.round(127.5 + 127.5 * one[0, 0] / np.abs(one).max())
    assert pixel == [*wanted, 255]
    view.press("Close")
    view.deliver()
    assert not view.page.locator(".nbk-inspector").is_visible()


@pytest.mark.browser
def test_inspecting_layers_draws_no_block_anew(view_of, wire):
    view = view_of(ModelView(tutorial_cnn()))
    mark = "all => all.forEach((block) => { block.isOld = true; })"
    view.page.locator(".nbk-block").evaluate_all(mark)
    for name in ("conv2d", "flatten", "hidden"):
        block(view, name).click()
        view.deliver()
        chosen = view.page.locator(".nbk-block.nbk-chosen")
        assert chosen.get_attribute("data-key") == name
        assert chosen.get_attribute("aria-pressed") == "true"
        assert view.page.locator("[aria-pressed=true]").count() == 1
    are_old = "all => all.every((block) => block.isOld)"
    assert view.page.locator(".nbk-block").evaluate_all(are_old)
    view.press("Down")
    assert not view.page.locator(".nbk-block").evaluate_all(are_old)
    assert view.page.locator(".nbk-block.nbk-chosen").count() == 1


def deep(count=300):
    """A model of many layers, none like its neighbours."""
    width = np.random.default_rng(0).integers(2, 50, count).tolist()
    return Sequential([Input((8,)), *[layers.Dense(n) for n in width]], name="deep")


def all_open(model):
    view = ModelView(model)
    while groups := [key for key, facts in view.facts.items() if facts["opens"]]:
        view.opened = [*view.opened, *groups]
    return view


@pytest.mark.browser
def test_of_a_large_model_the_layers_near_the_visible_part_are_drawn(view_of, wire):
    view = view_of(all_open(deep()))
    every = [block["key"] for block in view.widget.drawing["LR"]["blocks"]]
    assert len(every) == 301

    def in_window():
        """The blocks that are seen, by where they are on the page."""
        return view.page.evaluate(
            """() => { const w = document.querySelector(".nbk-scroll").getBoundingClientRect();
            return [...document.querySelectorAll(".nbk-block")].filter((block) => {
              const b = block.getBoundingClientRect(); return b.right > w.left && b.left < w.right;
            }).map((block) => block.dataset.key); }"""
        )

    first = in_window()
    assert first == every[: len(first)]
    assert len(first) > 4
    assert len(names_shown(view)) < 100
    ways = view.page.locator(".nbk-way").count()
    assert len(names_shown(view)) - 2 <= ways <= len(names_shown(view)) + 1
    scroll = view.page.locator(".nbk-scroll")
    scroll.evaluate("s => s.scrollTo({ left: s.scrollWidth / 2, behavior: 'instant' })")
    middle = '() => document.querySelector(\'[data-key="dense_150"], [data-key="dense_140"]\')'
    view.page.wait_for_function(middle)
    seen = in_window()
    start = every.index(seen[0])
    assert 50 < start < 250
    assert seen == every[start : start + len(seen)]
    assert len(names_shown(view)) < 100


@pytest.mark.browser
def test_keys_go_through_all_layers_of_a_large_model(view_of, wire):
    view = view_of(all_open(deep()))
    every = [block["key"] for block in view.widget.drawing["LR"]["blocks"]]
    block(view, every[0]).focus()

    def focused():
        return view.page.evaluate("() => document.activeElement.dataset.key")

    for name in every[1:60]:
        view.page.keyboard.press("ArrowRight")
        assert focused() == name
    view.page.keyboard.press("End")
    assert focused() == every[-1]
    assert block(view, every[-1]).evaluate(
        """b => { const r = b.getBoundingClientRect();
        const w = document.querySelector(".nbk-scroll").getBoundingClientRect();
        return r.left >= w.left - 1 && r.right <= w.right + 1; }"""
    )
    view.page.keyboard.press("Enter")
    view.deliver()
    assert every[-1] in view.text(".nbk-inspector")
    view.page.keyboard.press("Home")
    assert focused() == every[0]
    assert view.page.locator(".nbk-block[tabindex='0']").count() == 1


@pytest.mark.browser
@pytest.mark.page(permissions=["clipboard-read", "clipboard-write"])
def test_the_copy_button_says_that_it_copied(view_of, wire):
    view = view_of(ModelView(tutorial_cnn()))
    block(view, "hidden").click()
    view.deliver()
    view.press("Copy")
    view.page.get_by_role("button", name="Copied").wait_for()


@pytest.mark.browser
def test_keys_go_from_layer_to_layer_and_open_one(view_of, wire):
    view = view_of(ModelView(tutorial_cnn()))
    view.page.locator(".nbk-block[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        view.page.keyboard.press(key)
    assert "3*3*3*32" in view.text(".nbk-peek")
    view.page.keyboard.press("Enter")
    view.deliver()
    assert view.widget.detail["name"] == "conv2d"
    focused = "() => document.activeElement.dataset.key"
    assert view.page.evaluate(focused) == "conv2d"
    view.page.keyboard.press("End")
    assert view.page.evaluate(focused) == "dense"
    view.page.keyboard.press("Escape")
    view.deliver()
    assert view.widget.detail == {}
    assert view.page.locator(".nbk-block[tabindex='0']").count() == 1


@pytest.mark.browser
def test_a_repeated_group_opens_on_a_click_and_folds_again(view_of, wire):
    view = view_of(ModelView(residual()))
    assert len(names_shown(view)) == 15
    group = view.page.locator(".nbk-block", has_text="3 ×").first
    assert group.get_attribute("aria-expanded") == "false"
    group.click()
    view.deliver()
    assert len(names_shown(view)) == 17
    view.page.locator(".nbk-block", has_text="10 layers").nth(1).click()
    view.deliver()
    assert len(names_shown(view)) == 26
    view.page.locator(".nbk-folder").first.click()
    view.deliver()
    view.press("Fold all")
    view.deliver()
    assert len(names_shown(view)) == 15
    assert view.page.get_by_role("button", name="Fold all").count() == 0


@pytest.mark.browser
@pytest.mark.page(width=500)
def test_on_a_narrow_page_a_network_runs_downwards_and_nothing_sticks_out(
    view_of, wire
):
    view = view_of(ModelView(tutorial_cnn()))
    view.page.get_by_role("button", name="Across").wait_for()
    places = view.page.locator(".nbk-block .nbk-front").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().top)"
    )
    assert places == sorted(places)
    wide = "() => document.documentElement.scrollWidth"
    assert view.page.evaluate(wide) <= 500
    view.press("Across")
    assert view.page.evaluate(wide) <= 500
    room = "() => { const s = document.querySelector('.nbk-scroll'); return s.scrollWidth - s.clientWidth; }"
    before = view.page.evaluate(room)
    assert before > 0
    view.press("Larger")
    assert view.page.evaluate(room) > before


MISTAKE = {
    "line": 4,
    "source": "Conv2D(64, 5)",
    "layer": "conv2d_1 (Conv2D)",
    "came": "2 × 2 × 32",
    "needed": "at least 5 × 5 pixels",
    "write": "Conv2D(64, 5, padding='same')",
    "message": "Conv2D(kernel_size=(5, 5)) needs at least 5 x 5 pixels.",
}


@pytest.mark.browser
@pytest.mark.page(dark=True)
def test_a_layer_that_does_not_fit_is_marked_with_its_line(view_of, wire):
    model = Sequential(
        [Input((28, 28, 1)), layers.Conv2D(16, 3), layers.MaxPooling2D(4)]
    )
    view = view_of(ModelView(model, MISTAKE))
    assert view.page.locator(".nbk-broken .nbk-cross").count() == 1
    assert view.page.locator(".nbk-is-broken").text_content() == "Conv2D"
    said = view.page.get_by_role("alert").inner_text()
    for text in (
        "Line 4: Conv2D(64, 5)",
        "2 × 2 × 32",
        "at least 5 × 5",
        "padding='same'",
    ):
        assert text in said
    assert view.page.locator(".nbk-peek").is_hidden()  # until a layer is pointed at
    block(view, "conv2d").hover()
    assert "(28 - 3)/1 + 1 = 26" in view.text(".nbk-peek")
    view.page.locator(".nbk-is-broken").click()
    assert view.saved == []
    svg, caption, _ = view.widget.static_picture()
    assert caption == MISTAKE["message"]
    assert "#b3261e" in svg


@pytest.mark.browser
def test_a_first_layer_that_fails_is_shown_alone(view_of, wire):
    view = view_of(ModelView(None, {"layer": "Dense", "message": "No <b>units</b>"}))
    assert names_shown(view) == ["mistake:"]
    assert view.page.get_by_role("alert").inner_text() == "No <b>units</b>"


@pytest.mark.browser
def test_status_and_note_change_while_it_is_shown(view_of, wire):
    view = view_of(
        show_model(two_inputs(), name="net", status="compiling", note="Kept 2 layers.")
    )
    assert view.text(".nbk-top strong") == "Model net"
    assert view.text(".nbk-word") == "compiling"
    assert view.text(".nbk-note") == "Kept 2 layers."
    view.widget.status = "ready"
    view.publish()
    view.wait_text(".nbk-word", "ready to train")


@pytest.mark.browser
def test_names_are_text_and_chinese_is_spoken(view_of, wire):
    evil = "<img src=x onerror=alert(1)>" * 3
    try:
        nbkeras.set_language("zh")
        model = Sequential([Input((3,)), layers.Dense(2, name=evil)], name="网络")
        view = view_of(ModelView(model))
    finally:
        nbkeras.set_language("en")
    assert view.page.locator("img").count() == 0
    assert "模型 网络" in view.text(".nbk-top")
    view.page.locator(".nbk-block").last.hover()
    assert "参数" in view.text(".nbk-peek")
    view.page.locator(".nbk-block").last.click()
    view.deliver()
    assert evil in view.text(".nbk-inspector-top")
    assert view.page.locator("img").count() == 0


def test_the_picture_that_stays_has_all_blocks_and_one_sentence(wire):
    svg, caption, (_, text) = ModelView(tutorial_cnn()).static_picture()
    assert svg.count("<title>") == 13
    assert "12 layers, 3,453,121 parameters" in caption
    assert "max_pooling2d_3 (MaxPooling2D)" in text
    evil = Sequential([Input((2,)), layers.Dense(1, name="<script>")])
    assert "<script" not in ModelView(evil).static_html()
    open_ = ModelView(Sequential([layers.Dense(2)], name="later"))
    assert open_.static_picture()[1].endswith("shapes are known once it is built.")


def test_a_single_layer_has_a_picture_too(wire):
    layer = layers.Dense(2)
    layer.build_for((None, 3))
    svg, caption = ModelView(layer).static_picture()
    assert svg.count("<title>") == 1
    assert "8 parameters" in caption


def test_an_unknown_status_is_refused(wire):
    with pytest.raises(ValueError, match="one of '', 'compiling', 'ready'"):
        show_model(None, status="redy")


def test_weights_of_a_matrix_are_one_picture(wire):
    view = ModelView(tutorial_cnn())
    view.chosen = "hidden"
    kernel, bias = view.detail["weights"]
    assert kernel["tiles"]["shape"] == [1, 96, 96]
    assert bias["tiles"] is None
    assert len(view.pixels) == 96 * 96 * 4
    assert sum(kernel["counts"]) == 6272 * 512
    view.chosen = "no such layer"
    assert (view.detail, view.pixels) == ({}, b"")


@pytest.mark.browser
def test_a_picture_wider_than_its_window_says_how_many_layers_follow(view_of, wire):
    view = view_of(ModelView(residual((4, 6, 8, 6, 4, 3))))
    view.page.set_viewport_size({"width": 700, "height": 900})
    view.page.emulate_media(reduced_motion="reduce")
    more = view.page.locator(".nbk-more-right")
    more.wait_for()
    count = view.page.locator(".nbk-block").count()
    before = int(more.inner_text().split()[0])
    assert more.inner_text() == f"{before} more →"
    assert 0 < before < count
    last = view.page.locator(".nbk-block").last
    for _ in range(12):
        if more.is_hidden():
            break
        said = more.inner_text()
        more.click()
        view.page.wait_for_function(
            "(was) => { const m = document.querySelector('.nbk-more-right');"
            " return m.hidden || m.textContent !== was; }",
            arg=said,
        )
    assert more.is_hidden()
    box, window = last.bounding_box(), view.page.locator(".nbk-scroll").bounding_box()
    assert box["x"] + box["width"] <= window["x"] + window["width"] + 1
    assert view.page.locator(".nbk-more-left").is_visible()
    assert view.page.locator(".nbk-more-top").is_hidden()
