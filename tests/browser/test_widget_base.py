"""What every widget stands on: base class, nodes, traits, theme, harness."""

import base64
import re

import numpy as np
import pytest
from harness import Stage
from probe import Probe
from shells import new_shell

from nbkeras.notebook import comms
from nbkeras.notebook.widget.base import Widget

pytestmark = pytest.mark.browser


def test_state_is_drawn_and_followed(view_of):
    view = view_of(Probe(count=3, points=np.float32([1, 2.5]).tobytes()))
    assert view.text(".nbk-count") == "3"
    assert view.text(".nbk-sum") == "3.5"
    view.publish(count=4)
    assert view.text(".nbk-count") == "4"


def test_one_message_with_two_changes_is_drawn_once(view_of):
    view = view_of(Probe())
    before = int(view.page.get_attribute(".nbk-probe", "data-draws"))
    view.publish(count=4, points=np.float32([1]).tobytes())
    assert int(view.page.get_attribute(".nbk-probe", "data-draws")) == before + 1


def test_a_click_is_sent_and_a_slider_is_saved(view_of):
    view = view_of(Probe())
    view.press("Stop")
    assert view.sent == [{"do": "stop"}]
    view.page.locator(".nbk-size").fill("7")
    view.page.wait_for_function("() => mounts[0].host.saved.length === 1")
    view.deliver()
    assert view.widget.size == 7


def test_a_setting_not_yet_saved_is_saved_when_the_view_goes(view_of):
    view = view_of(Probe())
    view.page.evaluate(
        """() => { const slider = document.querySelector(".nbk-size"); slider.value = 5;
        slider.dispatchEvent(new Event("input")); mounts[0].off[1](); }"""
    )
    assert view.saved == [{"size": 5}]


def test_two_views_share_no_id(view_of):
    view_of(Probe())
    page = view_of(Probe()).page
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids)) == 2


def test_the_live_view_hides_its_own_picture_only(view_of):
    probe = Probe(count=5)
    page = view_of(probe).page
    page.evaluate(
        "(html) => document.body.insertAdjacentHTML('beforeend', html)",
        probe.static_html(),
    )
    page.evaluate(
        "() => document.body.insertAdjacentHTML('beforeend', `<figure data-nbk='x'>other</figure>`)"
    )
    assert page.locator("figure").evaluate_all(
        "(all) => all.map((f) => f.offsetHeight > 0)"
    ) == [False, True]


@pytest.mark.page(dark=True)
def test_the_dark_theme_follows_the_page(view_of):
    page = view_of(Probe()).page
    red = "getComputedStyle(document.querySelector('.nbk')).backgroundColor"
    dark = page.evaluate(f"() => {red}")
    page.evaluate("() => { document.body.dataset.jpThemeLight = 'true'; }")
    light = page.evaluate(f"() => {red}")
    assert (dark, light) == ("rgb(21, 24, 28)", "rgb(255, 255, 255)")


def test_a_subscription_left_and_a_page_error_are_found(browser, wire):
    page = browser.new_page()
    stage = Stage(page)
    view = stage(Probe())
    page.evaluate("() => mounts[0].host.on('change:count', () => 0)")
    with pytest.raises(
        AssertionError, match=r"left these subscriptions: \['change:count'\]"
    ):
        stage.finish()
    stage.views.clear()
    page.evaluate(
        "() => { setTimeout(() => { window.gone = true; throw new Error('seen'); }); }"
    )
    page.wait_for_function("() => window.gone")
    with pytest.raises(AssertionError, match=r"the page met errors: .*seen"):
        stage.finish()
    assert view.widget.count == 0
    page.close()


def test_publish_sends_one_message_and_nothing_for_equal_values(wire):
    probe = Probe()
    wire.clear()
    probe.publish(count=2, size=3, points=b"\0\0\0\0")
    assert [m["data"]["method"] for m in wire] == ["update"]
    probe.publish(count=2, size=3)
    assert len(wire) == 1


def test_an_unknown_option_is_refused_with_help(wire):
    with pytest.raises(TypeError, match=r"no option 'cuont'. Did you mean 'count'"):
        Probe(cuont=3)


def test_widgets_of_a_kind_carry_their_script_once(wire):
    first, second = Probe(), Probe()
    assert first._source is second._source
    opened = [m["data"]["state"] for m in wire if m["type"] == "comm_open"]
    carried = [s["script"] for s in opened if "script" in s]
    assert len(carried) <= 1
    assert max(len(s.get("_esm", "")) for s in opened) < 1500
    first._source.close()
    again = Probe()
    assert again._source.comm is not None
    assert "function render" in again._source.script


def test_a_subclass_from_a_notebook_cell_uses_its_parents_files(wire):
    cell = {"Probe": Probe, "__name__": "__main__"}
    exec("class Mine(Probe):\n    '''Made in a cell.'''", cell)
    assert cell["Mine"](count=1)._source is Probe()._source


def test_a_widget_without_its_files_says_what_is_missing():
    with pytest.raises(TypeError, match=r"widget.py needs widget.js and widget.css"):
        type("Bare", (Widget,), {"__module__": __name__})


def test_the_picture_carries_caption_and_data_and_no_markup_of_names(wire):
    html = Probe(count=5, static_copy='"><script>').static_html()
    assert "<script" not in html
    assert html.count("count &lt;5&gt;") == 2
    data = re.search(r"base64,([^\"]+)", html)[1]
    assert b"<text>5</text>" in base64.b64decode(data)


def test_clicks_are_served_by_the_shell_that_the_front_end_chose(wire):
    class Kernel7Comm:
        def _reply_subshell_for(self, data, default):
            return "main"

    widget = type("Holder", (), {"comm": Kernel7Comm()})()
    assert comms.serve_while_busy(widget)
    assert widget.comm._reply_subshell_for({}, "front end's") == "front end's"


def test_a_kernel_without_that_ground_is_left_as_it_is(wire):
    assert not comms.serve_while_busy(Probe())


def test_the_extension_loads_twice_and_unloads():

    shell = new_shell()
    loaded = {"load_ext": True, "reload_ext": True, "unload_ext": False}
    for line, stays in loaded.items():
        shell.run_line_magic(line, "nbkeras")
        assert ("nbkeras" in shell.extension_manager.loaded) is stays
