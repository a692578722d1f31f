"""Steps that the user's class writes are called by fit, evaluate and predict."""

import jax
import keras
import numpy as np
import pytest
from tolerances import relative_gap

import nbkeras

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(32, 4)).astype("float32")
Y = DRAW.normal(size=(32, 2)).astype("float32")


def own_loss(package):
    class Net(package.Model):
        def compute_loss(
            self, x=None, y=None, y_pred=None, sample_weight=None, training=True
        ):
            distance = package.ops.mean(package.ops.abs(y_pred - y))
            self.tracker.update_state(2 * distance)
            return distance + sum(self.losses)

    return Net


def own_metrics(package):
    class Net(package.Model):
        def compute_metrics(self, x, y, y_pred, sample_weight):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            self.tracker.update_state(y_pred)
            return {**logs, "spread": self.tracker.result()}

    return Net


def own_step(package):
    class Net(package.Model):
        def train_step(self, state, data):
            trained, others, optimizer, sums = state
            x, y = data[:2]
            slope = jax.value_and_grad(self.distance, has_aux=True)
            (loss, (y_pred, others)), grads = slope(trained, others, x, y)
            trained, optimizer = self.optimizer.stateless_apply(
                optimizer, grads, trained
            )
            after, logs = [], {}
            for metric in self.metrics:
                before = sums[len(after) : len(after) + len(metric.variables)]
                seen = (y, y_pred) if metric.name == "compile_metrics" else (loss,)
                before = metric.stateless_update_state(before, *seen)
                logs[metric.name] = metric.stateless_result(before)
                after += before
            return logs, (trained, others, optimizer, after)

        def distance(self, trained, others, x, y):
            y_pred, others = self.stateless_call(trained, others, x, training=True)
            return self.compute_loss(x, y, y_pred), (y_pred, others)

        def predict_step(self, state, data):
            y_pred, others = self.stateless_call(*state, data)
            return 10 * y_pred, others

    return Net


def fitted(package, write):
    """(history, logs of evaluate, weights, predictions) of a small net."""
    layers = package.layers
    x = package.Input((4,))
    regularizer = None if write is own_step else "l2"
    h = layers.Dense(5, "tanh", kernel_regularizer=regularizer)(x)
    model = write(package)(x, layers.Dense(2)(layers.BatchNormalization()(h)))
    model.tracker = package.metrics.Mean(name="tracker")
    draw = np.random.default_rng(1)
    model.set_weights([draw.uniform(0.1, 0.9, w.shape) for w in model.weights])
    model.compile(package.optimizers.Adam(0.01), "mse", metrics=["mae"])
    options = {"batch_size": 12, "shuffle": False, "verbose": 0}
    history = model.fit(X, Y, epochs=2, validation_data=(X, Y), **options).history
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    return history, logs, model.get_weights(), model.predict(X, verbose=0)


@pytest.mark.parametrize("write", [own_loss, own_metrics, own_step])
def test_what_a_class_overrides_gives_the_numbers_of_keras(write):
    ours, theirs = fitted(nbkeras, write), fitted(keras, write)
    for a, b in zip(ours[:2], theirs[:2], strict=True):
        assert sorted(a) == sorted(b)
        for name in a:
            np.testing.assert_allclose(a[name], b[name], rtol=1e-5)
    for a, b in zip(ours[2], theirs[2], strict=True):
        assert relative_gap(a, b) < 1e-5
    np.testing.assert_allclose(ours[3], theirs[3], rtol=1e-4, atol=1e-5)


def small(write, **compiled):
    x = nbkeras.Input((4,))
    model = write(x, nbkeras.layers.Dense(2)(x))
    model.compile("sgd", **compiled)
    return model


def test_the_form_of_tf_keras_moves_a_second_optimizer_and_a_variable():
    class Net(nbkeras.Model):
        def train_step(self, data):
            logs = super().train_step(data)
            self.second.apply([nbkeras.ops.ones(3)], [self.free])
            self.count.assign_add(1)
            return {**logs, "count": self.count.value}

    model = small(Net, loss="mse")
    model.second = nbkeras.optimizers.SGD(0.5)
    model.free = nbkeras.Variable(np.zeros(3, "float32"))
    model.count = nbkeras.Variable(0, dtype="int32", trainable=False)
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    assert history["count"] == [4, 8]
    np.testing.assert_allclose(model.free.numpy(), -4.0)
    assert int(model.second.iterations) == 8


def test_a_step_that_calls_the_library_s_own_ends_where_fit_ends():
    class Same(nbkeras.Model):
        def train_step(self, data):
            return super().train_step(data)

    def weights(cls):
        nbkeras.utils.set_random_seed(4)
        x = nbkeras.Input((4,))
        h = nbkeras.layers.Dropout(0.5)(nbkeras.layers.Dense(8)(x))
        model = cls(x, nbkeras.layers.Dense(2, "softmax")(h))
        model.compile(nbkeras.optimizers.Adam(0.01), "categorical_crossentropy")
        classes = np.eye(2, dtype="float32")[np.arange(32) % 2]
        model.fit(X, classes, batch_size=8, epochs=2, verbose=0)
        return model.get_weights()

    for a, b in zip(weights(Same), weights(nbkeras.Model), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_an_own_step_is_compiled_once(empty_dispatch_cache):
    traces = []

    class Net(nbkeras.Model):
        def train_step(self, data):
            traces.append(jax.tree.map(lambda a: a.shape, data))
            return super().train_step(data)

    model = small(Net, loss="mse")
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    seen = len(traces)
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert set(traces) == {((8, 4), (8, 2))}
    # A second fit only looks at what the step uses.
    assert seen <= 3
    assert len(traces) - seen <= 1


def test_a_callback_reads_an_own_metric_and_stops_an_own_step():
    class Net(nbkeras.Model):
        def train_step(self, data):
            logs = super().train_step(data)
            self.largest.update_state(nbkeras.ops.max(data[0]))
            return {"error": logs["loss"]}

    class Stop(nbkeras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((float(self.model.largest.result()), sorted(logs)))
            self.model.stop_training = batch == 1

    seen = []
    model = small(Net, loss="mse")
    model.largest = nbkeras.metrics.Mean(name="largest")
    history = model.fit(
        X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[Stop()]
    )
    wanted = [X[:8].max(), (X[:8].max() + X[8:16].max()) / 2]
    np.testing.assert_allclose([value for value, _ in seen], wanted, rtol=1e-6)
    assert [names for _, names in seen] == [["error"], ["error"]]
    assert list(history.history) == ["error"]


@pytest.mark.parametrize(
    ("result", "advice"),
    [
        (3.0, r"returned a float.*return \{'loss': loss\}"),
        ({"loss": np.zeros(3)}, r"of shape \(3,\).*ops\.mean\(loss\)"),
    ],
)
def test_a_step_that_gives_no_logs_says_what_to_return(result, advice):
    class Net(nbkeras.Model):
        def train_step(self, data):
            return result

    with pytest.raises((TypeError, ValueError), match=advice):
        small(Net).fit(X, Y, verbose=0)


def test_a_step_that_takes_the_state_gives_it_back():
    class Net(nbkeras.Model):
        def train_step(self, state, data):
            return {"loss": 0.0}

    with pytest.raises(TypeError, match="Write: return logs, state"):
        small(Net).fit(X, Y, verbose=0)


def test_an_own_loop_over_batches_is_refused_with_what_to_write():
    class Net(nbkeras.Model):
        def make_train_function(self, force=False):
            return None

    with pytest.raises(TypeError, match=r"def train_step\(self, data\)"):
        small(Net, loss="mse").fit(X, Y, verbose=0)


class TapeStep(nbkeras.Model):
    """A step as guides for tf.keras write it."""

    def train_step(self, data):
        x, y = data
        with nbkeras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


class OldTapeStep(nbkeras.Model):
    """The same with the words of earlier years."""

    def train_step(self, data):
        x, y = data
        with nbkeras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        grads = tape.gradient(loss, self.trainable_variables)
        pairs = zip(grads, self.trainable_variables, strict=True)
        self.optimizer.apply_gradients(pairs)
        self.compiled_metrics.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


@pytest.mark.parametrize("cls", [TapeStep, OldTapeStep])
def test_a_step_with_a_tape_ends_where_fit_ends(cls):
    classes = np.eye(2, dtype="float32")[np.arange(32) % 2]

    def fitted(cls):
        nbkeras.utils.set_random_seed(4)
        x = nbkeras.Input((4,))
        h = nbkeras.layers.Dense(8, use_bias=False, kernel_regularizer="l2")(x)
        h = nbkeras.layers.Dropout(0.3)(nbkeras.layers.BatchNormalization()(h))
        model = cls(x, nbkeras.layers.Dense(2, "softmax")(h))
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        logs = model.fit(X, classes, batch_size=8, epochs=2, verbose=0).history
        return logs, model.get_weights()

    (logs, weights), (wanted_logs, wanted) = fitted(cls), fitted(nbkeras.Model)
    for a, b in zip(weights, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    for name, values in wanted_logs.items():
        np.testing.assert_allclose(logs[name], values, rtol=1e-5)
