"""The playground's widget, from Python: what its traits say, and what a page asks."""

import threading
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import nbkeras
from nbkeras.notebook.playground.live_updates import LiveUpdates


@pytest.fixture(autouse=True)
def _wired(wire):
    """Widgets send their messages nowhere."""


@pytest.fixture
def lab_of():
    """lab_of(...) -> a playground that is closed after the test."""
    opened = []

    def make(*arrays, **options):
        opened.append(nbkeras.playground(*arrays, **options))
        return opened[-1]

    yield make
    for lab in opened:
        lab.close()


def ask(lab, request, **more):
    lab._handle_custom_msg({"do": request, **more}, [])


def until(lab, condition):
    """Wait until the traits say so."""
    event = threading.Event()

    def look(change=None):
        if condition():
            event.set()

    lab.observe(look, ["step", "status"])
    look()
    assert event.wait(60)
    lab.unobserve(look, ["step", "status"])


def test_the_line_of_code_opens_the_same_playground(lab_of):
    lab = lab_of(data="xor", layers=[3], steps=40)
    ask(lab, "weight", name="hidden_1/bias[2]", value=0.5)
    lab.settings = lab.settings | {"learning_rate": 0.2}
    lab.train(15)
    again = eval(lab.code, {"nbkeras": nbkeras})
    for mine, same in zip(lab.maps.weights, again.maps.weights, strict=True):
        np.testing.assert_array_equal(mine, same)
    assert again.code == lab.code
    assert again.step == 55
    again.close()


def test_traits_are_the_maps_of_the_experiment(lab_of):
    lab = lab_of(layers=[3], steps=30)
    maps = lab.maps
    np.testing.assert_array_equal(
        np.frombuffer(lab.units, "uint8").reshape(-1, 32, 32), maps.units
    )
    weights = np.concatenate([w.ravel() for w in maps.weights])
    np.testing.assert_array_equal(np.frombuffer(lab.weights, "<f4"), weights)
    losses = np.frombuffer(lab.losses, "<f4")
    np.testing.assert_allclose(losses, list(maps.losses.values()), rtol=1e-6)
    curve = np.frombuffer(lab.curve, "<f4").reshape(3, -1)
    assert curve[0, 0] == 0
    assert curve[0, -1] == 30
    assert curve[1, -1] == pytest.approx(maps.losses["train_loss"])


def test_a_run_is_played_paused_and_goes_on(lab_of):
    lab = lab_of(layers=[3])
    ask(lab, "play")
    until(lab, lambda: lab.step > 50 and lab.status == "playing")
    ask(lab, "pause")
    until(lab, lambda: lab.status == "paused" and lab.step == lab.experiment.steps)
    at = lab.step
    assert lab.code.endswith(f"steps={at})")
    ask(lab, "play")
    until(lab, lambda: lab.step > at)
    ask(lab, "reset")
    assert lab.step == 0
    assert lab.status == "paused"


def test_after_a_pause_the_code_gives_the_state_in_which_the_network_stands(lab_of):
    lab = lab_of(data="xor", layers=[3])
    lab.play()
    until(lab, lambda: lab.step > 5)
    lab.pause()
    again = eval(lab.code, {"nbkeras": nbkeras})
    assert again.step == lab.step == lab.experiment.steps
    for mine, same in zip(lab.maps.weights, again.maps.weights, strict=True):
        np.testing.assert_array_equal(mine, same)
    again.close()


def test_changes_of_the_page_make_a_new_network_or_are_refused(lab_of):
    lab = lab_of(steps=10)
    lab.set_state({"settings": lab.settings | {"layers": [5], "features": ["x1_x2"]}})
    assert lab.step == 0
    assert lab.model.get_layer("hidden_1").kernel.shape == (1, 5)
    lab.set_state({"settings": lab.settings | {"layers": [99]}})
    assert "at most 6 layers of 1 to 10 units" in lab.trouble
    assert lab.settings["layers"] == [5]
    lab.set_state({"settings": lab.settings | {"noise": 0.1}})
    assert lab.trouble == ""
    assert lab.settings["noise"] == 0.1


def test_a_weight_that_is_not_there_is_trouble_on_the_page(lab_of):
    lab = lab_of()
    ask(lab, "weight", name="hidden_9/bias[0]", value=1)
    assert "no weight 'hidden_9/bias[0]'" in lab.trouble


@pytest.mark.filterwarnings("ignore:The loss is NaN")
def test_a_diverged_run_ends_and_is_reset(lab_of):
    options = {"activation": "linear", "layers": [6, 6, 6], "learning_rate": 50}
    lab = lab_of(problem="regression", **options)
    ask(lab, "play")
    until(lab, lambda: lab.status == "ended")
    assert "Choose a smaller learning rate" in lab.trouble
    ask(lab, "reset")
    assert (lab.status, lab.trouble, lab.step) == ("paused", "", 0)


def test_own_data_changes_to_a_made_set_and_back(lab_of):
    x = np.random.default_rng(0).normal(size=(40, 2))
    lab = lab_of(x, np.arange(40) % 3, layers=[2])
    assert lab.info["kind"] == "classes"
    lab.set_state({"settings": lab.settings | {"data": "xor"}})
    assert lab.info["kind"] == "binary"
    lab.set_state({"settings": lab.settings | {"data": "own"}})
    assert lab.info["names"] == ["0", "1", "2"]
    assert lab.code.startswith("nbkeras.playground(x, y, ")


def test_a_closed_playground_is_shown_again_where_it_was(lab_of):
    lab = lab_of(layers=[2])
    lab.train(20)
    weights = lab.maps.weights
    lab.close_comms()
    lab._open_again()
    ask(lab, "step")
    until(lab, lambda: lab.step == 21 and lab.status == "paused")
    whole = lab_of(layers=[2], steps=21)
    for now, same in zip(lab.maps.weights, whole.maps.weights, strict=True):
        np.testing.assert_array_equal(now, same)
    assert not np.array_equal(weights[0], lab.maps.weights[0])


@pytest.mark.parametrize(
    "options",
    [
        {"data": "spiral", "layers": [8, 8], "steps": 20},
        {"problem": "regression", "layers": []},
        {"points": []},
        {"points": [(1, 2, 0), (-1, 0, 2), (3, 3, 1)], "discretize": True},
    ],
)
def test_the_static_picture_is_small_and_well_formed(options, lab_of):
    lab = lab_of(**options)
    svg, caption = lab.static_picture()
    ET.fromstring(svg)
    assert len(svg) < 90_000
    assert f"after {lab.step} steps" in caption
    assert lab.figure().axes


def test_both_arrays_or_none(lab_of):
    with pytest.raises(ValueError, match=r"Write playground\(x, y\)"):
        lab_of(np.ones((3, 2)))
    with pytest.raises(ValueError, match="leave out data and points"):
        lab_of(np.ones((3, 2)), [0, 1, 0], data="xor")


def test_updates_are_bounded_and_the_last_is_shown():
    shown, done = [], threading.Event()

    def show():
        shown.append(count)
        if count == 1000:
            done.set()

    updates = LiveUpdates(show, every_s=0.05)
    updates.start()
    for number in range(1001):
        count = number
        updates.changed()
    assert done.wait(10)
    updates.close()
    assert len(shown) < 20
    assert shown[-1] == 1000


def test_mistakes_are_chinese_in_a_chinese_notebook(lab_of):
    from nbkeras.notebook.error_messages.translate import translate

    try:
        nbkeras.set_language("zh")
        for options in ({"layers": [99]}, {"features": []}, {"x": [[1, 2]]}):
            with pytest.raises(ValueError, match="playground") as refused:
                lab_of(**options)
            text = translate(str(refused.value))
            assert not {"the", "at", "most", "needs", "Write"} & set(text.split())
    finally:
        nbkeras.set_language("en")
