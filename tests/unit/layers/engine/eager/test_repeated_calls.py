"""Calls that a GradientTape records again and again, compiled, are never stale."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import GradientTape, layers, ops
from nbkeras.layers.engine.eager import repeated_calls

REPEATS = 12  # more than run uncompiled
X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def recorded(model, x=X, **call):
    """The output and the gradients of its sum of squares."""
    with GradientTape() as tape:
        y = model(x, **call)
        loss = ops.sum(ops.square(y))
    return np.asarray(y.value), [
        np.asarray(g.value) for g in tape.gradient(loss, model.trainable_variables)
    ]


def repeated(model, **call):
    for _ in range(REPEATS):
        result = recorded(model, **call)
    return result


def is_compiled(model):
    compiled = repeated_calls.of(model)
    return compiled is not None and compiled.num_programs == 1


@pytest.fixture
def mlp():
    nbkeras.utils.set_random_seed(0)
    return nbkeras.Sequential(
        [layers.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(2)]
    )


def test_a_repeated_call_is_compiled_once(mlp):
    repeated(mlp)
    assert is_compiled(mlp)


def test_its_gradients_are_those_of_jax(mlp):
    _, gradients = repeated(mlp)
    values = [w.value for w in mlp.trainable_variables]

    def loss(values):
        y, _ = mlp.stateless_call(values, [], X)
        return jnp.sum(y**2)

    for ours, exact in zip(gradients, jax.grad(loss)(values), strict=True):
        np.testing.assert_allclose(ours, exact, rtol=1e-5, atol=1e-6)


def test_new_weights_and_a_new_batch_are_used(mlp):
    repeated(mlp)
    mlp.set_weights([w * 2 for w in mlp.get_weights()])
    x = X[:3] + 1
    y, _ = recorded(mlp, x)
    np.testing.assert_allclose(y, mlp(x), rtol=1e-5)


def test_a_replaced_activation_is_used(mlp):
    repeated(mlp)
    mlp.layers[0].activation = nbkeras.activations.tanh
    y, _ = recorded(mlp)
    np.testing.assert_allclose(y, mlp(X), rtol=1e-5, atol=1e-6)


def test_a_replaced_number_is_used():
    model = nbkeras.Sequential([layers.Input((4,)), layers.LeakyReLU(0.1)])
    model.add(layers.Dense(1))
    repeated(model)
    model.layers[0].negative_slope = 0.9
    y, _ = recorded(model)
    np.testing.assert_allclose(y, model(X), rtol=1e-5, atol=1e-6)


def test_an_added_layer_is_used(mlp):
    repeated(mlp)
    mlp.add(layers.Dense(3))
    assert recorded(mlp)[0].shape == (6, 3)


def test_a_lambda_that_reads_a_global_is_not_compiled():
    factor = [1.0]
    model = nbkeras.Sequential(
        [layers.Input((4,)), layers.Dense(2), layers.Lambda(lambda x: x * factor[0])]
    )
    one, _ = repeated(model)
    factor[0] = 3.0
    np.testing.assert_allclose(recorded(model)[0], 3 * one, rtol=1e-5)


def test_a_function_of_the_users_as_activation_is_not_compiled():
    factor = [1.0]
    model = nbkeras.Sequential(
        [layers.Input((4,)), layers.Dense(2, activation=lambda x: x * factor[0])]
    )
    one, _ = repeated(model)
    factor[0] = 3.0
    np.testing.assert_allclose(recorded(model)[0], 3 * one, rtol=1e-5)


def test_a_layer_of_ones_own_runs_each_time():
    calls = []

    class Noted(layers.Layer):
        def call(self, x):
            calls.append(1)
            return x

    model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(2), Noted()])
    calls.clear()
    repeated(model)
    assert len(calls) == REPEATS


FACTOR = 2.0
STATE = nbkeras.Variable(1.0, trainable=False)


class Blocks(nbkeras.Model):
    """As tutorials write models: layers, a list of them, a helper, metrics aside."""

    def __init__(self):
        super().__init__()
        self.first = layers.Dense(5, activation="relu")
        self.rest = [layers.Dense(3), layers.Dense(2)]
        self.scale = 1.5
        self.tracker = nbkeras.metrics.Mean()

    def scaled(self, x):
        return x * self.scale * FACTOR

    def call(self, x, training=False):
        x = self.first(x)
        parts = []
        for layer in self.rest:
            x = layer(x)
            parts.append(ops.sum(x, axis=-1, keepdims=True))
        return ops.concatenate([self.scaled(x), *parts], axis=-1)


def test_a_model_of_ones_own_that_only_computes_is_compiled(monkeypatch):
    model = Blocks()
    first = recorded(model)
    y, gradients = repeated(model)
    assert is_compiled(model)
    np.testing.assert_allclose(y, first[0], rtol=1e-5, atol=1e-6)
    for ours, exact in zip(gradients, first[1], strict=True):
        np.testing.assert_allclose(ours, exact, rtol=1e-4, atol=1e-5)
    model.scale = 3.0
    np.testing.assert_allclose(recorded(model)[0][:, :2], 2 * y[:, :2], rtol=1e-5)
    repeated(model)
    monkeypatch.setitem(globals(), "FACTOR", 4.0)
    np.testing.assert_allclose(recorded(model)[0][:, :2], 4 * y[:, :2], rtol=1e-5)
    repeated(model)
    monkeypatch.setattr(Blocks, "scaled", lambda self, x: x)
    np.testing.assert_allclose(recorded(model)[0][:, :2], y[:, :2] / 3, rtol=1e-5)


class Printing(layers.Layer):
    def call(self, x):
        print("called")
        return x


class Drawing(layers.Layer):
    def call(self, x):
        return x * np.random.rand()


class ReadingAVariable(layers.Layer):
    def call(self, x):
        return x * STATE


class Counting(layers.Layer):
    def call(self, x):
        global CALLS
        CALLS = 1
        return x


class ByName(layers.Layer):
    def call(self, x):
        return x * getattr(self, "trainable")  # noqa: B009


@pytest.mark.parametrize(
    "kind", [Printing, Drawing, ReadingAVariable, Counting, ByName]
)
def test_a_call_that_does_more_than_compute_is_not_compiled(kind, capsys):
    model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(2), kind()])
    capsys.readouterr()
    repeated(model)
    assert repeated_calls.of(model) is None
    assert capsys.readouterr().out.count("called") == REPEATS * (kind is Printing)


def test_dropout_draws_anew_in_each_call():
    model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(50)])
    model.add(layers.Dropout(0.5))
    repeated(model, training=True)
    one, two = (recorded(model, training=True)[0] for _ in range(2))
    assert is_compiled(model)
    assert not np.array_equal(one == 0, two == 0)


def test_dropout_is_off_outside_of_training():
    model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(50)])
    model.add(layers.Dropout(0.5))
    repeated(model, training=True)
    y, _ = repeated(model, training=False)
    np.testing.assert_allclose(y, model(X), rtol=1e-5)


def test_moving_statistics_move_as_in_uncompiled_calls():
    def moved(clear):
        model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(3)])
        model.add(layers.BatchNormalization())
        model.set_weights(
            [np.full(w.shape, 0.5, "float32") for w in model.get_weights()]
        )
        for i in range(REPEATS):
            recorded(model, X + i, training=True)
            if clear:
                vars(model).pop("_repeated_calls")
        return model.get_weights()[-2:]

    for compiled, plain in zip(moved(False), moved(True), strict=True):
        np.testing.assert_allclose(compiled, plain, rtol=1e-5)


def test_activity_penalties_are_those_of_the_last_call():
    model = nbkeras.Sequential([layers.Input((4,)), layers.Dense(2)])
    model.layers[0].activity_regularizer = nbkeras.regularizers.L2(1.0)
    repeated(model)
    y, _ = recorded(model, 2 * X)
    np.testing.assert_allclose(
        float(sum(model.losses)), (y**2).sum() / len(X), rtol=1e-5
    )


def test_a_second_derivative_is_that_of_uncompiled_calls(mlp):
    mlp.layers[0].activation = nbkeras.activations.tanh
    x = nbkeras.Variable(X)

    def curvature():
        with GradientTape() as outer:
            with GradientTape() as inner:
                y = ops.sum(mlp(x))
            slope = inner.gradient(y, x)
            norm = ops.sum(ops.square(slope))
        return np.asarray(outer.gradient(norm, mlp.trainable_variables[0]).value)

    first = curvature()
    for _ in range(REPEATS):
        last = curvature()
    np.testing.assert_allclose(last, first, rtol=1e-4, atol=1e-6)


def test_a_model_can_be_copied_and_pickled_afterwards(mlp):
    y, _ = repeated(mlp)
    for other in (copy.deepcopy(mlp), pickle.loads(pickle.dumps(mlp))):
        np.testing.assert_allclose(other(X), y, rtol=1e-5)


def test_an_attribute_that_changes_in_each_call_ends_the_attempts(mlp):
    for i in range(30):
        mlp.layers[0].note = f"call {i}"
        recorded(mlp)
    assert repeated_calls.of(mlp) is None


def test_a_repeated_call_without_a_tape_is_compiled_too(mlp):
    first = mlp(X)
    for _ in range(REPEATS):
        y = mlp(X)
    assert repeated_calls.of(mlp).num_programs == 1
    np.testing.assert_allclose(y, first, rtol=1e-5, atol=1e-6)
    mlp.set_weights([w * 2 for w in mlp.get_weights()])
    inner = np.maximum(X @ mlp.get_weights()[0] + mlp.get_weights()[1], 0)
    expected = inner @ mlp.get_weights()[2] + mlp.get_weights()[3]
    np.testing.assert_allclose(mlp(X), expected, rtol=1e-4, atol=1e-5)


def test_inputs_of_growing_length_are_not_compiled_each_time():
    model = nbkeras.Sequential([layers.Dense(3), layers.Dense(2)])
    for length in range(1, 40):
        model(np.ones((length, 4), "float32"))
    assert repeated_calls.of(model).num_programs == 0


def test_repeated_calls_without_a_tape_mask_count_and_drop_as_before():
    ids = np.array([[3, 2, 0, 0], [1, 0, 0, 0]])
    model = nbkeras.Sequential(
        [layers.Embedding(5, 3, mask_zero=True), layers.Dropout(0.5)]
    )
    lstm = layers.LSTM(2)
    first = lstm(model(ids))
    for _ in range(REPEATS):
        last = lstm(model(ids))
    np.testing.assert_allclose(last, first, rtol=1e-5, atol=1e-6)
    one, two = (np.asarray(model(ids, training=True)) for _ in range(2))
    for _ in range(REPEATS):
        one, two = two, np.asarray(model(ids, training=True))
    assert not np.array_equal(one == 0, two == 0)
    norm = layers.BatchNormalization()
    for number in range(REPEATS):
        norm(np.full((2, 1), number, "float32"), training=True)
    mean = 0.0
    for number in range(REPEATS):
        mean = 0.99 * mean + 0.01 * number
    np.testing.assert_allclose(norm.moving_mean, [mean], rtol=1e-5)


def test_an_id_out_of_range_is_named_however_often_it_is_called():
    layer = layers.Embedding(5, 3)
    for _ in range(REPEATS):
        layer(np.array([1, 2]))
    with pytest.raises(ValueError, match="has rows 0 to 4"):
        layer(np.array([1, 7]))


class Remembering(layers.Layer):
    def call(self, x):
        self.last = x * 2
        return x


def test_an_attribute_that_call_sets_is_that_of_the_last_call():
    layer = Remembering()
    for number in range(REPEATS):
        layer(np.full((1, 2), number, "float32"))
    assert float(layer.last[0, 0]) == 2 * (REPEATS - 1)
