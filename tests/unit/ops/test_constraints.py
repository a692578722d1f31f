"""Constraints against real Keras."""

import keras
import numpy as np
import pytest
from weight_cases import CONSTRAINTS

from nbkeras.core.serialization.configurable import as_dict
from nbkeras.ops import constraints

ALL = [(name, config) for name, rows in CONSTRAINTS.items() for config in rows]


@pytest.mark.parametrize(("name", "config"), ALL)
def test_constrained_weights_equal_keras(name, config):
    w = np.random.default_rng(1).normal(0, 2, (5, 4)).astype("float32")
    w[:, 1] = 0
    ours = constraints.registry.lookup(name)(**config)(w)
    theirs = getattr(keras.constraints, name)(**config)(w)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "config"), ALL)
def test_config_is_read_by_keras_and_back(name, config):
    ours = constraints.registry.lookup(name)(**config)
    theirs = keras.saving.deserialize_keras_object(as_dict(ours))
    back = constraints.deserialize(keras.saving.serialize_keras_object(theirs))
    assert back.get_config() == ours.get_config()


def test_keras_1_names_are_known():
    assert isinstance(constraints.get("maxnorm"), constraints.MaxNorm)
    assert constraints.maxnorm(3).max_value == 3


def test_axis_from_a_file_may_be_a_list():
    w = np.ones((2, 2, 3), "float32")
    np.testing.assert_allclose(constraints.UnitNorm([0, 1])(w), w / 2, rtol=1e-5)


def test_wrong_order_of_lengths_says_what_to_write():
    with pytest.raises(ValueError, match=r"Write for example MinMaxNorm\(max_value"):
        constraints.MinMaxNorm(min_value=2.0, max_value=1.0)


def test_misspelt_constraint_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'unit_norm'"):
        constraints.get("unit_nrm")
