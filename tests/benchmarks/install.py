"""Seconds and megabytes of a first install, beside Keras with TensorFlow and fastai.

    python tests/benchmarks/install.py [--rounds 1] [--sets nbkeras fastai]

Each set of packages goes into an environment of its own, from the registry and without
pip's cache; sets are interleaved. Printed are medians of the wall and processor time of
pip, the megabytes on disk that it added, the ratio of ours to each, and the largest
packages of every set. The time to download depends on the network; it is part of what a
learner waits for.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

OURS = str(Path(__file__).resolve().parents[2])
# What a learner installs to follow a tutorial with pictures in JupyterLab.
NOTEBOOK = ["jupyterlab", "ipywidgets", "matplotlib", "pillow"]
SETS = {
    "nbkeras": [OURS],
    "keras-tensorflow": ["keras", "tensorflow", *NOTEBOOK],
    "keras-jax": ["keras", "jax", *NOTEBOOK],
    "fastai": ["fastai", *NOTEBOOK],
}
LARGEST = 8

# Run by the environment that is measured: the size of each of its packages.
SIZES = """
import importlib.metadata, json
sizes = {}
for package in importlib.metadata.distributions():
    paths = [package.locate_file(file) for file in package.files or ()]
    sizes[package.metadata["Name"]] = sum(p.stat().st_size for p in paths if p.is_file())
print(json.dumps(sizes))
"""


def children_seconds() -> float:
    """Processor time of the processes that have ended, in seconds."""
    if resource is None:
        return float("nan")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def megabytes(folder: Path) -> float:
    """Size of the files below `folder`, in MB."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def install(packages: list[str]) -> dict:
    """Install `packages` into a new environment and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = next(Path(folder).glob("[bS]*/python*"))
        before = megabytes(Path(folder))
        began, used = time.perf_counter(), children_seconds()
        pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir"]
        subprocess.run([python, *pip, *packages], check=True)
        seconds, processor = time.perf_counter() - began, children_seconds() - used
        listed = subprocess.run([python, "-c", SIZES], check=True, capture_output=True)
        sizes = {name: n / 1e6 for name, n in json.loads(listed.stdout).items()}
        return {
            "seconds": seconds,
            "processor": processor,
            "MB": megabytes(Path(folder)) - before,
            "packages": sizes,
        }


def main() -> None:
    """Measure all sets in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    options = parser.parse_args()
    found: dict[str, list[dict]] = {name: [] for name in options.sets}
    for _ in range(options.rounds):
        for name in options.sets:
            found[name].append(install(SETS[name]))
            print(name, {k: v for k, v in found[name][-1].items() if k != "packages"})

    def median(name: str, quantity: str) -> float:
        return statistics.median(each[quantity] for each in found[name])

    print("\n| packages | s | ratio | processor s | ratio | MB | ratio | packages |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in options.sets:
        cells = [name]
        for quantity in ("seconds", "processor", "MB"):
            theirs = median(name, quantity)
            ours = median("nbkeras", quantity) if "nbkeras" in found else float("nan")
            cells += [f"{theirs:,.0f}", f"{ours / theirs:.2f}"]
        print("|", " | ".join([*cells, str(len(found[name][-1]["packages"]))]), "|")
    for name in options.sets:
        sizes = found[name][-1]["packages"]
        largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST]
        print(f"{name}:", ", ".join(f"{each} {sizes[each]:.0f}" for each in largest))


if __name__ == "__main__":
    main()
