"""Lessons walked by mouse in a real JupyterLab, as they say it, in either language.

Each walk runs the cells of the lesson in its quick mode, stops where the text asks for a
hand, and does what it asks.
"""

import ast
import itertools
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.jupyter

COURSE = Path(__file__).parents[2] / "notebooks"
QUICK = 'import os\nos.environ["NBKERAS_QUICK"] = "1"'
NARROW, WIDE = 640, 1200
DARK = """() => window.jupyterapp.commands.execute(
  'apputils:change-theme', {theme: 'JupyterLab Dark'})"""
IS_DARK = "() => document.body.dataset.jpThemeLight === 'false'"
FAILED = """(i) => window.jupyterapp.shell.currentWidget.content.widgets[i].model
  .outputs.toJSON().filter((o) => o.output_type === 'error').map((o) => o.evalue)"""


WORDS = """(selector) => {
  const cell = document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active');
  const part = cell.querySelector(selector);
  return part && ['d', 'aria-label', 'data-turned'].map((name) => part.getAttribute(name))
    .join() + part.textContent; }"""
CHOOSE = """(i) => { const { content } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = i; return content.scrollToItem(i, 'center'); }"""


class Walk:
    """A lesson in JupyterLab; its cells are run in order, up to a named one.

    `before` {name of a cell: code} are cells of the test, such as one that makes a run of
    the lesson as long as it is for a reader. `wrong` names cells that are to fail.
    """

    def __init__(self, lab, language, stem, *, dark, width, before=None, wrong=()):
        (path,) = (COURSE / language).glob(f"{stem}_*.ipynb")
        cells = json.loads(path.read_text("utf-8"))
        first = dict(cells["cells"][1], source=[QUICK], id="quick", cell_type="code")
        first |= {"outputs": [], "execution_count": None}
        cells["cells"].insert(0, first)
        for name, code in (before or {}).items():
            place = [cell["id"] for cell in cells["cells"]].index(name)
            cells["cells"].insert(place, dict(first, source=[code], id=f"set-{name}"))
        self.cells = [(cell["id"], cell["cell_type"]) for cell in cells["cells"]]
        self.done, self.wrong = 0, wrong
        self.book = lab.open(json.dumps(cells))
        self.page = self.book.page
        self.page.set_default_timeout(60_000)
        self.page.set_viewport_size({"width": width, "height": 1000})
        self.page.evaluate(
            "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
        )
        if dark:
            self.page.evaluate(DARK)
            self.page.wait_for_function(IS_DARK)

    def to(self, name):
        """Run the cells up to this one; returns its number."""
        while True:
            number, (ident, kind) = self.done, self.cells[self.done]
            self.done += 1
            if kind == "code":
                self.book.run(number)
                failed = self.page.evaluate(FAILED, number)
                assert bool(failed) == (ident in self.wrong), (ident, failed)
            if ident == name:
                return number

    def begin(self, name):
        """Run the cells before this one, and begin to run it; returns its number."""
        names = [ident for ident, _ in self.cells]
        number = names.index(name)
        self.to(names[number - 1])
        self.done += 1
        self.book.start(number)
        return number

    def to_the_end(self):
        self.to(self.cells[-1][0])
        assert self.book.errors == []

    @property
    def cell(self):
        """The cell that ran last."""
        return self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")

    def write(self, name, line, new, is_wrong=False):
        """Write a line of a cell anew with mouse and keyboard, and run the cell.

        Returns what stands under it then.
        """
        number = [ident for ident, _ in self.cells].index(name)
        self.page.evaluate(CHOOSE, number)
        self.cell.locator(".cm-line", has_text=line).first.click()
        for key in ("Home", "Shift+End"):
            self.page.keyboard.press(key)
        self.page.keyboard.type(new)
        text = self.book.run(number)
        assert bool(self.page.evaluate(FAILED, number)) == is_wrong, text
        return text

    def changes(self, selector, act):
        """Do something; wait until the words or the shape of a part are others."""
        before = self.page.evaluate(WORDS, selector)
        act()
        self.page.wait_for_function(
            f"([selector, before]) => ({WORDS})(selector) !== before",
            arg=[selector, before],
        )

    def drag(self, number, share):
        """Drag a slider of an interactive plot; wait for the new picture."""
        self.redraws(lambda: self._drag(number, share))

    def redraws(self, act):
        """Do something; wait for the new picture of an interactive plot."""
        before = self.cell.locator("img").last.get_attribute("src")
        act()
        self.page.wait_for_function(
            """(before) => [...document.querySelectorAll(
              '.jp-Notebook .jp-Cell.jp-mod-active img')].at(-1)?.src !== before
              && document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active img')""",
            arg=before,
        )

    def _drag(self, number, share):
        track = self.cell.locator(".noUi-target").nth(number)
        track.scroll_into_view_if_needed()
        handle = track.locator(".noUi-handle").bounding_box()
        box = track.bounding_box()
        y = handle["y"] + handle["height"] / 2
        self.page.mouse.move(handle["x"] + handle["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + share * box["width"], y, steps=4)
        self.page.mouse.up()

    def slide(self, name, share):
        """Click on a slider of one of our widgets, at a share of its length."""
        self.click_at(self.cell.get_by_role("slider", name=name).first, share)

    def click_at(self, place, across, down=0.5):
        """Click on something, at shares of its width and its height."""
        self.page.mouse.click(*self.spot(place, across, down))

    def spot(self, place, across, down):
        """Where the shares of the width and the height of something are."""
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def pull_down(self, place, start, end):
        """Draw a line down the middle of something, from share to share of its height."""
        self.pull(place, (0.5, start), (0.5, end))

    def pull(self, place, start, end):
        """Drag from one spot of something to another, each two shares."""
        first, last = self.spot(place, *start), self.spot(place, *end)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        self.page.mouse.move(*last, steps=8)
        self.page.mouse.up()

    def button(self, name):
        self.cell.get_by_role("button", name=name, exact=True).click()


def test_first_light_the_answers_are_written_and_checked(lab):
    walk = Walk(lab, "zh", "01", dark=False, width=WIDE)
    walk.to("read-guess")
    assert "记下了：0.5" in walk.write("read-guess", "my_guess", "my_guess = 0.5")
    number = walk.to("lesson-1-18")
    walk.book.wait(number, "strong", "留出的数字")
    assert "还没有猜" not in walk.book.text(number)
    assert "尚未回答" in walk.book.text(walk.to("lesson-1-21"))
    walk.write("lesson-1-20", "cost = None", "cost = 1")
    assert "1 不对" in walk.book.run(walk.done - 1)
    walk.write("lesson-1-20", "cost = 1", "cost = -np.log(0.25)")
    assert "正确" in walk.book.run(walk.done - 1)
    walk.to("lesson-1-31")
    answer = "better = ImageDataGenerator(rescale=1 / 255, rotation_range=10)"
    walk.write("lesson-1-30", "better = None", answer)
    assert "正确" in walk.book.run(walk.done - 1)
    walk.to_the_end()


def test_live_training_is_read_then_steered_in_the_order_of_the_text(lab):
    long = "QUICK, quick_x, quick_y = False, x, y\n(x, y), _ = digits.load()\n"
    before = {
        "steer": long + 'x = x[..., np.newaxis].astype("float32") / 255',
        "again": "QUICK, x, y = True, quick_x, quick_y",
    }
    walk = Walk(lab, "en", "02", dark=True, width=WIDE, before=before)
    number = walk.to("watch")
    walk.book.wait(number, ".nbk-status", "Done")
    face = walk.cell.locator(".nbk-charts .nbk-face").first
    walk.page.mouse.move(*walk.spot(face, 0.5, 0.5))
    walk.cell.get_by_text(re.compile(r"epoch \d, step \d+")).first.wait_for()
    walk.button("Log")
    walk.cell.locator("button[aria-pressed=true]", has_text="Log").wait_for()
    walk.button("Epoch table")
    walk.cell.locator(".nbk-table", has_text="★").wait_for()
    number = walk.begin("steer")
    walk.book.wait(number, ".nbk-status", "Training")
    walk.button("Pause")
    walk.book.wait(number, ".nbk-status", "Paused")
    for _ in range(3):
        walk.changes(".nbk-where", lambda: walk.button("Step"))
    walk.button("Epoch table")
    walk.button("Validate now")
    walk.book.wait(number, ".nbk-table tbody th", "now")
    walk.book.wait(number, ".nbk-status", "Paused")
    walk.button("Resume")
    walk.book.wait(number, ".nbk-status", "Training")
    slider, places = walk.cell.get_by_role("slider", name="Learning rate"), []
    for old, new in itertools.pairwise((0.5, 0.25, 0.5, 0.98, 0.5)):
        walk.pull(slider, (old, 0.5), (new, 0.5))
        places.append(float(slider.get_attribute("aria-valuetext")))
        walk.book.wait(number, ".nbk-charts", f"rate {places[-1]:g}")
    assert 0.005 < places[0] < 0.02
    assert places[2] > 5
    walk.button("Stop")
    walk.book.ended(number)
    assert walk.book.text(number).rstrip().endswith("whole epochs")
    assert "stopped" in walk.book.text(number)
    number = walk.to("again")
    walk.book.wait(number, ".nbk-message", "Continues from epoch")
    walk.to_the_end()


def test_a_model_is_pointed_at_opened_and_misspelt(lab):
    walk = Walk(lab, "zh", "03", dark=False, width=NARROW, wrong=["mistake"])
    number = walk.to("first")
    dense = walk.cell.locator(".nbk-face [role=button]", has_text="Dense").first
    dense.hover()
    walk.book.wait(number, ".nbk-peek", "7,850")
    dense.click()
    walk.cell.locator(".nbk-inspector .nbk-tiles").first.wait_for()
    number = walk.to("mistake")
    walk.book.wait(number, ".nbk-wrong", "Conv2D")
    right = 'Dense(10, activation="softmax")'
    wrong = right.replace("Dense", "Densee")
    assert "Densee" in walk.write("keep", "Dense(10", wrong, is_wrong=True)
    walk.write("keep", wrong, right)
    number = walk.to("keep")
    walk.book.wait(number, ".nbk-note", "保留")
    walk.to_the_end()


def test_every_lab_of_gradient_descent_is_played_with(lab):
    walk = Walk(lab, "en", "04", dark=True, width=WIDE)
    walk.to("five")
    for _ in range(4):
        walk.cell.locator(".nbk-next").click()
    update = walk.cell.locator("[data-phase=update] .nbk-lines")
    update.get_by_text("4 − 0.1 · 8 = 3.2").wait_for()
    walk.to("rate")
    second = walk.cell.locator(".nbk-run").nth(1)
    assert "Diverges" not in second.inner_text()
    walk.slide("Learning rate of optimizer 2", 0.95)
    second.get_by_text("Diverges").wait_for()
    walk.to("valley")
    walk.changes(".nbk-where", lambda: walk.button("Play"))
    walk.cell.get_by_label("Adaptive scale").check()
    land = walk.cell.locator(".nbk-catch").first
    walk.changes(".nbk-handle", lambda: walk.click_at(land, 0.2, 0.3))
    handle = walk.cell.locator(".nbk-handle")
    walk.changes(".nbk-handle", lambda: handle.press("ArrowUp"))
    walk.to("race")
    walk.cell.get_by_label("Formula", exact=True).click(click_count=3)
    walk.page.keyboard.type("sin(x) * sin(y) + (x**2 + y**2)/20")
    walk.changes(".nbk-isolines", lambda: walk.page.keyboard.press("Enter"))
    walk.cell.locator(".nbk-surface-3d-panel summary").click()
    surface = walk.cell.locator(".nbk-turn")
    walk.changes(".nbk-turn", lambda: walk.pull(surface, (0.3, 0.5), (0.6, 0.5)))
    walk.to("line")
    points = walk.cell.locator(".nbk-point")
    third = ".nbk-point:nth-child(3)"
    walk.changes(third, lambda: walk.pull(points.nth(2), (0.5, 0.5), (0.5, -1)))
    walk.click_at(walk.cell.locator(".nbk-fit"), 0.3, 0.2)
    seventh = walk.cell.locator(".nbk-point:nth-child(7)")
    seventh.wait_for()
    seventh.press("Delete")
    seventh.wait_for(state="detached")
    walk.slide("Points in a batch", 0.01)
    walk.cell.get_by_role("button", name="Other batches").wait_for()
    walk.to("network")
    walk.book.wait(walk.done - 1, ".nbk-reason", "Suggested learning rate")
    curve = walk.cell.get_by_role("slider", name="Loss against learning rate")
    walk.changes(".nbk-use", lambda: walk.click_at(curve, 0.4))
    walk.cell.locator(".nbk-use").click()
    walk.book.wait(walk.done - 1, ".nbk-chosen", "The optimizer now has")
    walk.to("terrain")
    walk.cell.locator(".nbk-work").wait_for(state="hidden")
    land = walk.cell.locator(".nbk-catch").first
    walk.changes(".nbk-handle", lambda: walk.click_at(land, 0.3, 0.3))
    plane = walk.cell.get_by_label("Plane through the weights")
    plane.select_option(label="Two random directions")
    walk.book.wait(walk.done - 1, ".nbk-facts", "two random directions")
    walk.to_the_end()


STUDIO_RANGES = ["rotation_range", "width_shift_range", "height_shift_range"]
STUDIO_RANGES += ["shear_range", "zoom_range", "channel_shift_range", "cval"]


def test_the_studio_every_slider_the_extremes_and_made_up_pixels(lab):
    walk = Walk(lab, "en", "05", dark=False, width=NARROW)
    walk.to("errors-guess")
    walk.write("errors-guess", "my_guess", "my_guess = 4")
    assert "your guess\n4" in walk.book.text(walk.to("errors"))
    number = walk.to("studio")
    code = ".nbk-code code"
    walk.book.wait(number, code, "rotation_range=15")
    for name in STUDIO_RANGES:
        walk.changes(code, lambda name=name: walk.slide(name, 0.7))
        assert name in walk.book.says(number, code)
    flip = walk.cell.get_by_label("horizontal_flip", exact=True)
    walk.changes(code, flip.check)
    walk.button("Extremes")
    walk.cell.locator("button[aria-pressed=true]", has_text="Extremes").wait_for()
    walk.cell.get_by_label("Made-up pixels").check()
    fill = walk.cell.get_by_label("fill_mode", exact=True)
    walk.changes(code, lambda: fill.select_option(label="wrap"))
    walk.button("Variants")
    walk.cell.locator(".nbk-card").nth(1).hover()
    walk.cell.locator(".nbk-outlines .nbk-strong").wait_for(state="attached")
    # The variants are those of the generator, whatever was shown last.
    assert "pixel for pixel: True" in walk.book.text(walk.to("exact"))
    walk.to_the_end()


def test_backpropagation_a_guess_a_nudge_and_the_depth(lab):
    walk = Walk(lab, "zh", "06", dark=True, width=NARROW)
    walk.to("guess")
    assert "记下了" in walk.write("guess", "my_guess", "my_guess = 1000")
    text = walk.book.text(walk.to("compare"))
    assert "1,000" in text
    walk.to("nudge")
    nudged = walk.write("nudge", "w1, w2 =", "w1, w2 = 6, -1.5")
    by_nudge, by_chain = map(float, re.findall(r"-?\d+\.\d+", nudged)[:2])
    assert abs(by_nudge) < 0.01
    assert abs(by_nudge - by_chain) < 1e-6
    walk.to("move")
    walk.redraws(lambda: walk.cell.locator("select").select_option(label="relu"))
    walk.drag(0, 0.98)
    walk.cell.locator(".widget-readout", has_text="12").wait_for()
    walk.to_the_end()


def test_inside_a_tile_a_pixel_a_channel_off_and_a_drawing(lab):
    walk = Walk(lab, "en", "07", dark=False, width=WIDE)
    walk.to("off-guess")
    walk.write("off-guess", "my_guess", "my_guess = 9")
    number = walk.to("look")
    walk.book.wait(number, ".nbk-check", "equal to model.predict")
    name = "edges, channel 3"
    walk.cell.get_by_role("button", name=name, exact=True).click()
    walk.book.wait(number, ".nbk-chosen strong", name)
    walk.page.mouse.move(*walk.spot(walk.cell.locator(".nbk-map"), 0.52, 0.52))
    walk.book.wait(number, ".nbk-place", "row 12, column 12")
    walk.book.wait(number, ".nbk-verdict", "agrees with the network")
    walk.button("Switch off")
    walk.book.wait(number, '[data-row="0"] .nbk-some-off', "channels off: 1")
    walk.button("Draw")
    pad = walk.cell.get_by_role("application", name="Drawing area: draw with the mouse")
    walk.pull_down(pad, 0.15, 0.85)
    walk.book.wait(number, ".nbk-label", "your picture")
    assert "your guess\n9" in walk.book.text(walk.to("off"))
    walk.to_the_end()


def test_losses_move_the_power_sort_the_runs_move_the_threshold(lab):
    walk = Walk(lab, "en", "08", dark=False, width=WIDE)
    walk.to("power")
    walk.drag(0, 1.0)  # p = 8
    walk.to("runs")
    header = walk.cell.locator("[data-sort]").last
    header.click()
    name = header.get_attribute("data-sort")
    walk.cell.locator(f"th[aria-sort$=ending] [data-sort='{name}']").wait_for()
    walk.to("threshold")
    walk.drag(0, 0.9)
    walk.to_the_end()


def test_augmentation_every_slider_and_the_extremes(lab):
    walk = Walk(lab, "zh", "09", dark=True, width=NARROW)
    number = walk.to("studio")
    walk.book.wait(number, ".nbk-code code", "RandomTranslation")
    before = walk.book.says(number, ".nbk-code code")
    sliders = walk.cell.get_by_role("slider")
    for k in range(sliders.count()):
        walk.click_at(sliders.nth(k), 0.6)
    walk.page.wait_for_function(
        """(before) => document.querySelector(
          '.jp-mod-active .nbk-code code').textContent !== before""",
        arg=before,
    )
    walk.button("极值")
    walk.cell.locator("button[aria-pressed=true]", has_text="极值").wait_for()
    walk.to_the_end()


def test_mistakes_by_cell_by_suspicion_and_on_the_map_and_the_reasons(lab):
    walk = Walk(lab, "en", "10", dark=True, width=WIDE)
    number = walk.to("look")
    walk.book.wait(number, ".nbk-matrix", "9")
    # Off the diagonal, where there are mistakes.
    walk.cell.locator(".nbk-matrix td button:not(:text-is('0'))").first.wait_for()
    place = walk.page.evaluate(
        """() => [...document.querySelectorAll('.jp-mod-active .nbk-matrix tr')]
          .flatMap((row, i) => [...row.querySelectorAll('td button')].map(
            (button, j) => [button, i, j]))
          .findIndex(([button, i, j]) => i - 1 !== j && +button.textContent > 0)"""
    )
    walk.cell.locator(".nbk-matrix td button").nth(place).click()
    walk.cell.locator(".nbk-card").first.wait_for()
    show = walk.cell.get_by_label("Show", exact=True)
    show.select_option(label="Suspected labels, the clearest first")
    walk.cell.get_by_role("tab", name="Feature map").click()
    walk.cell.locator(".nbk-point").first.wait_for()
    walk.to("explain")
    walk.cell.locator(".nbk-badge[data-verdict]").first.wait_for()
    walk.cell.get_by_role("button", name="Picture of 2", exact=True).click()
    walk.cell.locator(".nbk-bar").nth(1).click()
    walk.cell.locator(".nbk-why").wait_for()
    walk.to_the_end()


def test_regularisation_play_choose_l2_and_play_again(lab):
    walk = Walk(lab, "zh", "11", dark=False, width=NARROW)
    number = walk.to("play")

    def train(begin):
        walk.book.wait(number, ".nbk-counted", f"第 {begin} 步")
        walk.button("训练")
        walk.page.wait_for_function(
            """(begin) => !document.querySelector(
              '.jp-mod-active .nbk-counted').textContent.startsWith(begin)""",
            arg=f"第 {begin} 步",
        )
        walk.button("暂停")
        walk.book.wait(number, ".nbk-status", "已暂停")

    train(20)  # so many steps are done when it opens
    walk.cell.get_by_label("正则化", exact=True).select_option(label="L2")
    walk.book.wait(number, ".nbk-counted", "第 0 步")
    walk.cell.get_by_label("正则化系数", exact=True).select_option(label="0.01")
    train(0)
    walk.to_the_end()


def test_transfer_the_channels_of_a_digit_that_the_network_does_not_know(lab):
    walk = Walk(lab, "en", "12", dark=True, width=NARROW)
    number = walk.to("inside")
    walk.book.wait(number, ".nbk-check", "equal to model.predict")
    walk.cell.get_by_role("button", name="channel 3").first.click()
    walk.book.wait(number, ".nbk-chosen strong", "channel 3")
    walk.to_the_end()


def test_attention_move_the_query_then_the_sharpness(lab):
    walk = Walk(lab, "zh", "13", dark=True, width=WIDE)
    walk.to("by-hand")
    walk.drag(0, 0.8)
    walk.drag(1, 0.0)
    walk.drag(1, 1.0)
    walk.to_the_end()


def test_own_pictures_are_looked_at_and_drawn(lab):
    walk = Walk(lab, "en", "14", dark=False, width=WIDE)
    number = walk.to("mistakes")
    walk.book.wait(number, ".nbk-matrix", "9")
    walk.cell.locator(".nbk-card").first.click()
    number = walk.to("camera")
    walk.book.wait(number, ".nbk-check", "equal to model.predict")
    walk.cell.get_by_role("button", name="Draw", exact=True).click()
    pad = walk.cell.get_by_role("application", name="Drawing area: draw with the mouse")
    walk.pull_down(pad, 0.15, 0.85)
    walk.book.wait(number, ".nbk-label", "your picture")
    walk.to_the_end()


def test_search_by_hand_then_brush_an_axis(lab):
    walk = Walk(lab, "zh", "20", dark=False, width=NARROW)
    walk.to("hand")
    walk.drag(1, 0.5)
    walk.to("search")
    walk.pull_down(walk.cell.locator(".nbk-axis .nbk-grip").first, 0.2, 0.6)
    walk.cell.locator(".nbk-brush:not([display=none])").first.wait_for()
    walk.to_the_end()


def test_tasks_the_weight_of_a_loss_is_moved_while_the_run_goes_on(lab):
    before = {"move": "QUICK = False", "found": "QUICK = True"}
    walk = Walk(lab, "en", "21", dark=True, width=WIDE, before=before)
    number = walk.to("move")
    walk.book.wait(number, ".nbk-status", "Training")
    slider = walk.cell.get_by_role("slider", name="slant", exact=True)
    walk.click_at(slider, 0.13)
    # The run takes the weight before its next step; its charts mark it.
    walk.book.wait(number, ".nbk-charts", "slant × ")
    stopped = walk.book.text(walk.to("stop"))
    weights = ast.literal_eval(stopped.strip().splitlines()[-1])
    assert weights["digit"] == 1
    assert 0 < weights["slant"] < 1e-3
    walk.to_the_end()


def test_mixtures_say_the_label_that_they_become(lab):
    walk = Walk(lab, "zh", "22", dark=True, width=NARROW)
    number = walk.to("mix")
    walk.book.wait(number, ".nbk-code code", "MixUp")
    walk.cell.get_by_text(" % + ").first.wait_for()
    walk.slide("alpha", 0.9)
    walk.page.wait_for_function(
        """() => !document.querySelector('.jp-mod-active .nbk-code code')
          .textContent.includes('alpha=0.4')"""
    )
    walk.to("cut")
    walk.cell.get_by_text(" % + ").first.wait_for()
    walk.to_the_end()


def test_privacy_the_line_of_the_attacker(lab):
    walk = Walk(lab, "en", "23", dark=False, width=NARROW)
    walk.to("threshold")
    walk.drag(0, 0.2)
    walk.to_the_end()


def test_devices_the_size_of_the_batch(lab):
    walk = Walk(lab, "zh", "24", dark=True, width=WIDE)
    walk.to("batch")
    walk.drag(0, 1.0)
    walk.cell.locator(".widget-readout", has_text="256").wait_for()
    walk.to("placed")
    assert walk.cell.locator("img").count() == 1
    walk.to_the_end()
