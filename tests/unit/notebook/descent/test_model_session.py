"""The lab on a real model: what is computed in the background, and how it ends."""

import threading

import numpy as np
import pytest

import nbkeras
from nbkeras import layers, optimizers
from nbkeras.analysis import KeepWeights, LossSurface
from nbkeras.analysis.descent.optimizer_runs import OptimizerRun
from nbkeras.notebook.descent.show import descent

RNG = np.random.default_rng(6)
X = RNG.normal(size=(48, 4)).astype("float32")
Y = (X @ RNG.normal(size=(4, 1))).astype("float32")


@pytest.fixture(autouse=True)
def _no_kernel(wire):
    """Widgets open their comm nowhere."""


@pytest.fixture(scope="module")
def trained():
    nbkeras.utils.set_random_seed(3)
    model = nbkeras.Sequential([layers.Dense(3, activation="tanh"), layers.Dense(1)])
    model.compile(optimizers.SGD(0.05), "mse")
    keep = KeepWeights(every=1)
    model.fit(X, Y, epochs=3, batch_size=16, verbose=0, callbacks=[keep])
    return model, keep


def small(model, **options):
    options = {"steps": 4, "resolution": 5, "batch_size": 16} | options
    lab = descent(model, (X, Y), **options)
    assert lab.wait(60)
    assert lab.trouble == ""
    return lab


def test_map_and_path_are_those_of_the_loss_surface(trained):
    model, _ = trained
    lab = small(model, seed=2)
    loss_surface = LossSurface(model, (X, Y), batch_size=16, seed=2)
    plane = loss_surface.random_plane(2)
    grid = loss_surface.grid(plane, ((-1, 1), (-1, 1)), 5)
    assert list(grid.compute())[-1] == 1.0
    shown = np.frombuffer(lab.loss_values, "<f4").reshape(5, 5)
    np.testing.assert_array_equal(shown, grid.losses)
    path = loss_surface.recorder.walk(
        plane, OptimizerRun("sgd", 0.05), (0, 0), 4, seed=2
    )
    rows = np.frombuffer(lab.tables, "<f4").reshape(5, 9)
    np.testing.assert_array_equal(rows[:, :2], path.positions)
    np.testing.assert_array_equal(rows[:, 2], path.losses)
    np.testing.assert_array_equal(rows[:4, 3:5], -path.gradients)
    assert lab.facts == {"rows": 48, "count": 19, "explained": []}
    assert lab.busy == {}


def test_the_lesson_of_a_model_says_its_lengths_in_plain_words(trained):
    lab = small(trained[0])
    path = lab.paths[0]
    assert lab.lesson["initialise"] == [
        "19 weights, all changed together; on the map:",
        "direction 1 = 0",
        "direction 2 = 0",
    ]
    assert lab.lesson["error"] == [f"Loss on 48 examples: {path.losses[0]:.3g}"]
    assert lab.lesson["update"][0] == f"Length of the step: {path.step_norms[0]:.3g}"
    assert lab.lesson["update"][1].startswith("direction 1 ← 0 + ")
    lab.at = 3
    steepness = f"Steepness (length of the gradient): {path.gradient_norms[3]:.3g}"
    assert lab.lesson["gradient"][1] == steepness


def test_the_lesson_of_a_model_is_chinese_in_a_chinese_notebook(trained):
    nbkeras.set_language("zh")
    try:
        lab = small(trained[0])
    finally:
        nbkeras.set_language("en")
    assert lab.names == ["方向 1", "方向 2"]
    assert lab.lesson["initialise"][0] == "19 个权重一起改变；在图上："


def test_a_recorded_fit_is_drawn_on_the_plane_of_its_path(trained):
    model, keep = trained
    lab = small(model, path=keep)
    assert lab.plane == "path"
    places = np.frombuffer(lab.recorded, "<f4").reshape(-1, 2)
    assert len(places) == len(keep.snapshots) == 10
    (low, high), _ = lab.limits
    assert low < places[:, 0].min() < places[:, 0].max() < high
    assert len(lab.facts["explained"]) == 2
    assert "path=keep" in lab.code


def test_without_a_recording_the_path_is_that_of_the_first_optimizer(trained):
    lab = small(trained[0], plane="path", steps=6)
    positions = lab.paths[0].positions
    assert lab.paths[0].away.max() < np.linalg.norm(positions[-1]) * 0.5
    assert sum(lab.facts["explained"]) > 50


def test_two_weights_are_the_axes(trained):
    model, _ = trained
    lab = small(model, weights=("dense/kernel[0, 1]", "dense_1/bias[0]"), steps=2)
    assert lab.names == ["Δ dense/kernel[0, 1]", "Δ dense_1/bias[0]"]
    lab.picked = ["dense/kernel[3, 2]", "dense/bias[1]"]
    assert lab.wait(60)
    assert lab.names[0] == "Δ dense/kernel[3, 2]"
    lab.picked = ["dense/kernel[9, 9]", "dense/bias[1]"]
    assert "needs 2 numbers" in lab.trouble
    before = dict(zip(model.weights_by_path(), model.get_weights(), strict=True))
    at = lab.paths[0].positions[0]
    np.testing.assert_allclose(at, [0, 0], atol=1e-7)
    assert float(before["dense/bias"][1]) == model.get_weights()[1][1]


def test_a_dropped_point_starts_a_new_path_on_the_same_map(trained):
    lab = small(trained[0])
    loss_values = lab.loss_values
    lab.start = [0.5, -0.5]
    assert lab.wait(60)
    np.testing.assert_allclose(lab.paths[0].positions[0], [0.5, -0.5], atol=1e-6)
    assert lab.loss_values == loss_values


def test_work_can_be_cancelled_and_gone_on_with(trained):
    model, _ = trained
    reached, go = threading.Event(), threading.Event()
    lab = descent(model, (X, Y), steps=3, resolution=9, batch_size=16)
    assert lab.wait(60)
    work = lab._session.work

    def slow(settings, control):
        for i, item in enumerate(work(settings, control)):
            if i == 3:
                reached.set()
                go.wait(30)
            yield item

    lab._session.work = slow
    lab.seed = 5
    assert reached.wait(30)
    assert lab.busy["what"] == "surface"
    lab._on_message(lab, {"do": "cancel"}, [])
    go.set()
    lab._job.thread.join(30)
    assert lab.busy == {"what": "stopped", "done": 0.0}
    assert not lab.wait(0)
    half = np.frombuffer(lab.loss_values, "<f4")
    lab._session.work = work
    lab._on_message(lab, {"do": "compute"}, [])
    assert lab.wait(60)
    whole = np.frombuffer(lab.loss_values, "<f4")
    assert not np.array_equal(half, whole)
    assert len(lab.paths) == 1


def test_nothing_runs_on_after_closing(trained):
    lab = descent(trained[0], (X, Y), steps=3, resolution=25, batch_size=16)
    lab.close()
    lab._job.thread.join(30)
    assert not lab._job.thread.is_alive()
    assert lab.comm is None


def test_an_error_in_the_background_is_shown(trained):
    lab = small(trained[0])

    def broken(settings, control):
        raise RuntimeError("no more memory")
        yield

    lab._session.work = broken
    lab.seed = 9
    lab._job.thread.join(30)
    assert lab.trouble == "RuntimeError: no more memory"
    assert lab.busy == {}


def test_the_model_is_left_as_it_was(trained):
    model, _ = trained
    before = [w.tobytes() for w in model.get_weights()]
    steps, history = model._steps_done, model.history
    small(model, optimizers=["adam", "momentum"], plane="path")
    assert [w.tobytes() for w in model.get_weights()] == before
    assert (model._steps_done, model.history) == (steps, history)


def test_the_code_gives_the_same_loss_values(trained, capsys):
    model, _ = trained
    lab = small(model, seed=4, batch_size=None)
    code = lab.code.replace("nbkeras.descent(", "lab = nbkeras.descent(", 1)
    code = code.replace("seed=4,\n)", "seed=4, resolution=5,\n)")
    names = {"model": model, "data": (X, Y)}
    exec(code, names)
    assert names["lab"].wait(60)
    np.testing.assert_array_equal(
        names["grid"].losses, np.frombuffer(lab.loss_values, "<f4").reshape(5, 5)
    )
    assert names["lab"].tables == lab.tables


def test_the_figure_and_the_picture_show_the_model(trained):
    lab = small(trained[0])
    axes = lab.figure().axes[0]
    assert axes.get_xlabel() == "direction 1"
    svg, caption = lab.static_picture()
    assert svg.count("stroke-dasharray") == 1
    assert "sequential" in caption


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"data": None}, ValueError, r"descent\(model, \(x, y\)\)"),
        ({"plane": "both"}, ValueError, "one of 'random', 'path', 'weights'"),
        ({"weights": ("dense/kernel", "x")}, ValueError, "needs 2 numbers"),
        ({"resolution": 0}, ValueError, "resolution=25"),
    ],
)
def test_bad_options_are_refused_before_work(trained, options, error, advice):
    with pytest.raises(error, match=advice):
        descent(trained[0], **({"data": (X, Y)} | options))


def test_options_of_a_model_without_one_are_refused():
    with pytest.raises(TypeError, match=r"descent\(plane=...\) requires a model"):
        descent("bowl", plane="path")


def test_a_figure_waits_for_the_paths_that_it_draws(trained):
    model, _ = trained
    lab = descent(model, (X, Y), steps=4, resolution=5, batch_size=16)
    figure = lab.figure()
    assert len(figure.axes[1].lines[0].get_xdata()) == 5
    assert lab.busy == {}


def test_a_figure_of_a_lab_that_was_stopped_says_how_to_compute_again(trained):
    model, _ = trained
    lab = descent(model, (X, Y), steps=400, resolution=25, batch_size=16)
    lab.cancel()
    with pytest.raises(RuntimeError, match=r"Set lab.steps to another number"):
        lab.figure()
    lab.steps = 4
    assert len(lab.figure().axes[1].lines[0].get_xdata()) == 5
