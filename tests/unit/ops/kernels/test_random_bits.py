"""Random bits in one pass: those of JAX's default generator, bit for bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.ops.kernels import random_bits
from nbkeras.ops.kernels.random_bits import key_from

WORDS = np.array([[0, 0], [3, 0], [0xFFFFFFFF, 7], [123456789, 0x80000000]], np.uint32)
SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4, 5), (0, 4), (1, 100_003)]


def both(words):
    """The key of this module, which is no default key, and JAX's."""
    ours, theirs = key_from(words), jax.random.wrap_key_data(words)
    assert ours.dtype != theirs.dtype
    return ours, theirs


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_bits_are_those_of_jax(shape, dtype):
    for words in WORDS:
        drawn = [np.asarray(jax.random.bits(k, shape, dtype)) for k in both(words)]
        assert drawn[0].dtype == dtype
        np.testing.assert_array_equal(*drawn)


def test_bits_of_64_are_those_of_jax():
    with jax.enable_x64(True):
        drawn = [jax.random.bits(key, (5, 3), "uint64") for key in both(WORDS[1])]
        assert drawn[0].dtype == "uint64"
        np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize(
    "draw",
    [
        lambda key: jax.random.bernoulli(key, 0.3, (50, 4)),
        lambda key: jax.random.uniform(key, (50, 4)),
        lambda key: jax.random.normal(key, (50, 4)),
        lambda key: jax.random.truncated_normal(key, -2, 2, (50, 4)),
        lambda key: jax.random.randint(key, (50,), 0, 9),
        lambda key: jax.random.permutation(key, 50),
        lambda key: jax.random.gamma(key, 2.0, (9,)),
        lambda key: jax.random.normal(jax.random.split(key, 3)[2], (9,)),
        lambda key: jax.random.normal(jax.random.fold_in(key, 12), (9,)),
        lambda key: jax.vmap(jax.random.normal)(jax.random.split(key, (2, 3))[1]),
        lambda key: jax.jit(lambda k: jax.random.normal(k, (9,), "bfloat16"))(key),
    ],
)
def test_what_is_drawn_from_a_key_is_what_jax_draws(draw):
    for words in WORDS:
        ours, theirs = (np.asarray(draw(key)) for key in both(words))
        np.testing.assert_array_equal(ours, theirs)


def test_many_numbers_are_left_to_jax(monkeypatch):
    monkeypatch.setattr(random_bits, "MOST_NUMBERS", 11)
    ours, theirs = (jax.random.bits(key, (3, 4)) for key in both(WORDS[1]))
    np.testing.assert_array_equal(ours, theirs)


def test_dropout_drops_what_jax_draws():
    layer = layers.Dropout(0.4, seed=11)
    x = np.ones((30, 8, 5), "float32")
    y = np.asarray(layer(x, training=True))
    words = np.array([11, 0], np.uint32)
    kept = jax.random.bernoulli(jax.random.wrap_key_data(words), 0.6, x.shape)
    np.testing.assert_array_equal(y > 0, kept)


def test_other_settings_leave_all_to_jax():
    default = jax.random.wrap_key_data(WORDS[0]).dtype
    assert key_from(WORDS[0]).dtype != default
    nbkeras.config.set_lowering("plain")
    try:
        assert key_from(WORDS[0]).dtype == default
    finally:
        nbkeras.config.set_lowering("auto")
    with jax.threefry_partitionable(False):
        assert key_from(WORDS[0]).dtype == default


def test_a_mask_is_computed_in_one_pass_without_a_loop():
    def mask(words):
        return jax.random.bernoulli(key_from(words), 0.5, (64, 64))

    text = jax.jit(mask).lower(jnp.asarray(WORDS[1])).compile().as_text()
    assert " while(" not in text
