"""The view of a network's inside, by a real mouse and real keys, on a page of its own."""

import numpy as np
import pytest
from widget_cases import digits_model, inside_view

import nbkeras
from nbkeras import Input, Sequential, layers

pytestmark = pytest.mark.browser

SAVED_MORE = "(count) => mounts[0].host.saved.length > count"
PIXELS = """([selector, i]) => { const c = document.querySelectorAll(selector)[i];
  return [c.height, c.width, ...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]; }"""


def canvas(view, selector, i=0):
    """uint8 (height, width, 4): what stands on a canvas."""
    height, width, *data = view.page.evaluate(PIXELS, [selector, i])
    return np.array(data, "uint8").reshape(height, width, 4)


def tile(view, name):
    return view.page.get_by_role("button", name=name, exact=True)


def bars(view):
    return view.page.locator(".nbk-bars .nbk-number").all_inner_texts()


def point(view, row, column, shape):
    """Move the mouse to the middle of a pixel of the map."""
    view.page.locator(".nbk-map").scroll_into_view_if_needed()
    box = view.page.locator(".nbk-map").bounding_box()
    x = box["x"] + (column + 0.5) * box["width"] / shape[1]
    y = box["y"] + (row + 0.5) * box["height"] / shape[0]
    view.page.mouse.move(x, y)
    view.settle()


@pytest.mark.page(width=1200)
def test_a_tile_shows_its_kernel_and_a_pixel_its_arithmetic(view_of):
    view = view_of(inside_view(chosen=[], point=[]))
    assert "Click a tile" in view.text(".nbk-inspector")
    tile(view, "conv1, channel 3").click()
    view.settle()
    assert view.text(".nbk-chosen strong") == "conv1, channel 3"
    kernel = digits_model()[0].get_layer("conv1").get_weights()[0][..., 0, 3]
    shown = canvas(view, ".nbk-kernels canvas").astype(int)
    is_blue = shown[..., 2] > shown[..., 0] + 8
    is_orange = shown[..., 0] > shown[..., 2] + 8
    strong = np.abs(kernel) > 0.1 * np.abs(kernel).max()
    np.testing.assert_array_equal(is_blue[strong], kernel[strong] > 0)
    np.testing.assert_array_equal(is_orange[strong], kernel[strong] < 0)
    point(view, 10, 12, (24, 24))
    value = view.widget.activations["conv1"][10, 12, 3]
    assert f"row 10, column 12: Value {value:.5f}"[:-1] in view.text(".nbk-place")
    lines = view.page.locator(".nbk-steps dt").all_inner_texts()
    assert lines == ["sum of the products", "bias", "sum + bias", "relu"]
    numbers = view.page.locator(".nbk-steps dd").all_inner_texts()
    total, bias, score, relu = (float(n.replace("\u2212", "-")) for n in numbers)
    assert total + bias == pytest.approx(score, abs=1e-6)
    assert relu == pytest.approx(max(score, 0), abs=1e-6)
    assert "It agrees with the network" in view.text(".nbk-verdict")
    assert view.page.locator(".nbk-cells span").count() == 50


def test_the_frame_is_what_a_pixel_depends_on(view_of):
    view = view_of(inside_view(chosen=[2, 3], point=[0, 0]))
    point(view, 4, 5, (10, 10))
    frame = view.page.locator(".nbk-frame")
    box = view.widget.activations.reach("conv2", 4, 5, 3)
    got = [float(frame.get_attribute(name)) for name in ("x", "y", "width", "height")]
    assert got == [box.left, box.top, 10, 10]
    outer = view.page.locator(".nbk-seen").bounding_box()
    inner = view.page.evaluate(
        "() => { const r = document.querySelector('.nbk-frame').getBoundingClientRect();"
        " return [r.x, r.width]; }"
    )
    scale = outer["width"] / 28
    assert inner[0] - outer["x"] == pytest.approx(box.left * scale, abs=2.5)


def test_a_channel_is_switched_off_and_on_and_all_at_once(view_of):
    view = view_of(inside_view(chosen=[0, 2]))
    before = bars(view)
    view.press("Switch off")
    view.settle()
    assert bars(view) != before
    assert view.page.locator(".nbk-ghost:visible").count() == 10
    assert view.text('[data-row="0"] .nbk-some-off') == "channels off: 1"
    assert tile(view, "conv1, channel 2, off").get_attribute("data-off") is not None
    off = view.widget.activations.answer
    model, x, _ = digits_model()
    kernel, bias = model.get_layer("conv1").get_weights()
    kept = [kernel.copy(), bias.copy()]
    kernel[..., 2] = bias[2] = 0
    model.get_layer("conv1").set_weights([kernel, bias])
    expected = model.predict(x[:1], verbose=0)[0]
    model.get_layer("conv1").set_weights(kept)
    np.testing.assert_allclose(off, expected, atol=1e-6)
    tile(view, "conv1, channel 5").click()
    view.settle()
    view.press("Switch off")
    view.settle()
    assert view.widget.off == {"0": [2, 5]}
    view.page.get_by_role("button", name="Switch all on").press("Enter")
    view.settle()
    assert bars(view) == before
    assert view.page.locator(".nbk-ghost:visible").count() == 0
    where = "() => document.activeElement.parentElement.getAttribute('role')"
    assert view.page.evaluate(where) == "group", "the button is gone, the focus not"


def test_arrow_keys_move_between_tiles_and_over_the_map(view_of):
    view = view_of(inside_view(chosen=[0, 0], point=[5, 5]))
    keys = view.page.keyboard
    tile(view, "conv1, channel 0").focus()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    keys.press("Enter")
    view.settle()
    assert view.widget.chosen == [1, 2]
    assert view.page.locator('.nbk-tile[tabindex="0"]').count() == 1
    keys.press("ArrowUp")
    keys.press("Space")
    view.settle()
    assert view.widget.chosen == [0, 2]
    view.page.locator(".nbk-map").focus()
    at = view.widget.point
    keys.press("ArrowRight")
    view.settle()
    keys.press("ArrowUp")
    view.settle()
    assert view.widget.point == [at[0] - 1, at[1] + 1]
    assert "agrees" in view.text(".nbk-verdict")


def test_a_click_holds_a_pixel_until_the_next(view_of):
    view = view_of(inside_view(chosen=[0, 0]))
    point(view, 3, 4, (24, 24))
    view.page.mouse.down()
    view.page.mouse.up()
    point(view, 9, 9, (24, 24))
    assert view.widget.point == [3, 4]
    point(view, 3, 4, (24, 24))
    view.page.mouse.down()
    view.page.mouse.up()
    point(view, 9, 9, (24, 24))
    assert view.widget.point == [9, 9]


def test_a_drawing_is_what_the_network_sees(view_of):
    view = view_of(inside_view())
    view.press("Draw")
    pad = view.page.get_by_role("application", name="Drawing area: draw with the mouse")
    box = pad.bounding_box()
    middle = box["x"] + box["width"] / 2
    view.page.mouse.move(middle, box["y"] + 0.2 * box["height"])
    view.page.mouse.down()
    view.page.mouse.move(middle, box["y"] + 0.8 * box["height"], steps=4)
    view.page.mouse.up()
    view.page.wait_for_function("() => mounts[0].host.get('at') === -1")
    # The end of the stroke is sent with the next frame.
    view.page.evaluate("() => new Promise(requestAnimationFrame)")
    view.settle()
    seen = view.widget.activations.picture[..., 0]
    assert seen.shape == (28, 28)
    assert seen[14, 14] > 0.9
    assert seen[14, 4] == seen[1, 14] == 0
    assert view.text(".nbk-label") == "your picture"
    answer = digits_model()[0].predict(seen[None, ..., None], verbose=0)[0]
    np.testing.assert_allclose(view.widget.activations.answer, answer, atol=1e-6)
    saved = len(view.saved)
    view.press("Clear")
    view.page.wait_for_function(SAVED_MORE, arg=saved)
    view.settle()
    assert not view.widget.activations.picture.any()
    saved = len(view.saved)
    view.page.get_by_label("Dark on light").check()
    view.page.wait_for_function(SAVED_MORE, arg=saved)
    view.settle()
    assert (view.widget.activations.picture == 1).all()
    view.press("Draw")
    assert not pad.is_visible()


def test_a_stroke_is_drawn_by_keys(view_of):
    view = view_of(inside_view())
    view.press("Draw")
    pad = view.page.get_by_role("application", name="Drawing area")
    pad.focus()
    keys = view.page.keyboard
    for _ in range(6):
        keys.press("ArrowUp")
    assert view.page.locator(".nbk-pen").is_visible()
    keys.press("Enter")
    for _ in range(12):
        keys.press("ArrowDown")
    view.page.wait_for_function("() => mounts[0].host.get('at') === -1")
    view.page.evaluate("() => new Promise(requestAnimationFrame)")
    view.settle()
    seen = view.widget.activations.picture[..., 0]
    assert seen[6:22, 13:15].min() > 0.9, "a line from 0.2 to 0.8 of the height"
    assert not seen[:, :11].any()
    keys.press("Enter")
    for _ in range(8):
        keys.press("ArrowRight")
    view.page.evaluate("() => new Promise(requestAnimationFrame)")
    view.settle()
    assert not view.widget.activations.picture[:, 18:].any(), "the pen was lifted"
    keys.press("Tab")
    assert view.page.locator(".nbk-pen").is_hidden()


def test_an_uploaded_file_is_scaled_to_the_network_and_another_is_refused(
    view_of, tmp_path
):
    from PIL import Image

    shades = np.zeros((280, 560, 3), "uint8")
    shades[:140, 140:420] = (255, 0, 0)
    Image.fromarray(shades).save(tmp_path / "red.png")
    (tmp_path / "text.png").write_text("no picture")
    view = view_of(inside_view())
    field = view.page.locator("input[type=file]")
    field.set_input_files(tmp_path / "red.png")
    view.page.wait_for_function("() => mounts[0].host.get('at') === -1")
    view.settle()
    seen = view.widget.activations.picture[..., 0]
    np.testing.assert_allclose(seen[:13], 0.299, atol=0.01)  # the gray of red
    assert not seen[15:].any()
    field.set_input_files(tmp_path / "text.png")
    view.wait_text(".nbk-from .nbk-trouble", "cannot be read as a picture")
    view.press(
        "Picture of 2: 5" if view.widget.labels[1] == "5" else picture_name(view, 1)
    )
    view.settle()
    assert view.widget.at == 1
    assert view.text(".nbk-from .nbk-trouble") == ""


def picture_name(view, i):
    return f"Picture of {i + 1}: {view.widget.labels[i]}"


def test_rows_close_and_wide_layers_show_more(view_of):
    view = view_of(inside_view())
    assert view.page.locator('[data-row="2"] .nbk-tile').count() == 16
    view.page.locator('[data-row="2"] .nbk-more').click()
    view.settle()
    assert view.page.locator('[data-row="2"] .nbk-tile').count() == 20
    assert not view.page.locator('[data-row="2"] .nbk-more').is_visible()
    view.press("Hide the channels of conv2")
    view.settle()
    assert view.page.locator('[data-row="2"] .nbk-tile').count() == 0
    view.press("Show the channels of conv2")
    view.settle()
    assert view.page.locator('[data-row="2"] .nbk-tile').count() == 20


def test_tiles_have_the_scale_of_their_layer_or_their_own(view_of):
    view = view_of(inside_view())
    values = view.widget.activations["conv1"]
    weakest = int(values.max((0, 1)).argmin())

    def strongest():
        shown = canvas(view, '[data-row="0"] .nbk-tile canvas', weakest).astype(int)
        return (shown[..., 2] - shown[..., 0]).max()

    by_layer = strongest()
    view.press("each channel")
    assert strongest() > by_layer
    view.press("whole layer")
    assert strongest() == by_layer


@pytest.mark.page(width=430)
def test_on_a_narrow_page_the_channel_opens_below_its_row(view_of):
    view = view_of(inside_view(chosen=[], point=[]))
    tile(view, "pool1, channel 4").click()
    view.settle()
    assert view.page.evaluate(
        "() => document.querySelector('.nbk-inspector').previousSibling.dataset.row === '1'"
    )
    assert view.page.evaluate("() => document.documentElement.scrollWidth") <= 430
    view.page.set_viewport_size({"width": 1200, "height": 800})
    view.page.wait_for_function(
        "() => document.querySelector('.nbk-inspector').parentElement.matches('.nbk-room')"
    )


@pytest.mark.page(width=390, dark=True)
def test_nothing_is_wider_than_a_phone(view_of):
    view = view_of(inside_view(chosen=[8, 2]))
    assert view.page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_softmax_and_dense_are_said_with_their_largest_terms(view_of):
    view = view_of(inside_view(chosen=[8, 2]))
    assert view.page.locator(".nbk-sums tbody tr").count() == 12
    lines = view.page.locator(".nbk-steps dt").all_inner_texts()
    assert lines[-1] == "softmax"
    assert "sum over all scores" in view.text(".nbk-formula")
    assert "agrees" in view.text(".nbk-verdict")


def test_the_largest_number_of_a_pooling_window_is_framed(view_of):
    view = view_of(inside_view(chosen=[1, 3], point=[4, 6]))
    window = view.widget.activations["conv1"][8:10, 12:14, 3]
    marked = view.page.locator(".nbk-cells .nbk-largest").first.get_attribute("title")
    assert float(marked) == pytest.approx(window.max(), abs=1e-6)


def test_a_number_that_disagrees_is_said_in_red(view_of):
    view = view_of(inside_view(chosen=[0, 0], point=[5, 5]))
    view.publish(
        arithmetic=view.widget.arithmetic | {"agrees": False, "result": 3.0},
        check={"holds": False, "difference": 0.25, "against": "predict"},
    )
    assert "Recomputed: 3, but the network computed" in view.text(".nbk-verdict")
    assert "Do not trust the numbers" in view.text(".nbk-check")
    assert view.page.get_attribute(".nbk-verdict", "data-holds") == "false"


def test_without_a_picture_the_drawing_area_is_open(view_of):
    model = Sequential([Input((9, 9, 1)), layers.Conv2D(2, 3, name="conv")])
    view = view_of(nbkeras.inside(model))
    pad = view.page.get_by_role("application", name="Drawing area: draw with the mouse")
    assert pad.is_visible()
    assert "Draw here" in view.text(".nbk-from")


def test_training_is_said_while_it_goes_on(view_of):
    view = view_of(inside_view())
    view.widget.take_weights({"epoch": 2, "step": 71})
    view.publish()
    assert view.text(".nbk-live") == "Training: epoch 2, step 71"
    aloud = view.page.locator(".nbk-inside > .nbk-aloud")
    assert aloud.text_content() == "The network is in training; this view follows it."
    loud = """() => [...document.querySelectorAll('[role=status], [aria-live]')]
      .filter((e) => e.ariaLive !== 'off' && e.textContent).map((e) => e.className)"""
    assert view.page.evaluate(loud) == ["nbk-aloud"], "what changes is silent"
    view.widget.take_weights({})
    view.publish()
    assert view.page.locator(".nbk-live").inner_text() == ""
    assert aloud.text_content() == "The training has ended."
    assert view.page.get_attribute(".nbk-check", "aria-live") == "polite"


def test_a_name_of_a_layer_or_class_is_text(view_of):
    model = Sequential([Input((9, 9, 1)), layers.Conv2D(2, 3, name="a<b>c")])
    model.add(layers.GlobalAveragePooling2D(name="<i>g"))
    view = view_of(nbkeras.inside(model, np.ones((9, 9, 1)), class_names=["<u>", "x"]))
    assert (
        view.page.locator(".nbk-inside b:not(.nbk-ghost), .nbk-inside u").count() == 0
    )
    assert "a<b>c" in view.text('[data-row="0"]')
    assert view.text(".nbk-class") == "<u>"


def test_bars_of_short_and_long_names_can_be_compared(view_of):
    names = ["airplane of an airline", "x"]
    model = Sequential([Input((9, 9, 1)), layers.Conv2D(2, 3)])
    model.add(layers.GlobalAveragePooling2D())
    view = view_of(nbkeras.inside(model, np.ones((9, 9, 1)), class_names=names))
    tracks = view.page.locator(".nbk-bars .nbk-track").all()
    boxes = [track.bounding_box() for track in tracks]
    assert len(boxes) == 2
    assert boxes[0]["x"] == boxes[1]["x"]
    assert boxes[0]["width"] == boxes[1]["width"] >= 34


def test_the_view_speaks_chinese(view_of):
    try:
        nbkeras.set_language("zh")
        view = view_of(inside_view(chosen=[0, 0], point=[5, 5]))
    finally:
        nbkeras.set_language("en")
    assert "与 model.predict 一致" in view.text(".nbk-check")
    assert "与网络一致" in view.text(".nbk-verdict")
    assert view.page.get_attribute(".nbk-inside", "lang") == "zh"
