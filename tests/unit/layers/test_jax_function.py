"""JaxLayer: a function of JAX as a layer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import layers

RNG = np.random.default_rng(0)


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
