"""Interrupt a model 200 times at random moments; run by test_random_interrupts.py.

The signal comes from a thread, at a moment drawn anew each time, from the beginning of
the call to shortly after its usual end.
"""

import json
import os
import signal
import sys
import threading
import time

import numpy as np

from nbkeras import Input, Sequential
from nbkeras.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
)

rng = np.random.default_rng(int(sys.argv[1]))
flat = rng.normal(size=(96, 6)).astype("float32")
pictures = rng.normal(size=(48, 8, 8, 1)).astype("float32")
words = rng.integers(0, 20, (96, 5)).astype("int32")
labels = rng.integers(0, 3, 96).astype("int32")
KINDS = {
    "line": (lambda: [Input((6,)), Dense(1)], flat, flat[:, :1], "sgd", "mse"),
    "dropout": (
        lambda: [Input((6,)), Dense(8, "relu"), Dropout(0.5), Dense(3, "softmax")],
        flat,
        labels,
        "adam",
        "sparse_categorical_crossentropy",
    ),
    "convolution": (
        lambda: [
            Input((8, 8, 1)),
            Conv2D(4, 3),
            BatchNormalization(),
            Flatten(),
            Dense(3, "softmax"),
        ],
        pictures,
        labels[:48],
        "adam",
        "sparse_categorical_crossentropy",
    ),
    "words": (
        lambda: [Embedding(20, 4), GlobalAveragePooling1D(), Dense(3, "softmax")],
        words,
        labels,
        "rmsprop",
        "sparse_categorical_crossentropy",
    ),
}


def new(kind):
    layers, x, y, optimizer, loss = KINDS[kind]
    model = Sequential(layers())
    model.compile(optimizer, loss)
    return model, x, y


ours = []


def pressed(signum, frame):
    ours.append(signum)
    raise KeyboardInterrupt


def interrupted(spread, call, *given):
    """Press once within `spread` seconds; whether it was while the call ran."""
    pause = rng.uniform(0, spread)

    def press():
        time.sleep(pause)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    ours.clear()
    begun = took = time.perf_counter()
    try:
        thread.start()
        try:
            call(*given)
        finally:
            took = time.perf_counter()
            thread.join()
        # Python loses an exception that strikes in a destructor; not one of ours.
        assert ours, "an interrupt was lost"
    except KeyboardInterrupt:
        thread.join()
    return took - begun > pause


def check(model, x, y, where):
    weights = model.get_weights()
    assert all(np.isfinite(w).all() for w in weights), where
    assert int(model.optimizer.iterations) == model._steps_done, where
    assert model._checkout is None, where
    assert signal.getsignal(signal.SIGINT) is pressed, where
    model.predict(x[:8], verbose=0)
    steps = model._steps_done
    model.fit(x, y, batch_size=16, epochs=1, verbose=0)
    assert model._steps_done == steps + len(x) // 16, where


CALLS = {
    "fit": lambda m, x, y: m.fit(
        x, y, batch_size=16, epochs=5, validation_split=0.25, verbose=0
    ),
    "evaluate": lambda m, x, y: m.evaluate(x, y, batch_size=2, verbose=0),
    "predict": lambda m, x, y: m.predict(x, batch_size=2, verbose=0),
    "train_on_batch": lambda m, x, y: [
        m.train_on_batch(x[:16], y[:16]) for _ in range(20)
    ],
}
counts = {"presses": 0, "within": 0}
signal.signal(signal.SIGINT, pressed)
for kind in KINDS:
    # Cold: while the layers are built, traced and compiled.
    for name in ("fit", "fit", "evaluate", "predict"):
        model, x, y = new(kind)
        within = interrupted(0.6, CALLS[name], model, x, y)
        counts["presses"] += 1
        counts["within"] += within
        check(model, x, y, ("cold", kind, name))
    # Warm: at any step.
    usual = {}
    for name, call in CALLS.items():
        call(model, x, y)
        begun = time.perf_counter()
        call(model, x, y)
        usual[name] = time.perf_counter() - begun
    for turn in range(46):
        name = rng.choice(
            ["fit", "fit", "fit", "evaluate", "predict", "train_on_batch"]
        )
        within = interrupted(1.1 * usual[name], CALLS[name], model, x, y)
        counts["presses"] += 1
        counts["within"] += within
        check(model, x, y, ("warm", kind, name, turn))
print("COUNTS" + json.dumps(counts))
