"""Training steps on symbolic losses, as Keras 1 and 2 and TensorFlow 1 write them."""

import numpy as np
import pytest

import nbkeras
from nbkeras import backend as K
from nbkeras import layers, optimizers
from nbkeras.compat import tensorflow as tf

pytestmark = pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 2)).astype("float32")
Y = (X @ [[1.0], [-2.0]] + 0.5).astype("float32")


def descended(steps, rate):
    """Weights, bias and the last loss before a step of gradient descent, by hand."""
    w, b, loss = np.zeros((2, 1)), 0.0, 0.0
    for _ in range(steps):
        error = X @ w + b - Y
        loss = np.mean(error**2)
        w, b = w - rate * 2 * X.T @ error / len(X), b - rate * 2 * error.mean()
    return w, b, loss


def regression():
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.placeholder("float", shape=(None, 1), name="y")
    w, b = tf.Variable(tf.zeros((2, 1))), tf.Variable([0.0])
    return x, y, w, b, tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))


def test_a_session_trains_variables_on_what_is_fed():
    x, y, w, b, loss = regression()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(7):
            nothing, value = session.run([train, loss], feed_dict={x: X, y: Y})
    assert nothing is None
    expected = descended(7, 0.1)
    np.testing.assert_allclose(w.numpy(), expected[0], rtol=1e-5)
    np.testing.assert_allclose(b.numpy(), [expected[1]], rtol=1e-5)
    np.testing.assert_allclose(value, expected[2], rtol=1e-5)


def test_the_operation_runs_by_itself_and_trains_only_its_variables():
    x, y, w, b, loss = regression()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, var_list=[b])
    train.run(feed_dict={x: X, y: Y})
    assert np.all(w.numpy() == 0)
    np.testing.assert_allclose(b.numpy(), [0.1 * 2 * Y.mean()], rtol=1e-5)


def test_a_value_that_is_not_fed_is_named():
    x, *_, loss = regression()
    with pytest.raises(ValueError, match=r"y has no value.*feed_dict"):
        optimizers.SGD().minimize(loss).run({x: X})


def test_a_placeholder_needs_a_shape():
    with pytest.raises(ValueError, match=r"tf\.placeholder\(tf\.float32, \(None, 784"):
        tf.placeholder(tf.float32)


def test_a_loss_without_variables_says_what_to_write():
    x = tf.placeholder(tf.float32, (None, 2))
    with pytest.raises(ValueError, match=r"W = tf\.Variable"):
        optimizers.SGD().minimize(K.sum(x))


def dense():
    model = nbkeras.Sequential([layers.Dense(1, "linear", True, "zeros", input_dim=2)])
    target = K.placeholder(shape=(None, 1))
    return model, target, K.mean(K.square(model.output - target))


@pytest.mark.parametrize(
    "updates_of",
    [
        lambda o, weights, loss: o.get_updates(params=weights, loss=loss),
        lambda o, weights, loss: o.get_updates(loss, weights),
        lambda o, weights, loss: o.get_updates(weights, [], loss),
    ],
    ids=["by name", "Keras 2", "Keras 1"],
)
def test_k_function_makes_the_updates_of_an_optimizer(updates_of):
    model, target, loss = dense()
    updates = updates_of(optimizers.SGD(0.1), model.trainable_weights, loss)
    train = K.function([model.input, target], [loss], updates=updates)
    losses = [train([X, Y])[0] for _ in range(5)]
    kernel, bias, last = descended(5, 0.1)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[1], [bias], rtol=1e-5)
    np.testing.assert_allclose(losses[-1], last, rtol=1e-5)


def test_k_function_may_have_updates_and_no_outputs():
    model, target, loss = dense()
    updates = optimizers.Adam(0.1).get_updates(loss, model.trainable_weights)
    assert K.function([model.input, target], [], updates=updates)([X, Y]) == []
    assert np.all(model.get_weights()[0] != 0)


def test_k_function_is_compiled_and_reads_new_weights():
    model, *_ = dense()
    calls = []
    y = layers.Lambda(lambda x: calls.append(0) or x)(model.output)
    run = K.function([model.input], [y])
    run([X])
    traced = len(calls)
    for scale in (1.0, 2.0):
        model.set_weights([np.full((2, 1), scale), [0.0]])
        expected = scale * X.sum(1, keepdims=True)
        np.testing.assert_allclose(run([X])[0], expected, rtol=1e-5, atol=1e-6)
    assert len(calls) == traced


def test_the_learning_phase_may_stand_anywhere_and_draws_anew():
    model = nbkeras.Sequential([nbkeras.Input((50,)), layers.Dropout(0.5)])
    run = K.function([K.learning_phase(), model.input], [model.output])
    ones = np.ones((20, 50), "float32")
    first, second = run([1, ones])[0], run([1, ones])[0]
    assert 0.4 < np.mean(first == 0) < 0.6
    assert np.any(first != second)
    np.testing.assert_array_equal(run([0, ones])[0], ones)
