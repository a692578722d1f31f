"""Every layer that there is can be drawn, and what is said of it holds."""

import numpy as np
import pytest
from layer_cases import ALL, MERGE, label
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
CASES = [case for case in ALL if not any(map(callable, case[1].values()))]


def block_of(name, config, shapes, dtype="float32"):
    layer = getattr(layers, name)(**config)
    inputs = [Input(shape, dtype=dtype) for shape in shapes]
    output = layer(inputs if len(inputs) > 1 else inputs[0])
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
