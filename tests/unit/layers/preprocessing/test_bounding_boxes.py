"""MaxNumBoundingBoxes against real Keras."""

import jax
import keras
import numpy as np
import pytest

from nbkeras import layers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("number", [2, 5])
def test_boxes_are_cut_off_or_filled_up_as_in_keras(number):
    data = {
        "images": RNG.random((2, 4, 4, 3)).astype("float32"),
        "bounding_boxes": {
            "boxes": RNG.random((2, 3, 4)).astype("float32"),
            "labels": np.arange(6).reshape(2, 3),
        },
    }
    copy = lambda: jax.tree.map(np.array, data)  # noqa: E731
    got = layers.MaxNumBoundingBoxes(number)(copy())
    wanted = keras.layers.MaxNumBoundingBoxes(number, bounding_box_format="xyxy")(
        copy()
    )
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_array_equal(one, other)
