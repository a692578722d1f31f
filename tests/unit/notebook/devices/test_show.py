"""The display of devices: text, HTML and figure."""

import pytest

import nbkeras
from nbkeras.analysis.devices.devices import Device
from nbkeras.analysis.devices.layer_measurements import LayerMeasurements, Measurement
from nbkeras.distribution import Placement
from nbkeras.notebook.devices.show import ShownDevices

LAYERS = (
    LayerMeasurements(
        "<dense>", "Dense", 400, Measurement(2.5e6, 3e-3), Measurement(2e6, 4e-3)
    ),
    LayerMeasurements("top", "Dense", 40, Measurement(900.0, 5e-5), None),
)
PLACED = Placement(
    devices=("cpu:0", "cpu:1"),
    rows={"cpu:0": (0, 4), "cpu:1": (4, 8)},
    num_rows=7,
    batch_rows=8,
    weights={
        "dense/kernel": {"cpu:0": ((0, 3), (0, 2)), "cpu:1": ((0, 3), (2, 4))},
        "dense/bias": {"cpu:0": ((0, 4),), "cpu:1": ((0, 4),)},
    },
    shapes={"dense/kernel": (3, 4), "dense/bias": (4,)},
)


def shown(layers=LAYERS, placement=PLACED):
    two = (
        Device("cpu:0", "cpu", 2_000_000_000, True),
        Device("cpu:1", "cpu", None, False),
    )
    return ShownDevices(two, layers, 8, placement)


def test_the_text_has_devices_layers_and_placement():
    lines = repr(shown()).splitlines()
    assert lines[1].split() == ["cpu:0", "cpu", "2", "GB", "yes"]
    assert lines[2].split() == ["cpu:1", "cpu", "unknown", "no"]
    assert "set_distribution(nbkeras.distribution.DataParallel())" in lines[3]
    dense = next(line for line in lines if line.startswith("<dense>"))
    assert dense.split()[1:] == ["2.5", "MB", "2", "MB", "3", "ms", "4", "ms"]
    top = next(line for line in lines if line.startswith("top"))
    assert top.split()[1:] == ["900", "B", "–", "50", "µs", "–"]
    assert lines[-1].split("  ")[-1].strip() == "0–3 × 2–4"


def test_names_are_escaped_in_the_page():
    html = shown()._repr_html_()
    assert "<dense>" not in html
    assert "&lt;dense&gt;" in html


def test_the_words_are_chinese_in_a_chinese_notebook():
    nbkeras.set_language("zh")
    try:
        text = repr(shown())
    finally:
        nbkeras.set_language("en")
    assert "有 1 个设备闲置" in text
    assert "上次训练中各设备上的行与权重" in text


def test_the_figure_has_the_rows_and_the_divided_weights():
    rows, kernel = shown().figure().axes
    assert [(bar.get_x(), bar.get_width()) for bar in rows.patches] == [(0, 4), (4, 4)]
    assert rows.get_title() == "padding from row 7"
    assert kernel.get_title() == "dense/kernel\n(3, 4)"
    corners = [(part.get_x(), part.get_width()) for part in kernel.patches]
    assert corners == [(0, 2), (2, 2)]


def test_without_several_devices_the_figure_says_what_to_write():
    with pytest.raises(ValueError, match=r"set_distribution\(nbkeras\.distribution"):
        shown(placement=None).figure()


def test_devices_is_a_function_of_nbkeras_that_works_in_a_script():
    assert nbkeras.devices().used == ["cpu:0"]


def test_names_stand_on_the_left_under_a_head_on_the_left():
    rows = shown()._repr_html_().split("<tr>")[1:]
    assert len(rows) > 4
    assert all('style="text-align:left' in row.split(">")[0] for row in rows)
