"""`trainable` of layers and of their weights, as in Keras."""

import copy

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras

BOTH = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])


def flags(layer):
    return {weight.name: weight.trainable for weight in layer.weights}


def names(weights):
    return [weight.name for weight in weights]


def built(library, **options):
    layer = library.layers.Dense(2, **options)
    layer.build((None, 3))
    return layer


def two_layers(library):
    return library.Sequential(
        [
            library.Input((3,)),
            library.layers.Dense(2, name="one"),
            library.layers.Dense(1, name="two"),
        ]
    )


@BOTH
def test_freezing_a_layer_freezes_its_weights_and_unfreezing_restores_them(library):
    layer = library.layers.BatchNormalization()
    layer.build((None, 3))
    before = flags(layer)
    layer.trainable = False
    assert not any(flags(layer).values())
    layer.trainable = True
    assert flags(layer) == before
    assert before == {
        "gamma": True,
        "beta": True,
        "moving_mean": False,
        "moving_variance": False,
    }


@BOTH
@pytest.mark.parametrize("when", ["in the constructor", "before it is built"])
def test_a_layer_frozen_before_it_is_built_has_frozen_weights(library, when):
    layer = library.layers.Dense(2, trainable=when == "before it is built")
    layer.trainable = False
    layer.build((None, 3))
    assert flags(layer) == {"kernel": False, "bias": False}
    layer.trainable = True
    assert flags(layer) == {"kernel": True, "bias": True}


@BOTH
def test_a_weight_can_be_frozen_alone_and_keeps_its_place_in_the_list(library):
    layer = built(library)
    layer.kernel.trainable = False
    assert names(layer.weights) == ["kernel", "bias"]
    assert names(layer.trainable_weights) == ["bias"]
    assert names(layer.non_trainable_weights) == ["kernel"]
    layer.trainable = True
    assert flags(layer) == {"kernel": True, "bias": True}


@BOTH
def test_a_weight_of_a_frozen_layer_is_not_trained_alone(library):
    layer = built(library)
    layer.trainable = False
    layer.kernel.trainable = True
    assert layer.trainable_weights == []
    assert names(layer.non_trainable_weights) == ["kernel", "bias"]


@BOTH
def test_a_frozen_model_freezes_the_weights_of_all_its_layers(library):
    model = two_layers(library)
    model.trainable = False
    assert [weight.trainable for weight in model.weights] == [False] * 4
    model.layers[0].trainable = True
    assert [weight.trainable for weight in model.weights] == [True, True, False, False]
    assert model.trainable_weights == []


@BOTH
@pytest.mark.parametrize("way", ["clone", "config", "copy", "file"])
def test_copies_of_a_model_have_the_same_frozen_weights(library, way, tmp_path):
    model = two_layers(library)
    model.layers[0].trainable = False
    model.save(tmp_path / "model.keras")
    duplicate = {
        "clone": library.models.clone_model,
        "config": lambda model: type(model).from_config(model.get_config()),
        "copy": copy.deepcopy,
        "file": lambda _: library.saving.load_model(tmp_path / "model.keras"),
    }[way](model)
    flags = [weight.trainable for weight in duplicate.weights]
    assert flags == [False, False, True, True]


@pytest.mark.parametrize("way", ["clone", "config", "file"])
def test_a_thawed_layer_of_a_frozen_model_stays_thawed_in_copies(way, tmp_path):
    tensor = nbkeras.Input((3,))
    hidden = nbkeras.layers.Dense(2)(tensor)
    graph = nbkeras.Model(tensor, nbkeras.layers.Dense(1)(hidden))
    for model in (graph, two_layers(nbkeras)):
        model.trainable = False
        model.layers[-2].trainable = True
        model.save(tmp_path / "model.keras")
        duplicate = {
            "clone": nbkeras.models.clone_model,
            "config": lambda model: type(model).from_config(model.get_config()),
            "file": lambda _: nbkeras.saving.load_model(tmp_path / "model.keras"),
        }[way](model)
        assert not duplicate.trainable
        flags = [weight.trainable for weight in duplicate.weights]
        assert flags == [True, True, False, False]


def test_only_weights_that_are_trainable_move_in_fit():
    model = two_layers(nbkeras)
    model.layers[0].kernel.trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    moved = [
        bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)
    ]
    assert moved == [False, True, True, True]


def test_a_frozen_kernel_is_computed_with_in_16_bits_under_a_mixed_policy():
    layer = nbkeras.layers.Dense(2, dtype="mixed_bfloat16")
    layer.trainable = False
    assert layer(np.ones((1, 3))).dtype == jnp.bfloat16


def test_a_tape_does_not_watch_the_weights_of_a_frozen_layer():
    layer = built(nbkeras)
    layer.trainable = False
    with nbkeras.GradientTape() as tape:
        loss = nbkeras.ops.sum(layer(np.ones((1, 3))))
    assert tape.gradient(loss, layer.weights) == [None, None]
