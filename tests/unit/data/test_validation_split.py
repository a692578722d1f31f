"""Rows held out for validation, against Keras's own rule."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.validation_split import cut, warn_if_sorted


@given(n=st.integers(4, 200), fraction=st.floats(0.26, 0.74))
@settings(max_examples=10)
def test_validation_split_keeps_the_rows_that_keras_keeps(n, fraction):
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    x = np.arange(n)
    (train,), (held,) = train_validation_split((x,), fraction)
    ours = cut(x, fraction)
    assert ours[0].tolist() == train[:].tolist()
    assert ours[1].tolist() == held[:].tolist()


def test_ten_rows_at_a_quarter_give_seven_and_three():
    train, held = cut((np.arange(10), np.arange(10)), 0.25)
    assert (len(train[0]), held[1].tolist()) == (7, [7, 8, 9])


def test_an_empty_part_is_an_error_with_numbers():
    with pytest.raises(ValueError, match="of 3 rows this leaves 0 for training and 3"):
        cut(np.arange(3), 0.9)


def test_sorted_labels_are_noticed():
    y = np.repeat([0, 1, 2], 20)
    with pytest.warns(NbkerasNotice, match=r"The data looks sorted.*permutation"):
        warn_if_sorted(y[:40], y[40:])


@pytest.mark.parametrize(
    "y",
    [np.arange(60), np.tile([0, 1, 2], 20), np.linspace(0, 1, 60), {"a": np.ones(60)}],
)
def test_nothing_is_said_about_labels_that_are_not_sorted(y):
    parts = (y, y) if isinstance(y, dict) else (y[:40], y[40:])
    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always")
        warn_if_sorted(*parts)
    assert notices == []
