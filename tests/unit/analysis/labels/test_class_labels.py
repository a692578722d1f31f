"""Class numbers in any encoding, and what is none."""

import numpy as np
import pytest

from nbkeras.analysis.labels.class_labels import class_labels


@pytest.mark.parametrize(
    "y",
    [
        np.array([2, 0, 1]),
        np.array([2.0, 0.0, 1.0], "float32"),
        np.array([[2], [0], [1]], "uint8"),
        np.eye(3)[[2, 0, 1]],
    ],
)
def test_class_numbers_of_each_encoding(y):
    assert class_labels(y).tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "y",
    [
        np.array([0.5, 1.0]),
        np.array([np.nan, 1.0]),
        np.array([[0.0, 1.0], [1.0, 1.0]]),
        np.array([[0.2, 0.8]]),
        np.zeros((2, 3, 3)),
        np.array(["a", "b"]),
    ],
)
def test_other_targets_have_no_class_numbers(y):
    assert class_labels(y) is None
