import numpy as np
import pytest

from nbkeras.image.transform import augment, colour
from nbkeras.image.transform import random as changes
from nbkeras.image.transform.image_transforms import ImageTransforms

LAST = dict(row_axis=0, col_axis=1, channel_axis=2)
GRID = [
    dict(theta=30),
    dict(theta=-77.5, zx=0.7, zy=1.4),
    dict(tx=2.5, ty=-1.25),
    dict(shear=20),
    dict(zx=0.8, zy=1.1, shear=0.2),
    dict(theta=15, tx=1, ty=2, shear=-10, zx=1.2, zy=0.9),
]


def picture(rows=12, columns=12, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (rows, columns, channels)).astype("float32")


@pytest.mark.parametrize("parameters", GRID)
@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
def test_square_pictures_move_as_in_keras(keras_image, parameters, fill_mode):
    x = picture()
    options = dict(**LAST, fill_mode=fill_mode, cval=9.0)
    ours = augment.apply_affine_transform(x, **parameters, **options)
    theirs = keras_image.apply_affine_transform(x, **parameters, **options)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("parameters", GRID)
def test_keras_compat_moves_any_picture_as_in_keras(keras_image, parameters):
    x = picture(9, 14)
    ours = augment.apply_affine_transform(x, **parameters, **LAST, keras_compat=True)
    theirs = keras_image.apply_affine_transform(x, **parameters, **LAST)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("axes", [(1, 2, 0), (0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_every_order_of_axes_gives_kerass_result(keras_image, axes):
    x = picture(12, 12, 12)
    options = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
    ours = augment.apply_affine_transform(x, theta=25, tx=3, **options)
    theirs = keras_image.apply_affine_transform(x, theta=25, tx=3, **options)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_half_turn_of_a_picture_that_is_not_square_is_both_flips():
    x = picture(3, 7)
    turned = augment.apply_affine_transform(x, theta=180, **LAST)
    np.testing.assert_allclose(turned, x[::-1, ::-1], atol=1e-3)


def test_a_shift_of_tx_moves_columns_to_the_left():
    x = picture(4, 6)
    moved = augment.apply_affine_transform(x, tx=1, **LAST)
    np.testing.assert_allclose(moved[:, :-1], x[:, 1:], atol=1e-4)


def test_a_shift_of_ty_moves_rows_up():
    x = picture(4, 6)
    moved = augment.apply_affine_transform(x, ty=1, **LAST)
    np.testing.assert_allclose(moved[:-1], x[1:], atol=1e-4)


def test_a_height_shift_is_drawn_as_ty():
    drawn = augment.draw(np.random.default_rng(0), 10, 20, height_shift_range=0.5)
    assert drawn["tx"] == 0
    assert 0 < abs(drawn["ty"]) <= 5


def test_with_keras_compat_a_height_shift_is_drawn_as_tx():
    rng = np.random.default_rng(0)
    drawn = augment.draw(rng, 10, 20, height_shift_range=0.5, keras_compat=True)
    assert drawn["ty"] == 0
    assert 0 < abs(drawn["tx"]) <= 5


def test_an_int_shift_k_gives_whole_pixels_below_k():
    rng = np.random.default_rng(0)
    seen = {augment.draw(rng, 9, 9, width_shift_range=3)["tx"] for _ in range(200)}
    assert seen == {-2, -1, 0, 1, 2}


def test_a_list_shift_gives_its_values_with_either_sign():
    rng = np.random.default_rng(0)
    seen = {augment.draw(rng, 9, 9, width_shift_range=[2, 5])["tx"] for _ in range(200)}
    assert seen == {-5, -2, 2, 5}


def test_a_float_shift_of_1_or_more_counts_pixels():
    rng = np.random.default_rng(0)
    drawn = [
        augment.draw(rng, 100, 100, width_shift_range=2.5)["tx"] for _ in range(99)
    ]
    assert 1 < np.max(np.abs(drawn)) <= 2.5


def test_draws_are_uniform_over_their_ranges():
    rng = np.random.default_rng(0)
    drawn = [
        augment.draw(rng, 9, 9, rotation_range=40, zoom_range=(0.5, 1.5))
        for _ in range(2000)
    ]
    theta = np.array([d["theta"] for d in drawn])
    zoom = np.array([(d["zx"], d["zy"]) for d in drawn])
    np.testing.assert_allclose(theta.mean(), 0, atol=2)
    np.testing.assert_allclose(theta.std(), 80 / np.sqrt(12), rtol=0.05)
    np.testing.assert_allclose(zoom.mean(axis=0), 1, atol=0.03)
    assert abs(np.corrcoef(zoom.T)[0, 1]) < 0.1


def test_half_of_the_draws_flip():
    rng = np.random.default_rng(0)
    flips = [
        augment.draw(rng, 9, 9, horizontal_flip=True)["flip_horizontal"]
        for _ in range(1000)
    ]
    assert 440 < sum(flips) < 560


def test_channel_shift_equals_keras(keras_image):
    x = picture()
    for intensity in (40.5, -40.5):
        np.testing.assert_allclose(
            colour.apply_channel_shift(x, intensity, 2),
            keras_image.apply_channel_shift(x, intensity, 2),
            atol=1e-4,
        )


@pytest.mark.parametrize("brightness", [0.0, 0.3, 1.0, 1.7, 5.0])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
def test_brightness_of_0_to_255_equals_keras(keras_image, brightness, channels, scale):
    x = picture(channels=channels)
    ours = colour.apply_brightness_shift(x, brightness, scale)
    theirs = keras_image.apply_brightness_shift(x, brightness, scale)
    np.testing.assert_array_equal(ours, theirs)


def test_brightness_outside_0_to_255_equals_keras(keras_image):
    x = picture() * 2 - 100
    ours = colour.apply_brightness_shift(x, 1.3, False)
    theirs = keras_image.apply_brightness_shift(x, 1.3, False)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_brightness_of_floats_in_0_to_1_is_a_product():
    x = picture() / 255
    dimmed = colour.apply_brightness_shift(x, 0.5, False)
    np.testing.assert_allclose(dimmed, x / 2, atol=1e-6)


def test_with_keras_compat_brightness_of_floats_in_0_to_1_is_black(keras_image):
    x = picture() / 256
    ours = colour.apply_brightness_shift(x, 0.5, False, keras_compat=True)
    np.testing.assert_array_equal(
        ours, keras_image.apply_brightness_shift(x, 0.5, False)
    )
    assert ours.max() == 0


def test_flips_come_after_the_affine_map_and_before_brightness(keras_image):
    generator = keras_image.ImageDataGenerator()
    parameters = dict(
        theta=20,
        tx=1.5,
        channel_shift_intensity=12.0,
        flip_horizontal=True,
        flip_vertical=True,
        brightness=0.8,
    )
    x = picture()
    ours = augment.apply(x, parameters)
    theirs = generator.apply_transform(x, parameters)
    # 8-bit values: a rounding of the interpolation may tip one over.
    np.testing.assert_allclose(ours, theirs, atol=1)
    assert np.mean(ours != theirs) < 0.01


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("random_rotation", (30,)),
        ("random_shear", (30,)),
        ("random_zoom", ((0.5, 1.5),)),
    ],
)
def test_random_functions_draw_as_keras_with_the_same_seed(
    keras_image, name, arguments
):
    x = picture()
    np.random.seed(3)
    theirs = getattr(keras_image, name)(x, *arguments, 0, 1, 2)
    ours = getattr(changes, name)(x, *arguments, 0, 1, 2, seed=3)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_random_shift_with_keras_compat_draws_as_keras(keras_image):
    x = picture()
    np.random.seed(3)
    theirs = keras_image.random_shift(x, 0.2, 0.4, 0, 1, 2)
    ours = changes.random_shift(x, 0.2, 0.4, 0, 1, 2, seed=3, keras_compat=True)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_random_brightness_and_channel_shift_draw_as_keras(keras_image):
    x = picture()
    np.random.seed(3)
    theirs = keras_image.random_brightness(x, (0.5, 1.5))
    np.testing.assert_array_equal(
        changes.random_brightness(x, (0.5, 1.5), seed=3), theirs
    )
    np.random.seed(3)
    theirs = keras_image.random_channel_shift(x, 30, 2)
    np.testing.assert_allclose(
        changes.random_channel_shift(x, 30, 2, seed=3), theirs, atol=1e-4
    )


def test_random_functions_leave_numpys_generator_alone():
    before = np.random.get_state()[1].copy()
    changes.random_rotation(picture(), 30)
    changes.random_rotation(picture(), 30, seed=5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_batch_instead_of_a_picture_is_explained():
    with pytest.raises(ValueError, match="row_axis=0, col_axis=1, channel_axis=2"):
        augment.apply_affine_transform(np.zeros((2, 4, 4, 3)), theta=3)


def test_a_zoom_that_is_no_pair_is_explained():
    with pytest.raises(ValueError, match=r"Write for example random_zoom\(zoom_range="):
        changes.random_zoom(picture(), 0.2)


def test_a_channel_shift_of_8_bits_is_that_of_floats():
    x = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype("uint8")
    for intensity in (-60.0, 17.5, 60.0):
        shifted = colour.apply_channel_shift(x, intensity, 2)
        floats = colour.apply_channel_shift(x.astype("float32"), intensity, 2)
        assert shifted.dtype == np.uint8
        assert np.abs(shifted - floats).max() <= 0.5


def test_mean_and_deviation_of_many_pictures_are_summed_in_float64():
    generator = ImageTransforms(
        featurewise_center=True, featurewise_std_normalization=True
    )
    x = np.full((1200, 160, 160, 1), 0.6, "float32")
    x[::2] = 0.4
    generator.fit(x)
    np.testing.assert_allclose(generator.mean.ravel(), 0.5, rtol=1e-6)
    np.testing.assert_allclose(generator.std.ravel(), 0.1, rtol=1e-6)
