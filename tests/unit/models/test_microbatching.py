"""Micro-batches inside a model give the model's own numbers."""

import inspect
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.models import Model, Sequential, microbatching
from nbkeras.ops.kernels import lowering


def build():
    return Sequential(
        [
            layers.Input((13, 12, 2)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.ZeroPadding2D(1),
            layers.Conv2D(4, 3, padding="same", strides=2),
            layers.LeakyReLU(),
            layers.MaxPooling2D((2, 3), strides=1, padding="same"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


EXACT = """
import sys
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
import nbkeras
from nbkeras import layers
from nbkeras.layers.engine.functional_call import apply
from nbkeras.models import Sequential
nbkeras.config.set_lowering("plain")
nbkeras.config.set_floatx("float64")
given = np.load(sys.argv[1])
{build}
model = build()
values = {{k[2:]: jnp.asarray(given[k], "float64") for k in given if k[:2] == "w:"}}
x = jnp.asarray(given["x"], "float64")
total = lambda values, x: jnp.sum(apply(model, values, x).y[:, 0] ** 2)
of_values, of_x = jax.grad(total, (0, 1))(values, x)
np.savez(sys.argv[2], x=of_x, **{{"w:" + k: v for k, v in of_values.items()}})
"""


@pytest.fixture(autouse=True)
def _the_usual_choice():
    yield
    nbkeras.config.set_lowering("auto")


@pytest.fixture
def three_rows_at_once(monkeypatch):
    """Rows of this model's widest array, 11 x 10 x 6 floats, that are run at once."""
    monkeypatch.setattr(lowering, "BYTES_AT_ONCE", 3 * 11 * 10 * 6 * 4)


def gradients(model, values, x):
    total = lambda values, x: jnp.sum(apply(model, values, x).y[:, 0] ** 2)  # noqa: E731
    return jax.jit(jax.grad(total, (0, 1)))(values, x)


def test_gradients_in_turns_are_those_of_float64(tmp_path, three_rows_at_once):
    model = build()
    x = np.random.default_rng(0).normal(size=(7, 13, 12, 2)).astype("float32")
    values = values_of(model)
    named = {f"w:{path}": value for path, value in values.items()}
    np.savez(tmp_path / "given.npz", x=x, **named)
    files = [tmp_path / "given.npz", tmp_path / "exact.npz"]
    code = EXACT.format(build=inspect.getsource(build))
    subprocess.run([sys.executable, "-c", code, *files], check=True)
    of_values, of_x = gradients(model, values, jnp.asarray(x))
    exact = np.load(tmp_path / "exact.npz")
    assert exact["x"].dtype == np.float64
    found = {"x": of_x} | {f"w:{path}": value for path, value in of_values.items()}
    for name, value in found.items():
        error = np.max(np.abs(value - exact[name])) / np.max(np.abs(exact[name]))
        assert error < 2e-6, name


def loops(program):
    return sum(eqn.primitive.name == "scan" for eqn in program.jaxpr.eqns)


def runs_in_turns(model, rows, training=False):
    x = jnp.zeros((rows, *model.input_shape[1:]))
    f = lambda x: apply(  # noqa: E731
        model, values_of(model), x, training=training, key=jax.random.key(0)
    )
    return loops(jax.make_jaxpr(lambda x: f(x).y)(x))


def test_a_batch_that_fits_is_not_taken_apart(three_rows_at_once):
    assert runs_in_turns(build(), 3) == 0
    assert runs_in_turns(build(), 4) == 1


def test_plain_takes_nothing_apart(three_rows_at_once):
    nbkeras.config.set_lowering("plain")
    assert runs_in_turns(build(), 32) == 0


def test_random_and_batch_wide_layers_end_a_run(three_rows_at_once):
    model = Sequential(
        [
            layers.Input((13, 12, 2)),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
            layers.Conv2D(6, 3, padding="same"),
            layers.Dropout(0.5),
            layers.Conv2D(6, 3, padding="same", activation=lambda z: z - z.mean()),
        ]
    )
    assert runs_in_turns(model, 8, training=True) == 2


def test_fit_learns_the_same_with_and_without_turns(three_rows_at_once):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(11, 13, 12, 2)).astype("float32")
    y = np.eye(3, dtype="float32")[draw.integers(0, 3, 11)]
    losses = {}
    for choice in ("auto", "plain"):
        nbkeras.config.set_lowering(choice)
        nbkeras.utils.set_random_seed(1)
        model = build()
        model.compile(optimizer="sgd", loss="categorical_crossentropy")
        losses[choice] = model.fit(x, y, batch_size=8, epochs=3, verbose=0).history
    np.testing.assert_allclose(
        losses["auto"]["loss"], losses["plain"]["loss"], rtol=1e-5
    )


def test_pooling_before_bias_and_relu_gives_the_same_numbers(monkeypatch):
    conv = layers.Conv2D(4, 3, activation="relu", bias_initializer="glorot_uniform")
    model = Sequential([layers.Input((9, 9, 2)), conv, layers.MaxPooling2D(2)])
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 9, 9, 2)), "float32")

    def found():
        total = lambda values: jnp.sum(apply(model, values, x).y ** 2)  # noqa: E731
        return jax.jit(jax.value_and_grad(total))(values_of(model))

    (whole, of_whole) = found()
    monkeypatch.setattr(lowering, "BYTES_AT_ONCE", 4 * 7 * 7 * 4)
    (in_turns, of_turns) = found()
    np.testing.assert_allclose(in_turns, whole, rtol=1e-6)
    for path, value in of_whole.items():
        np.testing.assert_allclose(of_turns[path], value, rtol=1e-5, atol=1e-5)


def test_only_activations_that_rise_let_the_pool_come_first():
    for name, expected in (("relu", True), ("tanh", True), ("gelu", False)):
        conv, pool = layers.Conv2D(4, 3, activation=name), layers.MaxPooling2D(2)
        assert microbatching._pools_first(conv, pool) is expected
    first = layers.MaxPooling2D(2, data_format="channels_first")
    assert not microbatching._pools_first(layers.Conv2D(4, 3), first)


def test_nothing_is_promised_for_functions_and_classes_of_the_user():
    class Mine(layers.Conv2D):
        def call(self, x):
            return super().call(x - x.mean())

    assert layers.Conv2D(4, 3).treats_rows_alone("row_by_row")
    assert not Mine(4, 3).treats_rows_alone("row_by_row")
    assert not layers.Conv2D(4, 3, activation=lambda z: z).treats_rows_alone(
        "row_by_row"
    )
    assert not layers.Softmax(axis=0).treats_rows_alone()
    assert not layers.Conv2D(4, 3, activity_regularizer="l2").treats_rows_alone()


def test_the_logits_of_a_last_layer_stay_in_reach(three_rows_at_once):
    model = Sequential(
        [
            layers.Input((13, 12, 2)),
            layers.Conv2D(6, 3, padding="same"),
            layers.Conv2D(1, 1, activation="sigmoid"),
        ]
    )
    assert runs_in_turns(model, 8) == 1
    logits = jax.eval_shape(
        lambda x: apply(model, values_of(model), x).logits, jnp.zeros((8, 13, 12, 2))
    )
    assert jax.tree.leaves(logits)[0].shape == (8, 13, 12, 1)


def branching():
    x = layers.Input((13, 12, 2))
    a = layers.Conv2D(6, 3, activation="relu")(x)
    a = layers.MaxPooling2D(2)(a)
    b = layers.Conv2D(6, 3, padding="same")(a)
    b = layers.ReLU()(b)
    both = layers.Add()([a, b])
    tail = layers.Conv2D(6, 3, activation="relu")(both)
    return Model(x, [layers.Flatten()(tail), b])


def test_chains_of_a_graph_run_in_turns_and_branches_as_they_are(monkeypatch):
    model, x = branching(), np.random.default_rng(0).normal(size=(8, 13, 12, 2))
    x = jnp.asarray(x, "float32")
    values = values_of(model)

    def found():
        def total(values, x):
            one, two = apply(model, values, x).y
            return jnp.sum(one**2) + jnp.sum(two)

        return jax.make_jaxpr(total)(values, x), jax.jit(jax.grad(total))(values, x)

    whole, gradients = found()
    monkeypatch.setattr(lowering, "BYTES_AT_ONCE", 500)
    in_turns, again = found()
    assert loops(whole) == 0
    assert loops(in_turns) == 3
    for path, value in gradients.items():
        np.testing.assert_allclose(again[path], value, rtol=1e-4, atol=1e-4)


def test_normalisation_and_dropout_go_with_a_run_where_nothing_trains(
    three_rows_at_once,
):
    """Each block on its own would write and read whole batches: up to 2.7 times."""
    model = Sequential(
        [
            layers.Input((13, 12, 2)),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Conv2D(6, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Flatten(),
        ]
    )
    assert runs_in_turns(model, 8) == 1
    assert runs_in_turns(model, 8, training=True) == 2
    draw = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(draw.uniform(0.5, 1.5, weight.shape))
    x = draw.normal(size=(8, 13, 12, 2)).astype("float32")
    model.compile(loss="mse")
    found = model.predict(x, verbose=0)
    nbkeras.config.set_lowering("plain")
    np.testing.assert_allclose(found, model.predict(x, verbose=0), rtol=1e-4, atol=1e-4)


def grey(filters=32, channels=1, size=28):
    return Sequential(
        [
            layers.Input((size, size, channels)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def pools_by_window(model, training):
    """Whether the pooling is XLA's own, in a step of fit or of predict."""
    model.compile("sgd", "mse")
    x, y = np.ones((2, *model.input_shape[1:]), "float32"), np.ones((2, 2), "float32")
    if training:
        model.fit(x, y, verbose=0)
        function = model.compiled_steps.forward
        made = jax.make_jaxpr(
            lambda x: function(values_of(model), x, True, None, None).y
        )
    else:
        step = model.compiled_steps.get("predict")
        return "reduce_window" in step.lower(values_of(model), x).as_text()
    return "reduce_window" in str(made(x))


def test_small_grey_pictures_are_predicted_in_xlas_own_forms():
    assert pools_by_window(grey(), training=False)
    assert not pools_by_window(grey(), training=True)
    assert not pools_by_window(grey(filters=16), training=False)
    assert not pools_by_window(grey(channels=3), training=False)
    assert not pools_by_window(grey(size=40), training=False)


def test_predictions_in_either_form_are_the_same():
    model = grey()
    x = np.random.default_rng(0).normal(size=(3, 28, 28, 1)).astype("float32")
    found = model.predict(x, verbose=0)
    expected = np.asarray(jax.jit(lambda x: apply(model, values_of(model), x).y)(x))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
