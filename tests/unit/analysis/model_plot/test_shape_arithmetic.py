"""The written arithmetic adds up, and comes to the shapes and counts that there are."""

import re

import pytest
from picture_models import value

from nbkeras import Sequential, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.layers import Input


def words(layer, shape):
    return dict(anatomy(Sequential([Input(shape), layer])).blocks[-1].formulas)


CASES = {
    "valid": (layers.Conv2D(32, 3), (150, 150, 3), "(150 - 3)/1 + 1 = 148"),
    "strided": (layers.Conv2D(8, 4, 2), (15, 15, 3), "⌊(15 - 4)/2⌋ + 1 = 6"),
    "dilated": (
        layers.Conv2D(8, 3, dilation_rate=2),
        (20, 20, 3),
        "(20 - ((3 - 1)*2 + 1))/1 + 1 = 16",
    ),
    "same": (layers.Conv2D(8, 3, 2, padding="same"), (15, 15, 3), "⌈15/2⌉ = 8"),
    "pool": (layers.MaxPooling2D(), (148, 148, 32), "(148 - 2)/2 + 1 = 74"),
    "transposed": (layers.Conv2DTranspose(4, 3, 2), (10, 10, 3), "(10 - 1)*2 + 3 = 21"),
    "transposed same": (
        layers.Conv2DTranspose(4, 3, 2, padding="same"),
        (10, 10, 3),
        "10*2 = 20",
    ),
    "enlarged": (layers.UpSampling2D(3), (5, 5, 2), "5*3 = 15"),
    "padded": (layers.ZeroPadding2D(2), (5, 5, 2), "5 + 2 + 2 = 9"),
    "cropped": (layers.Cropping2D(1), (5, 5, 2), "5 - 1 - 1 = 3"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_side_is_worked_out(name):
    layer, shape, expected = CASES[name]
    assert words(layer, shape)["each side"] == expected
    left, _, right = expected.rpartition(" = ")
    assert value(left) == int(right) == layer.output.shape[1]


def test_sides_that_differ_have_a_line_each():
    said = words(layers.Conv2D(4, (3, 5)), (10, 12, 1))
    assert said["height"] == "(10 - 3)/1 + 1 = 8"
    assert said["width"] == "(12 - 5)/1 + 1 = 8"
    assert words(layers.Conv1D(4, 3, padding="causal"), (9, 2))["steps"] == "9/1 = 9"


def test_flatten_multiplies_and_dense_counts_its_weights():
    assert words(layers.Flatten(), (74, 74, 32))["values"] == "74 * 74 * 32 = 175,232"
    said = words(layers.Dense(128), (175_232,))
    assert said["parameters"] == "175232*128 + 128 = 22,429,824"
    assert said["multiply_adds"] == "175232 * 128 = 22,429,696"


COUNTED = [
    (layers.Conv2D(32, 3), (9, 9, 3), "3*3*3*32 + 32 = 896"),
    (layers.BatchNormalization(), (9, 9, 32), "4*32 = 128"),
    (layers.Dense(1, use_bias=False), (1,), "1*1 = 1"),
    (layers.SeparableConv2D(8, 3), (9, 9, 2), "3*3*2*1 + 1*1*2*8 + 8 = 42"),
]


@pytest.mark.parametrize(
    ("layer", "shape", "said"), COUNTED, ids=lambda v: str(v) if type(v) is str else ""
)
def test_parameters_are_worked_out(layer, shape, said):
    assert words(layer, shape)["parameters"] == said
    left, _, right = said.rpartition(" = ")
    assert value(left) == value(right) == layer.count_params()


def test_every_written_sum_of_a_large_network_is_true():
    from picture_models import tutorial_cnn

    for block in anatomy(tutorial_cnn()).blocks:
        for _, formula in block.formulas:
            parts = re.split(" = ", formula)
            assert len({value(part) for part in parts}) == 1, formula


def test_what_joins_shows_what_comes():
    one, two = Input((4, 4, 3)), Input((4, 4, 5))
    from nbkeras import Model

    model = Model([one, two], layers.Concatenate()([one, two]))
    assert dict(anatomy(model).blocks[-1].formulas)["channels"] == "3 + 5 = 8"


def test_an_open_size_is_a_question_mark():
    said = words(layers.Conv2D(4, 3), (None, None, 3))
    assert said["each side"] == "?"
    assert said["parameters"] == "3*3*3*4 + 4 = 112"
