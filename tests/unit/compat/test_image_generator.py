import inspect

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.preprocessing.image import ImageDataGenerator

RANGES = dict(
    rotation_range=30,
    width_shift_range=0.2,
    height_shift_range=3,
    brightness_range=(0.5, 1.5),
    shear_range=10,
    zoom_range=0.3,
    channel_shift_range=20,
    horizontal_flip=True,
    vertical_flip=True,
)


def pictures(count=6, shape=(12, 12, 3)):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (count, *shape)).astype("float32")


def test_every_argument_of_keras_is_there_with_its_default(keras_image):
    ours = inspect.signature(ImageDataGenerator.__init__).parameters
    theirs = inspect.signature(keras_image.ImageDataGenerator.__init__).parameters
    wanted = {n: p.default for n, p in theirs.items() if n != "self"}
    assert {n: ours[n].default for n in wanted} == wanted
    assert list(ours)[1 : 1 + len(wanted)] == list(wanted)


@pytest.mark.parametrize(
    "method", ["flow", "flow_from_directory", "flow_from_dataframe"]
)
def test_every_argument_of_the_flows_is_there_with_its_default(keras_image, method):
    ours = inspect.signature(getattr(ImageDataGenerator, method)).parameters
    theirs = inspect.signature(
        getattr(keras_image.ImageDataGenerator, method)
    ).parameters
    wanted = {n: p.default for n, p in theirs.items() if p.kind is not p.VAR_KEYWORD}
    assert {n: ours[n].default for n in wanted} == wanted
    assert list(ours)[: len(wanted)] == list(wanted)


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_draws_what_keras_draws_with_it(keras_image, seed):
    ours = ImageDataGenerator(**RANGES, keras_compat=True)
    theirs = keras_image.ImageDataGenerator(**RANGES)
    drawn = ours.get_random_transform((12, 9, 3), seed)
    wanted = theirs.get_random_transform((12, 9, 3), seed)
    assert drawn == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(3))
def test_a_seed_changes_a_picture_as_keras_does(keras_image, seed):
    x = pictures(1, (12, 9, 3))[0]
    plain = {k: v for k, v in RANGES.items() if k != "brightness_range"}
    ours = ImageDataGenerator(**plain, keras_compat=True).random_transform(x, seed)
    theirs = keras_image.ImageDataGenerator(**plain).random_transform(x, seed)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_by_default_the_two_shifts_change_places(keras_image):
    ours = ImageDataGenerator(**RANGES).get_random_transform((12, 12, 3), 1)
    theirs = keras_image.ImageDataGenerator(**RANGES).get_random_transform(
        (12, 12, 3), 1
    )
    assert (ours["tx"], ours["ty"]) == pytest.approx((theirs["ty"], theirs["tx"]))


def test_a_height_shift_moves_rows():
    x = np.repeat(np.arange(8.0)[:, None, None], 8, axis=1).astype("float32")
    moved = ImageDataGenerator(height_shift_range=0.4).random_transform(x, seed=1)
    assert np.ptp(moved, axis=1).max() < 1e-5
    assert not np.allclose(moved, x)
    sideways = ImageDataGenerator(width_shift_range=0.4).random_transform(x, seed=1)
    np.testing.assert_allclose(sideways, x, atol=1e-5)


def test_channels_first_changes_like_channels_last():
    last = ImageDataGenerator(**RANGES)
    first = ImageDataGenerator(**RANGES, data_format="channels_first")
    x = pictures(1)[0]
    a = last.random_transform(x, seed=2)
    b = first.random_transform(x.transpose(2, 0, 1), seed=2)
    np.testing.assert_allclose(a, b.transpose(1, 2, 0), atol=1e-4)


STEPS = [
    dict(rescale=1 / 255),
    dict(samplewise_center=True),
    dict(samplewise_center=True, samplewise_std_normalization=True),
    dict(featurewise_center=True),
    dict(featurewise_center=True, featurewise_std_normalization=True, rescale=0.5),
    dict(featurewise_center=True, zca_whitening=True, zca_epsilon=1e-3),
    dict(preprocessing_function=lambda x: x * 2 + 1, rescale=0.1),
]


@pytest.mark.parametrize("options", STEPS)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_standardize_equals_keras(keras_image, options, data_format):
    x = pictures(10, (4, 4, 3))
    x = x.transpose(0, 3, 1, 2) if data_format == "channels_first" else x
    made = []
    for kind in (ImageDataGenerator, keras_image.ImageDataGenerator):
        generator = kind(**options, data_format=data_format)
        generator.fit(x)
        made.append(generator.standardize(x[0].copy()))
    np.testing.assert_allclose(*made, atol=2e-3, rtol=1e-4)


def test_fit_on_changed_pictures_equals_keras(keras_image):
    x = pictures(5)
    options = dict(
        featurewise_center=True,
        featurewise_std_normalization=True,
        rotation_range=30,
        horizontal_flip=True,
    )
    ours, theirs = (
        ImageDataGenerator(**options),
        keras_image.ImageDataGenerator(**options),
    )
    for each in (ours, theirs):
        each.fit(x, augment=True, rounds=2, seed=4)
    np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-5)
    np.testing.assert_allclose(ours.std, theirs.std, rtol=1e-5)


def test_whitened_pixels_are_uncorrelated():
    x = pictures(400, (2, 2, 1))
    generator = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    generator.fit(x)
    flat = generator.standardize(x.copy()).reshape(400, -1)
    np.testing.assert_allclose(flat.T @ flat / 400, np.eye(4), atol=1e-3)


def test_standardize_works_in_place_on_floats_and_takes_bytes():
    generator = ImageDataGenerator(rescale=0.5)
    x = np.full((2, 2, 3), 8.0, "float32")
    assert generator.standardize(x) is x
    assert x.max() == 4
    made = generator.standardize(np.full((2, 2, 3), 8, "uint8"))
    assert (made.dtype, made.max()) == ("float32", 4)


def test_a_generator_that_was_not_fit_says_how():
    generator = ImageDataGenerator(featurewise_center=True)
    with pytest.warns(NbkerasNotice, match=r"Write generator.fit\(x_train\) first"):
        generator.standardize(pictures(1))


@pytest.mark.parametrize(
    ("given", "switched"),
    [
        ("zca_whitening", "featurewise_center"),
        ("featurewise_std_normalization", "featurewise_center"),
        ("samplewise_std_normalization", "samplewise_center"),
    ],
)
def test_a_step_switches_on_what_it_needs_and_says_so(given, switched):
    with pytest.warns(NbkerasNotice, match=f"{given}=True.* switches {switched} on"):
        generator = ImageDataGenerator(**{given: True})
    assert getattr(generator, switched)


def test_whitening_of_large_pictures_is_refused_before_the_memory_is_taken():
    generator = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    with pytest.raises(ValueError, match=r"67,500 x 67,500 \(18 GB\)"):
        generator.fit(np.zeros((2, 150, 150, 3), "uint8"))


def test_fit_on_one_picture_is_explained():
    with pytest.raises(ValueError, match=r"fit\(x\[None\]\)"):
        ImageDataGenerator().fit(np.zeros((4, 4, 3)))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (dict(zoom_rnage=0.2), TypeError, "Did you mean 'zoom_range'"),
        (dict(zoom_range=(1, 2, 3)), ValueError, r"zoom_range=\(0.8, 1.2\)"),
        (dict(brightness_range=0.2), ValueError, r"brightness_range=\(0.8, 1.2\)"),
        (dict(fill_mode="nearst"), ValueError, "Did you mean 'nearest'"),
        (dict(validation_split=1.5), ValueError, r"validation_split=0.2"),
        (dict(rotation_range="30"), ValueError, "rotation_range must be a number"),
        (dict(width_shift_range="a"), ValueError, "width_shift_range=0.1"),
        (dict(on_error="ignore"), ValueError, "'raise', 'skip'"),
        (dict(interpolation_order=7), ValueError, "interpolation_order must be one of"),
        (dict(data_format="channel_last"), ValueError, "Did you mean 'channels_last'"),
    ],
)
def test_wrong_arguments_are_explained(options, error, words):
    with pytest.raises(error, match=words):
        ImageDataGenerator(**options)


def test_a_generator_can_be_rebuilt_from_its_config():
    generator = ImageDataGenerator(rotation_range=3, validation_split=0.25)
    again = ImageDataGenerator.from_config(generator.get_config())
    assert again.get_config() == generator.get_config()
    assert again._validation_split == 0.25
