"""This tree beside another one, such as the last release, in one run.

    git worktree add ../before v0.1.0
    python tests/benchmarks/two_trees.py ../before [--rounds 5]

Measures the training steps and predictions of `steps.py`, `import nbkeras`, a first fit
and the images of `pictures.py`. Every measurement is a process of its own, and the trees
alternate. Printed are medians and the ratio of this tree to the other, never a verdict.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
IMPORT = """
import json, time
start = time.perf_counter()
import nbkeras
print(json.dumps({"import_s": time.perf_counter() - start}))
"""
FIRST_FIT = """
import json, time
start = time.perf_counter()
import numpy as np, nbkeras
from nbkeras import layers
model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
    layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.zeros((128, 28, 28, 1), "float32"), np.zeros(128, "int32")
model.fit(x, y, batch_size=128, verbose=0)
print(json.dumps({"first_fit_s": time.perf_counter() - start}))
"""
PICTURES = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pictures
rates = pictures.rates("nbkeras", sys.argv[2])
print(json.dumps({"images_per_cpu_s": rates["later_cpu"]}))
"""


def measured(tree, command, cache):
    """The JSON that a process with `tree` as nbkeras prints last."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "NBKERAS_HOME": cache}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(done.stdout.splitlines()[-1])


def commands(folder):
    """{title: command} of all measurements; images are written into `folder`."""
    sys.path.insert(0, str(HERE))
    import pictures
    from steps import WORKLOADS

    pictures.write_pictures(folder)
    steps = {
        name: [sys.executable, str(HERE / "steps.py"), "nbkeras", name]
        for name in WORKLOADS
    }
    return {
        "import": [sys.executable, "-c", IMPORT],
        "start": [sys.executable, "-c", FIRST_FIT],
        **steps,
        "images": [sys.executable, "-c", PICTURES, str(HERE), str(folder)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the folder of the other tree")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    trees = {"this": HERE.parents[1], "other": given.other.resolve()}
    print("| measurement | this | other | ratio |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for title, command in commands(Path(folder, "images")).items():
            values = {tree: [] for tree in trees}
            for number in range(given.rounds + 1):
                for tree, path in trees.items():
                    cache = os.path.join(folder, f"cache-{tree}")  # noqa: PTH118
                    result = measured(path, command, cache)
                    if number:  # the first round fills bytecode and compiled code
                        values[tree].append(result)
            for name in values["this"][0]:
                this, other = (
                    statistics.median(result[name] for result in values[tree])
                    for tree in ("this", "other")
                )
                print(
                    f"| {title}, {name} | {this:.4g} | {other:.4g} | "
                    f"{this / other:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
