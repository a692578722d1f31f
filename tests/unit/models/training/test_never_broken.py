"""Whatever raises, and wherever: the model is as of its last step, and goes on."""

import threading

import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.callbacks import Callback
from nbkeras.layers import Dense, Dropout, Flatten
from nbkeras.preprocessing.image import ImageDataGenerator
from nbkeras.train import events

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def model(loss="mse", metrics=None, **more):
    made = Sequential([Input((4,)), Dense(3, "relu"), Dense(1)])
    made.compile("adam", loss, metrics=metrics, **more)
    return made


@pytest.fixture(scope="module")
def shared():
    """One model for all the mishaps: it must outlive them, and compiles once."""
    return model()


def check_whole(made):
    """It predicts, its parts agree on the number of steps, and it trains on."""
    weights = made.get_weights()
    assert all(np.isfinite(w).all() for w in weights)
    hidden = np.maximum(X @ weights[0] + weights[1], 0)
    np.testing.assert_allclose(
        made.predict(X, verbose=0),
        hidden @ weights[2] + weights[3],
        rtol=1e-5,
        atol=1e-6,
    )
    steps = int(made.optimizer.iterations)
    assert steps == made._steps_done
    made.fit(X, Y, batch_size=8, verbose=0)
    assert int(made.optimizer.iterations) == steps + 5


class Broken(Callback):
    def __init__(self, hook):
        super().__init__()
        setattr(self, hook, self._raise)

    def _raise(self, *given, **named):
        raise OSError("no space left")


class Closes(Callback):
    """Stands for a callback that holds a file open."""

    def __init__(self):
        super().__init__()
        self.opened = self.closed = 0

    def on_train_begin(self, logs=None):
        self.opened += 1

    def on_train_end(self, logs=None):
        self.closed += 1


FIT = (
    "on_train_begin on_epoch_begin on_train_batch_begin on_batch_begin "
    "on_train_batch_end on_batch_end on_test_begin on_test_batch_begin "
    "on_test_batch_end on_test_end on_epoch_end on_train_end set_model set_params"
).split()
CALLS = {
    "fit": lambda m, c: m.fit(
        X, Y, batch_size=8, validation_data=(X, Y), verbose=0, callbacks=c
    ),
    "evaluate": lambda m, c: m.evaluate(X, Y, batch_size=8, verbose=0, callbacks=c),
    "predict": lambda m, c: m.predict(X, batch_size=8, verbose=0, callbacks=c),
}
MATRIX = [("fit", hook) for hook in FIT]
MATRIX += [("evaluate", h) for h in FIT if "test" in h or "set" in h]
MATRIX += [
    ("predict", f"on_predict_{part}")
    for part in ("begin", "batch_begin", "batch_end", "end")
]


@pytest.mark.parametrize(("call", "hook"), MATRIX)
@pytest.mark.parametrize("first", [True, False])
def test_a_callback_that_raises_breaks_nothing(shared, call, hook, first):
    closes = Closes()
    callbacks = [Broken(hook), closes] if first else [closes, Broken(hook)]
    with pytest.raises(OSError, match="no space left"):
        CALLS[call](shared, callbacks)
    assert closes.closed >= closes.opened
    check_whole(shared)


def generator(fails_at):
    for number in range(10):
        if number == fails_at:
            raise OSError("broken picture")
        yield X[:8], Y[:8]


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_a_generator_that_raises_breaks_nothing(shared, call, at):
    before = shared._steps_done
    with pytest.raises(OSError, match="broken picture") as caught:
        getattr(shared, call)(generator(at), verbose=0)
    assert any(f"batch {at} of the generator" in n for n in caught.value.__notes__)
    assert shared._steps_done == before + (at if call == "fit" else 0)
    check_whole(shared)


def test_a_validation_generator_that_raises_keeps_the_epochs_steps(shared):
    before = shared._steps_done
    with pytest.raises(OSError, match="broken picture"):
        shared.fit(X, Y, batch_size=8, validation_data=generator(2), verbose=0)
    assert shared._steps_done == before + 5
    check_whole(shared)


def test_a_batch_of_another_shape_names_the_layer_and_keeps_the_steps(shared):
    def batches():
        yield X[:8], Y[:8]
        yield X[:8, :3], Y[:8]

    before = shared._steps_done
    with pytest.raises(ValueError, match="needs 4 on the last") as caught:
        shared.fit(batches(), verbose=0)
    assert any("in layer 'dense" in note for note in caught.value.__notes__)
    assert shared._steps_done == before + 1
    check_whole(shared)


def raising_loss(y_true, y_pred):
    raise ZeroDivisionError("in the loss")


def raising_metric(y_true, y_pred):
    raise ZeroDivisionError("in the metric")


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
@pytest.mark.parametrize(
    "compiled", [{"loss": raising_loss}, {"metrics": [raising_metric]}]
)
def test_a_loss_or_a_metric_that_raises_breaks_nothing(call, compiled):
    made = model(**compiled)
    before = made.get_weights()
    with pytest.raises(ZeroDivisionError, match="in the "):
        getattr(made, call)(X, Y)
    for a, b in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_broken_picture_costs_neither_training_nor_the_model(tmp_path):
    from PIL import Image

    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(4):
            pixels = RNG.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png")
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path, target_size=(8, 8), batch_size=2, shuffle=False
    )
    made = Sequential([Input((8, 8, 3)), Flatten(), Dense(2, "softmax")])
    made.compile("adam", "categorical_crossentropy")
    made.fit(flow, verbose=0)
    steps, weights = made._steps_done, made.get_weights()
    broken = tmp_path / "b" / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    for call in ("predict", "evaluate", "fit"):
        with pytest.raises(Exception, match=r"1\.png"):
            getattr(made, call)(flow, verbose=0)
    assert made._steps_done == steps + 2  # two whole batches came before it
    broken.unlink()
    assert not np.array_equal(made.get_weights()[0], weights[0])
    assert np.isfinite(made.predict(np.ones((3, 8, 8, 3)), verbose=0)).all()


def test_a_refused_fit_leaves_history_and_model_as_they_were(shared):
    shared.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    history, weights = shared.history, shared.get_weights()
    with pytest.raises(ValueError, match="number of rows differs"):
        shared.fit(X, Y[:3], verbose=0)
    assert shared.history is history
    for a, b in zip(shared.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_fits_of_one_model_at_once_are_one_fit_and_a_clear_refusal(shared):
    errors, before = [], shared._steps_done
    start = threading.Barrier(2)

    class Meet(Callback):
        def on_train_begin(self, logs=None):
            start.wait(20)  # the other one begins while this one runs
            start.wait(20)

    thread = threading.Thread(
        target=lambda: shared.fit(
            X, Y, epochs=3, batch_size=8, verbose=0, callbacks=[Meet()]
        )
    )
    thread.start()
    start.wait(20)
    for _ in range(10):
        try:
            shared.fit(X, Y, verbose=0)
        except RuntimeError as error:
            errors.append(str(error))
    start.wait(20)
    thread.join(60)
    assert len(errors) == 10
    assert "already in training (started 0 s ago)" in errors[0]
    assert shared._steps_done == before + 3 * 5
    check_whole(shared)


def test_two_models_trained_at_once_are_as_if_trained_one_after_the_other():
    def pair():
        both = []
        for seed in (1, 2):
            made = Sequential([Input((4,)), Dense(3, "relu"), Dropout(0.3), Dense(1)])
            made.compile("adam", "mse")
            made._seed = seed
            made.set_weights(
                [
                    np.random.default_rng(seed).normal(size=w.shape)
                    for w in made.get_weights()
                ]
            )
            both.append(made)
        return both

    serial, parallel = pair(), pair()
    for made in serial:
        made.fit(X, Y, epochs=20, batch_size=8, verbose=0)
    threads = [
        threading.Thread(
            target=made.fit,
            args=(X, Y),
            kwargs={"epochs": 20, "batch_size": 8, "verbose": 0},
        )
        for made in parallel
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one, two in zip(serial, parallel, strict=True):
        for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_reader_never_sees_half_a_step():
    """Both weights move by the same amount each step, so they must always agree."""
    made = Sequential([Input((1,)), Dense(1, use_bias=False), Dense(1, use_bias=False)])
    made.compile("sgd", "mse")
    made.set_weights([np.ones((1, 1)), np.ones((1, 1))])
    x, y = np.ones((8, 1), "float32"), np.full((8, 1), 4, "float32")
    made.predict(x, verbose=0)
    run = made.fit(x, y, epochs=200, verbose=0, background=True)
    seen = []
    while not run.done:
        seen.append(float(made.predict(x, verbose=0)[0, 0]))
        values = list(made.current_values().values())
        np.testing.assert_array_equal(*values)
    run.wait(60)
    assert seen == sorted(seen)
    assert made.predict(x, verbose=0)[0, 0] == pytest.approx(4, rel=1e-3)


def test_a_step_that_fails_on_the_device_goes_back_to_the_epochs_start(
    shared, monkeypatch
):
    """The step has given its buffers away by then: the newest weights are lost."""
    kept, before, get = [], shared._steps_done, shared.compiled_steps.get

    def failing(kind):
        real = get(kind)

        def step(ts, batch):
            after = real(ts, batch)
            if int(after[0].step) > before + 5:
                raise RuntimeError("RESOURCE_EXHAUSTED: out of memory")
            return after

        return step if kind in ("train", "multi_step") else real

    class Keep(Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept.append(self.model.get_weights())

    monkeypatch.setattr(shared.compiled_steps, "get", failing)
    with pytest.raises(RuntimeError, match="RESOURCE_EXHAUSTED") as caught:
        shared.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[Keep()])
    assert any(
        "to its state after step 5 of this fit" in n for n in caught.value.__notes__
    )
    for a, b in zip(shared.get_weights(), kept[0], strict=True):
        np.testing.assert_array_equal(a, b)
    monkeypatch.undo()
    assert shared._steps_done == before + 5
    check_whole(shared)


def test_stop_training_from_another_thread_ends_a_fit_without_callbacks(shared):
    run = shared.fit(X, Y, epochs=10**6, batch_size=8, verbose=0, background=True)
    shared.stop_training = True
    assert run.wait(60).status == "stopped"
    check_whole(shared)


def test_weights_set_in_a_callback_are_those_that_train_on():
    class Zeros(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.set_weights([w * 0 for w in self.model.get_weights()])

    made = Sequential([Input((4,)), Dense(3, "relu"), Dense(1)])
    made.compile("sgd", "mse")
    made.fit(X, Y, epochs=2, batch_size=40, verbose=0, callbacks=[Zeros()])
    # From zeros only the last bias has a gradient, twice the mean error.
    kernel, bias, last, last_bias = made.get_weights()
    assert not any(w.any() for w in (kernel, bias, last))
    np.testing.assert_allclose(last_bias, 0.01 * 2 * Y.mean(axis=0), rtol=1e-5)


def test_a_nan_in_a_generators_batch_ends_the_run_on_finite_weights(shared):
    def batches():
        for number in range(6):
            x = X[:8] if number != 4 else X[:8] * jnp.nan
            yield np.asarray(x), Y[:8]

    with pytest.warns(UserWarning, match=r"batch 4 of epoch 1.*smaller learning rate"):
        history = shared.fit(batches(), verbose=0)
    assert history.status == "stopped"
    check_whole(shared)


def test_nan_in_a_later_epoch_goes_back_to_the_end_of_the_one_before(shared):
    kept = []

    def batches():
        for number in range(6):
            yield X[:8] * (np.nan if number == 5 else 1), Y[:8]

    class Keep(Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept.append(self.model.get_weights())

    before = shared._steps_done
    with pytest.warns(UserWarning, match="batch 1 of epoch 3"):
        shared.fit(
            batches(), steps_per_epoch=2, epochs=5, verbose=0, callbacks=[Keep()]
        )
    for a, b in zip(shared.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(a, b)
    assert shared._steps_done == before + 4


def test_the_stream_of_a_failed_fit_still_has_one_last_word(shared):
    told = []

    class Log:
        takes_events = True

        def __call__(self, event):
            told.append(event)

    with pytest.raises(OSError, match="broken picture"):
        shared.fit(generator(2), verbose=0, callbacks=[Log()])
    assert isinstance(told[0], events.FitStarted)
    assert isinstance(told[-1], events.FitEnded)
    assert told[-1].error == "OSError: broken picture"
    assert told[-1].step == 2
