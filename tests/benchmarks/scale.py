"""What a training step costs as the batch, the pictures, the depth or the devices grow.

    python tests/benchmarks/scale.py [rounds]

One thing grows at a time, around a small CNN: 32 pictures of 64 x 64 in colour, two
blocks of convolution and pooling, one device. Devices are simulated by the processor, so
they share its cores: what they show is the price of dividing, not a gain. Rounds are
interleaved; printed are medians.
"""

import json
import os
import statistics
import subprocess
import sys
import time

BASE = dict(batch=32, pixels=64, depth=2, devices=1)
GROWING = {
    "batch": (8, 32, 128),
    "pixels": (32, 64, 128),
    "depth": (1, 2, 4),
    "devices": (1, 2, 4, 8),
}
STEPS = 5


def measure(batch, pixels, depth, devices):
    """Print one measurement as JSON: wall and processor ms a step, resident MB."""
    import resource

    import numpy as np

    import nbkeras
    from nbkeras import distribution, layers

    if devices > 1:
        distribution.set_distribution(distribution.DataParallel())
    model = nbkeras.Sequential([nbkeras.Input((pixels, pixels, 3))])
    for _ in range(depth):
        model.add(layers.Conv2D(32, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    draw = np.random.default_rng(0)
    x = draw.random((batch * STEPS, pixels, pixels, 3), dtype=np.float32)
    y = draw.integers(0, 10, len(x))
    found = {}
    for _ in range(2):  # the first one compiles
        began, used = time.perf_counter(), time.process_time()
        model.fit(x, y, batch_size=batch, verbose=0)
        found["wall"] = 1e3 * (time.perf_counter() - began) / STEPS
        found["cpu"] = 1e3 * (time.process_time() - used) / STEPS
    found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def run(case):
    devices = json.loads(case)["devices"]
    flags = f"--xla_force_host_platform_device_count={devices}"
    done = subprocess.run(
        [sys.executable, __file__, case],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main(rounds=5):
    print("| what grows | | ms a step | processor ms | a picture, ms | MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    cases = [(k, v, {**BASE, k: v}) for k, each in GROWING.items() for v in each]
    runs = {json.dumps(case): [] for _, _, case in cases}
    for _ in range(rounds):
        for case, taken in runs.items():
            taken.append(run(case))
            print(case, taken[-1], file=sys.stderr, flush=True)
    for name, value, case in cases:
        taken = runs[json.dumps(case)]
        wall, cpu, mb = (
            statistics.median(each[k] for each in taken) for k in ("wall", "cpu", "mb")
        )
        each = cpu / case["batch"]
        row = f"{wall:.1f} | {cpu:.1f} | {each:.2f} | {mb:.0f}"
        print(f"| {name} | {value} | {row} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        measure(**json.loads(sys.argv[1]))
    else:
        main(*map(int, sys.argv[1:]))
