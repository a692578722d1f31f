"""Picture operations against real Keras and SciPy."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from tolerances import assert_close_sums

import nbkeras
from nbkeras import ops
from nbkeras.ops import image_geometry

SCIPY = {
    "reflect": "reflect",
    "wrap": "grid-wrap",
    "nearest": "nearest",
    "constant": "constant",
}


def pictures(shape, seed=0):
    return np.random.default_rng(seed).random(shape, dtype="float32")


def maps(count, seed=0):
    generator = np.random.default_rng(seed)
    drift = generator.normal(0, [0.3, 0.3, 3, 0.3, 0.3, 3], (count, 6))
    return (drift + np.array([1, 0, 0, 0, 1, 0])).astype("float32")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("fill_mode", image_geometry.FILL_MODES)
@given(height=st.integers(1, 6), width=st.integers(1, 6), seed=st.integers(0, 2**16))
def test_affine_maps_equal_keras(fill_mode, interpolation, height, width, seed):
    x, m = pictures((3, height, width, 2), seed), maps(3, seed)
    ours = jax.jit(image_geometry.affine, static_argnums=(2, 3, 4))(
        x, m, interpolation, fill_mode, 0.5
    )
    padded = np.pad(m, ((0, 0), (0, 2)))
    theirs = keras.ops.image.affine_transform(x, padded, interpolation, fill_mode, 0.5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("fill_mode", image_geometry.FILL_MODES)
def test_samples_equal_scipy(fill_mode):
    x = pictures((5, 7, 1))
    rows, columns = np.random.default_rng(1).uniform(-9, 12, (2, 50)).astype("float32")
    if fill_mode == "constant":  # SciPy cuts off where half of a pixel is outside
        rows, columns = rows % 4, columns % 6
    ours = image_geometry.sample(x, rows, columns, "bilinear", fill_mode)[:, 0]
    theirs = ndimage.map_coordinates(
        x[..., 0], [rows, columns], order=1, mode=SCIPY[fill_mode]
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_affine_gradient_reaches_the_pictures():
    x, m = jnp.asarray(pictures((2, 4, 4, 1))), maps(2)
    run = lambda a: jnp.sum(image_geometry.affine(a, m) ** 2)  # noqa: E731
    step = 1e-2 * pictures((2, 4, 4, 1), 1)
    slope = (run(x + step) - run(x - step)) / 2
    parts = jax.grad(run)(x) * step
    assert_close_sums(jnp.sum(parts), slope, parts, rtol=1e-3)


def test_rotation_maps_equal_keras():
    angles = np.array([10.0, -77.0, 190.0], "float32")
    layer = keras.layers.RandomRotation(0.1)
    zero, one = np.zeros(3, "float32"), np.ones(3, "float32")
    theirs = layer._compute_affine_matrix(
        0.5, 0.5, angles, zero, zero, one, zero, zero, 5, 8
    )
    ours = image_geometry.rotations(np.radians(angles), 5, 8)
    np.testing.assert_allclose(ours, theirs[:, :6], rtol=1e-4, atol=1e-5)


def test_zoom_maps_equal_keras():
    high, wide = np.array([0.7, 1.2], "float32"), np.array([1.1, 0.9], "float32")
    layer = keras.layers.RandomZoom(0.1)
    theirs = layer._get_zoom_matrix(jnp.stack([wide, high], 1), 5, 8)
    np.testing.assert_allclose(
        image_geometry.zooms(high, wide, 5, 8), theirs[:, :6], rtol=1e-5, atol=1e-6
    )


def test_translation_maps_equal_keras():
    down, right = jnp.array([1.5, -2.0]), jnp.array([0.5, 3.0])
    layer = keras.layers.RandomTranslation(0.1, 0.1)
    theirs = layer._get_translation_matrix(jnp.stack([right, down], 1))
    np.testing.assert_allclose(image_geometry.translations(down, right), theirs[:, :6])


@pytest.mark.parametrize("how", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
@pytest.mark.parametrize("size", [(4, 9), (9, 4), (5, 5)])
def test_keeping_proportions_equals_keras(how, size):
    x = pictures((2, 7, 10, 3))
    cut = {
        "crop_to_aspect_ratio": image_geometry.crop_to_proportions,
        "pad_to_aspect_ratio": image_geometry.pad_to_proportions,
    }[how]
    ours = image_geometry.resize(cut(jnp.asarray(x), size), size)
    theirs = keras.ops.image.resize(x, size, **{how: True})
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int8"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"interpolation": "bicubic"},
        {"interpolation": "lanczos3", "antialias": True},
        {"pad_to_aspect_ratio": True, "fill_value": 7},
        {"interpolation": "nearest", "crop_to_aspect_ratio": True},
    ],
)
def test_resizing_integers_rounds_and_keeps_the_dtype_as_in_keras(dtype, settings):
    x = (np.arange(2 * 6 * 6 * 3) * 37 % 251).astype(dtype).reshape(2, 6, 6, 3)
    ours = ops.image.resize(x, (4, 9), **settings)
    theirs = keras.ops.image.resize(x, (4, 9), **settings)
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_array_equal(ours, theirs)
    symbolic = ops.image.resize(nbkeras.Input((6, 6, 3), dtype=dtype), (4, 9))
    assert symbolic.dtype == dtype
