import numpy as np
import pytest

from nbkeras.image.transform import resize


def picture(rows, columns):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (rows, columns, 3)).astype("float32")


@pytest.mark.parametrize(
    "method", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
)
@pytest.mark.parametrize("size", [(5, 9), (24, 31), (8, 12)])
def test_sizes_change_as_in_keras_ops(method, size):
    import keras

    x = picture(12, 17)
    theirs = keras.ops.image.resize(x, size, interpolation=method, antialias=False)
    np.testing.assert_allclose(resize.resize(x, size, method), theirs, atol=2e-3)


def test_bilinear_of_a_ramp_is_that_of_kerass_resizing():
    x = np.arange(0, 80, 10, dtype="float32")[None, :, None]
    assert resize.resize(x, (1, 4))[0, :, 0].tolist() == [5, 25, 45, 65]


def test_area_is_the_mean_of_what_a_pixel_covers():
    x = picture(6, 9)
    means = x.reshape(2, 3, 3, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(resize.resize(x, (2, 3), "area"), means, rtol=1e-5)


@pytest.mark.parametrize("method", resize.INTERPOLATIONS)
def test_a_picture_of_one_value_stays_so(method):
    x = np.full((7, 5, 1), 33.0)
    np.testing.assert_allclose(resize.resize(x, (11, 3), method), 33, rtol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", [3, 4])
def test_smart_resize_crops_as_keras(data_format, rank):
    import keras

    x = picture(12, 20)
    x = x.transpose(2, 0, 1) if data_format == "channels_first" else x
    x = x[None] if rank == 4 else x
    ours = resize.smart_resize(x, (7, 6), data_format=data_format)
    theirs = keras.preprocessing.image.smart_resize(x, (7, 6), data_format=data_format)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_padding_keeps_the_whole_picture_in_the_middle():
    x = np.full((4, 8, 1), 5.0)
    padded = resize.resize_with_pad(x, (8, 8))[..., 0]
    assert (padded[2:6] == 5).all()
    assert (padded[[0, 1, 6, 7]] == 0).all()


def test_gray_values_without_channels_are_explained():
    with pytest.raises(ValueError, match=r"x\[\.\.\., None\]"):
        resize.smart_resize(np.zeros((4, 4)), 2)
