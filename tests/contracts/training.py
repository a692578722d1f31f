"""Train equal models here and in real Keras, and measure how far apart they end."""

import keras
import numpy as np
from tolerances import relative_gap, size_of

import nbkeras


def stack(module, rows, shape):
    """A Sequential of `module` from rows (layer, settings) behind an input of `shape`."""
    model = module.Sequential([module.layers.Input(shape)])
    look_up = lambda name: getattr(module.layers, name)  # noqa: E731
    for name, settings in rows:
        ready = {k: v(look_up) if callable(v) else v for k, v in settings.items()}
        model.add(look_up(name)(**ready))
    return model


def pair(rows, shape, seed=0):
    """Both models with the same weights, in every run the same."""
    keras.utils.set_random_seed(seed)
    ours, theirs = stack(nbkeras, rows, shape), stack(keras, rows, shape)
    rng = np.random.default_rng(seed)
    values = [
        # Away from zeros and ones, and variances stay positive.
        (w + rng.uniform(0, 0.1, w.shape)).astype("float32")
        if w.dtype == "float32"
        else w
        for w in theirs.get_weights()
    ]
    theirs.set_weights(values)
    ours.set_weights(values)
    for layer in theirs.layers:
        if hasattr(layer, "finalize_state"):  # Keras's Normalization keeps a copy
            layer.finalize_state()
    return ours, theirs


def trained(ours, theirs, x, y, loss, optimizer, epochs=2, batch_size=4, **fit):
    """Relative differences of history and weights after `fit` of both.

    A weight's difference is a share of the largest value among the trainable weights.
    Steps are of one size for all weights of a model, and the step of a bias is a sum
    over rows and places that cancel: its rounding is relative to those, and differs
    with the instructions of the processor, however small the bias itself stays.

    Args:
        ours, theirs: models with equal weights.
        x, y: data; the last batch may be short.
        loss: (name, settings) of a loss class.
        optimizer: (name, settings) of an optimizer class.
        epochs, batch_size: of both.
        fit: `sample_weight` and so on.
    """
    found, watched = {}, fit.pop("metrics", None)
    for model, module in ((ours, nbkeras), (theirs, keras)):
        model.compile(
            getattr(module.optimizers, optimizer[0])(**optimizer[1]),
            getattr(module.losses, loss[0])(**loss[1]),
            metrics=watched,
        )
    run = {"epochs": epochs, "batch_size": batch_size, "shuffle": False, "verbose": 0}
    histories = [model.fit(x, y, **run, **fit).history for model in (ours, theirs)]
    for key, values in histories[1].items():
        found[f"history of {key}"] = relative_gap(histories[0][key], values)
    pairs = zip(ours.get_weights(), theirs.get_weights(), strict=True)
    largest = max((size_of(w) for w in theirs.trainable_weights), default=0.0)
    for number, (mine, other) in enumerate(pairs):
        scale = max(largest, size_of(other))
        found[f"weight {number} {mine.shape}"] = relative_gap(mine, other, scale)
    return found
