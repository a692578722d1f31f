"""The playground, by a real mouse and real keys, on a page of its own."""

import numpy as np
import pytest
from widget_cases import playground

import nbkeras

pytestmark = pytest.mark.browser

PIXELS = """(selector) => { const c = document.querySelector(selector);
  return [c.height, c.width, ...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]; }"""


def canvas(view, selector):
    """int (height, width, 4): what stands on a canvas."""
    height, width, *data = view.page.evaluate(PIXELS, selector)
    return np.array(data).reshape(height, width, 4)


def tile(view, column, row):
    return view.page.locator(f'.nbk-tile[data-key="{column}:{row}"]')


def lines(view):
    return view.page.locator(".nbk-line:not([display])").count()


@pytest.fixture
def shown(view_of):
    """shown(**options) -> the view of a playground that is closed after the test."""
    opened = []

    def show(lab=None, **options):
        lab = lab or playground(**options)
        opened.append(lab)
        return view_of(lab)

    yield show
    for lab in opened:
        lab.experiment.close()


def is_blue(pixels):
    return pixels[..., 2] > pixels[..., 0] + 8


def is_orange(pixels):
    return pixels[..., 0] > pixels[..., 2] + 8


def test_what_training_changes_is_not_read_aloud(shown):
    view = shown()
    view.page.locator(".nbk-map").press("ArrowUp")
    readout = view.page.locator(".nbk-readout")
    assert "with probability" in readout.inner_text()
    assert readout.get_attribute("aria-live") == "polite"
    view.publish(status="playing")
    assert readout.get_attribute("aria-live") == "off"


@pytest.mark.page(width=1200)
def test_a_units_map_is_painted_in_the_colours_of_its_signs(shown):
    view = shown()
    maps = view.widget.maps
    for key, number in (("1:2", 2), ("2:0", 4), ("3:0", 7)):
        pixels = canvas(view, f'.nbk-tile[data-key="{key}"] canvas')
        values = maps.units[number].astype(int) - 128
        strong = np.abs(values) > 20
        np.testing.assert_array_equal(is_blue(pixels)[strong], values[strong] > 0)
        np.testing.assert_array_equal(is_orange(pixels)[strong], values[strong] < 0)


@pytest.mark.page(width=1200)
def test_pointing_at_a_unit_shows_its_map_large(shown):
    view = shown()
    assert view.text(".nbk-map-title") == "Output"
    before = canvas(view, ".nbk-plane")
    tile(view, 1, 3).hover()
    assert view.text(".nbk-map-title") == "Layer 1, unit 4"
    large = canvas(view, ".nbk-plane")
    small = canvas(view, '.nbk-tile[data-key="1:3"] canvas')
    np.testing.assert_array_equal(large, small)
    view.page.mouse.move(2, 2)
    np.testing.assert_array_equal(canvas(view, ".nbk-plane"), before)


@pytest.mark.page(width=1200)
def test_the_value_under_the_pointer_is_said(shown):
    view = shown()
    box = view.page.locator(".nbk-map").bounding_box()
    view.page.mouse.move(
        box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"]
    )
    text = view.text(".nbk-readout")
    x = np.array([[3.0, 3.0]], "float32")
    p = float(view.widget.model.predict(x, verbose=0)[0, 0])
    name = "Class 1" if p > 0.5 else "Class 0"
    assert name in text
    assert float(text.rsplit(" ", 1)[1]) == pytest.approx(max(p, 1 - p), abs=0.06)


@pytest.mark.page(width=1200)
def test_layers_and_units_come_and_go(shown):
    view = shown()
    view.press("Add a layer")
    view.settle()
    assert view.widget.settings["layers"] == [4, 3, 3]
    assert view.widget.step == 0
    view.press("Add a unit to layer 3")
    view.settle()
    assert view.widget.settings["layers"] == [4, 3, 4]
    assert lines(view) == 2 * 4 + 4 * 3 + 3 * 4 + 4
    assert view.page.evaluate("() => document.activeElement.ariaLabel") == (
        "Add a unit to layer 3"
    )
    view.press("Remove a unit from layer 1")
    view.press("Remove the last layer")
    view.settle()
    assert view.widget.settings["layers"] == [3, 3]
    assert tile(view, 1, 3).count() == 0
    for _ in range(2):
        view.press("Remove the last layer")
        view.settle()
    assert view.widget.settings["layers"] == []
    assert lines(view) == 2
    assert view.page.get_by_role("button", name="Remove the last layer").is_disabled()


def test_features_are_inputs_or_not(shown):
    view = shown()
    view.press("Use the feature x₁x₂")
    view.settle()
    assert view.widget.settings["features"] == ["x1", "x2", "x1_x2"]
    assert lines(view) == 3 * 4 + 4 * 3 + 3
    view.press("Remove the feature x₂")
    view.settle()
    assert view.widget.model.input_shape == (None, 2)
    view.press("Remove the feature x₁")
    view.press("Remove the feature x₁x₂")
    view.settle()
    assert len(view.widget.settings["features"]) == 1, "one feature stays"


@pytest.mark.page(width=1200)
def test_a_line_says_its_weight_and_a_click_changes_it(shown):
    view = shown()
    start, end = tile(view, 1, 0).bounding_box(), tile(view, 2, 0).bounding_box()
    x = (start["x"] + start["width"] + end["x"]) / 2
    y = start["y"] + start["height"] / 2
    view.page.mouse.move(x, y)
    kernel = view.widget.model.get_layer("hidden_2").kernel.numpy()
    expected = f"Weight {kernel[0, 0]:.3f}".replace("-", "−")
    assert view.text(".nbk-tip") == (f"{expected}: Layer 1, unit 1 → Layer 2, unit 1")
    view.page.mouse.click(x, y)
    assert view.text(".nbk-editor strong") == "Weights into: Layer 2, unit 1"
    view.page.keyboard.type("1.5")
    view.page.keyboard.press("Enter")
    view.deliver()
    kernel = view.widget.model.get_layer("hidden_2").kernel.numpy()
    assert kernel[0, 0] == 1.5
    assert "(60, 'hidden_2/kernel[0, 0]', 1.5)" in view.widget.code
    view.page.mouse.move(x, y)
    assert "Weight 1.500" in view.text(".nbk-tip")
    view.press("Close")
    assert not view.page.locator(".nbk-editor").is_visible()


def test_weights_are_changed_by_keys_alone(shown):
    view = shown()
    keys = view.page.keyboard
    tile(view, 1, 0).focus()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    assert view.text(".nbk-map-title") == "Layer 2, unit 2"
    keys.press("Enter")
    field = view.page.get_by_label("Bias")
    field.fill("-2")
    keys.press("Enter")
    view.deliver()
    assert view.widget.model.get_layer("hidden_2").bias.numpy()[1] == -2


@pytest.mark.page(width=1200)
def test_points_are_drawn_erased_and_cleared(shown):
    view = shown(lab=nbkeras.playground(points=[]))
    assert view.text(".nbk-first") == "Draw points here"
    view.press("Play")
    view.deliver()
    assert view.text(".nbk-trouble") == "Draw some points to train on."

    def at(share_x, share_y):
        face = view.page.locator(".nbk-map").bounding_box()
        return face["x"] + share_x * face["width"], face["y"] + share_y * face["height"]

    view.press("Class 0")
    view.page.mouse.move(*at(0.25, 0.5))
    view.page.mouse.down()
    view.page.mouse.move(*at(0.25, 0.8), steps=12)
    view.page.mouse.up()
    view.press("Class 2")
    view.page.mouse.click(*at(0.75, 0.25))
    view.settle()
    points = np.array(view.widget.settings["points"])
    assert len(points) > 5
    assert points[-1].tolist() == pytest.approx([3, 3, 2], abs=0.05)
    np.testing.assert_allclose(points[:-1, 0], -3, atol=0.05)
    assert set(points[:-1, 2]) == {0}
    assert view.widget.info["names"] == ["0", "1", "2"]
    assert not view.page.locator(".nbk-first").is_visible()
    view.press("Erase")
    view.page.mouse.click(*at(0.75, 0.25))
    view.settle()
    assert len(view.widget.settings["points"]) == len(points) - 1
    view.press("Clear")
    view.settle()
    assert view.widget.settings["points"] == []


def test_points_are_drawn_by_keys(shown):
    view = shown(lab=nbkeras.playground(points=[]))
    view.page.locator(".nbk-map").focus()
    keys = view.page.keyboard
    for key in ("ArrowRight", "Shift+ArrowUp", "Enter", "ArrowLeft", "Enter"):
        keys.press(key)
    view.settle()
    assert view.widget.settings["points"] == [[0.25, 1, 1], [0, 1, 1]]
    keys.press("Delete")
    view.settle()
    assert view.widget.settings["points"] == []


def test_play_step_epoch_pause_and_reset_are_sent(shown):
    view = shown(steps=0)
    for name in ("One step", "One epoch", "Play", "Reset"):
        view.press(name)
    assert [m["do"] for m in view.sent] == ["step", "epoch", "play", "reset"]
    view.publish(status="playing")
    assert view.text(".nbk-status") == "Training"
    view.press("Pause")
    assert view.sent[-1] == {"do": "pause"}
    assert view.page.get_by_role("button", name="One step").is_disabled()


def test_a_step_and_an_epoch_are_trained(shown):
    view = shown(steps=0)
    view.press("One step")
    view.deliver()
    wait_until(view, lambda: view.widget.step == 1)
    view.press("One epoch")
    view.deliver()
    wait_until(view, lambda: view.widget.step == 25)
    assert view.text(".nbk-counted") == "Step 25, epoch 1"
    assert view.text(".nbk-status") == "Paused"


def test_steps_are_trained_by_keys_one_after_another(shown):
    view = shown(steps=0)
    view.page.get_by_role("button", name="One step", exact=True).focus()
    for step in (1, 2, 3):
        view.page.keyboard.press("Enter")
        view.deliver()
        wait_until(view, lambda step=step: view.widget.step == step)


def test_closing_the_weights_leaves_the_focus_at_their_unit(shown):
    view = shown(steps=0)
    tile(view, 1, 1).press("Enter")
    view.page.get_by_role("button", name="Close", exact=True).press("Enter")
    key = "() => document.activeElement.dataset.key"
    assert view.page.evaluate(key) == "1:1"
    tile(view, 1, 0).press("Enter")
    view.page.get_by_label("Bias", exact=True).press("Escape")
    assert view.page.locator(".nbk-editor").is_hidden()
    assert view.page.evaluate(key) == "1:0"


def wait_until(view, condition):
    """Publish what the training thread does until the condition holds."""
    import time

    deadline = time.monotonic() + 60
    while not (condition() and view.widget.status == "paused"):
        assert time.monotonic() < deadline
        view.page.evaluate("() => new Promise(requestAnimationFrame)")
        view.publish()
    view.publish()


def test_menus_and_sliders_set_what_they_say(shown):
    view = shown(steps=0)
    page = view.page
    page.get_by_label("Activation").select_option("relu")
    page.get_by_label("Optimizer").select_option("Adam")
    page.get_by_label("Regularization", exact=True).select_option("l2")
    page.get_by_label("Noise (%)", exact=True).fill("20")
    page.get_by_label("Batch size (123)").fill("7")
    page.keyboard.press("Enter")
    view.settle()
    page.get_by_label("Regularization rate").select_option("0.03")
    view.settle()
    settings = view.widget.settings
    assert settings["activation"] == "relu"
    assert (settings["optimizer"], settings["learning_rate"]) == ("Adam", 0.01)
    assert settings["regularization"] == "l2"
    assert settings["regularization_rate"] == 0.03
    assert (settings["noise"], settings["batch_size"]) == (0.2, 7)
    page.get_by_label("Problem").select_option("regression")
    view.settle()
    assert view.widget.info["kind"] == "regression"
    pressed = page.locator('.nbk-set[aria-pressed="true"]')
    assert pressed.inner_text() == "Plane"


def test_a_live_learning_rate_starts_nothing_anew(shown):
    view = shown()
    view.page.get_by_label("Learning rate").select_option("0.3")
    view.settle()
    assert view.widget.step == 60
    assert view.widget.rate == pytest.approx(0.3)
    assert "changes=[(60, 'learning_rate', 0.3)]" in view.widget.code


def test_test_points_are_shown_and_the_output_discretized(shown):
    view = shown()
    few = (canvas(view, ".nbk-dots")[..., 3] > 0).sum()
    view.page.get_by_label("Show test data").check()
    view.settle()
    assert (canvas(view, ".nbk-dots")[..., 3] > 0).sum() > 1.4 * few
    assert len(np.unique(canvas(view, ".nbk-plane").reshape(-1, 4), axis=0)) > 8
    view.page.get_by_label("Discretize output").check()
    view.settle()
    assert len(np.unique(canvas(view, ".nbk-plane").reshape(-1, 4), axis=0)) == 2


def test_losses_and_code_are_those_of_python(shown):
    view = shown()
    losses = view.widget.maps.losses
    shown_losses = view.page.locator(".nbk-loss strong").all_inner_texts()
    expected = [f"{losses[name]:.3f}" for name in ("train_loss", "test_loss")]
    assert shown_losses == expected
    view.page.get_by_text("This playground in one line").click()
    assert view.text('[data-code="code"] code') == view.widget.code
    view.page.get_by_text("This network for Keras 3").click()
    assert view.text('[data-code="keras_code"] code').startswith("import keras")


def test_a_refused_value_is_said_and_the_page_shows_what_holds(shown):
    view = shown(steps=0)
    view.page.evaluate(
        "() => { const h = mounts[0].host;"
        " h.set('settings', {...h.get('settings'), noise: 7}); h.save_changes(); }"
    )
    view.deliver()
    assert "noise must be a number from 0 to 0.5" in view.text(".nbk-trouble")
    assert view.widget.settings["noise"] == 0


@pytest.mark.page(width=390, dark=True)
def test_nothing_is_wider_than_a_phone(shown):
    view = shown(layers=[10, 8, 6, 4, 3, 2], steps=0)
    assert view.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    view.press("Add a unit to layer 6")
    view.settle()
    assert view.widget.settings["layers"][-1] == 3


def test_names_of_classes_are_text(shown):
    x = np.random.default_rng(0).normal(size=(30, 2))
    y = np.array(["<b>a</b>", "<i>b", "c"])[np.arange(30) % 3]
    view = shown(lab=nbkeras.playground(x, y, layers=[2]))
    assert view.page.locator(".nbk-playground b, .nbk-legend i i").count() == 0
    assert "<b>a</b>" in view.text(".nbk-legend")


def test_the_playground_speaks_chinese(shown):
    try:
        nbkeras.set_language("zh")
        view = shown(steps=0)
    finally:
        nbkeras.set_language("en")
    assert view.page.get_by_role("button", name="训练", exact=True).is_visible()
    assert view.text(".nbk-counted") == "第 0 步，第 0 轮"
    assert view.page.get_attribute(".nbk-playground", "lang") == "zh"


EDIT = """async (unit) => { const t = performance.now();
  document.querySelector('[data-key="add_unit 1"]').click();
  while (!document.querySelector(`[data-key="1:${unit}"]`))
    await new Promise(requestAnimationFrame);
  return performance.now() - t; }"""


@pytest.mark.page(width=1000)
def test_an_edit_is_seen_within_a_tenth_of_a_second(shown):
    view = shown(steps=0)
    times = []
    for unit in (4, 5, 6, 7):
        times.append(view.page.evaluate(EDIT, unit))
        view.settle()
    # The shortest of several times: the machine has other work.
    assert min(times) < 100
    assert view.widget.settings["layers"] == [8, 3]
