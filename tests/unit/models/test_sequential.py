"""The names that a Sequential gives to its layers."""

import numpy as np
import pytest

from nbkeras import Input, Sequential, layers
from nbkeras.layers import Conv2D, Dense


def stack(count):
    return Sequential([Input((4,)), *(Dense(2) for _ in range(count))])


def names(model):
    return [layer.name for layer in model.layers]


def test_layers_of_a_kind_are_counted():
    assert names(stack(3)) == ["dense", "dense_1", "dense_2"]


def test_the_numbers_of_popped_layers_are_given_again():
    model = stack(4)
    model.pop()
    model.pop()
    model.add(Dense(3))
    assert names(model) == ["dense", "dense_1", "dense_2"]


def test_a_layer_that_does_not_fit_takes_no_number():
    model = stack(2)
    misfit = Conv2D(3, 3, name=None)
    with pytest.raises(ValueError, match="conv2d"):
        model.add(misfit)
    with pytest.raises(ValueError, match="dense"):
        model.add(Dense(2, kernel_initializer=lambda shape, dtype: None))
    model.add(Dense(3))
    assert names(model) == ["dense", "dense_1", "dense_2"]


def test_a_number_that_the_user_has_taken_is_left_out():
    layers = [Dense(2, name="dense_1"), *(Dense(2) for _ in range(3))]
    assert names(Sequential(layers)) == ["dense_1", "dense", "dense_2", "dense_3"]


def test_a_layer_renamed_later_keeps_its_name_to_itself():
    model = stack(2)
    model.layers[0].name = "dense_2"
    model.add(Dense(2))
    assert names(model) == ["dense_2", "dense_1", "dense_3"]


def test_batches_of_texts_may_have_other_lengths_than_the_first():
    model = Sequential([layers.Embedding(9, 4), layers.LSTM(3), layers.Dense(1)])
    model.compile("adam", "mse")
    batches = ((np.ones((2, n), int), np.zeros((2, 1))) for n in (5, 7, 6))
    model.fit(batches, epochs=1, verbose=0, validation_data=(np.ones((2, 8)), [0, 0]))
    assert model.input_shape == (None, None)
    assert model.layers[0].output.shape == (None, None, 4)
    assert model.predict(np.ones((2, 9), int), verbose=0).shape == (2, 1)


@pytest.mark.parametrize("length", [6, 32])
def test_a_stack_that_flattens_texts_keeps_their_length(length):
    model = Sequential([layers.Embedding(9, 4), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((2, length), int), np.zeros((2, 1)), verbose=0)
    assert model.input_shape == (None, length)
    with pytest.raises(ValueError, match=f"5 features, {length} are needed"):
        model.predict(np.ones((2, 5), int), verbose=0)
