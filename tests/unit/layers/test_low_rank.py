"""LoRA of Dense, EinsumDense and Embedding against real Keras."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, optimizers
from nbkeras.models import load_model

CASES = {
    "Dense": ({"units": 3, "kernel_regularizer": "l2"}, (4, 5)),
    "EinsumDense": (
        {"equation": "abc,cd->abd", "output_shape": (None, 6), "bias_axes": "d"},
        (2, 3, 4),
    ),
    "Embedding": ({"input_dim": 7, "output_dim": 4}, (5, 3)),
}


def data(name, shape, seed=0):
    generator = np.random.default_rng(seed)
    if name == "Embedding":
        return generator.integers(0, 7, shape).astype("int32")
    return generator.normal(size=shape).astype("float32")


def model_of(library, name, config, shape):
    layer = getattr(library.layers, name)(**config, name="wide")
    dtype = "int32" if name == "Embedding" else "float32"
    first = library.layers.Input(shape[1:], dtype=dtype)
    last = library.layers.Dense(2, name="head")
    return library.models.Sequential([first, layer, last]), layer


def pair(name, rank=2, alpha=3.0):
    """Two models with the same weights, their layers with LoRA."""
    config, shape = CASES[name]
    (ours, layer), (theirs, their_layer) = (
        model_of(library, name, config, shape) for library in (nbkeras, keras)
    )
    for each in (layer, their_layer):
        each.enable_lora(rank, lora_alpha=alpha)
    assert [w.name for w in ours.trainable_weights] == [
        w.name for w in theirs.trainable_weights
    ]
    for model in (ours, theirs):
        generator = np.random.default_rng(1)
        for weight in sorted(model.weights, key=lambda w: (w.name, w.shape)):
            weight.assign(generator.normal(size=weight.shape).astype("float32"))
    return ours, theirs, data(name, shape)


@pytest.mark.parametrize("name", CASES)
def test_output_and_trained_weights_equal_keras(name):
    ours, theirs, x = pair(name)
    expected = theirs.predict(x, verbose=0)
    np.testing.assert_allclose(ours.predict(x, verbose=0), expected, atol=1e-5)
    y = np.random.default_rng(2).normal(size=expected.shape).astype("float32")
    ours.compile(optimizers.SGD(0.05, momentum=0.9), "mse")
    theirs.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    for model in (ours, theirs):
        model.fit(x, y, epochs=5, batch_size=len(x), shuffle=False, verbose=0)
    wanted = {(w.name, tuple(w.shape)): np.asarray(w) for w in theirs.weights}
    for weight in ours.weights:
        key = weight.name, tuple(weight.shape)
        np.testing.assert_allclose(weight.numpy(), wanted[key], atol=1e-5, err_msg=key)


@pytest.mark.parametrize("name", CASES)
def test_the_matrix_stays_and_its_update_is_in_the_file(name, tmp_path):
    ours, theirs, x = pair(name)
    ours.compile("adam", "mse")
    y = np.zeros(ours.predict(x, verbose=0).shape, "float32")
    before = ours.layers[0].get_weights()[0]
    ours.fit(x, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(ours.layers[0].get_weights()[0], before)
    path = str(tmp_path / "lora.keras")
    ours.save(path)
    expected = ours.predict(x, verbose=0)
    for load in (load_model, keras.saving.load_model):
        loaded = load(path)
        np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, atol=1e-5)
        assert loaded.layers[0].lora_rank == 2
    assert load_model(path).layers[0].lora_alpha == 3.0
    theirs.save(path)
    loaded = load_model(path)
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5
    )
    # It can be trained further, for which A must not be zero.
    loaded.compile("adam", "mse")
    loaded.fit(x, y, epochs=1, verbose=0)
    assert np.abs(loaded.layers[0].get_weights()[-1]).max() > 0


def test_a_model_of_keras_2s_format_keeps_its_low_rank_weights(tmp_path):
    ours, *_ = pair("Dense")
    ours.save(str(tmp_path / "lora.h5"))
    loaded = load_model(str(tmp_path / "lora.h5"))
    for one, other in zip(ours.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_rank_in_the_constructor_is_that_of_keras():
    ours, theirs = layers.Dense(3, lora_rank=2), keras.layers.Dense(3, lora_rank=2)
    for layer in (ours, theirs):
        layer(np.ones((2, 5), "float32"))
    assert [w.name for w in ours.trainable_weights] == [
        w.name for w in theirs.trainable_weights
    ]
    config = ours.get_config()
    assert (config["lora_rank"], config["lora_alpha"]) == (2, 2)
    assert layers.Dense.from_config(theirs.get_config()).lora_rank == 2
    assert "lora_rank" not in layers.Dense(3).get_config()


def test_the_first_output_is_that_of_before():
    layer = layers.Dense(4)
    x = np.ones((2, 5), "float32")
    before = layer(x)
    layer.enable_lora(2)
    np.testing.assert_array_equal(layer(x), before)


def test_attention_can_be_trained_by_low_rank_updates():
    attention = layers.MultiHeadAttention(2, 3)
    x = np.random.default_rng(0).normal(size=(2, 4, 5)).astype("float32")
    before = attention(x, x)
    attention.query_dense.enable_lora(1)
    np.testing.assert_allclose(attention(x, x), before, atol=1e-6)
    names = [w.name for w in attention.query_dense.trainable_weights]
    assert names == ["bias", "lora_kernel_a", "lora_kernel_b"]


@pytest.mark.parametrize(
    ("prepare", "advice"),
    [
        (lambda: layers.Dense(3), "Call it on data first"),
        (lambda: built(layers.Dense(3, lora_rank=2)), "Create the layer anew"),
        (
            lambda: built(layers.Dense(3, kernel_constraint="non_neg")),
            "Leave kernel_constraint out",
        ),
    ],
)
def test_what_cannot_have_lora_says_so(prepare, advice):
    layer = prepare()
    with pytest.raises(ValueError, match=advice):
        layer.enable_lora(2)


def built(layer):
    return layer.build_for((None, 5))


def test_a_rank_is_a_positive_integer():
    with pytest.raises(ValueError, match=r"Write for example Dense\(lora_rank=4\)"):
        layers.Dense(3, lora_rank=0)


def test_scores_of_a_reversible_embedding_see_the_update():
    layer = layers.ReversibleEmbedding(6, 3)
    ids = np.array([[1, 2]])
    layer(ids)
    layer.enable_lora(2)
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    table, a, b = layer.get_weights()
    total = table + a @ b
    np.testing.assert_allclose(layer(ids), total[ids], rtol=1e-5)
    vectors = rng.normal(size=(1, 2, 3)).astype("float32")
    scores = layer(vectors, reverse=True)
    np.testing.assert_allclose(scores, vectors @ total.T, rtol=1e-4)
