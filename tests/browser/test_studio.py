"""The augmentation studio in a browser: every control, by real mouse and keys."""

import numpy as np
import pytest
from widget_cases import photo, studio

from nbkeras import Sequential, layers, utils
from nbkeras.preprocessing.image import ImageDataGenerator

pytestmark = pytest.mark.browser

# Pixels of a canvas as the page holds them, RGBA.
PIXELS = """([selector, i]) => { const c = document.querySelectorAll(selector)[i];
  return [c.height, c.width, [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]]; }"""


def canvas(view, selector, i=0):
    height, width, data = view.page.evaluate(PIXELS, [selector, i])
    return np.array(data, "uint8").reshape(height, width, 4)


def shown(view, i):
    return canvas(view, ".nbk-stack canvas:not(.nbk-over)", i)


def expected(picture, low=0.0, high=1.0):
    """The picture as 8 bits, worked out in double precision."""
    x = (np.asarray(picture, "float64") - low) / (high - low)
    return np.floor(np.clip(x, 0, 1) * 255 + 0.5 - 1e-5)


def same(seen, wanted):
    """Equal but for halves, which float32 may round the other way."""
    difference = np.abs(seen[..., :3].astype(int) - wanted)
    return difference.max() <= 1 and (difference > 0).mean() < 1e-3


def code_of(view):
    return view.page.locator(".nbk-code code").inner_text()


def control(view, name, role="slider"):
    return view.page.get_by_role(role, name=name, exact=True)


def drag(view, name, share):
    """Drag a slider's thumb to a share of its width with the mouse."""
    control(view, name).scroll_into_view_if_needed()
    box = control(view, name).bounding_box()
    mouse = view.page.mouse
    y = box["y"] + box["height"] / 2
    now = control(view, name)
    low, high = (float(now.get_attribute(n)) for n in ("min", "max"))
    at = (float(now.input_value()) - low) / (high - low)
    inner = box["width"] - 16
    mouse.move(box["x"] + 8 + at * inner, y)
    mouse.down()
    mouse.move(box["x"] + 8 + share * inner, y, steps=4)
    mouse.up()
    view.settle()


def open_groups(view):
    closed = view.page.locator(".nbk-group:not([open]) > summary")
    while closed.count():
        closed.first.click()


def test_every_variant_on_the_page_is_what_the_generator_gives(view_of):
    view = view_of(studio(seed=5))
    drag(view, "rotation_range", 0.4)
    view.page.get_by_label("vertical_flip", exact=True).check()
    view.settle()
    names = {}
    exec(code_of(view), names)
    datagen, x = names["datagen"], photo().astype("float32")
    assert datagen.vertical_flip
    assert datagen.rotation_range == pytest.approx(72, abs=3)
    for k in (0, 4, 11):
        wanted = datagen.standardize(datagen.random_transform(x.copy(), seed=5 + k))
        assert same(shown(view, k), expected(wanted))
    np.testing.assert_array_equal(canvas(view, ".nbk-hold canvas")[..., :3], photo())


def test_every_variant_on_the_page_is_what_the_layers_give(view_of):
    stack = Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomContrast(0.3),
        ]
    )
    view = view_of(studio(stack, seed=2))
    drag(view, "factor (RandomRotation): high", 0.75)
    made = view.widget.layers
    assert made.layers[1].factor == pytest.approx((-0.5, 0.5), abs=0.03)
    assert stack.layers[1].factor == (-0.1, 0.1)
    utils.set_random_seed(2)
    wanted = np.asarray(made(np.repeat(photo()[None], 12, 0), training=True))
    for k in (0, 7):
        assert same(shown(view, k), expected(wanted[k], 0, 255))


NUMBERS = ["rotation_range", "width_shift_range", "height_shift_range", "shear_range"]
NUMBERS += ["channel_shift_range", "cval", "zca_epsilon", "validation_split"]


@pytest.mark.page(height=1300)
def test_every_number_of_the_generator_is_set_by_its_slider(view_of):
    view = view_of(studio(ImageDataGenerator(fill_mode="constant")))
    open_groups(view)
    for name in NUMBERS:
        slider = control(view, name)
        slider.focus()
        before = float(slider.input_value())
        for _ in range(2):
            view.page.keyboard.press("ArrowRight")
        view.settle()
        step = float(slider.get_attribute("step"))
        assert view.widget.values[name] == pytest.approx(before + 2 * step)
        assert f"{name}=" in code_of(view)
        assert float(slider.input_value()) == pytest.approx(before + 2 * step)
    made = view.widget.datagen
    assert made.rotation_range == 2
    assert made.width_shift_range == pytest.approx(0.02)


SWITCHES = ["horizontal_flip", "vertical_flip", "samplewise_center", "keras_compat"]
SWITCHES += ["featurewise_center", "featurewise_std_normalization"]
SWITCHES += ["samplewise_std_normalization"]


@pytest.mark.page(height=1300)
def test_every_switch_of_the_generator_is_turned_by_a_click(view_of):
    view = view_of(studio(ImageDataGenerator()))
    open_groups(view)
    for name in SWITCHES:
        tick = view.page.get_by_label(name, exact=True)
        was = tick.is_checked()
        if not was:
            tick.click()
            view.settle()
        assert view.widget.values[name] is True
        assert f"{name}=True" in code_of(view)
    assert "fitted to these images" in view.text(".nbk-notes")
    assert code_of(view).endswith("datagen.fit(x_train)\n")


CHOICES = {
    "fill_mode": "wrap",
    "interpolation_order": "0",
    "rescale": "1/127.5",
    "data_format": "channels_first",
    "dtype": "float64",
    "on_error": "skip",
}


@pytest.mark.page(height=1300)
def test_every_choice_of_the_generator_is_made_from_its_list(view_of):
    view = view_of(studio(ImageDataGenerator(rotation_range=20)))
    open_groups(view)
    first = shown(view, 0)
    for name, text in CHOICES.items():
        control(view, name, "combobox").select_option(label=text)
        view.settle()
        assert f"{name}=" in code_of(view)
    made = view.widget.datagen
    assert (made.fill_mode, made.dtype, made.interpolation_order) == (
        "wrap",
        "float64",
        0,
    )
    assert made.rescale == 1 / 127.5
    assert (shown(view, 0) != first).any()


def test_a_range_is_set_alike_on_both_sides_or_each_by_itself(view_of):
    view = view_of(studio(ImageDataGenerator()))
    high = control(view, "zoom_range: high")
    high.focus()
    view.page.keyboard.press("ArrowRight")
    view.settle()
    assert view.widget.values["zoom_range"] == pytest.approx([0.99, 1.01])
    assert "zoom_range=0.01" in code_of(view)
    view.page.get_by_label("zoom_range: both sides alike", exact=True).click()
    control(view, "zoom_range: low").focus()
    view.page.keyboard.press("ArrowLeft")
    view.settle()
    assert view.widget.values["zoom_range"] == pytest.approx([0.98, 1.01])
    assert "zoom_range=(0.98, 1.01)" in code_of(view)
    view.page.get_by_label("brightness_range", exact=True).click()
    view.settle()
    assert "brightness_range=(0.8, 1.2)" in code_of(view)
    view.page.get_by_label("brightness_range", exact=True).click()
    view.settle()
    assert "brightness" not in code_of(view)


def test_an_exact_number_may_go_beyond_the_slider_and_a_wrong_one_is_explained(view_of):
    view = view_of(studio(ImageDataGenerator()))
    field = view.page.get_by_label("rotation_range (123)")
    field.fill("270")
    field.press("Tab")
    view.settle()
    assert view.widget.datagen.rotation_range == 270
    view.page.get_by_label("brightness_range", exact=True).click()
    view.settle()
    low = view.page.get_by_label("brightness_range: both sides alike", exact=True)
    low.click()
    field = view.page.get_by_label("brightness_range: low (123)")
    field.fill("-3")
    field.press("Tab")
    view.settle()
    assert "must be at least 0" in view.text(".nbk-trouble").replace("the factors ", "")
    assert view.widget.values["brightness_range"] == [0.8, 1.2]
    drag(view, "rotation_range", 0.1)
    assert view.page.locator(".nbk-trouble").inner_text() == ""


def test_the_dice_and_the_field_set_the_seed(view_of):
    view = view_of(studio())
    first = shown(view, 0)
    view.press("Roll")
    view.settle()
    rolled = view.widget.seed
    assert rolled > 0
    assert (shown(view, 0) != first).any()
    assert view.text(".nbk-card .nbk-name") == f"seed={rolled}"
    field = view.page.get_by_label("Seed", exact=True)
    assert field.input_value() == str(rolled)
    field.fill("0")
    field.press("Enter")
    view.settle()
    np.testing.assert_array_equal(shown(view, 0), first)


def test_extremes_show_both_ends_of_every_range(view_of):
    view = view_of(studio())
    view.press("Extremes")
    view.settle()
    names = view.page.locator(".nbk-card .nbk-name").all_inner_texts()
    assert names == [
        "rotation_range: \u221230",
        "rotation_range: +30",
        "zoom_range: +0.8",
        "zoom_range: +1.2",
        "horizontal_flip",
    ]
    mirrored = photo()[:, ::-1]
    assert same(shown(view, 4), expected(mirrored, 0, 255))
    view.press("Variants")
    view.settle()
    assert view.page.locator(".nbk-card").count() == 12


def test_outlines_lie_over_the_original_where_pixels_come_from(view_of):
    view = view_of(studio(ImageDataGenerator(width_shift_range=0.25)))
    view.page.locator(".nbk-card").nth(3).hover()
    strong = view.page.locator("polygon.nbk-strong")
    assert strong.get_attribute("data-variant") == "3"
    shift = view.widget.datagen.get_random_transform((96, 128, 3), 3)["tx"]
    left = float(strong.get_attribute("points").split()[0])
    assert left == pytest.approx(shift - 0.5, abs=0.01)
    # The same in pixels of the page, beside the picture's own left edge.
    edge = view.page.locator(".nbk-hold canvas").bounding_box()
    outline = view.page.evaluate(
        "() => document.querySelector('polygon.nbk-strong').getBoundingClientRect().x"
    )
    per_pixel = edge["width"] / 128
    assert outline - edge["x"] == pytest.approx(shift * per_pixel, abs=2.5)
    view.page.mouse.move(0, 0)
    assert strong.count() == 0
    view.page.get_by_label("Outlines", exact=True).uncheck()
    assert view.page.locator(".nbk-outlines polygon").count() == 0


def test_a_variant_is_chosen_by_key_and_stays_chosen(view_of):
    view = view_of(studio())
    card = view.page.locator(".nbk-card").nth(2)
    card.focus()
    view.page.keyboard.press("Enter")
    view.page.locator(".nbk-card").nth(5).focus()
    assert card.get_attribute("aria-pressed") == "true"
    view.page.get_by_label("Seed", exact=True).focus()
    assert view.page.get_attribute("polygon.nbk-strong", "data-variant") == "2"
    assert "seed=2" in view.page.locator(".nbk-aloud").inner_text()


def test_made_up_pixels_are_marked_when_asked(view_of):
    view = view_of(studio(ImageDataGenerator(rotation_range=40)))
    over = view.page.locator(".nbk-over").first
    assert not over.is_visible()
    view.page.get_by_label("Made-up pixels", exact=True).check()
    marked = canvas(view, ".nbk-over", 4)[..., 3] > 0
    np.testing.assert_array_equal(marked, view.widget.variants.invented[4])
    assert marked.any()
    assert not marked.all()


def test_another_picture_is_chosen_with_its_class_name(view_of):
    view = view_of(studio())
    assert view.text(".nbk-label") == "disc"
    view.press("Picture of 2: <b>upside</b> down")
    view.settle()
    assert view.text(".nbk-label") == "<b>upside</b> down"
    assert view.page.locator(".nbk-studio b").count() == 0
    flipped = canvas(view, ".nbk-hold canvas")[..., :3]
    np.testing.assert_array_equal(flipped, photo()[::-1])


def test_the_choice_and_field_of_a_layer_change_it(view_of):
    given = [layers.RandomZoom(0.3), layers.RandomCrop(40, 50)]
    view = view_of(studio(given))
    control(view, "fill_mode (RandomZoom)", "combobox").select_option("constant")
    view.settle()
    field = view.page.get_by_label("seed (RandomCrop)", exact=True)
    field.fill("7")
    field.press("Tab")
    view.settle()
    view.page.get_by_label("width_factor (RandomZoom)", exact=True).click()
    view.settle()
    drag(view, "height (RandomCrop)", 0.5)
    zoom, crop = view.widget.layers
    assert zoom.fill_mode == "constant"
    assert zoom.width_factor == [-0.2, 0.2]
    assert crop.seed == 7
    assert shown(view, 0).shape[:2] == (crop.height, 50)
    assert f"layers.RandomCrop({crop.height}, 50, seed=7)" in code_of(view)
    with pytest.raises(AttributeError, match=r"Write studio\.layers"):
        view.widget.datagen  # noqa: B018


@pytest.mark.page(width=500, dark=True)
@pytest.mark.parametrize(
    "picture",
    [photo(1, 1, 4), photo(1, 1, 1), photo(30, 20, 4), photo(9, 9, 3) / 255.0],
    ids=["1x1 rgba", "1x1 gray", "rgba", "floats"],
)
def test_odd_pictures_are_shown_on_a_narrow_page(view_of, picture):
    label = "x" * 100
    given = ImageDataGenerator(rotation_range=30, horizontal_flip=True)
    view = view_of(studio(given, (picture[None], np.array([0])), class_names=[label]))
    assert shown(view, 3).shape[:2] == picture.shape[:2]
    assert view.text(".nbk-label") == label
    wide = view.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 500


def test_traps_are_said_pictures_scaled_twice_and_nothing_at_random(view_of):
    view = view_of(studio(ImageDataGenerator(rescale=1 / 255), photo()[None] / 255.0))
    assert "Leave rescale out" in view.text(".nbk-notes")
    view.press("Extremes")
    view.settle()
    assert "move a slider" in view.text(".nbk-notes")
    assert view.page.locator(".nbk-card").count() == 1


def test_a_function_that_fails_is_an_error_on_the_page_not_a_lost_one(view_of):
    calls = []

    def shaky(x):
        calls.append(1)
        if len(calls) > 20:
            raise KeyError("no such eye")
        return x

    view = view_of(studio(ImageDataGenerator(preprocessing_function=shaky)))
    drag(view, "rotation_range", 0.5)
    assert "no such eye" in view.text(".nbk-trouble")
    open_groups(view)
    control(view, "preprocessing_function", "combobox").select_option(label="None")
    view.settle()
    assert view.page.locator(".nbk-trouble").inner_text() == ""


def test_the_code_is_copied_and_after_quiet_the_picture_is_renewed(view_of):
    view = view_of(studio())
    view.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.press("Copy")
    view.page.get_by_role("button", name="Copied", exact=True).wait_for()
    drag(view, "rotation_range", 0.5)
    view.page.wait_for_function("() => mounts[0].host.sent.length > 0")
    assert view.sent == [{"do": "keep"}]
    view.page.evaluate("() => { mounts[0].host.sent.length = 0; }")


def test_a_busy_kernel_is_said(view_of):
    view = view_of(studio())
    control(view, "rotation_range").focus()
    view.page.keyboard.press("ArrowRight")
    view.wait_text(".nbk-late", "The kernel is busy")
    assert view.page.get_attribute(".nbk-studio", "aria-busy") == "true"
    view.settle()
    view.wait_text(".nbk-late", "")
    assert view.page.get_attribute(".nbk-studio", "aria-busy") == "false"


def test_mixed_pictures_show_the_label_that_they_become(view_of):
    view = view_of(studio(layers.MixUp(1.0), count=3))
    names = view.page.locator(".nbk-grid .nbk-name").all_text_contents()
    assert names == view.widget.mixtures
    assert len(names) == 3
    for name in names:
        disc, upside = (
            float(part.rpartition(" %")[0].rpartition(" ")[2])
            for part in sorted(name.split(" + "), reverse=True)
        )
        assert disc + upside == pytest.approx(100, abs=1)
