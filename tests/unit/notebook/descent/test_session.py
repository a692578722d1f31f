"""The lab without a page: what is on the wire, the code it gives, the pictures."""

import base64
import re

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import optimizers
from nbkeras.analysis import as_problem, walk
from nbkeras.notebook.descent.show import descent


@pytest.fixture(autouse=True)
def _no_kernel(wire):
    """Widgets open their comm nowhere."""


def tables(lab):
    """The paths on the wire, {column: array} for each run."""
    d = len(lab.names)
    flat = np.frombuffer(lab.tables, "<f4").reshape(-1, 4 * d + 1)
    ends = np.cumsum(lab.rows)
    columns = {"place": (0, d), "loss": (d, d + 1), "downhill": (d + 1, 2 * d + 1)}
    columns |= {"velocity": (2 * d + 1, 3 * d + 1), "scale": (3 * d + 1, 4 * d + 1)}
    return [
        {name: rows[:, low:high] for name, (low, high) in columns.items()}
        for rows in np.split(flat, ends[:-1])
    ]


def test_the_wire_carries_the_path_that_numpy_gives():
    lab = descent("waves", optimizers=[optimizers.SGD(0.05, momentum=0.5)], steps=10)
    (seen,) = tables(lab)
    x, y = 3.0, 1.0
    v = np.zeros(2)
    for row in range(10):
        slope = np.array([2 * x, 10 * np.cos(y)])
        v = 0.5 * v - 0.05 * slope
        np.testing.assert_allclose(seen["place"][row], [x, y], rtol=1e-6, atol=1e-6)
        loss = x**2 + 10 * np.sin(y)
        np.testing.assert_allclose(seen["loss"][row], loss, rtol=1e-6, atol=2e-6)
        np.testing.assert_allclose(seen["downhill"][row], -slope, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(seen["velocity"][row], v, rtol=1e-6, atol=1e-6)
        x, y = np.array([x, y]) + v
    assert np.isnan(seen["scale"]).all()
    assert np.isnan(seen["downhill"][10]).all()


def test_the_map_is_the_function_with_rows_along_the_second_parameter():
    lab = descent("x + 100*y", limits=[(0, 1), (0, 2)])
    surface = np.frombuffer(lab.loss_values, "<f4").reshape(-1, lab.across)
    assert surface[0, -1] == pytest.approx(1.0)
    assert surface[-1, 0] == pytest.approx(200.0)
    assert lab.scale == {"low": 0.0, "high": 201.0, "bend": 0.0}


def test_a_change_of_settings_from_a_cell_gives_new_paths():
    lab = descent("bowl", steps=5)
    lab.start = [1.0, 2.0]
    lab.runs = [{"kind": "sgd", "lr": 0.25}]
    np.testing.assert_allclose(
        tables(lab)[0]["place"][:3], [[1, 2], [0.5, 1], [0.25, 0.5]]
    )
    assert lab.lesson["update"][0] == "x ← 1 − 0.25 · 2 = 0.5"
    lab.at = 2
    assert lab.lesson["initialise"] == ["x = 0.25", "y = 0.5"]


def test_another_formula_keeps_the_optimizers_and_suits_their_rates():
    lab = descent("bowl", optimizers=["adam", "sgd"], steps=5)
    lab.formula = "banana"
    assert [run["kind"] for run in lab.runs] == ["adam", "sgd"]
    assert lab.runs[1]["lr"] == 0.001
    assert lab.start == [-1.5, 2.0]
    lab.formula = "w**2"
    assert (lab.names, lab.start) == (["w"], [4.0])
    assert tables(lab)[0]["place"].shape == (6, 1)


def test_a_formula_that_cannot_be_read_is_said_and_changes_nothing():
    lab = descent("bowl", steps=5)
    before = lab.tables
    lab.formula = "x +"
    assert "is not a formula" in lab.trouble
    assert lab.tables == before
    lab.formula = "x**2 + 3*y**2"
    assert lab.trouble == ""


def test_points_are_moved_added_and_refused():
    lab = descent(points=[(1, 2), (2, 3), (4, 9)], optimizers=["sgd"], steps=5)
    lab.points = [[1.0, 2.0], [2.0, 3.0], [4.0, 7.0], [5.0, 8.0]]
    mean = np.mean(np.square([2.0, 3.0, 7.0, 8.0]))
    assert tables(lab)[0]["loss"][0] == pytest.approx(mean, rel=1e-6)
    lab.points = [[1.0, 2.0], [1.0, 3.0]]
    assert "different x" in lab.trouble
    lab.batch = 2
    assert "batch_size=2" in lab.code


def test_one_change_is_one_message(wire):
    lab = descent("bowl", steps=5)
    wire.clear()
    lab.set_state({"start": [1.0, 1.0], "ask": 7})
    updates = [m for m in wire if (m["data"] or {}).get("method") == "update"]
    assert len(updates) == 1
    assert updates[0]["data"]["state"]["answered"] == 7
    lab.set_state({"ask": 8})
    assert lab.answered == 8


def run(code):
    """Names after running code."""
    names = {}
    exec(code, names)
    return names


@pytest.mark.parametrize(
    "options",
    [
        {"objective": "waves", "optimizers": ["adam"], "noise": 0.5, "seed": 3},
        {
            "objective": "x**2 + 3*y**2",
            "optimizers": [optimizers.SGD(0.02, clipnorm=1.0)],
        },
        {"points": [(1, 2), (2, 3), (4, 9.5)], "batch_size": 2, "seed": 1},
        {
            "objective": "parabola",
            "optimizers": ["momentum", "nadam"],
            "limits": [-3, 3],
        },
    ],
)
def test_the_code_gives_the_same_lab_and_the_same_numbers(options, capsys):
    lab = descent(steps=12, **options)
    names = run(lab.code.replace("nbkeras.descent(", "lab = nbkeras.descent(", 1))
    assert names["lab"].tables == lab.tables
    assert names["lab"].loss_values == lab.loss_values
    np.testing.assert_array_equal(names["path"].positions, lab.paths[0].positions)
    assert str(lab.paths[0].losses[-1]) in capsys.readouterr().out


def test_a_python_function_is_minimised():
    def tilted(x, y):
        return jnp.abs(x) + 2 * jnp.abs(y)

    lab = descent(tilted, optimizers=["lion"], steps=3)
    assert "tilted" in lab.code
    assert lab.paths[0].losses[0] == pytest.approx(10.0)


def test_the_figure_draws_every_path_and_its_losses():
    lab = descent("waves", optimizers=["sgd", "adam"], steps=8)
    surface, curves = lab.figure().axes
    assert len(curves.lines) == 2
    np.testing.assert_allclose(curves.lines[1].get_ydata(), lab.paths[1].losses)
    early = lab.figure(at=4).axes[1].lines[1].get_ydata()
    np.testing.assert_allclose(early, lab.paths[1].losses[:5])
    assert surface.get_xlim() == (-5.0, 5.0)
    one = descent("two valleys", steps=4).figure().axes[0]
    assert one.get_ylabel() == "f"


def test_the_picture_that_stays_shows_the_paths_and_says_how_they_ended():
    lab = descent("waves", optimizers=["sgd", "adam"], steps=8)
    svg, caption = lab.static_picture()
    assert svg.count("stroke-dasharray") == 2
    assert len(svg) < 20_000
    first, last = lab.paths[0].losses[[0, -1]]
    assert f"loss {first:.3g} → {last:.3g}".replace("-", "−") in caption
    html = lab.static_html()
    assert "<script" not in html
    assert base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]).decode() == svg
    diverging = descent("bowl", optimizers=[optimizers.SGD(50.0)], steps=90)
    assert "nan" not in diverging.static_picture()[0]


def test_a_path_on_the_wire_is_small():
    lab = descent("banana", optimizers=["sgd", "adam", "lion"] * 2, steps=100)
    assert len(lab.tables) + len(lab.loss_values) < 40_000


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"steps": 1000}, "nbkeras.analysis.walk"),
        ({"steps": 0}, r"descent\(steps=100\)"),
        ({"noise": -1}, "noise must be a number of at least 0"),
        ({"optimizers": ["sgdd"]}, "Did you mean 'sgd'"),
        ({"objective": "bowl", "points": [(1, 2), (2, 3)]}, "not both"),
    ],
)
def test_bad_options_are_refused_with_advice(options, advice):
    with pytest.raises(ValueError, match=advice):
        descent(**options)


def test_the_lab_is_a_name_of_the_library_and_loads_nothing_before():
    assert nbkeras.descent is descent
    path = walk(as_problem("bowl"), "sgd", steps=2)
    assert len(path) == 2
