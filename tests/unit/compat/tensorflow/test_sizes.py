"""Sizes from tf.shape stay numbers while a model is traced."""

import jax
import numpy as np
import pytest

from nbkeras.compat import tensorflow as tf


@pytest.mark.parametrize(
    "shape_of",
    [
        lambda n: tf.concat([tf.expand_dims(n, -1), tf.constant([1, 2])], 0),
        lambda n: tf.stack([n, 1, 2]),
        lambda n: tf.concat([[n], [1, 2]], axis=0),
        lambda n: tf.concat([tf.stack([n, tf.constant(1)]), tf.constant([2])], 0),
    ],
)
def test_sizes_are_joined_to_a_shape_within_compiled_code(shape_of):
    def repeated(x):
        return tf.tile(tf.reshape(x, (1, 1, -1)), shape_of(tf.shape(x)[0]))

    x = np.arange(3.0, dtype="float32")
    assert jax.jit(repeated)(x).shape == (3, 1, 6)
    assert tuple(repeated(x).shape) == (3, 1, 6)


def test_whole_numbers_that_are_not_known_are_traced():
    joined = jax.jit(lambda n: tf.concat([tf.expand_dims(n, 0), tf.constant([4])], 0))
    assert joined(np.int32(3)).tolist() == [3, 4]


def test_log_uniform_candidates_follow_their_formula():
    draws, true, counts = tf.random.log_uniform_candidate_sampler(
        [[0], [5]], 1, 4000, False, 10, seed=3
    )
    classes = np.arange(10)
    shares = np.log((classes + 2) / (classes + 1)) / np.log(11)
    frequencies = np.bincount(draws.numpy(), minlength=10) / 4000
    np.testing.assert_allclose(frequencies, shares, atol=0.03)
    np.testing.assert_allclose(true, 4000 * shares[[[0], [5]]], rtol=1e-5)
    np.testing.assert_allclose(counts, 4000 * shares[draws.numpy()], rtol=1e-5)


def test_unique_log_uniform_candidates_differ_and_repeat_with_a_seed():
    def sample():
        return tf.random.log_uniform_candidate_sampler([[1]], 1, 6, True, 8, seed=1)

    draws, true, counts = sample()
    assert len(set(draws.numpy().tolist())) == 6
    assert draws.numpy().max() < 8
    np.testing.assert_array_equal(draws, sample()[0])
    # A class that is drawn at most once is expected less than once.
    assert 0 < float(true[0][0]) < 1
    assert np.all(np.asarray(counts) < 1)
    with pytest.raises(ValueError, match="num_sampled=8 or unique=False"):
        tf.random.log_uniform_candidate_sampler([[1]], 1, 9, True, 8)
