"""What eight devices compute beside one; prints JSON. Run by test_eight_devices.py."""

import contextlib
import json
import warnings

import numpy as np

import nbkeras
from nbkeras import distribution, layers
from nbkeras.ops.kernels import lowering

DRAW = np.random.default_rng(0)
# No batch size below is a multiple of 8, and the last batch is short.
X = DRAW.normal(size=(27, 10, 10, 3)).astype("float32")
Y = DRAW.integers(0, 3, 27)
WEIGHT = DRAW.uniform(0.5, 2, 27).astype("float32")


class MinusMean(layers.Layer):
    """Looks across rows, so that nothing can be filled in."""

    def call(self, x):
        return x - x.mean(axis=0, keepdims=True)


def pictures():
    return [
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.BatchNormalization(momentum=0.5),
        layers.Conv2D(4, 2, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax"),
    ]


def across():
    return [layers.Flatten(), MinusMean(), layers.Dense(3, activation="softmax")]


class Seen(nbkeras.callbacks.Callback):
    """Reads a weight while the fit is on, and counts with one from before."""

    def on_train_begin(self, logs=None):
        self.before = self.model.weights[0].value

    def on_epoch_end(self, epoch, logs=None):
        self.moved = float(abs(self.model.weights[0].value - self.before).max())


def trained(made, where):
    """(model, what it told) after a fit within `where()`."""
    nbkeras.utils.set_random_seed(1)
    model = nbkeras.Sequential([nbkeras.Input(X.shape[1:]), *made()])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seen = Seen()
    held = dict(validation_data=(X[:13], Y[:13]), sample_weight=WEIGHT)
    with where():
        history = model.fit(
            X, Y, batch_size=10, epochs=2, verbose=0, callbacks=[seen], **held
        )
        found = dict(history.history)
        found["moved"] = seen.moved
        found["evaluate"] = model.evaluate(X, Y, verbose=0, batch_size=10)
        found["predict"] = model.predict(X, verbose=0, batch_size=13).tolist()
        run = model.fit(X, Y, batch_size=10, verbose=0, background=True, **held)
    # The run goes on, on a thread, with the devices that it began with.
    found["background"] = run.wait().history["loss"]
    with where():
        found["programs"] = model.compiled_steps.get("train")._cache_size()
        found["weights"] = [np.asarray(w).tolist() for w in model.get_weights()]
        places = {device.id for w in model.weights for device in w.value.devices()}
        found["places"] = sorted(places)
        if made is pictures:
            found["on_batch"] = model.train_on_batch(X[:5], Y[:5])
    return model, found


def step_text(model):
    """The compiled program of a train step."""
    from nbkeras.models.training.compile_ahead import _expected_batches, _fit_job

    job = _fit_job(model, _expected_batches(model, X, Y, 16, True))
    return job.step.lower(*job.args).compile().as_text()


def words():
    return [
        layers.Embedding(64, 16, name="embedding"),
        layers.Flatten(),
        layers.Dense(32, activation="relu", name="wide"),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax", name="top"),
    ]


def two_by_four():
    """Rows divided by 2, and weights by 4."""
    mesh = distribution.DeviceMesh((2, 4), ["batch", "model"])
    layouts = distribution.LayoutMap(mesh)
    layouts["embedding/embeddings"] = ("model", None)
    layouts["wide/kernel"] = (None, "model")
    layouts["wide/bias"] = ("model",)
    return distribution.ModelParallel(layout_map=layouts)


class Shards(nbkeras.callbacks.Callback):
    """Reads what one device has of each array, and a whole weight, during a fit."""

    def on_epoch_end(self, epoch, logs=None):
        ts = self.model._checkout.cell.ts
        self.params = _local_shapes(ts.params)
        self.velocity = _local_shapes(ts.opt["slots"]["velocity"])
        self.read = np.asarray(self.model.layers[0].weights[0].value).shape


def _local_shapes(arrays):
    return {path: a.addressable_shards[0].data.shape for path, a in arrays.items()}


def divided_weights(where):
    """What a fit with a wide embedding tells, within `where()`."""
    nbkeras.utils.set_random_seed(1)
    x = np.random.default_rng(1).integers(0, 64, (27, 5))
    model = nbkeras.Sequential([nbkeras.Input((5,), dtype="int32"), *words()])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    shards = Shards()
    with where():
        history = model.fit(
            x,
            Y,
            batch_size=10,
            epochs=2,
            verbose=0,
            callbacks=[shards],
            validation_data=(x[:13], Y[:13]),
        )
        told = dict(history.history)
        told["evaluate"] = model.evaluate(x, Y, verbose=0, batch_size=10)
        told["predict"] = model.predict(x, verbose=0, batch_size=13).tolist()
        told["programs"] = model.compiled_steps.get("train")._cache_size()
    told["weights"] = [np.asarray(w).tolist() for w in model.get_weights()]
    told["shards"] = [shards.params, shards.velocity, shards.read]
    told["places"] = sorted({d.id for w in model.weights for d in w.value.devices()})
    placement = history.placement
    if placement is not None:
        told["rows"] = [placement.rows, placement.num_rows, placement.batch_rows]
        told["divided"] = [p for p in placement.weights if placement.is_divided(p)]
        told["embedding"] = placement.weights["embedding/embeddings"]
    return told


def main():
    found = {"devices": distribution.list_devices()}
    # Several turns on each device.
    lowering.BYTES_AT_ONCE = 4000
    everywhere = distribution.DataParallel().scope
    for name, made in (("pictures", pictures), ("across", across)):
        _, one = trained(made, contextlib.nullcontext)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            model, several = trained(made, everywhere)
        found[name] = {"one": one, "several": several}
        found[name]["said"] = [str(each.message) for each in said]
        if name == "pictures":
            with everywhere():
                text = step_text(model)
            found["gathers"] = text.count(" all-gather(")
            found["sums"] = text.count("all-reduce")
    found["divided"] = {
        "one": divided_weights(contextlib.nullcontext),
        "several": divided_weights(lambda: two_by_four().scope()),
    }
    mesh = distribution.DeviceMesh((2,), ["rows"], ["cpu:3", "cpu:5"])
    with distribution.DataParallel(mesh).scope() as pair:
        kept = distribution.distribution() is pair
        placed = pair.rows(np.zeros((4, 2), "float32"))
        found["pair"] = [kept, sorted(d.id for d in placed.devices())]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
