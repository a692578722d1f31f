"""Initializers against real Keras: fans, bounds, moments, distribution."""

import keras
import numpy as np
import pytest
from scipy import stats
from weight_cases import RANDOM

from nbkeras.core import rng
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.ops import initializer_draws, initializers

SHAPES = [(60, 40), (3, 3, 16, 32), (3, 3, 32, 1), (500,)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", RANDOM)
def test_initializer_draws_from_the_same_distribution_as_keras(name, shape):
    ours = initializers.registry.lookup(name)(**RANDOM[name], seed=1)(shape)
    theirs = np.asarray(
        getattr(keras.initializers, name)(**RANDOM[name], seed=2)(shape)
    )
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert stats.ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 1e-4


@pytest.mark.parametrize("distribution", ["uniform", "normal", "untruncated_normal"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_variance_scaling_gives_the_variance_it_promises(mode, distribution):
    init = initializers.VarianceScaling(2.0, mode, distribution, seed=3)
    n = {"fan_in": 100, "fan_out": 400, "fan_avg": 250}[mode]
    assert init((100, 400)).var() == pytest.approx(2.0 / n, rel=0.03)
    assert init((100, 400)).mean() == pytest.approx(0, abs=5 * np.sqrt(2 / n / 40000))


def test_glorot_uniform_reaches_its_bounds_and_not_beyond():
    values = initializers.GlorotUniform(seed=0)((200, 100))
    limit = np.sqrt(6 / 300)
    assert 0.999 * limit < np.abs(values).max() <= limit


def test_truncated_normal_has_0_88_of_the_spread_and_a_bound_of_two():
    values = initializers.TruncatedNormal(stddev=0.05, seed=0)((300, 300))
    assert values.std() == pytest.approx(0.0440, rel=0.01)
    assert np.abs(values).max() <= 0.1


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((3, 3, 16, 32), (144, 288)),
        ((3, 3, 32, 16), (288, 144)),
        ((3, 3, 16, 1), (144, 9)),
        ((7,), (7, 7)),
        ((), (1, 1)),
        ((5, 4), (5, 4)),
    ],
)
def test_fans_equal_keras(shape, fans):
    from keras.src.initializers.random_initializers import compute_fans

    assert initializer_draws.compute_fans(shape) == fans == compute_fans(shape)


def test_fans_over_given_axes_are_products():
    assert initializer_draws.compute_fans((2, 3, 4), (0,), (1, 2)) == (2, 12)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 2, 4), (5, 5)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    q = initializers.Orthogonal(gain=2.0, seed=1)(shape).reshape(-1, shape[-1])
    gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)


def test_orthogonal_is_uniform_over_rotations_like_keras():
    ours = [initializers.Orthogonal(seed=i)((3, 3))[0, 0] for i in range(300)]
    assert stats.kstest(ours, stats.uniform(-1, 2).cdf).pvalue > 1e-4


def test_identity_equals_keras():
    ours = initializers.Identity(gain=3.0)((3, 4))
    np.testing.assert_array_equal(ours, keras.initializers.Identity(3.0)((3, 4)))


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
def test_stft_kernel_equals_keras(side, scaling):
    ours = initializers.STFT(side, "hann", scaling)((16, 1, 9))
    theirs = keras.initializers.STFT(side, "hann", scaling)((16, 1, 9))
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_constant_spreads_a_number_or_an_array():
    np.testing.assert_array_equal(initializers.Constant(2)((2, 2)), np.full((2, 2), 2))
    np.testing.assert_array_equal(initializers.get(np.arange(3.0))((3,)), [0, 1, 2])


def test_constant_of_the_wrong_shape_says_which_shape_to_give():
    with pytest.raises(ValueError, match=r"Give a number or an array of shape \(4,\)"):
        initializers.Constant(np.ones(3))((4,))


def test_seeded_initializer_gives_the_same_values_at_every_call():
    init = initializers.HeNormal(seed=5)
    np.testing.assert_array_equal(init((4, 4)), init((4, 4)))


def test_unseeded_initializer_draws_anew_at_every_call():
    init = initializers.HeNormal()
    assert not np.array_equal(init((4, 4)), init((4, 4)))


def test_global_seed_makes_unseeded_draws_repeat():
    drawn = []
    for _ in range(2):
        rng.set_seed(7)
        drawn.append(initializers.GlorotUniform()((3, 3)))
    np.testing.assert_array_equal(*drawn)


def test_global_numpy_state_is_neither_read_nor_written():
    before = np.random.get_state()[1].copy()
    initializers.RandomNormal()((50, 50))
    np.testing.assert_array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_initializers_give_the_dtype_asked_for(dtype):
    for name in initializers.registry.names():
        if name != "STFT":
            values = initializers.get(name)((4, 4), dtype=dtype)
            assert str(values.dtype) == dtype


def test_every_keras_name_is_known():
    names = set(keras.src.initializers.ALL_OBJECTS_DICT) - {
        "Initializer",
        "initializer",
    }
    assert [name for name in names if name not in initializers.registry] == []


@pytest.mark.parametrize("name", initializers.registry.names())
def test_config_is_read_by_keras_and_back(name):
    saved = as_dict(initializers.get(name))
    theirs = keras.saving.deserialize_keras_object(saved)
    back = initializers.deserialize(keras.saving.serialize_keras_object(theirs))
    assert type(back).__name__ == name
    assert back.get_config() == initializers.get(name).get_config()


def test_seed_generator_in_a_keras_file_becomes_its_seed():
    theirs = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(11))
    ours = initializers.deserialize(keras.saving.serialize_keras_object(theirs))
    assert ours.seed == 11


def test_misspelt_initializer_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")


def test_variance_scaling_says_which_modes_there_are():
    with pytest.raises(ValueError, match="Did you mean 'fan_in'"):
        initializers.VarianceScaling(mode="fanin")


def test_negative_scale_says_what_to_write():
    with pytest.raises(ValueError, match=r"Write for example VarianceScaling\(scale=2"):
        initializers.VarianceScaling(scale=0)


def test_orthogonal_on_a_bias_says_what_to_write():
    with pytest.raises(ValueError, match="bias_initializer='zeros'"):
        initializers.Orthogonal()((4,))
