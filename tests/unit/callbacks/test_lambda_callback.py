"""LambdaCallback with every hook."""

import numpy as np
import pytest

import nbkeras
from nbkeras import callbacks, layers

X = np.ones((4, 1), "float32")
HOOKS = [name for name in dir(callbacks.Callback) if name.startswith("on_")]


@pytest.fixture
def model():
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_every_hook_can_be_a_function(model):
    called = []
    hooks = {
        name: lambda *args, name=name, **more: called.append(name) for name in HOOKS
    }
    callback = callbacks.LambdaCallback(**hooks)
    model.fit(X, X, verbose=0, callbacks=[callback])
    model.evaluate(X, X, verbose=0, callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    # on_batch_* are what on_train_batch_* do unless they are given.
    assert set(called) == set(HOOKS) - {"on_batch_begin", "on_batch_end"}


def test_an_unknown_hook_names_the_nearest():
    with pytest.raises(TypeError, match="on_test_end"):
        callbacks.LambdaCallback(on_test_ends=print)
