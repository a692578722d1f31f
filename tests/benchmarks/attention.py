"""A training step and a prediction of a small transformer, beside Keras on JAX.

    python tests/benchmarks/attention.py [STEPS]

Prints milliseconds a step, the least of three runs, and the ratio of Keras to
nbkeras: above 1 nbkeras is faster. Both run in this process, one after the other.
"""

import os
import sys
import time

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import keras
import numpy as np

import nbkeras

LENGTH, WORDS, SIZE, HEADS, BATCH = 128, 5000, 64, 4, 32
CASES = {
    "MultiHeadAttention": lambda layers, x: layers.MultiHeadAttention(HEADS, 16)(x, x),
    "causal": lambda layers, x: layers.MultiHeadAttention(HEADS, 16)(
        x, x, use_causal_mask=True
    ),
    "with dropout": lambda layers, x: layers.MultiHeadAttention(HEADS, 16, dropout=0.1)(
        x, x
    ),
    "GroupQueryAttention": lambda layers, x: layers.GroupQueryAttention(16, HEADS, 1)(
        x, x
    ),
}


def transformer(module, attend):
    """One block over token embeddings, as tutorials write it."""
    layers = module.layers
    ids = layers.Input((LENGTH,), dtype="int32")
    x = layers.Embedding(WORDS, SIZE)(ids)
    x = layers.LayerNormalization()(layers.Add()([x, attend(layers, x)]))
    y = layers.Dense(SIZE)(layers.Dense(2 * SIZE, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling1D()(x)
    model = module.Model(ids, layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def milliseconds(run, steps):
    """A step of `run`, which makes `steps` of them: the least of three."""
    run()
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        spent.append((time.perf_counter() - start) / steps * 1000)
    return min(spent)


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rng = np.random.default_rng(0)
    x = rng.integers(0, WORDS, (steps * BATCH, LENGTH))
    y = rng.integers(0, 2, steps * BATCH)
    print(f"{'case':22}{'what':10}{'nbkeras ms':>12}{'Keras ms':>12}{'ratio':>8}")
    for name, attend in CASES.items():
        found = {}
        for module in (nbkeras, keras):
            model = transformer(module, attend)
            found[module] = {
                "fit": milliseconds(
                    lambda model=model: model.fit(x, y, batch_size=BATCH, verbose=0),
                    steps,
                ),
                "predict": milliseconds(
                    lambda model=model: model.predict(x, batch_size=BATCH, verbose=0),
                    steps,
                ),
            }
        for what in ("fit", "predict"):
            ours, theirs = (found[module][what] for module in (nbkeras, keras))
            line = f"{name:22}{what:10}{ours:12.2f}{theirs:12.2f}{theirs / ours:8.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
