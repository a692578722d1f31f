"""The names that a Sequential gives to its layers."""

import pytest

from nbkeras import Input, Sequential
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
