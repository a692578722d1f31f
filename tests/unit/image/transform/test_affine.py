import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nbkeras.image.transform import affine

ANGLES = st.one_of(st.just(0.0), st.floats(-180, 180))


def scipy_warp(planes, transform, mode, cval, order):
    # SciPy counts (row, column), the transform (column, row).
    swapped = transform[[1, 0, 2]][:, [1, 0, 2]]
    return np.stack(
        [
            ndimage.affine_transform(
                plane,
                swapped[:2, :2],
                swapped[:2, 2],
                order=order,
                mode=mode,
                cval=cval,
            )
            for plane in planes
        ]
    )


@pytest.mark.parametrize("mode", affine.FILL_MODES)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16"])
@settings(max_examples=10)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    theta=ANGLES,
    shear=ANGLES,
    shift=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    zoom=st.tuples(st.floats(0.3, 2), st.floats(0.3, 2)),
    seed=st.integers(0, 99),
)
def test_warp_equals_scipy(mode, order, dtype, shape, theta, shear, shift, zoom, seed):
    planes = np.random.default_rng(seed).uniform(0, 255, shape).astype(dtype)
    transform = affine.matrix(theta, *shift, shear, *zoom)
    transform = np.eye(3) if transform is None else transform
    transform = affine.about(shape[2] / 2 - 0.5, shape[1] / 2 - 0.5, transform)
    ours = affine.warp(planes, transform, mode, 7.0, order)
    assert ours.dtype == planes.dtype
    # Whole numbers: an exact half may be rounded to either side.
    atol = 1e-4 if planes.dtype.kind == "f" else 1
    fits = np.zeros(shape, bool)
    # Order 0: half way between two pixels, rounding decides which one is nearest.
    for right, down in itertools.product(
        (0, -1e-9, 1e-9) if order == 0 else (0,), repeat=2
    ):
        near = transform.copy()
        near[:2, 2] += right, down
        wanted = scipy_warp(planes, near, mode, 7.0, order)
        fits |= np.isclose(ours.astype(float), wanted.astype(float), atol=atol)
    assert fits.all()


def shifted(values, by, mode):
    transform = np.eye(3)
    transform[0, 2] = by
    return affine.warp(np.float32(values)[None, None], transform, mode)[0, 0].tolist()


def test_wrap_has_period_n_minus_1():
    assert shifted([1, 2, 3, 4, 5], 2, "wrap") == [3, 4, 5, 2, 3]


def test_reflect_repeats_the_border_pixel():
    assert shifted([1, 2, 3, 4, 5], 3, "reflect") == [4, 5, 5, 4, 3]


def test_nearest_repeats_the_border_pixel_without_end():
    assert shifted([1, 2, 3, 4, 5], -3, "nearest") == [1, 1, 1, 1, 2]


def test_columns_that_lean_on_rows_only_equal_scipy():
    planes = np.random.default_rng(0).uniform(0, 255, (3, 7, 9)).astype("float32")
    transform = np.array([[1.1, 0, -1], [0.3, 0.8, 0.5], [0, 0, 1]])
    ours = affine.warp(planes, transform, "reflect")
    np.testing.assert_allclose(
        ours, scipy_warp(planes, transform, "reflect", 0, 1), atol=1e-4
    )


def test_splines_are_those_of_scipy():
    planes = np.random.default_rng(0).uniform(0, 255, (1, 7, 9)).astype("float32")
    transform = affine.matrix(theta=20)
    ours = affine.warp(planes, transform, "nearest", order=3)
    np.testing.assert_array_equal(ours, scipy_warp(planes, transform, "nearest", 0, 3))


def test_a_misspelt_fill_mode_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'nearest'"):
        affine.warp(np.zeros((1, 3, 3)), np.eye(3), "nearst")


def test_buffers_do_not_leak_from_one_picture_into_the_next():
    rng = np.random.default_rng(0)
    planes = [rng.uniform(0, 255, (3, 6, 8)).astype("float32") for _ in range(2)]
    transform = affine.matrix(theta=30, zx=1.2)
    first = affine.warp(planes[0], transform)
    kept = first.copy()
    affine.warp(planes[1], transform)
    np.testing.assert_array_equal(first, kept)
