"""Evaluation and prediction with callbacks beside real Keras."""

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
BOTH = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])


def compiled(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@BOTH
@pytest.mark.parametrize("task", ["evaluate", "predict"])
def test_a_callback_ends_an_evaluation_or_prediction_early(library, task):
    batches = []

    class Ends(library.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            batches.append(batch)
            self.model.stop_evaluating = batch == 1

        def on_predict_batch_end(self, batch, logs=None):
            batches.append(batch)
            self.model.stop_predicting = batch == 1

        def on_test_end(self, logs=None):
            batches.append("end")

        on_predict_end = on_test_end

    model = compiled(library)
    options = {"batch_size": 2, "verbose": 0, "callbacks": [Ends()]}
    if task == "predict":
        assert len(model.predict(X, **options)) == 4
    else:
        whole = model.evaluate(X[:4], Y[:4], verbose=0)
        np.testing.assert_allclose(model.evaluate(X, Y, **options), whole, rtol=1e-6)
    assert batches == [0, 1, "end"]
    assert len(model.predict(X, verbose=0)) == len(X)


@BOTH
def test_a_validation_that_a_callback_ended_early_leaves_training_going_on(library):
    batches = []

    class Ends(library.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            batches.append(batch)
            self.model.stop_evaluating = True

    options = {"batch_size": 2, "epochs": 2, "verbose": 0, "callbacks": [Ends()]}
    history = compiled(library).fit(X, Y, validation_data=(X, Y), **options)
    assert batches == [0, 0]
    assert len(history.history["val_loss"]) == 2


@BOTH
def test_the_logs_of_a_prediction_hold_the_rows_of_the_batch(library):
    rows = []

    class Counts(library.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            rows.append(len(logs["outputs"]))

    compiled(library).predict(X, batch_size=5, verbose=0, callbacks=[Counts()])
    assert rows == [5, 3]


@BOTH
def test_params_of_callbacks_hold_epochs_and_steps(library):
    params = []

    class Reads(library.callbacks.Callback):
        def on_test_begin(self, logs=None):
            params.append({name: self.params[name] for name in ("epochs", "steps")})

        on_predict_begin = on_test_begin

    model = compiled(library)
    model.evaluate(X, Y, batch_size=3, verbose=0, callbacks=[Reads()])
    model.predict(X, batch_size=2, verbose=0, callbacks=[Reads()])
    assert params == [{"epochs": 1, "steps": 3}, {"epochs": 1, "steps": 4}]
