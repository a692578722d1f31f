"""Lessons walked by mouse in a real JupyterLab, as they say it, in either language.

Each walk runs the cells of the lesson in its quick mode, stops where the text asks for a
hand, and does what it asks.
"""

import json
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


class Walk:
    """A lesson in JupyterLab; its cells are run in order, up to a named one."""

    def __init__(self, lab, language, stem, *, dark, width):
        (path,) = (COURSE / language).glob(f"{stem}_*.ipynb")
        cells = json.loads(path.read_text("utf-8"))
        first = dict(cells["cells"][1], source=[QUICK], id="quick", cell_type="code")
        first |= {"outputs": [], "execution_count": None}
        cells["cells"].insert(0, first)
        self.cells = [(cell["id"], cell["cell_type"]) for cell in cells["cells"]]
        self.done = 0
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
                assert self.page.evaluate(FAILED, number) == [], ident
            if ident == name:
                return number

    def to_the_end(self):
        self.to(self.cells[-1][0])
        assert self.book.errors == []

    @property
    def cell(self):
        """The cell that ran last."""
        return self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")

    def drag(self, number, share):
        """Drag a slider of an interactive plot; wait for the new picture."""
        picture = self.cell.locator("img").last
        before = picture.get_attribute("src")
        track = self.cell.locator(".noUi-target").nth(number)
        track.scroll_into_view_if_needed()
        handle = track.locator(".noUi-handle").bounding_box()
        box = track.bounding_box()
        y = handle["y"] + handle["height"] / 2
        self.page.mouse.move(handle["x"] + handle["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + share * box["width"], y, steps=4)
        self.page.mouse.up()
        self.page.wait_for_function(
            """(before) => [...document.querySelectorAll(
              '.jp-Notebook .jp-Cell.jp-mod-active img')].at(-1)?.src !== before
              && document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active img')""",
            arg=before,
        )

    def slide(self, name, share):
        """Click on a slider of one of our widgets, at a share of its length."""
        self.click_at(self.cell.get_by_role("slider", name=name).first, share)

    def click_at(self, slider, share):
        """Click on a slider, at a share of its length."""
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        x = box["x"] + share * box["width"]
        self.page.mouse.click(x, box["y"] + box["height"] / 2)

    def pull_down(self, place, start, end):
        """Draw a line down the middle of something, from share to share of its height."""
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        x = box["x"] + box["width"] / 2
        self.page.mouse.move(x, box["y"] + start * box["height"])
        self.page.mouse.down()
        self.page.mouse.move(x, box["y"] + end * box["height"], steps=8)
        self.page.mouse.up()

    def button(self, name):
        self.cell.get_by_role("button", name=name, exact=True).click()


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
