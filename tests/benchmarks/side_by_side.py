"""Libraries side by side: each in a process of its own, in interleaved rounds.

Shared by the benchmarks that compare training steps and predictions: a busy moment of
the machine strikes all libraries of a round, and medians and ratios are printed.
"""

import importlib
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time

# library: the package that it needs
LIBRARIES = {
    "nbkeras": "jax",
    "keras-jax": "keras",
    "keras-tensorflow": "tensorflow",
    "keras-torch": "torch",
    "pytorch": "torch",
}


def installed(libraries=tuple(LIBRARIES)):
    """Those of `libraries` that can be imported here."""
    return [name for name in libraries if importlib.util.find_spec(LIBRARIES[name])]


def keras_module(library):
    """`nbkeras`, or Keras on the backend of `library`."""
    if library == "nbkeras":
        return importlib.import_module("nbkeras")
    os.environ["KERAS_BACKEND"] = library.removeprefix("keras-")
    return importlib.import_module("keras")


def seconds(work, times=3):
    """Median (wall, processor) time of `work()`, after one call that compiles."""
    work()
    durations = []
    for _ in range(times):
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        durations.append((time.perf_counter() - start, time.process_time() - start_cpu))
    wall, processor = zip(*durations, strict=True)
    return statistics.median(wall), statistics.median(processor)


def measurement(train, predict, *, steps, rows):
    """Measure an epoch of `steps` steps, and the prediction of `rows` rows."""
    step, step_cpu = seconds(train)
    predict, predict_cpu = seconds(predict)
    result = {
        "step_ms": 1e3 * step / steps,
        "step_cpu_ms": 1e3 * step_cpu / steps,
        "predict_per_s": rows / predict,
        "predict_per_cpu_s": rows / predict_cpu,
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return result | {"resident_mb": peak / 1024}


def in_rounds(script, libraries, name, rounds):
    """{library: medians} of `python script LIBRARY NAME`, which prints JSON."""
    runs = {library: [] for library in libraries}
    for _ in range(rounds):
        for library, results in runs.items():
            done = subprocess.run(
                [sys.executable, script, library, name],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(f"{library}, {name}:\n{done.stderr[-2000:]}")
            results.append(json.loads(done.stdout.splitlines()[-1]))
    return {
        library: {key: statistics.median(r[key] for r in results) for key in results[0]}
        for library, results in runs.items()
    }
