"""Adaptive pooling, sound, tied embeddings, pipelines, functions of JAX as layers."""

import jax
import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.ops.kernels import adaptive_pooling as adaptive_pool

RNG = np.random.default_rng(0)


def shape_of(template):
    """Sizes for the open axes of a case."""
    return tuple({"b": 2, None: 5}.get(n, n) for n in template)


@pytest.mark.parametrize("case", [*cases.ADAPTIVE, *cases.SOUND], ids=cases.label)
def test_output_and_gradients_equal_keras(case):
    name, config, template, kind = case
    x = oracle.random_input(shape_of(template), kind)
    ours, theirs = oracle.pair(name, config)
    found = oracle.differences(ours, theirs, x)
    assert max(found.values()) < 3e-5, found


@pytest.mark.parametrize(
    "case", [*cases.ADAPTIVE, *cases.SOUND, *cases.TIED], ids=cases.label
)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_the_angle_of_a_spectrogram_equals_keras_but_for_whole_turns():
    ours, theirs = oracle.pair("STFTSpectrogram", {"mode": "angle", "frame_length": 16})
    x = RNG.normal(size=(2, 60, 1)).astype("float32")
    one, other = np.asarray(ours(x)), np.asarray(theirs(x))
    np.testing.assert_allclose(np.cos(one), np.cos(other), atol=1e-3)


@pytest.mark.parametrize(("size", "number"), [(10, 3), (5, 5), (4, 7), (7, 1)])
def test_adaptive_windows_cover_the_axis(size, number):
    x = RNG.normal(size=(1, size, 1)).astype("float32")
    starts, ends = adaptive_pool.windows(size, number)
    parts = [x[:, a:b] for a, b in zip(starts, ends, strict=True)]
    mean = layers.AdaptiveAveragePooling1D(number)(x)[:, :, 0]
    highest = layers.AdaptiveMaxPooling1D(number)(x)[:, :, 0]
    np.testing.assert_allclose(mean, [[p.mean() for p in parts]], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(highest, [[p.max() for p in parts]])
    assert starts[0] == 0
    assert ends[-1] == size


def test_among_equal_values_the_first_gets_the_gradient_of_adaptive_pooling():
    slope = jax.grad(lambda x: layers.AdaptiveMaxPooling1D(2)(x).sum())
    np.testing.assert_array_equal(slope(jnp.ones((1, 4, 1))).ravel(), [1, 0, 1, 0])


def test_a_pure_tone_is_loudest_at_its_mel_bin():
    time = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 1000 * time).astype("float32")
    layer = layers.MelSpectrogram(
        512, 256, sampling_rate=8000, num_mel_bins=32, min_freq=100.0
    )
    loudest = np.asarray(layer(tone[None]))[0].mean(1).argmax()
    mel = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    edges = np.linspace(mel(100), mel(4000), 34)
    assert loudest == np.abs(edges[1:-1] - mel(1000)).argmin()


@pytest.mark.parametrize("tie", [True, False])
@pytest.mark.parametrize("cap", [None, 2.0])
def test_scores_of_a_reversible_embedding_equal_keras(tie, cap):
    config = {"input_dim": 7, "output_dim": 4}
    config |= {"tie_weights": tie, "logit_soft_cap": cap}
    ours, theirs = oracle.pair("ReversibleEmbedding", config)
    ids = np.array([[1, 2, 3]])
    ours(ids), theirs(ids)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    theirs.set_weights([RNG.normal(size=w.shape) for w in theirs.weights])
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(ids), theirs(ids), rtol=1e-6)
    x = RNG.normal(size=(2, 3, 4)).astype("float32")
    np.testing.assert_allclose(
        ours(x, reverse=True), theirs(x, reverse=True), rtol=1e-5, atol=1e-6
    )


def test_a_tied_language_model_trains_its_table_both_ways():
    ids = layers.Input((5,), dtype="int32")
    table = layers.ReversibleEmbedding(6, 8)
    scores = table(layers.Dense(8, activation="tanh")(table(ids)), reverse=True)
    model = nbkeras.Model(ids, scores)
    loss = nbkeras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nbkeras.optimizers.Adam(0.05), loss)
    x = RNG.integers(0, 6, (60, 5))
    history = model.fit(x, (x + 1) % 6, epochs=15, verbose=0).history["loss"]
    assert history[-1] < 0.1 < history[0]


def test_a_pipeline_runs_its_layers_and_keeps_chance_off_when_told():
    pipeline = layers.Pipeline([layers.Rescaling(0.5), layers.RandomFlip()])
    x = RNG.random((8, 4, 4, 1)).astype("float32")
    np.testing.assert_allclose(pipeline(x, training=False), x / 2)
    assert np.any(np.asarray(pipeline(x)) != x / 2)


def test_a_pipeline_is_read_by_keras_and_back():
    ours = layers.Pipeline([layers.Rescaling(0.5), layers.RandomFlip(seed=1)])
    from nbkeras.core.configurable import as_dict

    theirs = keras.layers.deserialize(as_dict(ours))
    assert [type(layer).__name__ for layer in theirs.layers] == [
        "Rescaling",
        "RandomFlip",
    ]
    back = layers.deserialize(keras.layers.serialize(theirs))
    x = np.ones((1, 2, 2, 1), "float32")
    np.testing.assert_allclose(back(x, training=False), x / 2)


@pytest.mark.parametrize("number", [2, 5])
def test_boxes_are_cut_off_or_filled_up_as_in_keras(number):
    data = {
        "images": RNG.random((2, 4, 4, 3)).astype("float32"),
        "bounding_boxes": {
            "boxes": RNG.random((2, 3, 4)).astype("float32"),
            "labels": np.arange(6).reshape(2, 3),
        },
    }
    copy = lambda: jax.tree.map(np.array, data)  # noqa: E731
    got = layers.MaxNumBoundingBoxes(number)(copy())
    wanted = keras.layers.MaxNumBoundingBoxes(number, bounding_box_format="xyxy")(
        copy()
    )
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_array_equal(one, other)


def call(params, state, rng, inputs, training):
    """A dense layer that counts its training calls."""
    count = state["count"] + (1.0 if training else 0.0)
    return inputs @ params["kernel"] + params["bias"], {"count": count}


def init(rng, inputs):
    kernel = jax.random.normal(rng, (inputs.shape[-1], 1))
    return {"kernel": kernel, "bias": jnp.zeros(1)}, {"count": jnp.zeros(())}


def test_a_function_of_jax_trains_and_keeps_its_state():
    layer = layers.JaxLayer(call, init)
    model = nbkeras.Sequential([layers.Input((3,)), layer])
    model.compile(nbkeras.optimizers.SGD(0.1), "mse")
    x = RNG.normal(size=(32, 3)).astype("float32")
    y = x @ np.array([[1.0], [2.0], [3.0]])
    model.fit(x, y, batch_size=8, epochs=20, verbose=0)
    np.testing.assert_allclose(layer.params["kernel"], [[1], [2], [3]], atol=0.05)
    assert float(layer.state["count"].value) == 80
    model.predict(x, verbose=0)
    assert float(layer.state["count"].value) == 80


def test_params_of_a_function_may_be_given():
    layer = layers.JaxLayer(lambda params, inputs: params * inputs, params=2.0)
    np.testing.assert_array_equal(layer(np.ones((1, 2))), [[2, 2]])
    assert len(layer.trainable_weights) == 1


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.JaxLayer(lambda x: x), "a function of inputs and perhaps of"),
        (lambda: layers.JaxLayer(call), "Write init_fn=function, or params=values"),
        (lambda: layers.AdaptiveMaxPooling2D(0), "AdaptiveMaxPooling2D"),
        (lambda: layers.MelSpectrogram(256, sequence_length=512), "at most fft_length"),
        (lambda: layers.STFTSpectrogram("loud"), "'magnitude'"),
        (lambda: layers.STFTSpectrogram(frame_step=300), "at most frame_length=256"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


@pytest.mark.parametrize("name", ["TFSMLayer", "TorchModuleWrapper"])
def test_layers_of_other_engines_say_why_they_are_not_here(name):
    with pytest.raises(
        NotImplementedError, match=f"nbkeras has no keras.layers.{name}"
    ):
        getattr(layers, name)("file")
