"""Masks of dropout from few random bits."""

import jax
import numpy as np
import pytest

from nbkeras.ops.kernels.dropout_mask import keep_mask


def mask(seed, keep, shape):
    return np.asarray(keep_mask(jax.random.key(seed), keep, shape))


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.8, 0.9, 0.999])
def test_as_many_are_kept_as_asked_for_in_every_half_of_a_word(keep):
    kept = mask(1, keep, (400, 1000))
    sigma = (keep * (1 - keep) / kept.size) ** 0.5
    assert abs(kept.mean() - keep) < 4 * sigma
    for half in (kept.ravel()[::2], kept.ravel()[1::2]):
        assert abs(half.mean() - keep) < 6 * sigma


def test_neighbours_rows_and_keys_are_independent():
    kept = mask(2, 0.5, (1000, 400)) - 0.5
    other = mask(3, 0.5, (1000, 400)) - 0.5
    bound = 0.25 * 5 / kept.size**0.5  # five standard deviations of a mean of products
    for moved in (np.roll(kept, 1, 1), np.roll(kept, 1, 0), np.roll(kept, 500, 0)):
        assert abs((kept * moved).mean()) < bound
    assert abs((kept * other).mean()) < bound
    np.testing.assert_array_equal(mask(2, 0.5, (1000, 400)) - 0.5, kept)


@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (0, 4), (2, 1, 7)])
def test_any_shape_also_of_an_odd_number(shape):
    assert mask(4, 0.7, shape).shape == shape


def test_more_rows_change_no_row():
    np.testing.assert_array_equal(mask(7, 0.5, (32, 9))[:27], mask(7, 0.5, (27, 9)))


def test_probabilities_too_near_to_one_or_zero_for_16_bits():
    assert mask(5, 1 - 1e-7, (1000,)).all()
    assert not mask(5, 1e-9, (1000,)).any()


def test_masks_of_several_keys_at_once_are_those_of_each():
    keys = jax.random.split(jax.random.key(6), 3)
    together = jax.vmap(lambda key: keep_mask(key, 0.4, (7, 3)))(keys)
    for key, row in zip(keys, together, strict=True):
        np.testing.assert_array_equal(row, keep_mask(key, 0.4, (7, 3)))
