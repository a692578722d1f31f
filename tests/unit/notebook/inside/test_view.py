"""The view of a network's inside, from Python: what its traits say, and fits it follows."""

import base64

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, Sequential, layers
from nbkeras.analysis.inside import network as networks
from nbkeras.notebook.inside.follow import Followed
from nbkeras.notebook.inside.show import inside
from nbkeras.notebook.inside.tiles import encoded, largest, shrunk
from nbkeras.train import events


@pytest.fixture(autouse=True)
def _wired(wire):
    """Widgets send their messages nowhere."""


def network(activation="relu"):
    nbkeras.utils.set_random_seed(4)
    model = Sequential(
        [
            Input((12, 12, 1)),
            layers.Conv2D(20, 3, activation=activation, name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.4, name="dropout"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def pictures(count=3):
    return np.random.default_rng(0).random((count, 12, 12, 1)).astype("float32")


def tiles_of(view, row):
    """{tile: array} of a row, decoded as the page does."""
    at = [entry[0] for entry in view.index].index(row)
    _, start, n, height, width = view.index[at]
    first = sum(entry[2] for entry in view.index[:at])
    scales = np.frombuffer(view.scales, "<f4")[first : first + n]
    block = np.frombuffer(view.tiles, "uint8")[start : start + n * height * width]
    block = block.reshape(n, height, width).astype("float32")
    return (block - 128) / 127 * scales[:, None, None]


def own(picture):
    """The traits that a page sets for a picture of its own."""
    data = base64.b64encode(picture.tobytes()).decode()
    return {"own": data, "own_shape": list(picture.shape), "at": -1}


def ask(view, **traits):
    """Set traits in one message, as a page does."""
    view.set_state(traits | {"ask": view.ask + 1})
    assert view.answered == view.ask


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_tiles_are_the_activations_within_half_a_byte(activation):
    model, x = network(activation), pictures()
    view = inside(model, x)
    part = Model(model.input, model.get_layer("conv").output)
    expected = np.moveaxis(part.predict(x[:1], verbose=0)[0], -1, 0)[:16]
    tiles = tiles_of(view, 0)
    assert tiles.shape == expected.shape
    limit = np.abs(expected).max((1, 2), keepdims=True) / 127 / 2
    assert (np.abs(tiles - expected) <= limit * 1.01 + 1e-7).all()
    np.testing.assert_allclose(view.tops[1], np.abs(view.activations["conv"]).max())


def test_large_maps_are_averaged_down():
    x = np.random.default_rng(0).normal(size=(150, 131, 2)).astype("float32")
    tiles, scales = encoded(x)
    assert tiles.shape == (2, 50, 43)
    shown = (float(tiles[1, 1, 2]) - 128) / 127 * float(scales[1])
    by_hand = float(x[3:6, 6:9, 1].mean())
    assert shown == pytest.approx(by_hand, abs=float(scales[1]) / 200)


@pytest.mark.parametrize("shape", [(150, 131), (300, 7), (3, 500), (64, 64), (65, 129)])
def test_every_value_of_a_tile_is_the_mean_of_a_block(shape):
    x = np.random.default_rng(1).normal(size=(*shape, 2)).astype("float32")
    block = -(-max(shape) // 64)
    high, wide = (min(block, n) for n in shape)
    small = shrunk(x, 64)
    for i, j in ((0, 0), (small.shape[0] - 1, small.shape[1] - 1)):
        part = x[i * high : (i + 1) * high, j * wide : (j + 1) * wide]
        np.testing.assert_allclose(small[i, j], part.mean((0, 1)), atol=1e-6)
    assert small.shape[:2] == (shape[0] // high, shape[1] // wide)


def test_the_largest_value_is_that_of_the_finite_ones():
    assert largest(np.array([1.0, -3.0])) == 3
    assert largest(np.array([1.0, -np.inf, np.nan])) == 1
    assert largest(np.zeros((2, 0))) == 0


def test_switching_a_channel_encodes_only_the_rows_behind_it_anew(monkeypatch):
    monkeypatch.setattr(networks, "MOST_CALLS", 0)
    monkeypatch.setattr(networks, "PART_CALLS", 1)
    view = inside(network(), pictures())
    rows = []
    monkeypatch.setattr(
        "nbkeras.notebook.inside.session.largest",
        lambda maps: [rows.append(maps.shape), largest(maps)][1],
    )
    ask(view, off={"1": [2]})
    assert rows == [(5, 5, 20), (1, 1, 500), (1, 1, 3)]
    assert not tiles_of(view, 1)[2].any()
    assert tiles_of(view, 0)[2].any()


def test_numbers_that_are_not_finite_are_shown_as_zero_and_sent_as_text():
    model = network("linear")
    kernel, bias = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([kernel, bias * np.nan])
    view = inside(model, pictures())
    ask(view, chosen=[0, 0], point=[5, 5])
    assert view.arithmetic["value"] == "nan"
    assert np.isfinite(tiles_of(view, 0)).all()


def test_more_tiles_come_when_asked_for_and_closed_rows_send_none():
    view = inside(network(), pictures())
    assert [entry[2] for entry in view.index if entry[0] == 0] == [16]
    ask(view, more={"0": 64})
    assert [entry[2] for entry in view.index if entry[0] == 0] == [20]
    ask(view, unfolded=[1])
    assert [entry[0] for entry in view.index] == [1]


def test_a_deep_network_opens_its_first_and_last_rows():
    model = Sequential([Input((8, 8, 1))])
    for _ in range(20):
        model.add(layers.Conv2D(2, 3, padding="same"))
    view = inside(model, np.ones((8, 8, 1)))
    assert view.unfolded == [-1, 0, 1, 2, 3, 4, 15, 16, 17, 18, 19]
    assert len(view.rows) == 21


def test_the_answer_is_that_of_predict_and_is_checked():
    model, x = network(), pictures()
    view = inside(model, x, class_names=["a", "b", "c"])
    expected = model.predict(x[:1], verbose=0)[0]
    names, values, base = zip(*view.answer["bars"], strict=True)
    assert names == ("a", "b", "c")
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert values == base
    assert view.answer["kind"] == "probability"
    assert view.check["holds"]
    assert view.check["against"] == "predict"
    assert view.check["difference"] <= 1e-5


def test_a_model_that_predicts_something_else_is_found_out():
    class Strange(Sequential):
        def predict_step(self, data):
            return self(data) + 0.1

    model = Strange([Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten()])
    view = inside(model, np.ones((6, 6, 1)))
    assert not view.check["holds"]
    assert view.check["difference"] == pytest.approx(0.1, rel=1e-3)


def test_a_check_that_takes_long_waits_for_a_pause():
    model, x = network(), pictures()
    view = inside(model, x)
    ask(view, at=1)
    view._session._check_s = 9.0
    ask(view, at=2)
    assert view.check == {}
    view._handle_custom_msg({"do": "keep"}, [])
    assert view.check["holds"]
    assert view.check["against"] == "predict"


def test_a_channel_switched_off_changes_the_answer_and_its_tile():
    view = inside(network(), pictures())
    before = [bar[1] for bar in view.answer["bars"]]
    ask(view, off={"0": [2, 5]})
    assert not tiles_of(view, 0)[[2, 5]].any()
    after = [bar[1] for bar in view.answer["bars"]]
    assert after != before
    assert [bar[2] for bar in view.answer["bars"]] == before
    assert view.check["holds"]  # of the network with all channels on
    ask(view, off={})
    assert [bar[1] for bar in view.answer["bars"]] == before


def test_the_arithmetic_has_the_largest_terms_and_the_rest_in_one():
    model, x = network(), pictures()
    view = inside(model, x)
    ask(view, chosen=[4, 1], point=[])
    data = view.arithmetic
    assert data["agrees"]
    kernel, bias = model.get_layer("answer").get_weights()
    flat = view.activations["dropout"].astype(float)
    steps = dict(data["steps"])
    assert steps["sum"] == pytest.approx(flat @ kernel[:, 1], abs=1e-6)
    assert steps["bias"] == bias[1]
    total = sum(term[3] for term in data["terms"]) + data["rest"][1]
    assert total == pytest.approx(steps["sum"], abs=1e-9)
    assert data["rest"][0] == len(flat) - 12
    row, column, channel = data["terms"][0][0]
    assert view.activations["pool"][row, column, channel] == data["terms"][0][1]


def test_windows_go_with_their_weights_and_products():
    view = inside(network(), pictures())
    ask(view, chosen=[0, 3], point=[2, 4])
    data = view.arithmetic
    grid = data["grids"][0]
    x = pictures()[0, 2:5, 4:7, 0]
    np.testing.assert_allclose(grid["inputs"], x.ravel())
    assert sum(np.multiply(grid["inputs"], grid["weights"])) == pytest.approx(
        grid["sum"]
    )
    assert data["corner"] == [2, 4]
    assert view.reach == [2, 4, 4, 6]


def test_a_point_outside_of_a_smaller_map_is_no_point():
    view = inside(network(), pictures())
    ask(view, chosen=[1, 0], point=[9, 9])
    assert view.arithmetic == {}
    assert view.reach == []
    ask(view, chosen=[99, 0], point=[0, 0])
    assert view.zoom == b""


def test_a_picture_of_the_page_is_scaled_to_the_range_of_the_data():
    model, x = network(), pictures()
    view = inside(model, x)
    drawn = np.random.default_rng(1).integers(0, 256, (12, 12, 1)).astype("uint8")
    ask(view, **own(drawn))
    expected = model.predict(drawn[None] / 255, verbose=0)[0]
    np.testing.assert_allclose(view.activations.answer, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(np.frombuffer(view.picture, "uint8"), drawn.ravel())
    ask(view, at=1)
    np.testing.assert_array_equal(view.activations.picture, x[1])


def test_preprocess_is_given_pictures_of_the_page_as_0_to_255():
    view = inside(network(), None, preprocess=lambda picture: picture / 127.5 - 1)
    white = np.full((12, 12, 1), 255, "uint8")
    ask(view, **own(white))
    assert (view.activations.picture == 1).all()


def test_a_picture_that_is_torn_is_an_error_in_words():
    view = inside(network(), pictures())
    ask(view, own="AAAA", own_shape=[12, 12, 1], at=-1)
    assert "own has 3 bytes" in view.trouble
    ask(view, at=0)
    assert view.trouble == ""


def test_without_a_picture_there_is_an_empty_one():
    view = inside(network())
    assert not any(view.picture)
    assert view.picture_shape == [12, 12, 1]
    scaled = Sequential(
        [Input((6, 6, 3)), layers.Rescaling(1 / 255), layers.Conv2D(2, 3)]
    )
    assert inside(scaled).range == [0.0, 255.0]
    assert inside(network()).range == [0.0, 1.0]


def test_labels_files_and_batches_give_pictures(tmp_path):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        pixels = np.full((20, 30), 200 if name == "cat" else 0, "uint8")
        Image.fromarray(pixels).save(tmp_path / name / "1.png")
    view = inside(network(), tmp_path)
    assert view.labels == ["cat", "dog"]
    assert view.activations.picture.max() == pytest.approx(200 / 255)
    x = pictures(5)
    assert inside(network(), (x, np.arange(5)), pictures=2).labels == ["0", "1"]
    batches = iter([(x, np.array([2, 1, 0, 2, 1]))])
    named = inside(network(), batches, class_names=["a", "b", "c"])
    assert named.labels == ["c", "b", "a", "c", "b"]


def test_a_model_with_two_inputs_keeps_the_other_one():
    image, numbers = Input((8, 8, 1), name="image"), Input((3,), name="numbers")
    x = layers.Flatten()(layers.Conv2D(2, 3)(image))
    model = Model([image, numbers], layers.Dense(2)(layers.Concatenate()([x, numbers])))
    rows = [pictures(4)[:, :8, :8], np.arange(12.0, dtype="float32").reshape(4, 3)]
    view = inside(model, rows)
    assert len(view.labels) == 4
    ask(view, at=2)
    expected = model.predict([part[2:3] for part in rows], verbose=0)[0]
    np.testing.assert_allclose(view.activations.answer, expected, rtol=1e-5, atol=1e-5)
    assert view.check["holds"]


def test_new_weights_are_seen_with_the_next_question():
    model = network()
    view = inside(model, pictures())
    kernel = model.get_layer("answer").get_weights()[0]
    model.get_layer("answer").set_weights([kernel * 0, np.array([0, 9, 0.0])])
    ask(view)
    assert view.answer["bars"][1][1] > 0.99


@pytest.mark.parametrize("verbose", [0, 2])
def test_a_fit_is_followed_at_step_edges_at_a_bounded_rate(verbose):
    model, x = network(), pictures(64)
    view = inside(model, x)
    seen = []
    view.observe(lambda change: seen.append(change.new), "live")
    model.fit(x, np.zeros(64), batch_size=8, epochs=2, verbose=verbose)
    assert view.live == {}
    np.testing.assert_allclose(
        view.activations.answer, model.predict(x[:1], verbose=0)[0], atol=1e-6
    )
    assert len(seen) <= 8


def test_looks_are_as_rare_as_they_are_slow():
    model = network()
    view = inside(model, pictures())
    now = [0.0]
    looks = []

    def look(live):
        looks.append((now[0], live))
        now[0] += 0.1

    view.take_weights = look
    sink = Followed([view], clock=lambda: now[0])
    sink(events.FitStarted(epochs=1))
    for step in range(1000):
        now[0] += 0.01
        sink(events.StepEnded(epoch=0, batch=step, step=step))
    gaps = np.diff([at for at, _ in looks])
    assert gaps[0] < 1  # the first look compiles and does not count
    assert (gaps[1:] >= 5).all()  # each of 0.1 s may take a fiftieth
    assert looks[0][1]["epoch"] == 1
    sink.close()
    assert looks[-1][1] == {}


def test_a_view_of_another_model_does_not_follow():
    from nbkeras.notebook.inside.follow import follower

    model, other = network(), network()
    view = inside(model, pictures())
    assert follower.watching(other) is None
    assert follower.watching(model) is not None
    shared = Sequential([Input((12, 12, 1)), *model.layers[:3], layers.Dense(2)])
    assert follower.watching(shared) is not None
    assert view.live == {}


def test_the_view_gives_arrays_arithmetic_a_figure_and_a_still_picture():
    view = inside(network(), pictures(), class_names=["a", "b", "c"])
    assert view.arithmetic_of("conv", 1, 1, 0).agrees
    assert view._repr_mimebundle_ is not None
    assert len(view.figure().axes) > 16
    svg, caption = view.static_picture()
    assert svg.startswith("<svg")
    assert len(svg) < 60_000
    assert "5 layers" in caption
    assert view.figure()._repr_png_()[:4] == b"\x89PNG"


def test_names_of_layers_never_become_markup():
    model = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 3, name="a&b")])
    svg, _ = inside(model, np.ones((6, 6, 1)), class_names=["<b>"]).static_picture()
    assert "a&amp;b" in svg


def test_a_segmentation_network_answers_with_a_map():
    model = Sequential([Input((6, 6, 1)), layers.Conv2D(3, 3, activation="softmax")])
    view = inside(model, np.ones((6, 6, 1)))
    assert view.answer == {"kind": "map", "bars": []}
    assert view.check["holds"]


def test_too_many_pictures_are_refused():
    with pytest.raises(ValueError, match=r"at most 48 are offered.*pictures=12"):
        inside(network(), pictures(), pictures=50)
    lazy = Sequential([layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"Begin it with Input"):
        inside(lazy, "folder")


def test_importing_nbkeras_and_the_arrays_needs_no_notebook():
    import subprocess
    import sys

    code = (
        "import sys, nbkeras; from nbkeras.analysis.inside.activations import inside; "
        "print([m for m in ('IPython', 'ipywidgets', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
