"""SwapEMAWeights beside real Keras."""

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
LIBRARIES = [nbkeras, keras]


def model_of(library, optimizer):
    model = library.Sequential([library.layers.Input((3,)), library.layers.Dense(1)])
    model.set_weights([np.ones((3, 1), "float32"), np.zeros(1, "float32")])
    model.compile(optimizer, "mse")
    return model


def averaged(library, swap_on_epoch, wrap=lambda o, inner: inner):
    """What a run with SwapEMAWeights leaves and shows."""
    seen = []
    o = library.optimizers
    model = model_of(library, wrap(o, o.SGD(0.1, use_ema=True, ema_momentum=0.8)))
    swap = library.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
    look = library.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(model.get_weights()[0]),
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()[0]),
    )
    history = model.fit(
        X,
        Y,
        batch_size=4,
        epochs=3,
        shuffle=False,
        verbose=0,
        validation_data=(X, Y),
        callbacks=[swap, look],
    )
    return history.history["val_loss"], np.array(seen), model.get_weights()


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda o, inner: inner,
        lambda o, inner: o.LossScaleOptimizer(inner, initial_scale=4.0),
        lambda o, inner: o.MultiOptimizer(o.OptimizerMap(inner)),
    ],
    ids=["alone", "scaled", "multi"],
)
def test_averages_take_the_place_of_weights_when_those_of_keras_do(swap_on_epoch, wrap):
    ours, theirs = (averaged(k, swap_on_epoch, wrap) for k in LIBRARIES)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-6)
    for a, b in zip(ours[2], theirs[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_swapping_needs_an_optimizer_that_keeps_averages():
    model = model_of(nbkeras, "sgd")
    with pytest.raises(ValueError, match=r"Compile with SGD\(use_ema=True\)"):
        model.fit(X, Y, verbose=0, callbacks=[nbkeras.callbacks.SwapEMAWeights()])
