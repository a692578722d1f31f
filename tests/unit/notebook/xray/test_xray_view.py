"""nbkeras.xray as a widget, and the panel of the dashboard."""

import json

import matplotlib
import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential, layers
from nbkeras.data.batches import first
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.notebook.dashboard import layer_watch
from nbkeras.notebook.dashboard.layer_watch import LayerWatch

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")


def made(**options):
    model = Sequential([Input((6,)), layers.Dense(8, "relu", name="<b>first"), layers.Dense(2, "softmax")], **options)  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture
def view(wire):
    return nbkeras.xray(made(), (X, Y))


def test_the_trait_has_a_row_for_each_layer_in_strict_json(view):
    json.dumps(view.look, allow_nan=False)
    first, last = view.look["layers"]
    assert first["activation"] == "relu"
    assert first["weights"]["ratio"] == pytest.approx(
        view.layers[0].weights.ratio, rel=1e-3
    )
    assert sum(last["output"]["counts"]) == 128
    assert view.look["healthy"].startswith("Nothing stands out")


def test_values_that_are_not_finite_can_be_shown(wire):
    model = made()
    model.layers[0].bias.assign(np.full(8, np.nan))
    view = nbkeras.xray(model, X, Y)
    json.dumps(view.look, allow_nan=False)
    assert view.findings[0].kind == "not_finite"
    assert "NaN or infinite values begin in" in view.advice[0]


def test_text_figure_and_picture_say_the_same(view):
    assert "ratio" in repr(view)
    svg, caption = view.static_picture()
    assert svg.startswith("<svg")
    assert "2 layers" in caption
    assert "<b>" not in view.static_html()
    figure = view.figure()
    assert isinstance(figure, matplotlib.figure.Figure)
    drawn = figure.axes[1].lines[0].get_xdata()
    np.testing.assert_allclose(drawn, [la.weights.ratio for la in view.layers])


def test_many_layers_are_bounded_and_those_with_weights_stay(wire):
    stack = [layers.Activation("relu") for _ in range(70)]
    model = Sequential([Input((6,)), *stack, layers.Dense(2, "softmax", name="out")])
    model.compile("adam", "sparse_categorical_crossentropy")
    look = nbkeras.xray(model, X, Y).look
    assert [layer["name"] for layer in look["layers"]] == ["out"]
    assert look["more"] == 70


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def opened(model, clock=None, plan=None):
    """(watch, published) of a panel that is open and compiled."""
    published = []
    watch = LayerWatch(plan or fit_plan_of(X, Y), model, clock or Clock())
    watch.open(published.append)
    if watch._thread is not None:
        watch._thread.join(60)
    return watch, published


def test_an_open_panel_of_a_run_that_is_over_shows_the_model_as_it_is():
    model = made()
    model.fit(X, Y, epochs=1, verbose=0)
    watch, published = opened(model)
    shown = published[-1]
    assert [layer["kind"] for layer in shown["layers"]] == ["Dense", "Dense"]
    assert "At step 2, on 32 rows of the training data" in shown["message"]
    expected = nbkeras.xray(model, watch._batch[0], watch._batch[1]).look
    assert shown["layers"][0]["weights"] == expected["layers"][0]["weights"]


def test_a_look_is_taken_once_a_second_and_less_often_where_it_is_slow():
    model, clock, counts = made(), Clock(), []

    class Watching(nbkeras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.watch, _ = opened(model, clock)
            look = self.watch._looker

            def slow(*args):
                clock.now += 0.1  # a look that takes a tenth of a second
                return look(*args)

            self.watch._looker = slow

        def on_train_batch_end(self, batch, logs=None):
            clock.now += 0.5
            counts.append(self.watch.step(batch) is not None)

    model.fit(X, Y, batch_size=1, epochs=1, verbose=0, callbacks=[Watching()])
    assert counts[0]
    # 0.1 s a look: at 2.5 % of the time one in four seconds, eight steps of 0.5 s.
    assert sum(counts) == pytest.approx(len(counts) / 8, abs=1)


def test_a_closed_panel_takes_no_look():
    model = made()
    watch, _ = opened(model)
    watch.close()
    assert watch.step(1) is None


def two_heads():
    x = nbkeras.Input((6,))
    h = layers.Dense(8, "relu", name="shared")(x)
    outputs = [layers.Dense(1, name="up")(h), layers.Dense(1, name="down")(h)]
    model = nbkeras.Model(x, outputs)
    model.compile("sgd", "mse", loss_weights=[1.0, 0.5])
    return model


def test_the_panel_compares_the_gradients_of_several_losses(tmp_path):
    total = X.sum(1, keepdims=True)
    targets = [total, -3 * total]
    model, seen = two_heads(), []

    class Watching(nbkeras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.watch, _ = opened(model, plan=fit_plan_of(X, targets))

        def on_train_batch_end(self, batch, logs=None):
            seen.append(self.watch.step(batch))

    model.fit(X, targets, epochs=1, verbose=0, callbacks=[Watching()])
    model.optimizer.learning_rate = 0.0
    seen.clear()
    model.fit(X, targets, epochs=1, verbose=0, callbacks=[Watching()])
    tasks = seen[0]["tasks"]
    json.dumps(tasks, allow_nan=False)
    batch = first(fit_plan_of(X, targets).train)
    wanted = nbkeras.task_gradients(model, batch.x, list(batch.y))
    assert [row[0] for row in tasks["rows"]] == ["up", "down"]
    numbers = np.array(
        [[float(n.replace("−", "-")) for n in row[1:]] for row in tasks["rows"]]
    )
    np.testing.assert_allclose(numbers[:, 0], wanted.losses, rtol=1e-3)
    np.testing.assert_allclose(numbers[:, 1], [1.0, 0.5])
    np.testing.assert_allclose(numbers[:, 2], wanted.weights * wanted.norms, rtol=1e-3)
    np.testing.assert_allclose(numbers[:, 3:], wanted.cosines, atol=0.006)
    assert tasks["agree"] == (not wanted.opposing and wanted.dominant is None)
    assert str(wanted).splitlines()[1] == tasks["sentences"][0]


def test_the_panel_of_one_loss_compares_no_gradients():
    model = made()
    model.fit(X, Y, epochs=1, verbose=0)
    _, published = opened(model)
    assert "tasks" not in published[-1]


def test_a_run_that_cannot_be_looked_into_says_why():
    model = made()
    model.fit(X, Y, verbose=0)
    watch = LayerWatch(fit_plan_of(X, Y), model, Clock())
    watch._batch = None
    told = []
    watch.open(told.append)
    assert "cannot be looked into" in told[0]["message"]


def test_the_cost_is_bounded_by_its_share():
    assert layer_watch.COST_SHARE < 0.03
    assert layer_watch.EVERY_S == 1.0
