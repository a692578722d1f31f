"""Seconds and megabytes of a first install, beside Keras with TensorFlow and fastai.

    python tests/benchmarks/install.py [--rounds 1] [--sets nbkeras fastai-cpu] [--torch 2.13.0+cpu]

Each set of packages goes into an environment of its own, from the registry and without
pip's cache; sets are interleaved. "without-matplotlib" and "without-h5py" are nbkeras
without what a first install could leave out (the second without both); "fastai-cpu" has a
build of PyTorch for processors, whose version pip must find (`--torch`). Printed are medians of the wall and processor time of
pip, the megabytes on disk that it added, the ratio of ours to each, and the largest
packages of every set. The time to download depends on the network; it is part of what a
learner waits for.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

ROOT = Path(__file__).resolve().parents[2]
OURS = str(ROOT)
# What a learner installs to follow a tutorial with pictures in JupyterLab.
NOTEBOOK = ["jupyterlab", "ipywidgets", "matplotlib", "pillow"]


def without(*names: str) -> list[list[str]]:
    """Arguments of two installs: our dependencies without some, then ourselves."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    others = [
        each
        for each in project["dependencies"]
        if re.split("[<>=]", each)[0] not in names
    ]
    return [others, ["--no-deps", OURS]]


# {name: arguments of each call of `pip install`}.
SETS = {
    "nbkeras": [[OURS]],
    "without-matplotlib": without("matplotlib"),
    "without-h5py": without("matplotlib", "h5py"),
    "keras-tensorflow": [["keras", "tensorflow", *NOTEBOOK]],
    "keras-jax": [["keras", "jax", *NOTEBOOK]],
    "fastai-cpu": [["fastai", *NOTEBOOK]],
    "fastai": [["fastai", *NOTEBOOK]],
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


def install(calls: list[list[str]]) -> dict:
    """Install into a new environment, by some calls of pip, and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = next(Path(folder).glob("[bS]*/python*"))
        before = megabytes(Path(folder))
        began, used = time.perf_counter(), children_seconds()
        pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir"]
        for packages in calls:
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
    parser.add_argument("--torch", default="2.13.0+cpu", help="of fastai-cpu")
    options = parser.parse_args()
    SETS["fastai-cpu"][0].append(f"torch=={options.torch}")
    found: dict[str, list[dict]] = {name: [] for name in options.sets}
    for _ in range(options.rounds):
        for name in options.sets:
            found[name].append(install(SETS[name]))
            latest = found[name][-1].items()
            print(name, {k: v for k, v in latest if k != "packages"}, flush=True)

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
