import numpy as np
import pytest

from nbkeras.utils import pad_sequences

RAGGED = [[1, 2, 3], [4], [], [5, 6, 7, 8, 9]]


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"maxlen": 3},
        {"maxlen": 3, "padding": "post"},
        {"maxlen": 3, "truncating": "post"},
        {"maxlen": 8, "value": -1.5, "dtype": "float32"},
    ],
)
def test_padding_is_that_of_keras(keras, options):
    found = pad_sequences(RAGGED, **options)
    wanted = keras.utils.pad_sequences(RAGGED, **options)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


def test_steps_may_have_more_axes(keras):
    rows = [np.ones((2, 3)), np.full((4, 3), 2.0)]
    np.testing.assert_array_equal(
        pad_sequences(rows, maxlen=3), keras.utils.pad_sequences(rows, maxlen=3)
    )


def test_steps_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"sequence 1 have the shape \(2,\)"):
        pad_sequences([np.ones((2, 3)), np.ones((2, 2))])


def test_one_sequence_alone_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"pad_sequences\(\[\[1, 2, 3\], \[4, 5\]\]\)"):
        pad_sequences([1, 2, 3])


def test_a_wrong_side_is_refused():
    with pytest.raises(ValueError, match=r"must be one of 'pre', 'post'"):
        pad_sequences(RAGGED, padding="before")
