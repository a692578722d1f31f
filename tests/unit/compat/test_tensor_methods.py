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


def test_jax_still_has_the_property_that_is_replaced():
    member = vars(jax.core.Tracer).get("shape")
    assert isinstance(member, property), (
        "jax.core.Tracer has no property `shape` of its own any more, which "
        "compat.tensor_methods replaces so that a loss may write "
        "y_pred.shape.as_list(): find out where a traced array has its shape now"
    )


@pytest.mark.parametrize("transform", [jax.jit, jax.vmap, jax.grad, jax.linearize])
def test_shapes_of_traced_arrays_have_as_list(transform, installed):
    seen = []

    def of_row(v):
        seen.append(v.shape.as_list())
        return nbkeras.ops.sum(v * v)

    x = np.ones((2, 3), "float32")
    transform(of_row, x) if transform is jax.linearize else transform(of_row)(x)
    assert seen[0] == ([3] if transform is jax.vmap else [2, 3])


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


def variational():
    """An autoencoder of Keras 1, its loss with symbolic tensors, and its encoder."""
    x = layers.Input((4,))
    hidden = layers.Dense(5, activation="tanh")(x)
    z_mean, z_log_var = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
    noise = layers.Lambda(lambda z: z[0] + nbkeras.backend.exp(z[1] / 2) * 0.3)
    decoded = layers.Dense(4, activation="sigmoid")(noise([z_mean, z_log_var]))

    def divergence():
        K = nbkeras.backend
        inner = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)
        return -0.5 * K.sum(inner, axis=-1)

    def vae_loss(inputs, outputs):
        return 4 * losses.binary_crossentropy(inputs, outputs) + divergence()

    return models.Model(x, decoded), vae_loss, models.Model(x, [z_mean, z_log_var])


def test_a_loss_may_name_symbolic_tensors_of_its_model():
    data = np.random.default_rng(0).random((12, 4)).astype("float32")
    model, vae_loss, encoder = variational()
    model.compile("sgd", vae_loss)
    other, same_loss, _ = variational()
    other.set_weights(model.get_weights())
    other.add_loss(nbkeras.ops.mean(same_loss(other.input, other.output)))
    other.compile("sgd")
    for each, targets in ((model, (data, data)), (other, (data,))):
        each.fit(*targets, epochs=3, batch_size=12, shuffle=False, verbose=0)
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    mean, log_var = encoder.predict(data, verbose=0)
    p = model.predict(data, verbose=0)
    crossentropy = -(data * np.log(p) + (1 - data) * np.log(1 - p)).sum(-1)
    divergence = -0.5 * (1 + log_var - mean**2 - np.exp(log_var)).sum(-1)
    expected = (crossentropy + divergence).mean()
    assert model.evaluate(data, data, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_a_loss_with_tensors_of_another_model_advises_add_loss():
    _, vae_loss, _ = variational()
    model, _, _ = variational()
    model.compile("sgd", vae_loss)
    data = np.ones((4, 4), "float32")
    with pytest.raises(ValueError, match=r"add_loss\(vae_loss\(inputs, outputs\)\)"):
        model.fit(data, data, verbose=0)
