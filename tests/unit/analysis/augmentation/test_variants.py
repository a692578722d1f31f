"""Variants are what training sees; outlines and invented pixels are where they say."""

import numpy as np
import pytest
from tolerances import assert_close_sums

from nbkeras import Sequential, layers, utils
from nbkeras.analysis.augmentation.layer_recipe import LayerRecipe
from nbkeras.analysis.augmentation.layer_variants import LayerChain
from nbkeras.analysis.augmentation.variants import extremes_of_generator, of_generator
from nbkeras.analysis.augmentation.vary import vary
from nbkeras.analysis.image_samples.samples import Samples
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.preprocessing.image import ImageDataGenerator

ROWS, COLUMNS = 20, 28
EVERYTHING = dict(
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=3,
    shear_range=20,
    zoom_range=(0.7, 1.4),
    horizontal_flip=True,
    vertical_flip=True,
)
RANDOM = [
    lambda **o: layers.RandomFlip(),
    lambda **o: layers.RandomRotation(0.15, **o),
    lambda **o: layers.RandomZoom((-0.3, 0.4), (-0.1, 0.2), **o),
    lambda **o: layers.RandomTranslation(0.2, (-0.3, 0.1), **o),
]


def photo(shape=(ROWS, COLUMNS, 3)):
    return np.random.default_rng(3).uniform(0, 255, shape).astype("float32")


def ramp():
    """A picture whose pixels say where they are: column, row, 1."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS].astype("float32")
    return np.stack([columns, rows, np.ones_like(rows)], -1)


def places(variant, invented):
    """Where the corners lie, from a plane through the pixels that are not invented."""
    rows, columns = np.nonzero(~invented)
    a = np.stack([columns, rows, np.ones(len(rows))], 1)
    plane, *_ = np.linalg.lstsq(a, variant[rows, columns, :2], rcond=None)
    right, bottom = variant.shape[1] - 0.5, variant.shape[0] - 0.5
    frame = [[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]]
    return np.hstack([frame, np.ones((4, 1))]) @ plane


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_variant_is_what_the_generator_gives_for_its_seed(data_format, channels):
    datagen = ImageDataGenerator(
        **EVERYTHING,
        brightness_range=(0.5, 1.5),
        channel_shift_range=30,
        rescale=1 / 255,
        samplewise_center=True,
        data_format=data_format,
    )
    x = photo((ROWS, COLUMNS, channels))
    found = of_generator(datagen, x, seed=7, count=5)
    axes = (2, 0, 1) if data_format == "channels_first" else (0, 1, 2)
    back = np.argsort(axes)
    for k in range(5):
        given = x.transpose(axes).copy()
        wanted = datagen.standardize(datagen.random_transform(given, seed=7 + k))
        np.testing.assert_array_equal(found.pictures[k], wanted.transpose(back))


@pytest.mark.parametrize("keras_compat", [False, True])
def test_the_corners_lie_where_the_pixels_came_from(keras_compat):
    datagen = ImageDataGenerator(**EVERYTHING, keras_compat=keras_compat)
    found = of_generator(datagen, ramp(), count=8)
    for k in range(8):
        wanted = places(found.pictures[k], found.invented[k])
        np.testing.assert_allclose(found.corners[k], wanted, atol=1e-3)


def test_what_the_fill_mode_makes_up_is_what_changes_with_it():
    x = photo()
    dark = ImageDataGenerator(**EVERYTHING, fill_mode="constant", cval=-500)
    light = ImageDataGenerator(**EVERYTHING, fill_mode="constant", cval=500)
    one, other = (of_generator(each, x, seed=2, count=6) for each in (dark, light))
    differs = (one.pictures != other.pictures).any(-1)
    assert differs.any()
    np.testing.assert_array_equal(one.invented, differs)


def test_the_ends_of_each_range_of_a_generator():
    datagen = ImageDataGenerator(**EVERYTHING, brightness_range=(0.5, 1.5))
    x = photo()
    found = extremes_of_generator(datagen, x)
    at = dict(zip(found.names, found.pictures, strict=True))
    assert list(at)[:6] == [
        "rotation_range: \u221240",
        "rotation_range: +40",
        "width_shift_range: \u22125.6",
        "width_shift_range: +5.6",
        "height_shift_range: \u22122",
        "height_shift_range: +2",
    ]
    wanted = datagen.apply_transform(x, {"theta": -40.0})
    np.testing.assert_array_equal(at["rotation_range: \u221240"], wanted)
    np.testing.assert_array_equal(at["horizontal_flip"], x[:, ::-1])
    assert extremes_of_generator(ImageDataGenerator(rescale=1 / 255), x) is None


@pytest.mark.parametrize("stacked", [False, True])
def test_every_variant_is_what_the_layers_give_for_the_seed(stacked):
    def made():
        listed = [make() for make in RANDOM]
        listed += [layers.RandomContrast(0.4), layers.RandomBrightness(0.2)]
        listed += [layers.RandomCrop(10, 12, seed=5), layers.Rescaling(1 / 255)]
        return [Sequential(listed)] if stacked else listed

    x = photo()
    found = LayerChain(made()).variants(x, seed=11, count=6)
    utils.set_random_seed(11)
    wanted = np.repeat(x[None], 6, 0)
    for layer in made():
        wanted = layer(wanted, training=True)
    np.testing.assert_array_equal(found.pictures, np.asarray(wanted))


def test_outlines_go_through_all_layers_to_the_original():
    chain = LayerChain([*(make() for make in RANDOM), layers.RandomCrop(12, 14)])
    found = chain.variants(ramp(), seed=4, count=6)
    compared = 0
    for k in range(6):
        # What is reflected is no place of the plane, nor is the outermost half of the
        # edge's pixels; each layer blends one pixel more.
        x, y = found.pictures[k, ..., :2].transpose(2, 0, 1)
        edge = (
            found.invented[k] | (x < 1) | (x > COLUMNS - 2) | (y < 1) | (y > ROWS - 2)
        )
        for axis, step in 4 * ((0, 1), (0, -1), (1, 1), (1, -1)):
            edge |= np.roll(edge, step, axis)
        if (~edge).sum() > 6:
            wanted = places(found.pictures[k], edge)
            np.testing.assert_allclose(found.corners[k], wanted, atol=2e-2)
            compared += 1
    assert compared >= 2


def test_a_small_picture_is_cut_from_its_middle():
    found = LayerChain([layers.RandomCrop(30, 30)]).variants(ramp(), count=6)
    inner = np.zeros((30, 30), bool)
    inner[[0, -1], :] = inner[:, [0, -1]] = True  # clipped at the edge by the resize
    wanted = places(found.pictures[0], inner)
    np.testing.assert_allclose(found.corners[0], wanted, atol=1e-3)
    assert not found.invented.any()


def test_what_layers_make_up_is_what_changes_with_the_fill_value():
    fills = [
        LayerChain(
            make(fill_mode="constant", fill_value=value, interpolation="nearest")
            for make in RANDOM
        ).variants(photo(), seed=1, count=6)
        for value in (-500.0, 500.0)
    ]
    differs = (fills[0].pictures != fills[1].pictures).any(-1)
    assert differs.any()
    np.testing.assert_array_equal(fills[0].invented, differs)


def test_the_ends_of_each_range_of_layers():
    x = photo()
    chain = LayerChain(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomContrast((0.2, 0.5)),
            layers.RandomTranslation((-0.1, 0.25), 0.0),
            layers.RandomZoom(0.5),
            layers.RandomBrightness((0.1, 0.2)),
            layers.Rescaling(1 / 255),
        ]
    )
    found = chain.extremes(x, count=6)
    at = dict(zip(found.names, found.pictures * 255, strict=True))
    mean = x.mean((0, 1))
    assert_close_sums(at["RandomFlip horizontal"], x[:, ::-1], rtol=1e-5)
    darker = np.clip((x - mean) * 0.8 + mean, 0, 255)
    np.testing.assert_allclose(at["RandomContrast: ×0.8"], darker, atol=1e-2)
    down = at["RandomTranslation height_factor: +0.25"]
    np.testing.assert_allclose(down[5:], x[:-5], atol=1e-2)
    np.testing.assert_allclose(
        at["RandomBrightness factor: +0.1"], np.clip(x + 25.5, 0, 255), atol=1e-2
    )
    half = found.corners[found.names.index("RandomZoom height_factor: +0.5")]
    np.testing.assert_allclose(half[0], [13.5 - 14 * 1.5, 9.5 - 10 * 1.5], atol=1e-4)
    # Afterwards the layers draw again.
    again = chain.variants(x, seed=0, count=6).pictures
    fresh = LayerChain([type(e).from_config(e.get_config()) for e in chain.layers])
    np.testing.assert_array_equal(again, fresh.variants(x, seed=0, count=6).pictures)


def test_a_layer_that_changes_the_size_leaves_the_outline_unknown():
    chain = LayerChain([layers.Resizing(8, 8), layers.RandomRotation(0.1)])
    found = chain.variants(photo(), count=6)
    assert found.pictures.shape == (6, 8, 8, 3)
    assert np.isnan(found.corners).all()


DIGITS = [np.full((6, 8, 1), value, "float32") for value in (0.0, 100.0, 200.0)]


def mixed(given, at=0, count=5):
    """The variants of one of three even pictures, mixed with the others."""
    recipe = LayerRecipe(given, Samples(DIGITS), value_range(DIGITS))
    return recipe.variants(DIGITS[at], 3, count)


def test_mixed_up_pictures_are_the_shares_that_their_labels_say():
    found = mixed(layers.MixUp(1.0), at=1)
    values = np.array([0.0, 100.0, 200.0])
    for picture, mixture in zip(found.pictures, found.mixtures, strict=True):
        assert sum(share for _, share in mixture) == pytest.approx(1, rel=1e-5)
        expected = sum(share * values[index] for index, share in mixture)
        np.testing.assert_allclose(picture, expected, rtol=1e-4)
    assert {index for mixture in found.mixtures for index, _ in mixture} == {0, 1, 2}


def test_a_rectangle_of_another_picture_is_its_share():
    found = mixed(layers.CutMix((1.0, 1.0)))
    for picture, mixture in zip(found.pictures, found.mixtures, strict=True):
        other = next((index for index, _ in mixture if index != 0), 1)
        inside = np.mean(picture == 100.0 * other)
        share = dict(mixture).get(other, 0.0)
        # A rectangle covers whole pixels, its share in the label does not.
        assert inside == pytest.approx(share, abs=0.3)
    assert len({float(np.mean(p)) for p in found.pictures}) > 1


def test_layers_mix_one_after_the_other_and_the_largest_share_comes_first():
    found = mixed([layers.MixUp(1.0), layers.RandomFlip(), layers.MixUp(1.0)])
    for picture, mixture in zip(found.pictures, found.mixtures, strict=True):
        expected = sum(share * 100.0 * index for index, share in mixture)
        np.testing.assert_allclose(picture, expected, rtol=1e-3, atol=1e-3)
        shares = [share for _, share in mixture]
        assert shares == sorted(shares, reverse=True)


def test_pictures_of_other_sizes_and_channels_are_fitted():
    others = [DIGITS[0], np.full((3, 3, 3), 50, "uint8")]
    recipe = LayerRecipe(layers.MixUp(1.0), Samples(others), value_range(others))
    found = recipe.variants(others[0], 0, 2)
    assert found.pictures.shape == (2, 6, 8, 1)
    assert recipe.variants(others[1], 0, 2).pictures.shape == (2, 3, 3, 3)


def test_without_other_pictures_nothing_is_mixed():
    found = vary(layers.MixUp(), DIGITS[1], count=2)
    np.testing.assert_allclose(found.pictures, 100.0, rtol=1e-5)
    assert found.mixtures == ()
    assert mixed(layers.RandomFlip()).mixtures == ()


def test_layers_without_chance_and_shears_are_shown_too():
    picture = np.linspace(20, 200, 48, dtype="float32").reshape(6, 8, 1)
    found = vary(layers.AutoContrast(), picture, count=2)
    assert found.pictures.min() == pytest.approx(0, abs=1e-3)
    assert found.pictures.max() == pytest.approx(255, rel=1e-5)
    sheared = vary(layers.RandomShear(0.5), picture, count=3)
    assert np.isfinite(sheared.corners).all()
