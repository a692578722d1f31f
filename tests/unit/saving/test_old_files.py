"""Files that old versions of Keras wrote; `tests/golden/make_old_files.py` made them."""

from pathlib import Path

import h5py
import jax
import numpy as np
import pytest

import nbkeras

OLD = Path(__file__).parents[2] / "golden" / "old_files"
FILES = sorted(
    path.name
    for path in OLD.glob("*")
    if path.suffix in (".h5", ".keras") and "_weights" not in path.name
)
MODELS = sorted(path.stem for path in OLD.glob("*.npz"))


def expected(stem):
    with np.load(OLD / f"{stem}.npz") as data:
        return data["x"], data["y"]


def same(model, stem):
    x, y = expected(stem)
    found = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, y, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_a_model_predicts_as_it_did_in_old_keras(name):
    model = nbkeras.models.load_model(OLD / name)
    same(model, name.split(".")[0])
    assert model.compiled


@pytest.mark.parametrize("stem", [m for m in MODELS if m.startswith("keras2")])
def test_weights_of_keras_2_go_into_a_model_built_from_its_json(stem):
    model = nbkeras.models.model_from_json((OLD / f"{stem}.json").read_text())
    model.load_weights(OLD / f"{stem}_weights.h5")
    same(model, stem)


@pytest.mark.parametrize("stem", [m for m in MODELS if m.startswith("keras3")])
def test_json_of_keras_3_0_builds(stem):
    model = nbkeras.models.model_from_json((OLD / f"{stem}.json").read_text())
    x, y = expected(stem)
    (found,) = jax.tree.leaves(model.predict(x, verbose=0))
    assert found.shape == y.shape


@pytest.mark.parametrize(
    "name", ["keras2_cnn.h5", "keras2_cnn.keras", "keras3_cnn.keras"]
)
def test_adam_goes_on_with_the_state_of_old_keras(name):
    """Moments are read from the file another way; Adam's formula is worked out here."""
    model = nbkeras.models.load_model(OLD / name)
    assert int(model.optimizer.state["iterations"]) == 1
    if not name.endswith(".h5"):
        return
    slots = model.optimizer.state["slots"]
    with h5py.File(OLD / name) as file:
        for path in ("conv2d/kernel", "dense_1/bias"):
            for slot, group in zip(sorted(slots), ("m", "v"), strict=True):
                stored = file[f"optimizer_weights/Adam/{group}/{path}:0"][()]
                np.testing.assert_array_equal(slots[slot][path], stored)


def test_a_loaded_model_of_keras_2_can_be_trained_on():
    model = nbkeras.models.load_model(OLD / "keras2_line.h5")
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    history = model.fit(x, y, epochs=20, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert set(history) == {"loss", "mae", "rmse"}


def test_frozen_layers_stay_frozen():
    model = nbkeras.models.load_model(OLD / "keras2_nested.h5")
    assert [w.path for w in model.trainable_weights] == [
        "block/batch_normalization_1/gamma",
        "block/batch_normalization_1/beta",
        "nested/head/kernel",
        "nested/head/bias",
    ]


def small():
    layers = nbkeras.layers
    return nbkeras.Sequential(
        [
            nbkeras.Input(shape=(6,)),
            layers.Dense(4, name="other"),
            layers.Dense(2, name="head"),
        ]
    )


def with_head(tmp_path):
    layers = nbkeras.layers
    model = nbkeras.Sequential(
        [nbkeras.Input(shape=(4,)), layers.Dense(3), layers.Dense(4, name="x")]
    )
    model.add(layers.Dense(2, name="head"))
    model.save(tmp_path / "m.h5")
    return model


def test_by_name_takes_the_layers_of_equal_name_only(tmp_path):
    stored, model = with_head(tmp_path), small()
    before = model.get_layer("other").get_weights()
    model.load_weights(tmp_path / "m.h5", by_name=True)
    for a, b in zip(
        model.get_layer("head").get_weights(),
        stored.get_layer("head").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(before[0], model.get_layer("other").get_weights()[0])


def test_another_number_of_layers_is_refused_and_named(tmp_path):
    with_head(tmp_path)
    model = small()
    before = model.get_weights()
    with pytest.raises(
        ValueError, match=r"the model has 2 layers .*the file 3"
    ) as caught:
        model.load_weights(tmp_path / "m.h5")
    assert "Write" in str(caught.value) or "write skip_mismatch=True" in str(
        caught.value
    )
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_weights_file_says_how_to_load_it():
    with pytest.raises(ValueError, match=r"write model\.load_weights\("):
        nbkeras.models.load_model(OLD / "keras2_cnn_weights.h5")


def test_long_lists_of_layers_are_cut_into_parts_and_read_again(tmp_path):
    name = "a_layer_whose_name_takes_many_letters_" + "x" * 150
    model = nbkeras.Sequential([nbkeras.Input(shape=(1,))])
    for number in range(400):
        model.add(nbkeras.layers.Activation("linear", name=f"{name}{number}"))
    model.add(nbkeras.layers.Dense(1))
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names0" in file["model_weights"].attrs
    again = nbkeras.models.load_model(tmp_path / "m.h5")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
