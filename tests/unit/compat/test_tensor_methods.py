"""Arrays and symbolic tensors answer as TensorFlow's tensors in old Keras code."""

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras import compat, layers, losses, models, utils
from nbkeras.compat.tensor_methods import TensorShape
from nbkeras.core.notices import NbkerasNotice

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{NbkerasNotice.__module__}.NbkerasNotice"
)


def tensors():
    model = models.Sequential([layers.Input((2,)), layers.Dense(3)])
    return {
        "array": nbkeras.ops.ones((1, 2)),
        "output": model(np.ones((1, 2), "float32")),
        "variable": nbkeras.Variable(np.ones((1, 2))),
        "weight": model.weights[0],
        "symbolic": model.input,
    }


@pytest.mark.parametrize("kind", ["array", "output", "variable", "weight", "symbolic"])
def test_sizes_are_read_as_in_tensorflow(kind, installed):
    tensor = tensors()[kind]
    assert tensor.get_shape().as_list() == list(tensor.shape)
    tensor.set_shape((None, tensor.shape[1]))
    with pytest.raises(ValueError, match="the tensor has shape"):
        tensor.set_shape((None, 99))


@pytest.mark.parametrize("kind", ["array", "output", "variable", "weight"])
def test_eval_gives_the_values(kind, installed):
    tensor = tensors()[kind]
    np.testing.assert_array_equal(tensor.eval(), np.asarray(tensor))


def test_eval_of_a_symbolic_tensor_takes_what_is_fed(installed):
    x = layers.Input((2,))
    doubled = layers.Lambda(lambda v: 2 * v)(x)
    value = doubled.eval(feed_dict={x: np.ones((1, 2), "float32")})
    np.testing.assert_array_equal(value, [[2, 2]])


def test_a_loss_reads_the_shape_of_its_arguments_as_a_list(installed):
    def scaled(y_true, y_pred):
        width = y_pred.shape.as_list()[-1] + y_pred.get_shape().as_list()[-1]
        return nbkeras.backend.mean(y_pred - y_true, axis=-1) * width

    x, y = np.ones((4, 2), "float32"), np.ones((4, 3), "float32")
    model = models.Sequential([layers.Input((2,)), layers.Dense(3)])
    model.compile("sgd", scaled)
    expected = 6 * np.mean(model.predict(x, verbose=0) - y)
    loss = model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_shapes_are_tuples_again_afterwards(installed):
    compat.uninstall()
    symbolic = layers.Input((2,))
    assert type(symbolic.shape) is tuple
    assert not hasattr(symbolic, "get_shape")
    assert type(jax.eval_shape(lambda v: v, symbolic.shape)) is tuple


def test_a_tensor_shape_is_a_tree_of_its_sizes():
    doubled = jax.tree.map(lambda n: 2 * n, TensorShape((2, 3)))
    assert doubled.as_list() == [4, 6]
    assert doubled.num_elements() == 24


def test_normalize_within_a_traced_function_equals_that_of_numpy():
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    traced = jax.jit(lambda v: utils.normalize(v, axis=1))(x)
    np.testing.assert_allclose(traced, utils.normalize(x, axis=1), rtol=1e-6)


def test_a_loss_of_symbolic_tensors_advises_add_loss():
    x = layers.Input((2,))
    mean = layers.Dense(1)(x)
    model = models.Model(x, layers.Dense(2)(mean))

    def vae_loss(inputs, outputs):
        penalty = nbkeras.backend.sum(nbkeras.backend.square(mean), axis=-1)
        return losses.mean_squared_error(inputs, outputs) + penalty

    model.compile("sgd", vae_loss)
    data = np.ones((4, 2), "float32")
    with pytest.raises(ValueError, match=r"add_loss\(vae_loss\(inputs, outputs\)\)"):
        model.fit(data, data, verbose=0)
    model = models.Model(x, layers.Dense(2)(mean))
    model.add_loss(vae_loss(x, model.output))
    model.compile("sgd")
    history = model.fit(data, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
