"""Tables of numbers without a widget: read on a telephone, by eye and by ear."""

import importlib.resources

import numpy as np
import pytest

import nbkeras
from nbkeras.analysis.devices.devices import Device
from nbkeras.analysis.devices.layer_measurements import LayerMeasurements, Measurement
from nbkeras.analysis.task_gradients.task_gradients import LayerGradients
from nbkeras.notebook.devices.show import ShownDevices
from nbkeras.notebook.task_gradients.show import ShownGradients

pytestmark = pytest.mark.browser

LONG = "encoder/residual_block_with_a_long_name/convolution_3"
# What JupyterLab does to tables and to an output that is too wide.
LAB = """<!doctype html><html lang="en"><title>output</title><style>
body { margin: 0; font: 13px/1.4 sans-serif; color-scheme: light dark; }
main { overflow: auto; padding: 5px; } table { border-collapse: collapse; font-size: 12px; }
td, th { padding: 0.5em; text-align: right; white-space: normal; }</style><main></main>"""
AXE = """async () => {
  const found = await axe.run("main", { resultTypes: ["violations"] });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 120)}`)); }"""
OUT_OF_SIGHT = """() => [...document.querySelectorAll("td")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.textContent)"""


def devices():
    """Two devices, and a layer of a long name."""
    used = (
        Device("cpu:0", "cpu", 2 * 10**9, True),
        Device("cpu:1", "cpu", None, False),
    )
    sizes = Measurement(123.5e6, 35.25e-3), Measurement(119.4e6, 41.75e-3)
    return ShownDevices(
        used, (LayerMeasurements(LONG, "Conv2D", 400, *sizes),), 8, None
    )


def task_gradients():
    """Two losses that oppose each other, and a layer of a long name."""
    cosines = np.array([[1.0, -0.4], [-0.4, 1.0]])
    norms, losses = np.array([2.125, 3.25]), np.array([0.2512, 1.512])
    layers = (LayerGradients(LONG, norms, cosines),)
    tasks = ("digit", "a_task_of_a_long_name")
    return ShownGradients(tasks, losses, np.ones(2), norms, cosines, layers, 64)


TABLES = {"devices": devices, "task_gradients": task_gradients}


@pytest.fixture(params=["en", "zh"])
def language(request):
    """Each language of the package in turn."""
    nbkeras.set_language(request.param)
    yield request.param
    nbkeras.set_language("en")


@pytest.fixture(params=["light", "dark"])
def page(browser, request):
    """A page as wide as a telephone."""
    size = {"width": 390, "height": 800}
    made = browser.new_page(viewport=size, color_scheme=request.param)
    made.set_content(LAB)
    yield made
    made.close()


@pytest.mark.parametrize("name", TABLES)
def test_a_telephone_shows_every_number_and_axe_finds_nothing(name, language, page):
    html = TABLES[name]()._repr_html_()
    page.evaluate(
        "(html) => { document.querySelector('main').innerHTML = html; }", html
    )
    assert page.evaluate(OUT_OF_SIGHT) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    script = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    page.add_script_tag(content=script.read_text("utf-8"))
    assert page.evaluate(AXE) == []
