"""Data that is kept and gathered on the device, beside data in host memory.

    python tests/benchmarks/device_data.py [--rounds 5]

On a GPU, fit copies arrays to the device if they fit, and gathers each batch there. Both
ways take turns in fits of a small network of digits; printed are the medians in
milliseconds a step and their ratio. On a CPU, where fit does not, the device is told to
have room, so that only the cost of the gather is compared.
"""

import argparse
import statistics
import time

import jax
import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.data import array_batches

ROWS, SIZE = 8192, 128


def step_ms(model, x, y):
    """Milliseconds a step of one epoch."""
    start = time.perf_counter()
    model.fit(x, y, batch_size=SIZE, verbose=0)
    return 1e3 * (time.perf_counter() - start) * SIZE / ROWS


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    draw = np.random.default_rng(0)
    x = draw.random((ROWS, 28, 28, 1), dtype=np.float32)
    y = draw.integers(0, 10, ROWS)
    model = nbkeras.Sequential(
        [
            nbkeras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    on_device = jax.default_backend() != "cpu"
    room = array_batches.free_device_bytes if on_device else lambda: 8 << 30
    found = {"host": [], "device": []}
    for turn in range(rounds + 1):
        for place, times in found.items():
            array_batches.free_device_bytes = (
                room if place == "device" else lambda: None
            )
            took = step_ms(model, x, y)
            if turn:  # the first round compiles
                times.append(took)
    host, device = (statistics.median(times) for times in found.values())
    print(f"{jax.default_backend()}: {host:.2f} ms a step from host memory, ", end="")
    print(f"{device:.2f} from the device's: a ratio of {device / host:.2f}")


if __name__ == "__main__":
    main()
