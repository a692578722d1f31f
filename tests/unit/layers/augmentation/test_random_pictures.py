"""Random picture layers: Keras's pixels for Keras's draws, and draws spread as its."""

import random

import jax
import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from keras.src.layers.preprocessing.image_preprocessing.base_image_preprocessing_layer import (
    BaseImagePreprocessingLayer,
)
from keras.src.random.seed_generator import draw_seed
from scipy import stats

import nbkeras
from nbkeras import layers
from nbkeras.layers.augmentation import policies

UNIT = np.random.default_rng(0).random((6, 17, 13, 3)).astype("float32")
BYTES = 255 * UNIT
COMPOUND = {"RandomColorJitter", "RandAugment", "AugMix", "RandomElasticTransform"}
SINGLE = [case for case in cases.ON_PICTURES if case[0] not in COMPOUND]
STILL = [*SINGLE, *cases.CONTRAST]


def pictures(config):
    """Pictures of the range that the layer is told."""
    return UNIT if tuple(config.get("value_range", ())) == (0, 1) else BYTES


@pytest.mark.filterwarnings("ignore:.*int64")
@pytest.mark.parametrize(
    ("case", "layout"),
    [
        *((case, "channels_last") for case in STILL),
        # Keras stretches columns instead of channels there; see below.
        *((case, "channels_first") for case in STILL if case[0] != "AutoContrast"),
    ],
    ids=lambda part: part if isinstance(part, str) else cases.label(part),
)
def test_pixels_equal_those_of_keras_for_the_same_draws(case, layout):
    name, config, *_ = case
    config = {**config, "data_format": layout}
    ours, theirs = oracle.pair(name, config)
    x = pictures(config)
    x = np.moveaxis(x, -1, 1) if layout == "channels_first" else x
    drawn = theirs.get_random_transformation(x, training=True)
    wanted = np.asarray(theirs.transform_images(jnp.asarray(x), drawn, training=True))
    y = np.asarray(ours.transform_images(x, _channels_last(drawn, layout)))
    np.testing.assert_allclose(y, wanted, atol=1e-5 * max(1, np.abs(x).max()))


def test_auto_contrast_of_channels_first_stretches_each_channel_not_each_column():
    # Keras takes the extremes over axes 1 and 2, whatever the layout.
    _, theirs = oracle.pair("AutoContrast", {})
    wanted = theirs.transform_images(jnp.asarray(BYTES), None, training=True)
    layer = layers.AutoContrast(data_format="channels_first")
    y = layer(np.moveaxis(BYTES, -1, 1))
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), wanted, atol=1e-3)


def _channels_last(drawn, layout):
    """Draws that have the pictures' shape, in ours."""
    if layout == "channels_last" or not isinstance(drawn, dict):
        return drawn
    move = {"batch_masks", "fill_value"}
    return {k: jnp.moveaxis(v, 1, -1) if k in move else v for k, v in drawn.items()}


@pytest.mark.parametrize("case", cases.ON_PICTURES, ids=cases.label)
def test_nothing_happens_at_inference(case):
    layer, _ = oracle.pair(*case[:2])
    np.testing.assert_array_equal(layer(UNIT, training=False), UNIT)


@pytest.mark.parametrize("case", cases.CONTRAST, ids=cases.label)
def test_contrast_without_chance_works_at_inference_as_in_keras(case):
    ours, theirs = oracle.pair(*case[:2])
    wanted = theirs(UNIT, training=False)
    np.testing.assert_allclose(ours(UNIT, training=False), wanted, atol=1e-5)


@pytest.mark.parametrize("case", [*cases.ON_PICTURES, *cases.CONTRAST], ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize("case", [*cases.ON_PICTURES, *cases.CONTRAST], ids=cases.label)
def test_single_pictures_and_bytes_are_taken_and_a_jitted_step_runs(case):
    layer, _ = oracle.pair(*case[:2])
    assert layer(UNIT[0]).shape == UNIT[0].shape
    assert layer((255 * UNIT).astype("uint8")).dtype == jnp.float32
    model = nbkeras.Sequential([layers.Input((17, 13, 3)), layer, layers.Flatten()])
    model.add(layers.Dense(1))
    model.compile("sgd", "mse")
    loss = model.fit(UNIT / 100, np.zeros(6), epochs=1, verbose=0).history["loss"]
    assert np.isfinite(loss[0])


# {layer: numbers that describe each picture's draw}.
NUMBERS = {
    "RandomSaturation": lambda drawn: drawn["factor"],
    "RandomHue": lambda drawn: drawn["factor"],
    "RandomColorDegeneration": lambda drawn: drawn["factor"],
    "RandomSharpness": lambda drawn: drawn["factor"],
    "RandomPosterization": lambda drawn: drawn["shift_factor"],
    "RandomInvert": lambda drawn: drawn["apply_inversion"],
    "RandomGrayscale": lambda drawn: drawn,
    "RandomGaussianBlur": lambda drawn: drawn["should_apply_blur"],
    "Solarization": lambda drawn: jnp.stack([*drawn.values()]),
    "RandomShear": lambda drawn: drawn["shear_factor"].T,
    "RandomPerspective": lambda drawn: drawn["end_points"].reshape(-1, 8).T,
    "RandomErasing": lambda drawn: drawn["batch_masks"].mean((1, 2, 3)),
    "CutMix": lambda drawn: drawn["mix_weight"],
    "MixUp": lambda drawn: drawn["mix_weight"],
}


@pytest.mark.filterwarnings("ignore:.*int64")
@pytest.mark.parametrize("name", NUMBERS)
def test_draws_are_spread_as_those_of_keras(name):
    config = next(config for other, config, *_ in SINGLE if other == name)
    if name == "CutMix":  # one strength for a batch, in Keras too: let it be fixed
        config = {"factor": (1.0, 1.0)}
    keras.utils.set_random_seed(0)
    nbkeras.utils.set_random_seed(0)
    x = np.zeros((1500, 12, 10, 3), "float32")
    for one, other in zip(
        *(
            np.asarray(NUMBERS[name](layer.get_random_transformation(x))).reshape(
                {"Solarization": 2, "RandomShear": 2, "RandomPerspective": 8}.get(
                    name, 1
                ),
                -1,
            )
            for layer in oracle.pair(name, config)
        ),
        strict=True,
    ):
        assert one.shape == other.shape
        if len(np.unique(other)) > 1:
            assert stats.ks_2samp(one.astype(float), other.astype(float)).pvalue > 1e-3
        else:
            np.testing.assert_allclose(one, other)


# Layers of Keras for images that do nothing by chance, or have no pixels.
WITHOUT_CHANCE = {"CenterCrop", "Resizing", "MaxNumBoundingBoxes"}


def test_every_random_layer_of_keras_is_there_and_compared_with_it():
    names = {
        name
        for name in dir(keras.layers)
        if isinstance(kind := getattr(keras.layers, name), type)
        and issubclass(kind, BaseImagePreprocessingLayer)
    } - WITHOUT_CHANCE
    assert len(names) >= 27
    compared = {
        case[0] for case in [*cases.AUGMENT, *cases.ON_PICTURES, *cases.CONTRAST]
    }
    assert {name for name in names if not hasattr(layers, name)} == set()
    assert names - compared == set()


def test_randaugment_chooses_among_its_changes_as_keras_does():
    config = {"num_ops": 900, "factor": (0.2, 0.6)}
    ours, theirs = oracle.pair("RandAugment", config)
    keras.utils.set_random_seed(0)
    chosen = [
        np.bincount(layer.get_random_transformation(UNIT[:1])["layer_idxes"])
        for layer in (ours, theirs)
    ]
    assert len(chosen[0]) == len(chosen[1]) == len(policies.RANDAUGMENT)
    assert stats.chi2_contingency(chosen).pvalue > 1e-3


def test_augmix_mixes_and_chooses_as_keras_does():
    config = {"num_chains": 2, "chain_depth": 3, "alpha": 0.6, "all_ops": False}
    ours, theirs = oracle.pair("AugMix", config)
    keras.utils.set_random_seed(0)
    random.seed(0)
    draws = [theirs.get_random_transformation(UNIT[:1]) for _ in range(150)]
    keys = jax.random.split(jax.random.key(0), 2000)
    mine = jax.vmap(lambda key: ours.draw(key, UNIT[:1].shape))(keys)
    for name in ("weight_sample", "chain_mixing_weights"):
        drawn = np.stack([np.asarray(draw[name]) for draw in draws]).reshape(150, -1)
        own = np.asarray(mine[name]).reshape(2000, -1)
        assert own.shape[1] == drawn.shape[1]
        assert stats.ks_2samp(own[:, 0], drawn[:, 0]).pvalue > 1e-3
    names = [
        change["layer_name"]
        for draw in draws
        for chain in draw["chain_transforms"]
        for change in chain
    ]
    none = 150 * 2 * 3 - len(names)
    drawn = [*(names.count(name) for name in policies.AUGMIX), none]
    own = np.bincount(np.asarray(mine["layer_idxes"]).ravel())
    assert stats.chi2_contingency([own, drawn]).pvalue > 1e-3


@pytest.mark.parametrize("name", ["RandAugment", "AugMix"])
def test_the_changes_of_a_policy_are_as_strong_as_those_of_keras(name):
    ours, theirs = oracle.pair(name, {"factor": (0.1, 0.4)})
    x = np.zeros((1500, 6, 5, 3), "float32")
    keras.utils.set_random_seed(0)
    nbkeras.utils.set_random_seed(0)
    compared = 0
    for part, change in ours._augmentations.items():
        kind = type(change).__name__
        if kind not in NUMBERS:
            continue
        own, drawn = (
            np.asarray(NUMBERS[kind](layer.get_random_transformation(x))).ravel()
            for layer in (change, getattr(theirs, part))
        )
        compared += 1
        if len(np.unique(drawn)) > 1:
            assert stats.ks_2samp(own.astype(float), drawn.astype(float)).pvalue > 1e-3
        else:
            np.testing.assert_allclose(own, drawn)
    assert compared >= 5


def test_an_elastic_transform_of_given_noise_equals_that_of_keras():
    layer, theirs = oracle.pair("RandomElasticTransform", {"scale": (0.8, 0.9)})
    x = np.random.default_rng(1).random((2, 40, 30, 3)).astype("float32") * 255
    drawn = theirs.get_random_transformation(x)
    drawn["seed"] = 5
    wanted = theirs.transform_images(jnp.asarray(x), drawn)
    noise = jax.random.normal(draw_seed(5), (2, 40, 30))
    # Keras draws the same noise for both directions.
    mine = {**drawn, "noise": jnp.stack([noise, noise], -1)}
    np.testing.assert_allclose(layer.transform_images(x, mine), wanted, atol=0.05)


def test_elastic_shifts_down_and_across_are_not_the_same():
    drawn = layers.RandomElasticTransform().get_random_transformation(UNIT)
    down, across = np.asarray(drawn["noise"]).reshape(-1, 2).T
    assert abs(np.corrcoef(down, across)[0, 1]) < 0.1


@pytest.mark.parametrize("number", range(len(policies.RANDAUGMENT)))
def test_each_change_of_a_policy_equals_that_of_keras(number):
    ours, theirs = oracle.pair("RandAugment", {"num_ops": 1, "factor": 0.4})
    name = policies.RANDAUGMENT[number]
    drawn = ours.get_random_transformation(BYTES, seed=3)
    drawn["layer_idxes"] = jnp.array([number])
    y = ours.transform_images(BYTES, drawn)
    change, part = getattr(theirs, name), drawn["transforms"][name]
    if name in ("random_translation", "random_rotation"):
        wanted = ours._augmentations[name].transform(jnp.asarray(BYTES), part)
        assert type(ours._augmentations[name]).__name__ == type(change).__name__
    else:
        wanted = change.transform_images(jnp.asarray(BYTES), part)
    np.testing.assert_allclose(y, wanted, atol=1e-3)
    assert list(theirs._AUGMENT_LAYERS) == policies.RANDAUGMENT


def test_augmix_is_the_weighed_sum_of_its_chains():
    layer = layers.AugMix(num_chains=2, chain_depth=1)
    drawn = layer.get_random_transformation(BYTES, seed=1)
    none, contrast = (
        len(policies.AUGMIX_ALL),
        policies.AUGMIX_ALL.index("auto_contrast"),
    )
    drawn["layer_idxes"] = jnp.array([[none], [contrast]])
    y = layer.transform_images(BYTES, drawn)
    one, two = np.asarray(drawn["chain_mixing_weights"])
    part = float(drawn["weight_sample"])
    mixture = one * BYTES + two * np.asarray(layers.AutoContrast()(BYTES))
    np.testing.assert_allclose(y, part * BYTES + (1 - part) * mixture, atol=1e-2)
    assert one + two == pytest.approx(1)


def test_colour_jitter_makes_its_changes_one_after_the_other():
    layer = layers.RandomColorJitter(contrast_factor=0.4, hue_factor=0.3)
    drawn = layer.get_random_transformation(BYTES, seed=1)
    contrast = layers.RandomContrast(0.4).transform_images(BYTES, drawn[0])
    wanted = layers.RandomHue(0.3).transform_images(contrast, drawn[1])
    np.testing.assert_allclose(layer.transform_images(BYTES, drawn), wanted, atol=1e-3)


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_labels_are_mixed_in_the_proportions_of_the_pictures(name):
    # Pictures of one value each, the number of their class.
    x = np.arange(6.0).reshape(6, 1, 1, 1) * np.ones((6, 20, 20, 3))
    got = getattr(layers, name)()({"images": x, "labels": np.eye(6)})
    seen = np.asarray(got["images"]).mean((1, 2, 3))
    told = np.asarray(got["labels"]) @ np.arange(6)
    # A rectangle covers whole pixels, its share in the labels does not.
    np.testing.assert_allclose(seen, told, atol=1e-4 if name == "MixUp" else 0.7)
    np.testing.assert_allclose(np.asarray(got["labels"]).sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("name", ["RandomFlip", "RandomShear", "RandomPerspective"])
def test_masks_move_with_their_pictures(name):
    settings = {"RandomShear": {"x_factor": 0.4, "interpolation": "nearest"}}
    settings["RandomPerspective"] = {"scale": 0.4, "interpolation": "nearest"}
    layer = getattr(layers, name)(**settings.get(name, {}))
    x = np.round(UNIT * 3)
    masks = x[..., :1].astype("int32")
    got = layer({"images": x, "segmentation_masks": masks})
    moved = got["segmentation_masks"]
    assert moved.dtype == jnp.int32
    np.testing.assert_array_equal(moved, np.asarray(got["images"])[..., :1])
    assert np.any(np.asarray(got["images"]) != x)


def test_the_same_seed_gives_the_same_change():
    layer = layers.RandAugment()
    one, two = (layer.get_random_transformation(BYTES, seed=7) for _ in range(2))
    a, b = (layer.transform_images(BYTES, drawn) for drawn in (one, two))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.RandomHue(2.0), "from 0 to 1"),
        (lambda: layers.RandomPosterization(9), "from 1 to 8"),
        (lambda: layers.RandomInvert(-0.5), r"RandomInvert\(factor=0.5\)"),
        (lambda: layers.RandomGaussianBlur(kernel_size=4), r"kernel_size=3\)"),
        (lambda: layers.RandomShear(1.5), r"RandomShear\(x_factor=0.5\)"),
        (lambda: layers.RandomErasing(fill_value="red"), r"fill_value=0\)"),
        (lambda: layers.AutoContrast(255), r"value_range=\(0, 255\)\)"),
        (lambda: layers.RandAugment(num_ops=-1), r"num_ops=2\)"),
        (lambda: layers.MixUp(-1.0), "alpha"),
        (
            lambda: layers.RandomFlip()({"images": UNIT, "bounding_boxes": {}}),
            r"RandomFlip\(..., bounding_box_format='xyxy'\)",
        ),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


@pytest.mark.parametrize("name", ["RandomBrightness", "RandomContrast", "RandomHue"])
def test_boxes_stay_where_they_are_when_only_colours_change(name):
    layer = getattr(layers, name)(0.1, bounding_box_format="xyxy")
    boxes = {"boxes": np.array([[[1, 2, 2, 3]]]), "labels": np.array([[0]])}
    changed = layer({"images": UNIT, "bounding_boxes": boxes})
    np.testing.assert_array_equal(changed["bounding_boxes"]["boxes"], boxes["boxes"])
    again = type(layer).from_config(layer.get_config())
    assert again.bounding_box_format == "xyxy"


@pytest.mark.parametrize("name", ["RandAugment", "RandomElasticTransform"])
def test_boxes_are_refused_where_pixels_move_in_other_ways(name):
    layer = getattr(layers, name)()
    with pytest.raises(ValueError, match="Leave 'bounding_boxes' out"):
        layer({"images": UNIT, "bounding_boxes": {}})


@pytest.mark.parametrize("kind", [layers.RandAugment, layers.AugMix])
def test_a_policy_called_directly_gives_the_pixels_of_a_compiled_step(kind):
    layer = kind(value_range=(0, 1))
    x = jax.random.uniform(jax.random.key(9), (2, 8, 8, 3))
    compiled = jax.jit(layer.transform)
    for seed in range(4):
        parameters = layer.draw(jax.random.key(seed), x.shape)
        difference = np.abs(layer.transform(x, parameters) - compiled(x, parameters))
        # A value at the border of two grey levels may be rounded either way.
        assert np.quantile(difference, 0.98) < 2e-5


@pytest.mark.parametrize("kind", [layers.RandAugment, layers.AugMix])
def test_a_policy_called_directly_compiles_no_switch(kind, monkeypatch):
    # A switch of functions made in the call would be compiled, and kept, in every call.
    monkeypatch.setattr(jax.lax, "switch", None)
    x = np.full((2, 8, 8, 3), 0.5, "float32")
    assert kind(value_range=(0, 1), seed=1)(x, training=True).shape == x.shape
