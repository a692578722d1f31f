"""The protocol of batches, and padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.data.batches import Batch, Batches, first, pad


def test_first_works_for_a_stranger_that_only_speaks_the_protocol():
    class Stranger:
        num_batches, batch_size = 1, 2

        def epoch(self, epoch):
            yield Batch(np.ones(2), None, None, 2)

    assert first(Stranger()).rows == 2


def test_a_subclass_without_epoch_is_told_what_to_write():
    with pytest.raises(TypeError, match="def epoch"):
        Batches().epoch(0)


def test_pad_repeats_the_last_row_and_marks_it():
    batch = Batch(
        np.array([[1.0], [2.0]]), (np.array([3, 4]),), np.array([5.0, 6.0]), 2
    )
    padded, valid = pad(batch, 4)
    assert padded.x.tolist() == [[1.0], [2.0], [2.0], [2.0]]
    assert padded.y[0].tolist() == [3, 4, 4, 4]
    assert padded.weight.tolist() == [5.0, 6.0, 6.0, 6.0]
    assert valid.dtype == np.float32
    assert valid.tolist() == [1, 1, 0, 0]
    assert padded.rows == 2


def test_pad_leaves_a_full_batch_as_it_is():
    batch = Batch(np.ones((3, 2)), None, None, 3)
    padded, valid = pad(batch, 3)
    assert padded.x is batch.x
    assert valid.tolist() == [1, 1, 1]


def test_pad_keeps_numpy_and_jax_arrays_what_they_are():
    batch = Batch([np.ones(2, np.uint8), jnp.ones(2)], None, None, 2)
    padded, _ = pad(batch, 3)
    assert isinstance(padded.x[0], np.ndarray)
    assert padded.x[0].dtype == np.uint8
    assert isinstance(padded.x[1], jax.Array)


@pytest.mark.parametrize("count", [0, 5])
def test_pad_names_the_sizes_that_do_not_fit(count):
    with pytest.raises(ValueError, match=f"A batch of {count} rows .* at most 4 rows"):
        pad(Batch(np.ones(count), None, None, count), 4)
