"""State that a layer of one's own changes in `call`, as the guides of Keras write it."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, ops

X, Y = np.ones((32, 4), "float32"), np.ones((32, 1), "float32")


def counter(library):
    """A layer that counts its calls, and those that train, in one library's way."""

    class Count(library.layers.Layer):
        def build(self, input_shape):
            state = {"shape": (), "initializer": "zeros", "trainable": False}
            self.calls = self.add_weight(name="calls", **state)
            self.trained = self.add_weight(name="trained", **state)
            self.sums = [self.add_weight(name="sum", **state)]

        def call(self, x, training=False):
            self.calls.assign(self.calls + 1.0)
            self.sums[0].assign_add(self.calls.value)
            if training:
                self.trained.assign_sub(-1.0)
            return x + 0.0 * self.calls

    return Count()


def counts_after_each_method(library):
    count = counter(library)
    model = library.Sequential(
        [library.Input((4,)), count, library.layers.Dense(1, name="dense")]
    )
    model.compile("sgd", "mse")
    seen = []

    def note(_result):
        seen.append([float(v) for v in (count.calls, count.trained, count.sums[0])])

    note(None)
    note(model.fit(X, Y, batch_size=8, verbose=0, validation_data=(X[:8], Y[:8])))
    note(model.evaluate(X, Y, batch_size=8, verbose=0))
    note(model.predict(X, batch_size=8, verbose=0))
    note(model.train_on_batch(X, Y))
    note(model.test_on_batch(X, Y))
    note(model.predict_on_batch(X))
    note(model(X))
    note(count(X, training=True))
    return seen


def test_state_assigned_in_call_has_the_values_of_keras_after_each_method():
    assert counts_after_each_method(nbkeras) == counts_after_each_method(keras)


def test_a_step_by_hand_hands_the_new_state_back():
    count = counter(nbkeras)
    count.build((None, 4))
    before = [w.value for w in count.non_trainable_variables]
    _, after = count.stateless_call([], before, X)
    assert [float(v) for v in after] == [1.0, 0.0, 1.0]
    assert float(count.calls) == 0.0


def test_functions_of_jax_take_the_state_of_a_layer_that_assigns_nothing():
    class Shifted(layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight("shift", (4,), "ones", trainable=False)

        def call(self, x):
            return x + jnp.maximum(self.shift, 0.0).sum()

    np.testing.assert_allclose(Shifted()(X), X + 4.0)


def test_a_layer_may_return_its_state_and_hand_it_to_another():
    class Sum(layers.Layer):
        def __init__(self):
            super().__init__()
            self.double = layers.Rescaling(2.0)

        def build(self, input_shape):
            self.total = self.add_weight("total", (4,), "zeros", trainable=False)

        def call(self, x):
            self.total.assign_add(ops.sum(x, axis=0))
            return self.total, self.double(self.total)

    total = Sum()
    total(X)
    seen, doubled = total(X)
    np.testing.assert_allclose(seen, np.full(4, 64.0))
    np.testing.assert_allclose(doubled, np.full(4, 128.0))


def test_assigning_to_a_trainable_weight_in_call_says_what_to_declare():
    class Wrong(layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight("scale", (), "ones")

        def call(self, x):
            self.scale.assign(2.0)
            return x

    with pytest.raises(ValueError, match=r"add_weight\('scale', \.\.\., trainable=F"):
        Wrong()(X)


def test_a_function_of_jax_on_a_variable_says_to_take_its_value():
    class Wrong(layers.Layer):
        def build(self, input_shape):
            self.total = self.add_weight("total", (4,), "zeros", trainable=False)

        def call(self, x):
            self.total.assign(jnp.square(self.total))
            return x

    with pytest.raises(ValueError, match="__jax_array__") as caught:
        Wrong()(X)
    assert "jnp.sum(self.total.value)" in caught.value.__notes__[0]


def test_state_of_a_library_layer_is_changed_in_a_subclass_alone():
    class Resets(layers.Layer):
        def __init__(self):
            super().__init__()
            self.norm = layers.BatchNormalization()

        def call(self, x):
            y = self.norm(x)
            self.norm.moving_mean.assign(x[0])
            return y

    with pytest.raises(AttributeError) as caught:
        Resets()(X)
    assert any("in a subclass of BatchNorm" in n for n in caught.value.__notes__)


def test_plain_attributes_assigned_in_an_eager_call_are_kept():
    class Attends(layers.Layer):
        def call(self, x):
            self.scores = x * 2.0
            return x

    attends = Attends()
    attends(X)
    np.testing.assert_allclose(attends.scores, 2.0 * X)
    model = nbkeras.Sequential([nbkeras.Input((4,)), attends])
    model.predict(3.0 * X, verbose=0)
    np.testing.assert_allclose(attends.scores, 2.0 * X)


class MakesInCall(layers.Layer):
    def call(self, x):
        return layers.Dense(2)(x)


class KeepsInCall(layers.Layer):
    def call(self, x):
        self.dense = layers.Dense(2)
        return self.dense(x)


@pytest.mark.parametrize("layer", [MakesInCall, KeepsInCall])
def test_a_layer_made_in_call_is_refused_with_where_to_make_it(layer):
    with pytest.raises(ValueError, match=r"(?i)create it in `__init__`"):
        layer()(X)
    with pytest.raises(ValueError, match=r"(?i)create it in `__init__`"):
        nbkeras.Sequential([nbkeras.Input((4,)), layer()])


def test_a_layer_without_weights_may_be_made_in_call():
    class Flat(layers.Layer):
        def call(self, x):
            return layers.Flatten()(x)

    assert Flat()(np.ones((2, 3, 4))).shape == (2, 12)


@pytest.mark.parametrize(
    "make",
    [
        lambda layer: layers.Dense(2),
        lambda layer: layer.add_weight(shape=(2,)),
        lambda layer: nbkeras.Variable(1.0),
        lambda layer: [layers.Dense(2)],
        lambda layer: nbkeras.metrics.Mean(),
    ],
    ids=["layer", "weight", "variable", "list", "metric"],
)
def test_state_added_to_a_built_layer_is_refused_as_in_keras(make):
    layer = counter(nbkeras)
    layer(X)
    with pytest.raises(ValueError, match="is built already"):
        layer.extra = make(layer)
    layer.plain = 3
    assert layer.plain == 3


def test_trainable_must_be_a_boolean():
    with pytest.raises(ValueError, match="Write trainable=True"):
        layers.Dense(2, trainable=1)


class Own(nbkeras.Model):
    """A subclassed model of one layer."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)


def test_a_model_that_was_called_is_compiled_with_objects_of_metrics():
    model = Own()
    model(X)
    for metric in (nbkeras.metrics.MeanAbsoluteError(), "mae"):
        model.compile("sgd", nbkeras.losses.MeanSquaredError(), metrics=[metric])
        model.fit(X, Y, verbose=0)
    loss, error = model.evaluate(X, Y, verbose=0)
    assert error == pytest.approx(np.abs(model.predict(X, verbose=0) - Y).mean())
    assert loss > 0


def test_a_layer_that_is_added_to_a_built_model_is_refused_all_the_same():
    model = Own()
    model(X)
    with pytest.raises(ValueError, match="is built already, where it would never be"):
        model.head = layers.Dense(1)


@pytest.mark.parametrize("guard", [False, True])
def test_a_weight_declared_in_call_is_refused(guard):
    class Scale(layers.Layer):
        def call(self, x):
            if guard and hasattr(self, "factor"):
                return x * self.factor
            factor = self.add_weight(shape=(3,), initializer="ones", name="factor")
            if guard:
                self.factor = factor
            return x * factor

    with pytest.raises(ValueError, match=r"def build\(self, input_shape\)"):
        Scale()(np.ones((2, 3), "float32"))
    with pytest.raises(ValueError, match=r"self.factor = self.add_weight"):
        nbkeras.Sequential([nbkeras.Input((3,)), Scale()])


class Gated(layers.Layer):
    """As layers of transformer tutorials: `training` and `mask` by position."""

    def call(self, x, training, mask):
        x = x * 2 if training else x
        return x if mask is None else x * mask


class Outer(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Gated()

    def call(self, x, training, mask=None):
        return self.inner(x, training, mask)


@pytest.mark.parametrize("kind", [Gated, Outer])
def test_training_and_mask_may_be_given_by_position(kind):
    x, mask = np.ones((2, 3), "float32"), np.array([[1, 0, 1]], "float32")
    layer = kind()
    np.testing.assert_array_equal(layer(x, True, mask), 2 * x * mask)
    np.testing.assert_array_equal(layer(x, False, None), x)
    np.testing.assert_array_equal(layer(x, training=True, mask=None), 2 * x)
    symbolic = nbkeras.Input((3,))
    model = nbkeras.Model(symbolic, kind()(symbolic, True, None))
    np.testing.assert_array_equal(model.predict(x, verbose=0), 2 * x)


def test_a_layer_of_any_number_of_inputs_keeps_them():
    class Total(layers.Layer):
        def call(self, *inputs, scale=1.0, training=False):
            return sum(inputs) * scale * (1 + training)

    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(Total()(x, x, x), 3 * x)
    np.testing.assert_array_equal(Total()(x, x, scale=2.0, training=True), 8 * x)
