"""Settings become generators and layers, and code that makes the same ones."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Sequential, layers
from nbkeras.analysis.augmentation import controls
from nbkeras.analysis.augmentation.controls import to_wire
from nbkeras.analysis.augmentation.generator_recipe import GeneratorRecipe
from nbkeras.analysis.augmentation.layer_recipe import LayerRecipe, is_layers
from nbkeras.analysis.augmentation.vary import vary
from nbkeras.analysis.image_samples.samples import collect_samples
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.core.serialization.signatures import parameters
from nbkeras.layers.augmentation.base import Augmentation
from nbkeras.preprocessing.image import ImageDataGenerator


def half(x):
    return x / 2


PHOTOS = np.random.default_rng(0).uniform(0, 255, (3, 16, 20, 3)).astype("float32")


def recipe_of(given, pictures=PHOTOS):
    samples = collect_samples("preview", pictures)
    kind = LayerRecipe if is_layers(given) else GeneratorRecipe
    return kind(given, samples, value_range(samples.pictures))


def run(code, **names):
    exec(code, names)
    return names


def settings(datagen):
    return {n: getattr(datagen, n, None) for n in parameters(type(datagen))}


def test_every_argument_of_the_generator_has_a_control():
    keys = [each["key"] for each in recipe_of(ImageDataGenerator()).controls]
    assert sorted(keys) == sorted(parameters(ImageDataGenerator))


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomFlip(),
        layers.RandomRotation(0.1),
        layers.RandomZoom(0.1),
        layers.RandomTranslation(0.1, 0.1),
        layers.RandomCrop(8, 8),
        layers.RandomContrast(0.1),
        layers.RandomBrightness(0.1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_every_argument_of_a_random_layer_has_a_control(layer):
    # The studio shows images without boxes.
    others = {*parameters(layers.Layer), "bounding_box_format"}
    own = set(parameters(type(layer))) - others
    keys = {each["name"] for each in recipe_of(layer).controls}
    assert keys == own


GIVEN = [
    dict(),
    dict(rotation_range=30, zoom_range=0.2, horizontal_flip=True, rescale=1 / 255),
    dict(width_shift_range=3, height_shift_range=[-2, 5], zoom_range=(0.5, 1.25)),
    dict(width_shift_range=3.0, brightness_range=(0.8, 1.2), fill_mode="constant"),
    dict(preprocessing_function=half, dtype="float64", data_format="channels_first"),
    dict(interpolation_order=0, cval=7, samplewise_std_normalization=True),
]


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("given", GIVEN, ids=lambda given: ",".join(given) or "none")
def test_the_code_makes_the_same_generator(given):
    recipe = recipe_of(ImageDataGenerator(**given))
    made = run(recipe.code(), half=half)["datagen"]
    wanted = settings(ImageDataGenerator(**given))
    assert settings(made) == wanted
    assert settings(recipe.result) == wanted


def test_the_code_names_only_what_is_not_as_usual():
    recipe = recipe_of(ImageDataGenerator(rescale=1 / 255))
    recipe.set({"rotation_range": 12, "zoom_range": [0.9, 1.1], "cval": 0})
    assert recipe.code() == (
        "from nbkeras.preprocessing.image import ImageDataGenerator\n\n"
        "datagen = ImageDataGenerator(rotation_range=12, zoom_range=0.1, "
        "rescale=1 / 255)\n"
    )
    assert recipe.result.rotation_range == 12


def test_a_setting_that_is_refused_changes_nothing():
    recipe = recipe_of(ImageDataGenerator(brightness_range=(0.5, 1.5)))
    with pytest.raises(ValueError, match=r"Write for example .*brightness_range="):
        recipe.set({"brightness_range": [-1, 2], "rotation_range": 9})
    assert recipe.values["brightness_range"] == [0.5, 1.5]
    assert recipe.result.rotation_range == 0


def test_what_is_learnt_from_data_is_learnt_from_the_pictures_or_taken_over():
    recipe = recipe_of(ImageDataGenerator())
    recipe.set({"featurewise_std_normalization": True})
    assert recipe.values["featurewise_center"] is True
    assert recipe.notes == ["learnt"]
    assert recipe.code().endswith("datagen.fit(x_train)\n")
    np.testing.assert_allclose(
        recipe.result.mean.ravel(), PHOTOS.mean((0, 1, 2)), rtol=1e-5
    )
    fitted = ImageDataGenerator(featurewise_center=True)
    fitted.fit(PHOTOS / 2)
    recipe = recipe_of(fitted)
    assert recipe.notes == []
    np.testing.assert_array_equal(recipe.result.mean, fitted.mean)


LAYERS = [
    layers.RandomFlip("horizontal"),
    [layers.RandomShear(0.2, (0.1, 0.3)), layers.RandomHue(0.2)],
    layers.RandomErasing(scale=(0.1, 0.4)),
    layers.RandomRotation((-0.1, 0.2), fill_mode="nearest", seed=3),
    [layers.RandomZoom(0.2), layers.RandomTranslation(0.1, (-0.2, 0.1))],
    Sequential(
        [
            layers.Rescaling(1 / 255),
            layers.RandomContrast(0.3, value_range=(0, 1)),
            layers.RandomCrop(10, 12),
            Sequential([layers.RandomBrightness((0.1, 0.2), value_range=(0, 1))]),
        ]
    ),
]


@pytest.mark.parametrize("given", LAYERS, ids=lambda given: type(given).__name__)
def test_the_code_makes_the_same_layers(given):
    recipe = recipe_of(given)
    made = run(recipe.code())["augment"]
    assert type(made) is type(given)
    x = PHOTOS[:1]
    pictures = []
    for each in (given, made, recipe.result):
        y = x
        nbkeras.utils.set_random_seed(5)
        for layer in each if isinstance(each, list) else [each]:
            y = layer(y, training=True)
        pictures.append(np.asarray(y))
    if isinstance(given, Sequential):  # the code has no inner Sequential: other draws
        assert [type(e) for e in made.layers[:3]] == [type(e) for e in given.layers[:3]]
    else:
        np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_settings_of_layers_change_them_and_their_code():
    recipe = recipe_of([layers.RandomRotation(0.1), layers.RandomRotation(0.2)])
    groups = {each["group"] for each in recipe.controls}
    assert {"RandomRotation 1", "RandomRotation 2"} <= groups
    recipe.set({"1.factor": [-0.25, 0.25], "1.fill_mode": "wrap"})
    assert recipe.code() == (
        "from nbkeras import layers\n\n"
        "augment = [\n    layers.RandomRotation(0.1),\n"
        '    layers.RandomRotation(0.25, fill_mode="wrap"),\n]\n'
    )
    assert recipe.result[1].factor == (-0.25, 0.25)
    with pytest.raises(ValueError, match="Write for example"):
        recipe.set({"0.factor": [0.1, 4]})
    assert recipe.values["0.factor"] == [-0.1, 0.1]


SETTINGS = [
    (layers.RandomHue(0.3), {"factor": [0, 0.5]}, "layers.RandomHue(0.5)"),
    (
        layers.RandomPosterization((2, 5)),
        {"factor": [3, 4]},
        "layers.RandomPosterization((3, 4))",
    ),
    (
        layers.RandomGaussianBlur(),
        {"sigma": [0.5, 1.0]},
        "layers.RandomGaussianBlur(sigma=(0.5, 1.0))",
    ),
    (
        layers.RandomShear(0.2),
        {"y_factor": [0.1, 0.4]},
        "layers.RandomShear(x_factor=0.2, y_factor=(0.1, 0.4))",
    ),
    (layers.RandomErasing(), {"scale": [0.1, 0.2]}, "(scale=(0.1, 0.2))"),
    (layers.MixUp(), {"alpha": 1.0}, "layers.MixUp(alpha=1.0)"),
    (layers.CutMix(), {"factor": [0.5, 1.0]}, "layers.CutMix(factor=(0.5, 1.0))"),
    (layers.RandAugment(), {"num_ops": 1}, "layers.RandAugment(num_ops=1)"),
    (
        layers.RandomColorJitter(contrast_factor=0.3),
        {"hue_factor": [0, 0.25], "brightness_factor": [-0.2, 0.4]},
        "layers.RandomColorJitter(\n    brightness_factor=(-0.2, 0.4),\n"
        "    contrast_factor=0.3,\n    hue_factor=0.25,\n)",
    ),
    (layers.AugMix(), {"all_ops": False}, "layers.AugMix(all_ops=False)"),
]


def settings_of(layer):
    """Its arguments but the name; (0, x) as x, which means the same."""
    config = {name: to_wire(value) for name, value in layer.get_config().items()}
    ranges = {n: v[1] for n, v in config.items() if isinstance(v, list) and not v[0]}
    return config | ranges | {"name": ""}


@pytest.mark.parametrize(
    ("layer", "changed", "code"), SETTINGS, ids=lambda part: type(part).__name__
)
def test_each_random_layer_has_settings_and_code_without_defaults(layer, changed, code):
    recipe = recipe_of(layer)
    recipe.set({f"0.{name}": value for name, value in changed.items()})
    assert code in recipe.code()
    made = run(recipe.code())["augment"]
    assert settings_of(made) == settings_of(recipe.result)
    config = recipe.result.get_config()
    assert {name: to_wire(config[name]) for name in changed} == changed


def test_every_random_layer_of_the_library_has_controls():
    kinds = {
        name
        for name in dir(layers)
        if isinstance(kind := getattr(layers, name), type)
        and issubclass(kind, Augmentation)
    }
    assert not kinds - controls.LAYERS.keys()


def test_a_program_gets_the_same_variants_as_arrays():
    datagen = ImageDataGenerator(rotation_range=30, horizontal_flip=True)
    found = vary(datagen, PHOTOS[0], seed=4, count=2)
    wanted = datagen.random_transform(PHOTOS[0], seed=5)
    np.testing.assert_array_equal(found.pictures[1], wanted)
    ends = vary(layers.RandomFlip("vertical"), PHOTOS[0], count=2, extremes=True)
    np.testing.assert_array_equal(ends.pictures[0], PHOTOS[0][::-1])
    assert vary(ImageDataGenerator(), PHOTOS[0], extremes=True) is None
    with pytest.raises(ValueError, match=r"Write for example vary\(datagen"):
        vary(datagen, PHOTOS)
    with pytest.raises(TypeError, match=r"vary\(Dense\): needs an ImageDataGenerator"):
        vary(layers.Dense(3), PHOTOS[0])


def test_a_range_of_values_that_is_not_the_pictures_is_said():
    given = layers.RandomBrightness(0.2)
    assert recipe_of(given).notes == []
    assert recipe_of(given, PHOTOS / 255).notes == ["other_range"]
    right = [layers.Rescaling(1 / 255), layers.RandomBrightness(0.2, (0, 1))]
    assert recipe_of(right).notes == []
