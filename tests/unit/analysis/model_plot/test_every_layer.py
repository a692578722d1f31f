"""Every layer that there is can be drawn, and what is said of it holds."""

import attention_cases
import numpy as np
import pytest
from layer_cases import ALL, MERGE, OLD, label
from picture_models import value

from nbkeras import Model, initializers, layers, regularizers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.drawing import draw
from nbkeras.analysis.model_plot.labels import labels
from nbkeras.analysis.model_plot.layer_code import source_line
from nbkeras.analysis.model_plot.scene import unfold
from nbkeras.analysis.model_plot.svg import svg
from nbkeras.layers import Input

SIDE = 9
SPACE = {**vars(layers), "initializers": initializers, "regularizers": regularizers}
CASES = [case for case in ALL + OLD if not any(map(callable, case[1].values()))]


def block_of(name, config, shapes, dtype="float32", one_by_one=False):
    layer = getattr(layers, name)(**config)
    inputs = [Input(shape, dtype=dtype) for shape in shapes]
    one_by_one = one_by_one or len(inputs) == 1
    output = layer(*inputs) if one_by_one else layer(inputs)
    found = anatomy(Model(inputs, output))
    text = svg(draw(unfold(found), lambda n: labels(n, shapes=True, names=True)))
    assert text.endswith("</svg>")
    return layer, found.blocks[-1]


def check(layer, block):
    assert block.parameters == sum(np.prod(w.shape) for w in layer.weights)
    assert block.outputs[0][1:] == layer.output.shape[1:]
    for what, formula in block.formulas:
        if "=" in formula and "..." not in formula:
            results = {value(part) for part in formula.split(" = ")}
            assert len(results) == 1, (what, formula)
    if "Random" not in layer.__class__.__name__:
        assert block.operations is not None
    code = source_line(layer)
    assert not code.endswith("(...)")
    config = layer.get_config()
    again = eval(code, SPACE).get_config()
    if not layer._named_by_user:
        config.pop("name"), again.pop("name")
    assert again == config, code


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_layer(case):
    name, config, template, kind = case
    shape = tuple(SIDE if n is None else n for n in template[1:])
    dtype = "int32" if kind == "ids" else "float32"
    check(*block_of(name, config, [shape], dtype))


@pytest.mark.parametrize("case", MERGE, ids=label)
def test_a_layer_that_merges(case):
    name, config, shapes = case
    check(*block_of(name, config, [shape[1:] for shape in shapes]))


@pytest.mark.parametrize("case", attention_cases.ALL, ids=label)
def test_a_layer_of_attention(case):
    name, config, shapes = case
    one_by_one = name not in attention_cases.LISTED_NAMES
    shapes = [shape[1:] for shape in shapes]
    layer, block = block_of(name, config, shapes, one_by_one=one_by_one)
    check(layer, block)
    assert block.multiply_adds


def test_the_multiply_adds_of_heads_are_those_counted_by_hand():
    _, block = block_of(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "value_dim": 5},
        [(7, 8), (4, 6)],
        one_by_one=True,
    )
    queries, keys, joins = 7 * 8 * 2 * 3, 4 * 6 * 2 * 3, 7 * 2 * 5 * 8
    values, scores, sums = 4 * 6 * 2 * 5, 7 * 4 * 2 * 3, 7 * 4 * 2 * 5
    by_hand = queries + keys + values + scores + sums + joins
    assert block.multiply_adds == by_hand
    assert 2 * by_hand < block.operations < 2.3 * by_hand
    x, m = Input((7, 8)), Input((7, 7), dtype="bool")
    masked = Model([x, m], layers.MultiHeadAttention(2, 3)(x, x, attention_mask=m))
    assert anatomy(masked).multiply_adds == 4 * 7 * 8 * 6 + 2 * 7 * 7 * 6
