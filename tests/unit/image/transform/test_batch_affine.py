import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.image.transform import affine, batch_affine
from nbkeras.preprocessing.image import ImageDataGenerator

ANGLES = st.one_of(st.just(0.0), st.floats(-180, 180))


@pytest.mark.parametrize("mode", batch_affine.FILL_MODES)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@settings(max_examples=8)
@given(
    theta=ANGLES,
    shear=ANGLES,
    shift=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    zoom=st.tuples(st.floats(0.3, 2), st.floats(0.3, 2)),
    seed=st.integers(0, 99),
)
def test_a_batch_moves_as_its_pictures_do_alone(
    mode, dtype, theta, shear, shift, zoom, seed
):
    pictures = np.random.default_rng(seed).uniform(0, 255, (2, 7, 9, 3)).astype(dtype)
    transform = affine.matrix(theta, *shift, shear, *zoom)
    transform = np.eye(3) if transform is None else transform
    transform = affine.about(4, 3, transform)
    mirrored = [(False, True), (True, False)]
    made = batch_affine.warp_batch(pictures, [transform] * 2, mirrored, fill_mode=mode)
    for at, axis in enumerate((0, 1)):
        planes = pictures[at].astype("float64").transpose(2, 0, 1)
        alone = affine.warp(planes, transform, mode).transpose(1, 2, 0)
        np.testing.assert_allclose(made[at], np.flip(alone, axis), atol=5e-3)


def test_whole_pixels_move_exactly():
    pictures = np.arange(60, dtype="uint8").reshape(1, 4, 5, 3)
    right = np.eye(3)
    right[0, 2] = -2
    for order in batch_affine.ORDERS:
        made = batch_affine.warp_batch(
            pictures, [right], [(False, False)], 0.5, order=order
        )
        wanted = pictures[0][:, [0, 0, 0, 1, 2]] * np.float32(0.5)
        np.testing.assert_array_equal(made[0], wanted)


def test_the_nearest_pixel_is_taken_whole():
    pictures = np.array([[[[10], [20], [40]]]], "uint8")
    by = np.eye(3)
    by[0, 2] = 0.6
    assert batch_affine.warp_batch(
        pictures, [by], [(0, 0)], order=0
    ).ravel().tolist() == [
        20,
        40,
        40,
    ]


def test_a_short_batch_needs_no_compilation():
    batch_affine._compiled.cache_clear()
    pictures = np.zeros((5, 3, 3, 1), "uint8")
    for count in (5, 2, 1):
        still = [np.eye(3)] * count
        made = batch_affine.warp_batch(
            pictures[:count], still, [(0, 0)] * count, size=5
        )
        assert made.shape == (count, 3, 3, 1)
    assert batch_affine._compiled.cache_info().misses == 1


@pytest.mark.parametrize(
    "changes",
    [
        dict(shear_range=0.2, zoom_range=0.2, horizontal_flip=True, rescale=1 / 255),
        dict(horizontal_flip=True, vertical_flip=True, rescale=1 / 255),
        dict(rotation_range=40, width_shift_range=0.2, height_shift_range=0.2),
        dict(rotation_range=40, height_shift_range=0.2, keras_compat=True),
        dict(rotation_range=20, fill_mode="reflect", channel_shift_range=20.0),
        dict(zoom_range=0.3, brightness_range=(0.5, 1.2), rescale=1 / 255),
        dict(zoom_range=0.3, samplewise_std_normalization=True),
        dict(zoom_range=0.3, preprocessing_function=np.sqrt),
        dict(zoom_range=0.3, interpolation_order=0),
        dict(rotation_range=20, fill_mode="constant", cval=9.0),
        dict(rotation_range=20, fill_mode="wrap"),
        dict(rotation_range=20, data_format="channels_first"),
        dict(rotation_range=20, dtype="float64"),
    ],
)
@pytest.mark.parametrize("source", ["uint8", "float32"])
def test_a_generator_changes_a_batch_as_it_changes_one_picture(changes, source):
    x = np.random.default_rng(0).uniform(0, 255, (5, 9, 8, 3)).astype(source)
    if changes.get("data_format"):
        x = x.transpose(0, 3, 1, 2)
    changes = dict(changes)
    if "samplewise_std_normalization" in changes:
        changes["samplewise_center"] = True
    generator = ImageDataGenerator(**changes)
    flow = generator.flow(x, batch_size=3, shuffle=False, seed=4)
    made = np.concatenate([next(flow), next(flow)])
    for at, picture in enumerate(x):
        draw = np.random.Generator(np.random.Philox(flow._sample_seed(at)))
        parameters = generator.get_random_transform(picture.shape, draw)
        alone = picture.astype(flow.dtype)
        alone = generator.standardize(generator.apply_transform(alone, parameters))
        # An eighth bit may round to either side.
        atol = 1.01 / 255 if generator.brightness_range else 5e-3
        np.testing.assert_allclose(made[at], alone, atol=atol)


def test_the_change_is_the_one_of_keras(keras_image):
    x = np.random.default_rng(0).integers(0, 256, (4, 30, 20, 3)).astype("uint8")
    changes = dict(shear_range=20, zoom_range=0.2, rotation_range=30, rescale=1 / 255)
    ours = ImageDataGenerator(**changes, horizontal_flip=True, keras_compat=True)
    flow = ours.flow(x, batch_size=4, shuffle=False, seed=4)
    made = next(flow)
    theirs = keras_image.ImageDataGenerator(**changes)
    for at, picture in enumerate(x.astype("float32")):
        draw = np.random.Generator(np.random.Philox(flow._sample_seed(at)))
        parameters = ours.get_random_transform(picture.shape, draw)
        wanted = theirs.standardize(theirs.apply_transform(picture, parameters))
        np.testing.assert_allclose(made[at], wanted, atol=5e-3 / 255)
