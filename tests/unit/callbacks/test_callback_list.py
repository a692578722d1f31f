"""CallbackList, and weights that callbacks set, beside real Keras."""

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
LIBRARIES = [nbkeras, keras]
every = pytest.mark.parametrize("library", LIBRARIES, ids=["nbkeras", "keras"])


def model_of(library, optimizer):
    model = library.Sequential([library.layers.Input((3,)), library.layers.Dense(1)])
    model.set_weights([np.ones((3, 1), "float32"), np.zeros(1, "float32")])
    model.compile(optimizer, "mse")
    return model


@every
def test_a_list_hands_every_hook_on_in_order_with_plain_numbers(library):
    seen = []

    class Note(library.callbacks.Callback):
        def __init__(self, mark):
            super().__init__()
            self.mark = mark

        def on_train_begin(self, logs=None):
            seen.append((self.mark, "train", logs))

        def on_train_batch_end(self, batch, logs=None):
            seen.append((self.mark, batch, logs))

        def on_epoch_end(self, epoch, logs=None):
            seen.append((self.mark, epoch, logs))

        def on_test_end(self, logs=None):
            seen.append((self.mark, "test", logs))

    both = library.callbacks.CallbackList(
        [Note("a"), Note("b")],
        add_history=True,
        model=model_of(library, "sgd"),
        epochs=3,
    )
    loss = {"loss": library.ops.convert_to_tensor(0.5)}
    both.on_train_begin()
    both.on_train_batch_end(4, loss)
    both.on_epoch_end(1, logs=loss)
    both.on_test_begin()
    both.on_test_end(loss)
    both.on_train_end()
    expected = [("train", {}), (4, {"loss": 0.5}), (1, {"loss": 0.5})]
    expected += [("test", {"loss": 0.5})]
    assert seen == [(mark, *each) for each in expected for mark in "ab"]
    assert type(seen[2][2]["loss"]) is float
    assert [c.params["epochs"] for c in both.callbacks[:2]] == [3, 3]
    history = both.callbacks[2]
    assert history.epoch == [1]
    assert history.history == {"loss": [0.5]}


@every
def test_a_list_tells_the_model_and_keeps_a_history_that_is_there(library):
    model = model_of(library, "sgd")
    mine = library.callbacks.History()
    both = library.callbacks.CallbackList([mine], add_history=True, model=model)
    assert both.callbacks == [mine]
    assert both.model is model
    assert model.history is mine


@pytest.mark.parametrize("task", ["fit", "evaluate", "predict"])
def test_weights_that_a_callback_sets_at_the_begin_of_a_pass_are_used_in_it(task):
    results = []
    for library in LIBRARIES:
        model = model_of(library, library.optimizers.SGD(0.0))

        def double(logs, model=model):
            model.set_weights([2 * weight for weight in model.get_weights()])

        callback = library.callbacks.LambdaCallback()
        callback.on_test_begin = callback.on_predict_begin = double
        settings = {"verbose": 0, "callbacks": [callback]}
        if task == "fit":
            fit = model.fit(X, Y, validation_data=(X, Y), epochs=2, **settings)
            results.append(fit.history["val_loss"])
        elif task == "evaluate":
            results.append(model.evaluate(X, Y, **settings))
        else:
            results.append(model.predict(X, **settings))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
