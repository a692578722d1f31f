"""Layers that say that rows cannot influence each other are tried."""

import itertools

import jax
import layer_cases
import numpy as np
import pytest
from keras_oracle import random_input
from layer_cases import PICTURES

from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.engine.registry import registry
from nbkeras.layers.preprocessing import adapt

assert adapt  # registers its layers

KERNEL = {"kernel_size": 2, "padding": "same", "activation": "relu"}
SLIDING = [
    ("Conv2D", {"filters": 3, **KERNEL}, PICTURES, "normal"),
    ("Conv2DTranspose", {"filters": 3, **KERNEL}, PICTURES, "normal"),
    ("SeparableConv2D", {"filters": 3, **KERNEL}, PICTURES, "normal"),
    ("DepthwiseConv2D", KERNEL, PICTURES, "normal"),
    ("MaxPooling2D", {}, PICTURES, "normal"),
    ("AveragePooling2D", {"padding": "same"}, PICTURES, "normal"),
    ("GlobalMaxPooling2D", {}, PICTURES, "normal"),
]
# One case a class; those of functions for each library to look up are left out.
CASES = {}
for group in (SLIDING, *vars(layer_cases).values()):
    for case in group if isinstance(group, list) else ():
        one_input = len(case) == 4
        if one_input and not any(callable(value) for value in case[1].values()):
            CASES.setdefault(case[0], case)
MERGE = {case[0]: case for case in reversed(layer_cases.MERGE)}


@pytest.mark.parametrize("name", sorted(CASES))
def test_another_row_changes_nothing_where_rows_are_alone(name):
    _, config, template, kind = CASES[name]
    layer = registry.lookup(name)(**config)
    if not layer.treats_rows_alone():
        pytest.skip("promises nothing")
    sizes = itertools.chain((3,), itertools.repeat(5))
    shape = tuple(next(sizes) if n in ("b", None) else n for n in template)
    x = random_input(shape, kind)
    layer.build_for(x)
    other = np.array(x)
    other[1] = random_input(shape, kind, seed=1)[1]
    run = jax.jit(lambda x: apply(layer, values_of(layer), x).y)
    one, two = np.asarray(run(x)), np.asarray(run(other))
    assert one.shape[0] == len(x)
    assert np.any(one[1] != two[1])
    np.testing.assert_array_equal(one[[0, 2]], two[[0, 2]])


@pytest.mark.parametrize("name", sorted(MERGE))
def test_another_row_changes_nothing_in_a_merge(name):
    _, config, shapes = MERGE[name]
    layer = registry.lookup(name)(**config)
    if not layer.treats_rows_alone():
        pytest.skip("promises nothing")
    inputs = [random_input((3, *shape[1:]), seed=i) for i, shape in enumerate(shapes)]
    layer.build_for(inputs)
    others = [np.array(x) for x in inputs]
    for i, x in enumerate(others):
        x[1] = random_input(x.shape, seed=10 + i)[1]
    run = jax.jit(lambda *given: apply(layer, {}, list(given)).y)
    one, two = np.asarray(run(*inputs)), np.asarray(run(*others))
    assert one.shape[0] == 3
    assert np.any(one[1] != two[1])
    np.testing.assert_array_equal(one[[0, 2]], two[[0, 2]])


def test_pictures_may_come_in_parts_through_these_layers_and_not_through_those():
    promised = {
        name
        for name, (_, config, *_) in CASES.items()
        if registry.lookup(name)(**config).treats_rows_alone("row_by_row")
    }
    assert {"Conv2D", "MaxPooling2D", "ReLU", "ZeroPadding2D"} <= promised
    assert not promised & {"BatchNormalization", "Dropout", "Dense"}
