"""`class_weight`: the weight of each sample from its class, as in Keras."""

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.adapters import as_batches
from nbkeras.data.class_weights import ClassWeights


@pytest.mark.parametrize(
    "y",
    [
        np.array([0, 2, 1, 1]),
        np.array([[0], [2], [1], [1]]),
        np.eye(3)[[0, 2, 1, 1]],
        np.array([0.0, 2.0, 1.0, 1.0]),
        np.array([False, True, True, False]),
    ],
)
def test_class_weights_are_those_of_keras(y):
    from keras.src.trainers.data_adapters.data_adapter_utils import (
        class_weight_to_sample_weights,
    )

    table = {0: 1.0, 1: 2.5, 2: 0.25}
    theirs = class_weight_to_sample_weights(y, table)
    ours = ClassWeights(table)(y)
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4)])
def test_class_numbers_of_any_shape_get_the_weight_of_each_place(shape):
    y = np.random.default_rng(0).integers(0, 3, shape)
    y.flat[0] = 2  # no one-hot label
    weights = np.array([1.0, 2.5, 0.25], "float32")
    np.testing.assert_array_equal(ClassWeights(dict(enumerate(weights)))(y), weights[y])


def test_zeros_and_ones_are_class_numbers_where_the_loss_says_so():
    y = np.array([[0, 1, 0], [1, 0, 0]])
    assert ClassWeights({0: 1.0, 1: 5.0})(y).tolist() == [5, 1]  # one-hot
    numbers = ClassWeights({0: 1.0, 1: 5.0}, class_numbers=True)(y)
    assert numbers.tolist() == [[1, 5, 1], [5, 1, 1]]


def test_class_weights_of_steps_are_multiplied_with_weights_of_rows():
    source = as_batches(
        np.ones((2, 3, 1)),
        np.array([[0, 1, 2], [2, 2, 0]]),
        np.array([1.0, 10.0]),
        class_weight={0: 1.0, 1: 2.0, 2: 3.0},
    )
    batch = next(iter(source.epoch(0)))
    assert batch.weight.tolist() == [[1, 2, 3], [30, 30, 10]]


def test_a_list_of_class_weights_counts_from_zero():
    assert ClassWeights([1.0, 3.0])(np.array([1, 0])).tolist() == [3.0, 1.0]


def test_a_class_without_a_weight_counts_one_and_is_named():
    with pytest.warns(NbkerasNotice, match=r"no entry for the classes 1, 3 .* 1: 1\.0"):
        found = ClassWeights({0: 2.0})(np.array([0, 1, 3]))
    assert found.tolist() == [2, 1, 1]


def test_class_weight_and_sample_weight_are_multiplied():
    batches = as_batches(
        np.ones((3, 1)),
        np.array([0, 1, 1]),
        np.array([1.0, 2.0, 3.0]),
        class_weight={0: 10.0, 1: 100.0},
    )
    assert next(batches.epoch(0)).weight.tolist() == [10, 200, 300]


def test_class_weights_reach_the_batches_of_a_generator():
    items = iter([(np.ones((2, 1)), np.array([0, 1]))])
    batches = as_batches(items, class_weight={0: 1.0, 1: 5.0})
    assert next(batches.epoch(0)).weight.tolist() == [1, 5]
