"""A loop with a GradientTape, without tf.function, and a model called on data.

    python tests/benchmarks/tape.py
    TensorFlow's: an environment with tensorflow, python tests/benchmarks/tape.py --tf

Milliseconds of a step: forward, loss, gradients, Adam, one metric; 64 rows of 20
features, two Dense layers as a Sequential and as a model of one's own. The least mean
of five rounds of 100 steps; the first 30 steps, which compile, are not counted.
"""

import argparse
import time


def loops(tf, np):
    """{name: function of one step}."""
    keras = tf.keras
    x = np.random.default_rng(0).random((64, 20)).astype("float32")
    y = np.arange(64) % 3

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(32, activation="relu")
            self.head = keras.layers.Dense(3)

        def call(self, x, training=False):
            return self.head(self.hidden(x))

    sequential = keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(3),
        ]
    )
    own = Own()
    own(x)
    steps = {}
    for name, model in (("Sequential", sequential), ("own model", own)):
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(1e-3)
        accuracy = keras.metrics.SparseCategoricalAccuracy()

        def train(model=model, loss_of=loss_of, optimizer=optimizer, metric=accuracy):
            with tf.GradientTape() as tape:
                logits = model(x, training=True)
                loss = loss_of(y, logits)
            slopes = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(
                zip(slopes, model.trainable_variables, strict=True)
            )
            metric.update_state(y, logits)

        def predict(model=model):
            return np.asarray(model(x, training=False))

        steps[f"{name}, step with a tape"] = train
        steps[f"{name}, called on data"] = predict
    return steps


def measured(step, rounds=5, steps=100):
    """The least mean time of a step, in milliseconds."""
    for _ in range(30):
        step()
    least = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        least = min(least, (time.perf_counter() - begin) / steps)
    return least * 1e3


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tf", action="store_true", help="measure TensorFlow")
    if not parser.parse_args().tf:
        from nbkeras import compat

        compat.install()
    import numpy
    import tensorflow

    for name, step in loops(tensorflow, numpy).items():
        print(f"{name}: {measured(step):.2f} ms")
