"""What the live dashboard costs: fits with it and with verbose=0, side by side.

    python tests/benchmarks/live_overhead.py [--pairs 7]

Runs in a real kernel, so that messages are packed and sent as in a notebook. Fits of
both kinds take turns, so that other work on the machine meets both alike; the figure is
the median of the ratios of neighbours, minus one, with the quartiles beside it. On a
machine with other work the processor's time says more than the wall clock. The steps
take about 0.01, 0.25 and 75 ms; a fit of the shortest takes a tenth of a second, in which
what a fit costs once weighs most, and one that is ten times as long.
"""

import argparse
import json
import sys

from jupyter_client.manager import start_new_kernel

# Most percent that the dashboard may add.
AIMS = {"tiny": 10, "tiny_longer": 10, "mlp": 3, "cnn": 3}

INSIDE = """
%load_ext nbkeras
import json, statistics, time
import numpy as np
import nbkeras
from nbkeras.layers import Conv2D, Dense, Flatten, MaxPooling2D

def tiny():
    model = nbkeras.Sequential([nbkeras.Input((32,)), Dense(64, "relu"), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(32 * 500, 32)).astype("float32")
    return model, x, x[:, :1], dict(epochs=20, batch_size=32)

def tiny_longer():
    *parts, how = tiny()
    return *parts, how | dict(epochs=200)

def mlp():
    model = nbkeras.Sequential([nbkeras.Input((128,)), Dense(512, "relu"), Dense(256, "relu"), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(32 * 500, 128)).astype("float32")
    return model, x, x[:, :1], dict(epochs=10, batch_size=32)

def cnn():
    model = nbkeras.Sequential([
        nbkeras.Input((150, 150, 3)),
        Conv2D(32, 3, activation="relu"), MaxPooling2D(),
        Conv2D(32, 3, activation="relu"), MaxPooling2D(),
        Flatten(), Dense(64, "relu"), Dense(1, "sigmoid"),
    ])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).random((32 * 6, 150, 150, 3), dtype="float32")
    return model, x, (x.mean((1, 2, 3)) > 0.5).astype("float32"), dict(epochs=2, batch_size=32)

def seconds(model, x, y, how, verbose):
    begun = time.perf_counter(), time.process_time()
    model.fit(x, y, verbose=verbose, **how)
    return time.perf_counter() - begun[0], time.process_time() - begun[1]

def measure(make, pairs):
    model, x, y, how = make()
    for verbose in (0, "auto"):
        seconds(model, x, y, how, verbose)
    steps = how["epochs"] * (len(x) // how["batch_size"])
    wall, cpu, bare = [], [], []
    for i in range(pairs):
        # The first place goes to each in turn.
        order = (0, "auto") if i % 2 else ("auto", 0)
        took = {verbose: seconds(model, x, y, how, verbose) for verbose in order}
        wall.append(took["auto"][0] / took[0][0])
        cpu.append(took["auto"][1] / took[0][1])
        bare.append(took[0][0])
    return {"ms_a_step": 1e3 * statistics.median(bare) / steps, "steps": steps,
            "wall": statistics.quantiles(wall, n=4), "cpu": statistics.quantiles(cpu, n=4)}
"""


def run(pairs):
    """{model: result} from a kernel of its own."""
    manager, client = start_new_kernel(kernel_name="python3")
    found = {}

    def heard(message):
        content = message["content"]
        if message["msg_type"] == "stream" and content["text"].startswith("{"):
            found.update(json.loads(content["text"]))
        elif message["msg_type"] == "error":
            print("\n".join(content["traceback"]), file=sys.stderr)

    try:
        client.execute_interactive(INSIDE, output_hook=heard)
        for name in AIMS:
            code = f"print(json.dumps({{{name!r}: measure({name}, {pairs})}}))"
            client.execute_interactive(code, output_hook=heard, timeout=1800)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return found


def main():
    """Print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=9)
    found = run(parser.parse_args().pairs)
    for name, aim in AIMS.items():
        one = found[name]
        print(f"{name}: {one['ms_a_step']:.3f} ms a step, {one['steps']} steps a fit")
        for kind in ("wall", "cpu"):
            low, middle, high = (100 * (q - 1) for q in one[kind])
            print(
                f"  the dashboard adds {middle:+.1f} % of {kind} time "
                f"(quartiles {low:+.1f} to {high:+.1f}); wanted below {aim} %"
            )


if __name__ == "__main__":
    main()
