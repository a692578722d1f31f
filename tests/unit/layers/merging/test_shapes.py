"""Shapes that merging layers are built for."""

import numpy as np
import pytest

from nbkeras import layers


@pytest.mark.parametrize(
    "layer", [layers.Add(), layers.Concatenate(), layers.Average()], ids=repr
)
def test_merging_layers_build_on_a_tuple_of_shapes(layer):
    layer.build(((None, 4, 5), (None, 4, 5)))
    one, two = np.ones((2, 4, 5), "float32"), np.zeros((2, 4, 5), "float32")
    assert layer.built
    assert layer([one, two]).shape[:2] == (2, 4)
