"""Seconds from the start of Python to the end of the first training step of W1.

    pip install -e .[bench]
    python tests/benchmarks/start.py [--rounds 5]

The tutorial's CNN as in `steps.py`, each start in a process of its own, libraries
interleaved; "filled" is a second start with the compiled code of the first on disk. The
last column is what a second `fit` in the same process takes until its first step
begins. Printed are medians and the ratio of ours (with a cache like theirs) to theirs.
"""

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from steps import PEERS, WORKLOADS, layers_of, with_torch

# (library, whether compiled code of an earlier start is there)
STARTS = [
    ("nbkeras", True),
    ("nbkeras", False),
    ("keras-jax", True),
    ("keras-jax", False),
    ("keras-tensorflow", False),
    ("pytorch", False),
]


def environment(library, folder):
    """Variables for a start that keeps compiled code in `folder`, None for nowhere."""
    # An installed package has its bytecode.
    given = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if library == "nbkeras":
        kept = {"NBKERAS_HOME": folder} if folder else {"NBKERAS_COMPILE_CACHE": "0"}
        return given | kept
    if folder:
        given["JAX_COMPILATION_CACHE_DIR"] = folder
        given["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        given["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
    return given


def start(library):
    """Take the first step, then fit again; print what was measured as JSON."""
    import numpy as np

    rows, shape, _ = WORKLOADS["W1"]
    draw = np.random.default_rng(0)
    x = draw.random((rows, *shape), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[draw.integers(0, 10, rows)]
    if library == "pytorch":
        import torch

        train, _ = with_torch(torch, "W1", x, y, rows)
        train()
        print(json.dumps({"done": time.time(), "cpu": time.process_time()}))
        return
    os.environ["KERAS_BACKEND"] = library.removeprefix("keras-")
    keras = importlib.import_module("nbkeras" if library == "nbkeras" else "keras")
    model = keras.Sequential(layers_of("W1", keras))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    times = []

    class First(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            times.append(time.time())

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])  # it is done when its loss is there
            times.append(time.time())

    model.fit(x, y, batch_size=rows, verbose=0, callbacks=[First()])
    found = {"done": times[-1], "cpu": time.process_time()}
    again = []
    for _ in range(3):
        called = time.time()
        model.fit(x, y, batch_size=rows, verbose=0, callbacks=[First()])
        again.append(1e3 * (times[-2] - called))
    print(json.dumps(found | {"again": statistics.median(again)}))


def measure(library, folder):
    """One start in a new process."""
    begun = time.time()
    done = subprocess.run(
        [sys.executable, __file__, "--start", library],
        env=environment(library, folder),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found | {"seconds": found["done"] - begun}


def main(rounds):
    here = [s for s in STARTS if importlib.util.find_spec(PEERS[s[0]])]
    runs = {each: [] for each in here}
    with tempfile.TemporaryDirectory() as root:
        folders = {s: f"{root}/{s[0]}" if s[1] else None for s in here}
        for each, folder in folders.items():
            measure(each[0], folder)  # fills caches of code and of files
        for _ in range(rounds):
            for each, taken in runs.items():
                taken.append(measure(each[0], folders[each]))
    print("| library | cache | first step, s | ratio | CPU s | second fit, ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    middle = {
        each: {k: statistics.median(run[k] for run in taken) for k in taken[0]}
        for each, taken in runs.items()
    }
    for (library, filled), row in middle.items():
        ours = middle["nbkeras", filled or library in ("keras-tensorflow", "pytorch")]
        again = f"{row['again']:.0f}" if "again" in row else ""
        print(
            f"| {library} | {'filled' if filled else 'none'} | {row['seconds']:.2f} | "
            f"{ours['seconds'] / row['seconds']:.2f} | {row['cpu']:.2f} | {again} |"
        )


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--start", metavar="LIBRARY", help="for one process")
    given = asked.parse_args()
    if given.start:
        start(given.start)
    else:
        main(given.rounds)
