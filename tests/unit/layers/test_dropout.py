"""Dropout and noise: nothing in inference, the right statistics in training."""

import jax
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.core import rng
from nbkeras.layers import dropout as layers
from nbkeras.layers.dense import Dense
from nbkeras.layers.engine.functional_call import apply


@pytest.mark.parametrize("case", cases.DROPOUT, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.DROPOUT, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


ONES = np.ones((40, 25, 40), "float32")


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_drops_its_share_and_enlarges_the_rest(rate):
    y = np.asarray(layers.Dropout(rate)(ONES, training=True))
    kept = y != 0
    spread = np.sqrt(rate * (1 - rate) / y.size)
    assert kept.mean() == pytest.approx(1 - rate, abs=5 * spread)
    np.testing.assert_allclose(y[kept], 1 / (1 - rate), rtol=1e-6)


def test_dropout_of_everything_leaves_zeros():
    assert not np.any(layers.Dropout(1.0)(ONES, training=True))


def test_noise_shape_makes_values_fall_together():
    y = np.asarray(layers.Dropout(0.5, (None, 1, None))(ONES, training=True))
    assert np.all(y == y[:, :1])
    assert 0.4 < (y[:, 0] != 0).mean() < 0.6


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (layers.SpatialDropout1D(0.5), (20, 4, 30), (1,)),
        (layers.SpatialDropout2D(0.5), (20, 4, 5, 30), (1, 2)),
        (layers.SpatialDropout2D(0.5, "channels_first"), (20, 30, 4, 5), (2, 3)),
        (layers.SpatialDropout3D(0.5), (20, 2, 3, 4, 30), (1, 2, 3)),
    ],
)
def test_spatial_dropout_drops_whole_channels(layer, shape, axes):
    kept = np.asarray(layer(np.ones(shape, "float32"), training=True)) != 0
    assert np.all(kept.all(axis=axes) == kept.any(axis=axes))
    assert 0.4 < kept.mean() < 0.6


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(200, 500)).astype("float32")
    y = np.asarray(layers.AlphaDropout(0.3)(x, training=True))
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(1, abs=0.02)


def test_gaussian_dropout_has_mean_one_and_variance_rate_over_kept():
    y = np.asarray(layers.GaussianDropout(0.2)(ONES, training=True))
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert y.var() == pytest.approx(0.25, rel=0.05)


def test_gaussian_noise_has_its_standard_deviation():
    y = np.asarray(layers.GaussianNoise(0.3)(0 * ONES, training=True))
    assert y.mean() == pytest.approx(0, abs=0.01)
    assert y.std() == pytest.approx(0.3, rel=0.03)


def test_the_same_key_drops_the_same_values():
    layer = layers.Dropout(0.5).build_for(ONES)
    runs = [
        apply(layer, {}, ONES, training=True, key=jax.random.key(3)).y for _ in "ab"
    ]
    np.testing.assert_array_equal(*runs)


def test_layers_with_different_seeds_drop_differently_under_one_key():
    runs = []
    for seed in (1, 2):
        layer = layers.Dropout(0.5, seed=seed).build_for(ONES)
        runs.append(apply(layer, {}, ONES, training=True, key=jax.random.key(3)).y)
    assert np.any(runs[0] != runs[1])


def test_the_global_seed_makes_a_call_repeat():
    runs = []
    for _ in range(2):
        rng.set_seed(5)
        runs.append(layers.Dropout(0.5)(ONES, training=True))
    np.testing.assert_array_equal(*runs)


@pytest.mark.parametrize("rate", [-0.1, 1.5, "half"])
def test_a_wrong_rate_says_what_to_write(rate):
    with pytest.raises(ValueError, match=r"Write for example Dropout\(rate=0.5\)"):
        layers.Dropout(rate)


def test_a_wrong_noise_shape_says_what_to_write():
    with pytest.raises(ValueError, match="Write for example Dropout"):
        layers.Dropout(0.5, noise_shape=(0, 3))


def test_gaussian_dropout_refuses_infinite_noise():
    with pytest.raises(ValueError, match=r"GaussianDropout\(rate=0.5\)"):
        layers.GaussianDropout(1.0)


def test_spatial_dropout_names_the_axes_it_needs():
    with pytest.raises(ValueError, match="needs 4 axes"):
        layers.SpatialDropout2D(0.5)(np.ones((2, 3)))


def test_dropout_does_nothing_in_a_dense_stack_at_inference():
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(layers.Dropout(0.5)(x), x)
    assert Dense(2)(layers.Dropout(0.5)(x)).shape == (2, 2)


def dropped(how):
    """Five draws of a new Dropout(seed=5), called or in `predict`."""
    import nbkeras

    layer, x = layers.Dropout(0.5, seed=5), np.ones((4, 50), "float32")
    if how == "predict":
        inputs = nbkeras.Input((50,))
        model = nbkeras.Model(inputs, layer(inputs, training=True))
        return [model.predict(x, verbose=0) for _ in range(5)]
    return [np.asarray(layer(x, training=True)) for _ in range(5)]


@pytest.mark.parametrize("how", ["called", "predict"])
def test_new_layers_of_one_seed_draw_the_same_numbers_in_the_same_order(how):
    rng.set_seed(1)
    one = dropped(how)
    rng.set_seed(2)
    np.testing.assert_array_equal(one, dropped(how))
    assert len({each.tobytes() for each in one}) == 5
