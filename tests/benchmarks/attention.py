"""A small transformer beside Keras on JAX, TensorFlow and PyTorch, in one run.

    python tests/benchmarks/attention.py [--rounds 3]

One block with each kind of attention over token embeddings. Each library runs in a
process of its own, in interleaved rounds; one that is not installed is left out. Printed
are medians, the ratio of a step's time to the other library's (below 1 nbkeras is
faster) and of rows predicted per second (above 1 nbkeras is faster).
"""

import argparse
import json
import os
import sys

import numpy as np
import side_by_side

LIBRARIES = ("nbkeras", "keras-jax", "keras-tensorflow", "keras-torch")
LENGTH, WORDS, SIZE, HEADS, BATCH, STEPS = 128, 5000, 64, 4, 32, 20
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


def measure(library, name):
    """Print one measurement as JSON."""
    keras = side_by_side.keras_module(library)
    model = transformer(keras, CASES[name])
    rng = np.random.default_rng(0)
    x = rng.integers(0, WORDS, (STEPS * BATCH, LENGTH)).astype("int32")
    y = rng.integers(0, 2, STEPS * BATCH)
    result = side_by_side.measurement(
        lambda: model.fit(x, y, batch_size=BATCH, verbose=0),
        lambda: model.predict(x, batch_size=BATCH, verbose=0),
        steps=STEPS,
        rows=len(x),
    )
    print(json.dumps(result))


def main(rounds, libraries):
    """Measure all libraries in turns, and print one line per case and library."""
    print(f"load before: {os.getloadavg()[0]:.1f}")
    print("| attention | library | ms per step | ratio | predicted/s | ratio |")
    print("| --- " * 6 + "|")
    for name in CASES:
        medians = side_by_side.in_rounds(__file__, libraries, name, rounds)
        ours = medians["nbkeras"]
        for library, row in medians.items():
            step, predicted = row["step_ms"], row["predict_per_s"]
            cells = [name, library, f"{step:.3g}", f"{ours['step_ms'] / step:.2f}"]
            cells += [f"{predicted:,.0f}", f"{ours['predict_per_s'] / predicted:.2f}"]
            print("|", " | ".join(cells), "|", flush=True)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in LIBRARIES:
        measure(*sys.argv[1:])
    else:
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("--rounds", type=int, default=3)
        main(parser.parse_args().rounds, side_by_side.installed(LIBRARIES))
