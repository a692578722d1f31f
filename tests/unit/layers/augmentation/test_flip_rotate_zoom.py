"""Random picture layers: still at inference, Keras's maps and ranges in training."""

import jax
import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tolerances import assert_close_sums

import nbkeras
from nbkeras.layers.augmentation import brightness_contrast as light
from nbkeras.layers.augmentation import flip_rotate_zoom as layers
from nbkeras.layers.engine.functional_call import apply
from nbkeras.ops import image_geometry

STILL = [case for case in cases.AUGMENT if case[0] != "RandomCrop"]
X = oracle.random_input((200, 4, 5, 2), "unit")


@pytest.mark.parametrize("case", STILL, ids=cases.label)
@given(data=st.data())
def test_nothing_happens_at_inference(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x, training=False)


@pytest.mark.parametrize("case", cases.AUGMENT, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize("case", cases.AUGMENT, ids=cases.label)
def test_channels_first_does_the_same_to_the_same_pictures(case):
    name, config, *_ = case
    last, _ = oracle.pair(name, config)
    first, _ = oracle.pair(name, {**config, "data_format": "channels_first"})
    key = jax.random.key(1)
    a = apply(last.build_for(X), {}, jnp.asarray(X), training=True, key=key).y
    moved = jnp.moveaxis(X, -1, 1)
    b = apply(first.build_for(moved), {}, moved, training=True, key=key).y
    assert_close_sums(a, jnp.moveaxis(b, 1, -1), rtol=1e-6)


@pytest.mark.parametrize("case", cases.AUGMENT, ids=cases.label)
def test_every_picture_is_changed_by_itself(case):
    layer, _ = oracle.pair(*case[:2])
    x = np.repeat(X[:1], 50, axis=0)
    y = np.asarray(layer(x, training=True))
    assert len(np.unique(y.round(5), axis=0)) > 1


@pytest.mark.parametrize("case", cases.AUGMENT, ids=cases.label)
def test_a_single_picture_is_accepted(case):
    layer, _ = oracle.pair(*case[:2])
    assert layer(X[0]).ndim == 3


def test_each_flip_happens_to_a_quarter_of_the_pictures():
    y = np.asarray(layers.RandomFlip()(X))
    candidates = [X, X[:, :, ::-1], X[:, ::-1], X[:, ::-1, ::-1]]
    found = [np.all(y == c, axis=(1, 2, 3)) for c in candidates]
    assert np.all(np.sum(found, axis=0) == 1)
    assert all(0.12 < each.mean() < 0.38 for each in found)


def test_horizontal_flips_exchange_left_and_right():
    y = np.asarray(layers.RandomFlip("horizontal")(X))
    turned = np.all(y == X[:, :, ::-1], axis=(1, 2, 3))
    assert np.all(turned | np.all(y == X, axis=(1, 2, 3)))


def test_a_quarter_turn_is_a_quarter_turn_counter_clockwise():
    square = X[:, :, :4]
    y = layers.RandomRotation((0.25, 0.25))(square)
    np.testing.assert_allclose(y, np.rot90(square, 1, (1, 2)), atol=1e-4)


def test_rotation_angles_cover_the_range_evenly():
    draw = layers.RandomRotation(0.1).maps
    maps = np.asarray(draw(jax.random.key(0), 4000, 5, 5))
    angles = np.degrees(np.arctan2(maps[:, 3], maps[:, 0]))
    assert -36 <= angles.min() < -35.5
    assert 35.5 < angles.max() <= 36
    assert angles.std() == pytest.approx(72 / np.sqrt(12), rel=0.05)


def test_a_shift_by_a_whole_pixel_is_exact():
    layer = layers.RandomTranslation((0.25, 0.25), (-0.2, -0.2), fill_mode="constant")
    y = np.asarray(layer(X))
    np.testing.assert_allclose(y[:, 1:, :-1], X[:, :-1, 1:], atol=1e-5)
    assert not y[:, 0].any()
    assert not y[:, :, -1].any()


def test_zoom_factors_cover_their_range_and_keep_proportions():
    maps = layers.RandomZoom((-0.3, 0.2)).maps(jax.random.key(0), 4000, 4, 5)
    assert np.all(maps[:, 0] == maps[:, 4])
    assert 0.7 <= float(maps[:, 0].min()) < 0.71
    assert 1.19 < float(maps[:, 0].max()) <= 1.2


def test_contrast_keeps_the_mean_and_draws_around_one():
    x = 0.5 + 0.1 * (X - X.mean((1, 2), keepdims=True))
    y = np.asarray(light.RandomContrast(0.3, value_range=(0, 1))(x))
    assert_close_sums(y.mean((1, 2)), x.mean((1, 2)), rtol=1e-4)
    factors = y.std((1, 2)) / x.std((1, 2))
    assert 0.7 <= factors.min() + 1e-4
    assert factors.min() < 0.75
    assert 1.25 < factors.max() <= 1.3 + 1e-4


def test_brightness_adds_one_number_per_picture_and_stays_in_range():
    x = np.full((500, 2, 2, 1), 100, "float32")
    y = np.asarray(light.RandomBrightness(0.2)(x)) - 100
    assert np.all(y == y[:, :1, :1])
    assert -51 <= y.min() < -45
    assert 45 < y.max() <= 51
    assert np.asarray(light.RandomBrightness((1.0, 1.0))(x)).max() == 255


def test_crops_are_windows_of_their_pictures():
    y = np.asarray(layers.RandomCrop(2, 3)(X))
    windows = [X[:, i : i + 2, j : j + 3] for i in range(3) for j in range(3)]
    hits = [np.all(y == w, axis=(1, 2, 3)) for w in windows]
    assert np.all(np.sum(hits, axis=0) == 1)
    assert all(each.any() for each in hits)


def test_crops_at_inference_have_the_same_size():
    assert layers.RandomCrop(2, 3)(X, training=False).shape == (200, 2, 3, 2)


def test_crops_larger_than_the_picture_enlarge_it():
    assert layers.RandomCrop(8, 6)(X).shape == (200, 8, 6, 2)


def test_bytes_come_back_as_floats():
    x = np.zeros((1, 4, 4, 1), "uint8")
    assert layers.RandomFlip()(x).dtype == "float32"


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.RandomFlip("sideways"), "must be one of"),
        (lambda: layers.RandomRotation(2), r"RandomRotation\(factor=0.1\)"),
        (lambda: layers.RandomRotation(0.1, "mirror"), "must be one of 'reflect'"),
        (lambda: layers.RandomZoom(-1.0), r"RandomZoom\(\(-0.5, 0.5\)\)"),
        (lambda: layers.RandomTranslation((1, 2, 3), 0), r"height_factor=0.1"),
        (lambda: light.RandomContrast(2.0), "from 0 to 1"),
        (lambda: light.RandomBrightness(0.2, value_range=255), r"value_range=\(0, 1\)"),
        (lambda: layers.RandomCrop(0, 1), r"RandomCrop\(height=128\)"),
        (lambda: layers.RandomFlip()(np.ones((2, 3))), "needs images"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


# {layer: (arguments, from Keras's draws to affine maps)}.
MAPPED = {
    "RandomRotation": (
        {"factor": (-0.1, 0.3)},
        lambda drawn: image_geometry.rotations(jnp.radians(drawn["angle"]), 8, 6),
    ),
    "RandomZoom": (
        {"height_factor": (-0.2, 0.3), "width_factor": (-0.3, 0.1)},
        lambda drawn: image_geometry.zooms(
            drawn["height_zoom"][:, 0], drawn["width_zoom"][:, 0], 8, 6
        ),
    ),
    "RandomTranslation": (
        {"height_factor": (-0.1, 0.2), "width_factor": 0.3},
        lambda drawn: image_geometry.translations(*drawn["translations"].T[::-1]),
    ),
}


@pytest.mark.parametrize("fill_mode", ["reflect", "constant"])
@pytest.mark.parametrize("name", MAPPED)
def test_pixels_equal_those_of_keras_for_its_draws(name, fill_mode):
    arguments, maps_of = MAPPED[name]
    ours, theirs = oracle.pair(name, {**arguments, "fill_mode": fill_mode})
    x = np.random.default_rng(1).random((5, 8, 6, 3)).astype("float32")
    drawn = theirs.get_random_transformation(x, training=True)
    wanted = theirs.transform_images(jnp.asarray(x), drawn, training=True)
    y = ours.transform_images(x, {"maps": maps_of(drawn)})
    np.testing.assert_allclose(y, wanted, atol=1e-5)


@pytest.mark.parametrize("name", MAPPED)
def test_maps_are_spread_as_those_of_keras(name):
    arguments, maps_of = MAPPED[name]
    keras.utils.set_random_seed(0)
    nbkeras.utils.set_random_seed(0)
    ours, theirs = oracle.pair(name, arguments)
    x = np.zeros((1500, 8, 6, 1), "float32")
    theirs_spread = np.asarray(maps_of(theirs.get_random_transformation(x))).T
    ours_spread = np.asarray(ours.get_random_transformation(x)["maps"]).T
    for one, other in zip(ours_spread, theirs_spread, strict=True):
        assert stats.ks_2samp(one, other).pvalue > 1e-3


def test_a_flip_of_one_direction_equals_that_of_keras():
    for mode, name in (("horizontal", "across"), ("vertical", "down")):
        ours, theirs = oracle.pair("RandomFlip", {"mode": mode})
        drawn = theirs.get_random_transformation(X, training=True)
        wanted = theirs.transform_images(jnp.asarray(X), drawn, training=True)
        flips = {"across": False, "down": False} | {name: drawn["flips"].ravel()}
        np.testing.assert_array_equal(ours.transform_images(X, flips), wanted)
