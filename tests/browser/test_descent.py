"""The gradient-descent lab in a browser: every control, by real mouse and keys."""

import re

import numpy as np
import pytest

import nbkeras
from nbkeras import optimizers
from nbkeras.notebook.descent.show import descent

pytestmark = pytest.mark.browser

# What a click on the map means, read off the page: the map's box.
BOX = "() => { const b = document.querySelector('.nbk-loss-map .nbk-catch').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"


def lab_of(view_of, *given, **options):
    return view_of(descent(*given, **{"steps": 20} | options))


def settle(view):
    """Let Python answer to whatever the page has asked, until it asks no more."""
    for _ in range(6):
        view.page.evaluate("() => new Promise((done) => setTimeout(done))")
        if len(view.saved) == view._taken[0]:
            return
        view.deliver()
    raise AssertionError("the page asks without end")


def lines(view, phase):
    found = view.page.locator(f"[data-phase={phase}] .nbk-lines > div")
    return found.all_inner_texts()


def mark_of(view, run=0):
    """Where a run's mark stands, in parameters."""
    text = view.page.get_attribute(
        f".nbk-loss-map .nbk-mark[data-run='{run}']", "transform"
    )
    px, py = (float(n) for n in re.findall(r"-?[\d.]+", text))
    _, _, width, height = view.page.evaluate(BOX)
    (x0, x1), (y0, y1) = view.widget.limits
    return [x0 + px / width * (x1 - x0), y1 - py / height * (y1 - y0)]


def to_page(view, place):
    left, top, width, height = view.page.evaluate(BOX)
    (x0, x1), (y0, y1) = view.widget.limits
    return (
        left + (place[0] - x0) / (x1 - x0) * width,
        top + (y1 - place[1]) / (y1 - y0) * height,
    )


def test_the_five_steps_come_one_click_at_a_time_with_their_numbers(view_of):
    view = lab_of(view_of, "bowl", start=(3.0, -1.0))
    shown = {
        "initialise": ["x = 3", "y = −1"],
        "error": ["f(3, −1) = 10"],
        "gradient": ["∂f/∂x = 6", "∂f/∂y = −2"],
        "update": ["x ← 3 − 0.1 · 6 = 2.4", "y ← −1 − 0.1 · (−2) = −0.8"],
        "repeat": ["10 → 6.4 (−36 %)"],
    }
    for i, phase in enumerate(shown):
        now = view.page.locator(".nbk-phase[aria-current=step]")
        assert now.get_attribute("data-phase") == phase
        for k, (each, texts) in enumerate(shown.items()):
            assert lines(view, each) == (texts if k <= i else [])
        # The point moves with the update, not before.
        expected = [2.4, -0.8] if i >= 3 else [3.0, -1.0]
        np.testing.assert_allclose(mark_of(view), expected, atol=0.05)
        view.page.locator(".nbk-next").click()
        settle(view)
    assert lines(view, "error") == ["f(2.4, −0.8) = 6.4"]
    assert lines(view, "gradient") == []


def test_a_click_on_the_map_puts_the_start_there(view_of):
    view = lab_of(view_of, "bowl")
    view.page.mouse.click(*to_page(view, (-2.0, 4.0)))
    settle(view)
    np.testing.assert_allclose(view.widget.start, [-2, 4], atol=0.03)
    np.testing.assert_allclose(mark_of(view), [-2, 4], atol=0.05)
    x, y = view.widget.start
    fields = [view.page.get_by_label(f"Start {n}", exact=True) for n in "xy"]
    assert [float(f.input_value()) for f in fields] == [x, y]
    loss = float(view.text(".nbk-loss").replace("−", "-"))
    assert loss == pytest.approx(x**2 + y**2, rel=5e-3)


def test_the_start_is_dragged_and_the_path_follows(view_of):
    view = lab_of(view_of, "bowl")
    mouse = view.page.mouse
    mouse.move(*to_page(view, view.widget.start))
    mouse.down()
    for x in (3.0, 2.0, 1.0):
        mouse.move(*to_page(view, (x, -3.0)))
        settle(view)
        np.testing.assert_allclose(
            view.widget.paths[0].positions[0], [x, -3], atol=0.03
        )
    mouse.up()
    mouse.move(*to_page(view, (4.0, 4.0)))
    settle(view)
    np.testing.assert_allclose(view.widget.start, [1, -3], atol=0.03)


def test_the_start_moves_by_keys_and_by_number(view_of):
    view = lab_of(view_of, "bowl", start=(1.0, 1.0))
    handle = view.page.get_by_role("button", name="Start at")
    handle.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        view.page.keyboard.press(key)
        settle(view)
    # The map is 10 wide: a key is 0.1, with Shift 1.
    np.testing.assert_allclose(view.widget.start, [1 + 0.2 - 1, 1 - 0.1], atol=1e-6)
    assert handle.get_attribute("aria-label") == "Start at x 0.2, y 0.9"
    view.page.get_by_label("Start y", exact=True).fill("-4")
    view.page.keyboard.press("Enter")
    settle(view)
    assert view.widget.start == [0.2, -4.0]


def test_while_a_question_waits_newer_values_replace_each_other(view_of):
    view = lab_of(view_of, "bowl", start=(1.0, 1.0))
    view.page.get_by_role("button", name="Start at").focus()
    for _ in range(5):
        view.page.keyboard.press("ArrowRight")
    assert len(view.saved) == 1
    view.wait_text(".nbk-late", "kernel is busy")
    view.deliver()
    assert view.page.locator(".nbk-late").inner_text() == ""
    settle(view)
    assert len(view.saved) == 2
    np.testing.assert_allclose(view.widget.start, [1.5, 1.0], atol=1e-6)


# A busy machine may skip the picture of a step.
STARTED = "/step [1-9]/.test(document.querySelector('.nbk-where').textContent)"


def test_step_back_rewind_scrub_and_play(view_of):
    view = lab_of(view_of, "bowl", start=(3.0, 4.0), steps=20)
    view.press("One step")
    view.press("One step")
    settle(view)
    assert view.text(".nbk-where") == "step 2 of 20"
    np.testing.assert_allclose(mark_of(view), [3 * 0.64, 4 * 0.64], atol=0.05)
    assert lines(view, "update")[0] == "x ← 2.4 − 0.1 · 4.8 = 1.92"
    view.press("One step back")
    settle(view)
    np.testing.assert_allclose(mark_of(view), [2.4, 3.2], atol=0.05)
    scrub = view.page.get_by_role("slider", name="Step", exact=True)
    scrub.focus()
    view.page.keyboard.press("End")
    settle(view)
    assert view.text(".nbk-where") == "step 20 of 20"
    assert view.page.get_by_role("button", name="One step", exact=True).is_disabled()
    view.press("Rewind")
    settle(view)
    assert view.text(".nbk-where") == "step 0 of 20"
    view.press("Play")
    view.page.wait_for_function(STARTED)
    view.press("Pause")
    stopped = view.text(".nbk-where")
    view.press("Play")
    view.wait_text(".nbk-where", "step 20 of 20")
    assert view.page.get_by_role("button", name="Play", exact=True).count() == 1
    assert stopped != "step 20 of 20"
    settle(view)
    np.testing.assert_allclose(mark_of(view), [3 * 0.8**20, 4 * 0.8**20], atol=0.05)


def test_a_view_that_goes_while_it_plays_stops_playing(view_of):
    view = lab_of(view_of, "bowl")
    view.press("Play")
    view.page.wait_for_function(STARTED)
    # The fixture takes the view off the page and finds what is left or raised.


def test_the_chart_of_losses_is_clicked_to_go_to_a_step(view_of):
    view = lab_of(view_of, "bowl", steps=10)
    chart = view.page.locator(".nbk-loss-curves-panel .nbk-face")
    chart.scroll_into_view_if_needed()
    face = chart.bounding_box()
    view.page.mouse.click(face["x"] + 46 + (face["width"] - 56) * 0.7, face["y"] + 40)
    settle(view)
    assert view.text(".nbk-where") == "step 7 of 10"


def test_learning_rate_and_momentum_are_sliders_and_numbers(view_of):
    view = lab_of(view_of, "bowl", optimizers=["momentum"], start=(1.0, 1.0))
    rate = view.page.get_by_role("slider", name="Learning rate of optimizer 1")
    before = view.widget.runs[0]["lr"]
    rate.focus()
    view.page.keyboard.press("PageUp")
    settle(view)
    assert view.widget.runs[0]["lr"] > before
    exact = view.page.get_by_label("Learning rate of optimizer 1 (123)")
    assert float(exact.input_value()) == view.widget.runs[0]["lr"]
    exact.fill("0.25")
    view.page.keyboard.press("Enter")
    settle(view)
    memory = view.page.get_by_role("slider", name="Momentum of optimizer 1")
    memory.focus()
    view.page.keyboard.press("Home")
    settle(view)
    assert view.widget.runs[0]["momentum"] == 0
    np.testing.assert_allclose(view.widget.paths[0].positions[1], [0.5, 0.5])
    view.page.get_by_label("Momentum of optimizer 1 (123)").fill("0.5")
    view.page.keyboard.press("Enter")
    settle(view)
    # v1 = -0.5, v2 = 0.5 * -0.5 - 0.25 * 1 = -0.5
    np.testing.assert_allclose(view.widget.paths[0].positions[2], [0, 0], atol=1e-7)


def test_runs_are_added_changed_explained_and_removed(view_of):
    view = lab_of(view_of, "bowl", steps=5)
    for _ in range(5):
        view.press("+ Add an optimizer")
        settle(view)
    assert len(view.widget.paths) == 6
    assert view.page.get_by_role("button", name="+ Add an optimizer").count() == 0
    kinds = [r["kind"] for r in view.widget.runs]
    assert len(set(kinds)) == 6
    assert view.page.locator(".nbk-loss-map .nbk-mark").count() == 6
    view.page.get_by_label("Optimizer 2", exact=True).select_option("adam")
    settle(view)
    assert view.widget.runs[1]["kind"] == "adam"
    view.page.get_by_label("The five steps of").select_option(label="2 Adam")
    view.press("One step")
    settle(view)
    assert lines(view, "update")[0].startswith("m_x ← 0.9 · 0 + 0.1 · 8 = 0.8")
    for _ in range(5):
        view.press("Remove optimizer 2")
        settle(view)
    assert [r["kind"] for r in view.widget.runs] == ["sgd"]
    assert view.page.get_by_role("button", name="Remove optimizer").count() == 0
    assert lines(view, "update")[0].startswith("x ← 4 − 0.1 · 8")


def test_a_function_is_picked_or_typed_and_a_mistake_is_explained(view_of):
    view = lab_of(view_of, "bowl")
    view.page.get_by_label("Function", exact=True).select_option("narrow valley")
    settle(view)
    formula = view.page.get_by_label("Formula", exact=True)
    assert formula.input_value() == "x**2/20 + y**2"
    assert view.widget.limits == [[-10.0, 10.0], [-4.0, 4.0]]
    formula.fill("x^2 + y**2")
    view.page.keyboard.press("Enter")
    settle(view)
    assert "Write 'x**2 + y**2'" in view.text(".nbk-trouble")
    formula.fill("(x - 1)**2 + y**4")
    view.press("Minimise it")
    settle(view)
    assert view.text(".nbk-descent").count("Write '") == 0
    assert view.widget.paths[0].losses[0] == pytest.approx(9 + 81)
    formula.fill("x**4 - 3*x**2")
    view.page.keyboard.press("Enter")
    settle(view)
    assert view.page.locator(".nbk-surface-3d-panel").is_hidden()
    assert view.page.locator(".nbk-curve").get_attribute("d").startswith("M")
    assert lines(view, "initialise") == ["x = 4"]


def test_noise_is_a_slider_and_other_batches_are_another_path(view_of):
    view = lab_of(view_of, "bowl")
    calm = view.widget.paths[0].positions
    noise = view.page.get_by_role("slider", name="Gradient noise", exact=True)
    noise.focus()
    view.page.keyboard.press("End")
    settle(view)
    assert view.widget.noise == view.widget.noise_most == 10.0
    first = view.widget.paths[0].positions
    assert not np.allclose(first, calm)
    view.press("Other batches")
    settle(view)
    assert not np.allclose(view.widget.paths[0].positions, first)
    view.page.get_by_label("Gradient noise (123)").fill("0")
    view.page.keyboard.press("Enter")
    settle(view)
    np.testing.assert_array_equal(view.widget.paths[0].positions, calm)


def test_arrows_are_shown_when_asked_for(view_of):
    view = lab_of(view_of, "bowl", optimizers=["adam"])
    view.press("One step")
    settle(view)
    shown = {"Downhill": ".nbk-downhill", "Velocity": ".nbk-velocity"}
    shown["Adaptive scale"] = ".nbk-stretch"
    for label, selector in shown.items():
        box = view.page.get_by_role("checkbox", name=label)
        for _ in range(2):
            was = box.is_checked()
            box.click()
            settle(view)
            assert view.page.locator(selector).count() == (0 if was else 1)
    # Downhill from (x, y) on a bowl points to the middle of the map.
    view.page.get_by_role("checkbox", name="Downhill").set_checked(True)
    head = view.page.get_attribute(".nbk-downhill .nbk-head", "transform")
    turn = float(re.search(r"rotate\((.*)\)", head)[1])
    _, _, width, height = view.page.evaluate(BOX)
    x, y = view.widget.paths[0].positions[1]
    assert turn == pytest.approx(np.degrees(np.arctan2(y * height, -x * width)), abs=1)


def open_surface(view):
    """Unfold the 3-D surface."""
    view.page.get_by_text("3-D surface", exact=True).click()
    view.page.locator(".nbk-turn[data-turned]").wait_for()
    settle(view)
    assert view.widget.view["surface"]


def test_the_3d_surface_turns_by_mouse_and_by_keys(view_of):
    view = lab_of(view_of, "saddle")
    canvas = view.page.locator(".nbk-turn")
    assert canvas.is_hidden()
    open_surface(view)
    pixels = "() => document.querySelector('.nbk-turn').toDataURL()"
    assert canvas.get_attribute("data-turned") == "35 38"
    first = view.page.evaluate(pixels)
    canvas.scroll_into_view_if_needed()
    at = canvas.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x - 40, y + 20)
    view.page.mouse.up()
    settle(view)
    assert canvas.get_attribute("data-turned") == "55 46"
    assert view.page.evaluate(pixels) != first
    canvas.focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowRight"):
        view.page.keyboard.press(key)
        settle(view)
    assert canvas.get_attribute("data-turned") == "47 40"
    assert view.widget.view["azimuth"] == 47


def test_divergence_is_shown_as_what_it_is(view_of):
    runs = [optimizers.SGD(5.0), optimizers.SGD(1.0), optimizers.SGD(0.1)]
    view = lab_of(view_of, "bowl", optimizers=runs, start=(2.0, 1.0), steps=80)
    view.page.get_by_role("slider", name="Step", exact=True).focus()
    view.page.keyboard.press("End")
    settle(view)
    said = view.page.locator(".nbk-how").all_inner_texts()
    # Each step multiplies by 1 - 5 * 2 = -9: 2 * 9**40 is 3e38, 9 times that too much.
    assert said[0] == (
        "Diverges: at step 41 the numbers are too large for float32. "
        "Stable here with a learning rate below 1."
    )
    assert "Oscillates" in said[1]
    assert "Converged" in said[2]
    assert view.page.locator(".nbk-loss-map .nbk-out").count() == 1
    assert view.page.locator(".nbk-loss-map .nbk-mark").count() == 2
    assert "NaN" not in view.page.inner_html(".nbk-loss-map")


def test_points_are_added_dragged_and_taken_away(view_of):
    given = [(1, 1), (2, 3), (3, 2), (4, 5)]
    view = view_of(descent(points=given, steps=5))
    mouse, page = view.page.mouse, view.page
    third = page.get_by_role("button", name=re.compile("Point 3"))
    at = third.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y - 30)
    mouse.up()
    settle(view)
    assert len(view.widget.points) == 4
    assert view.widget.points[2][0] == pytest.approx(3, abs=0.02)
    moved = view.widget.points[2][1]
    assert moved > 2.3
    ys = np.array(view.widget.points)[:, 1]
    assert view.widget.paths[0].losses[0] == pytest.approx(np.mean(ys**2), rel=1e-5)
    mouse.click(x + 20, y - 60)
    settle(view)
    assert len(view.widget.points) == 5
    page.get_by_role("button", name=re.compile("Point 5")).focus()
    page.keyboard.press("ArrowUp")
    settle(view)
    page.keyboard.press("Delete")
    settle(view)
    assert len(view.widget.points) == 4
    view.press("One step")
    settle(view)
    line = page.locator(".nbk-fit .nbk-path").get_attribute("d")
    assert re.fullmatch(r"M[-\d. ]+L[-\d. ]+", line)
    # A steep line ends at the frame: what lies outside of it is cut off.
    frame = page.locator(".nbk-fit .nbk-inside").evaluate(
        "(e) => [e.x, e.y, e.width, e.height].map((length) => length.baseVal.value)"
    )
    face_box = page.locator(".nbk-fit").bounding_box()
    width, height = face_box["width"], face_box["height"]
    assert frame == pytest.approx([40, 8, width - 50, height - 32], abs=1)
    batch = page.get_by_role("slider", name="Points in a batch", exact=True)
    batch.focus()
    page.keyboard.press("Home")
    settle(view)
    assert view.widget.batch == 1
    assert page.get_by_role("button", name="Other batches").is_visible()
    page.get_by_label("Points in a batch (123)").fill("4")
    page.keyboard.press("Enter")
    settle(view)
    assert view.widget.batch == 0


def test_the_code_is_there_and_is_copied(view_of):
    view = lab_of(view_of, "bowl")
    view.page.evaluate(
        "() => { window.kept = []; Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (t) => { window.kept.push(t); } } }); }"
    )
    view.page.get_by_text("Code for what you see").click()
    view.press("Copy")
    view.page.get_by_role("button", name="Copied").wait_for()
    assert view.page.evaluate("() => window.kept") == [view.widget.code]


WIDE = """() => [...document.querySelectorAll('.nbk-descent *')].filter((e) => {
  const r = e.getBoundingClientRect();
  const clipped = e.closest('.nbk-inside, .nbk-over, pre, .nbk-aloud, option, .nbk-axes');
  return r.width && !clipped && r.right > document.documentElement.clientWidth + 1;
}).map((e) => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", [500, 900, 1600])
def test_nothing_sticks_out_at_any_width(view_of, width):
    view = view_of(descent("banana", optimizers=["sgd", "momentum", "adam"], steps=5))
    view.page.set_viewport_size({"width": width, "height": 900})
    view.page.wait_for_function(
        "(w) => document.querySelector('.nbk-descent').offsetWidth <= w", arg=width
    )
    view.page.evaluate(
        "() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))"
    )
    assert view.page.evaluate(WIDE) == []


def test_in_chinese_every_word_is_chinese(view_of):
    try:
        nbkeras.set_language("zh")
        view = lab_of(view_of, "bowl")
    finally:
        nbkeras.set_language("en")
    assert view.text(".nbk-title") == "梯度下降"
    assert view.page.get_by_role("button", name="前进一步", exact=True).count() == 1
    said = view.page.locator(".nbk-descent").inner_text()
    allowed = r"SGD|Himmelblau|Rosenbrock|Rastrigin|Beale|Nesterov|Adagrad|RMSprop|Adam\w*|Nadam|Adadelta|Lion"
    rest = re.sub(allowed, "", said)
    assert re.findall(r"[A-Za-z]{3,}", rest) == []


def test_after_a_while_of_quiet_the_picture_that_stays_is_renewed(view_of):
    view = lab_of(view_of, "bowl")
    kept = []
    view.widget.update_static_picture = lambda: kept.append(
        view.widget.static_picture()[1]
    )
    view.press("One step")
    view.press("One step")
    settle(view)
    view.page.wait_for_function("() => mounts[0].host.sent.length > 0")
    view.deliver()
    assert view.sent == [{"do": "keep"}]
    assert len(kept) == 1


X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")


@pytest.fixture(scope="module")
def network():
    nbkeras.utils.set_random_seed(1)
    model = nbkeras.Sequential([nbkeras.layers.Dense(1)])
    model.compile(optimizers.SGD(0.1), "mse")
    model.build((None, 3))
    return model


def real_lab(network, **options):
    data = (X, X.sum(axis=1, keepdims=True))
    lab = descent(network, data, **{"steps": 4, "resolution": 5, "rows": 32} | options)
    assert lab.wait(60)
    return lab


def test_planes_of_a_real_model_are_chosen_on_the_page(view_of, network):
    view = view_of(real_lab(network))
    page = view.page
    assert view.text(".nbk-title") == "The loss of sequential"
    assert "32 examples; 4 numbers" in view.text(".nbk-facts")
    assert page.get_by_label("Formula").is_hidden()
    first = view.widget.loss_values
    view.press("Other directions")
    settle(view)
    assert view.widget.wait(60)
    view.publish()
    assert view.widget.loss_values != first
    page.get_by_label("Plane through the weights").select_option("path")
    settle(view)
    assert view.widget.wait(60)
    view.publish()
    assert "% of the path's variance" in view.text(".nbk-facts")
    page.get_by_label("Plane through the weights").select_option("weights")
    settle(view)
    page.get_by_label("Weight 1").fill("dense/kernel[2, 0]")
    page.get_by_label("Weight 2").fill("dense/bias[0]")
    view.press("Use these")
    settle(view)
    assert view.widget.wait(60)
    view.publish()
    name = page.locator(".nbk-map-panel .nbk-name").first
    assert name.text_content() == "Δ dense/kernel[2, 0]"
    page.get_by_label("Weight 2").fill("dense/bias")
    view.press("Use these")
    settle(view)
    assert "Write for example 'dense/bias[0]'" in view.text(".nbk-trouble")


def test_a_point_dropped_on_a_real_loss_is_trained_from(view_of, network):
    view = view_of(real_lab(network))
    view.page.mouse.click(*to_page(view, (0.6, -0.4)))
    settle(view)
    assert view.widget.wait(60)
    view.publish()
    start = view.widget.start
    np.testing.assert_allclose(start, [0.6, -0.4], atol=0.02)
    path = view.widget.paths[0]
    np.testing.assert_allclose(path.positions[0], start, atol=1e-6)
    np.testing.assert_allclose(mark_of(view), start, atol=0.02)
    view.press("One step")
    settle(view)
    length = f"{path.step_norms[0]:.3g}"
    assert lines(view, "update")[0] == f"Length of the step: {length}"


def test_work_in_the_background_shows_its_progress_and_is_cancelled(view_of, network):
    view = view_of(real_lab(network))
    assert view.page.get_by_role("progressbar").count() == 0
    view.publish(busy={"what": "surface", "done": 0.4})
    bar = view.page.get_by_role("progressbar")
    assert bar.get_attribute("aria-valuenow") == "40"
    assert view.text(".nbk-what") == "Computing the loss over the plane"
    view.press("Cancel")
    assert view.sent[-1] == {"do": "cancel"}
    view.publish(busy={"what": "stopped", "done": 0.0})
    view.press("Continue")
    assert view.sent[-1] == {"do": "compute"}


def test_before_anything_is_known_of_a_real_loss_the_page_is_sound(view_of, network):
    lab = real_lab(network)
    lab._session.paths = []
    lab.publish(**lab._session.initial_traits(1))
    view = view_of(lab)
    open_surface(view)
    # The fixture fails on any error of the page, such as a path with NaN in it.
    assert "NaN" not in view.page.inner_html(".nbk-surface-3d")
    assert view.page.locator(".nbk-surface-3d .nbk-mark").count() == 1
    assert view.text(".nbk-loss") == "–"


def test_losses_that_reach_zero_beside_one_that_explodes_are_on_a_log_scale(view_of):
    runs = [optimizers.SGD(0.4), optimizers.SGD(1.05)]
    view = lab_of(view_of, "x**2", optimizers=runs, start=4.0, steps=40)
    ticks = view.page.locator(".nbk-loss-curves-panel text").all_text_contents()
    assert "1e−4" in ticks
    assert "1e4" in ticks or "1e5" in ticks or "10000" in ticks


def test_arrows_are_true_to_scale(view_of):
    view = lab_of(view_of, "x**2", optimizers=[optimizers.SGD(1.05)], start=4.0)
    # The step from 4 is 1.05 * 8 = 8.4 long, on a map that is 10 wide.
    path = view.page.locator(".nbk-downhill path").first.get_attribute("d")
    x0, _, x1, _ = (float(n) for n in re.findall(r"-?[\d.]+", path))
    _, _, width, _ = view.page.evaluate(BOX)
    assert (x0 - x1) / width == pytest.approx(0.84, abs=0.01)


# Bottoms of all that a learner steers with, in a notebook's output of 1200 by 900.
BOTTOMS = """() => ['.nbk-loss-map', '.nbk-run-list', '.nbk-transport', '.nbk-lesson']
  .map((s) => document.querySelector('.nbk-descent ' + s).getBoundingClientRect().bottom
    - document.querySelector('.nbk-descent').getBoundingClientRect().top)"""


@pytest.mark.parametrize("count", [1, 3])
def test_map_sliders_and_lesson_are_seen_at_once(view_of, count):
    kinds = ["sgd", "momentum", "adam"][:count]
    view = view_of(descent("banana", optimizers=kinds, steps=5))
    view.page.set_viewport_size({"width": 1020, "height": 900})
    view.page.wait_for_function(
        "() => document.querySelector('.nbk-loss-map').clientWidth < 450"
    )
    map_, runs, _, lesson = view.page.evaluate(BOTTOMS)
    assert runs < map_ + 20
    assert lesson < 720
    assert view.page.locator(".nbk-descent").bounding_box()["height"] < 900


def test_runs_that_lie_on_each_other_are_lifted_by_their_card(view_of):
    view = lab_of(view_of, "bowl", optimizers=["sgd", "momentum", "adam"])
    marks = view.page.locator(".nbk-loss-map .nbk-mark")
    top = lambda: marks.last.get_attribute("data-run")  # noqa: E731
    assert top() == "0"  # the one that the five steps explain
    second = view.page.locator(".nbk-run").nth(1)
    second.hover()
    assert top() == "1"
    assert view.page.locator("[data-lifted] .nbk-under .nbk-mark").count() == 2
    view.page.mouse.move(5, 5)
    assert top() == "0"
    view.page.get_by_role("button", name="Explain optimizer 3").press("Enter")
    settle(view)
    assert view.widget.selected == 2
    view.page.get_by_role("button", name="Play", exact=True).focus()
    assert top() == "2"
    assert view.page.locator("[data-lifted]").count() == 0
