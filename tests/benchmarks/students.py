"""Students who fit at once on one small machine, beside one alone.

    pip install -e .[bench]
    python tests/benchmarks/students.py [--students 4] [--rounds 3] [--seconds 20]

Each student is a process that fits the tutorial's CNN (W1 of `steps.py`). All begin to
count at the same moment, after their first epochs, and each counts the epochs that it
ends within the same seconds. Printed are the images a second of one alone and of all
together, and their ratio; libraries and numbers of students are interleaved. Other work
on the machine makes the ratio too good, as more students get more of it.
"""

import argparse
import statistics
import subprocess
import sys
import time

import side_by_side
from steps import WORKLOADS, layers_of

LIBRARIES = ("nbkeras", "keras-jax", "keras-tensorflow")
STEPS = 4  # in an epoch: short, so that what is cut off at the end counts little


def student(library: str, seconds: float) -> None:
    """Say "ready" after two epochs, wait for a line, fit, and print images a second."""
    import numpy as np

    rows, shape, _ = WORKLOADS["W1"]
    draw = np.random.default_rng(0)
    x = draw.random((rows * STEPS, *shape), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[draw.integers(0, 10, len(x))]
    keras = side_by_side.keras_module(library)
    model = keras.Sequential(layers_of("W1", keras))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    for _ in range(2):
        model.fit(x, y, batch_size=rows, verbose=0)
    print("ready", flush=True)
    sys.stdin.readline()
    began, ended = time.perf_counter(), []
    while not ended or ended[-1] < seconds:
        model.fit(x, y, batch_size=rows, verbose=0)
        ended.append(time.perf_counter() - began)
    within = ended[:-1] or ended
    print(len(within) * len(x) / within[-1])


def together(library: str, students: int, seconds: float) -> float:
    """Images a second of `students` processes in all."""
    command = [sys.executable, __file__, "--student", library, f"--seconds={seconds}"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    group = [subprocess.Popen(command, **pipes) for _ in range(students)]
    for each in group:
        while (line := each.stdout.readline()) != "ready\n":
            if not line:
                raise SystemExit(f"A student of {library} ended before it was ready.")
    for each in group:
        each.stdin.write("go\n")
        each.stdin.flush()
    return sum(float(each.communicate()[0].split()[-1]) for each in group)


def main() -> None:
    """Measure all libraries in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--libraries", nargs="+", default=LIBRARIES)
    parser.add_argument("--student", help="fit as one student, with this library")
    options = parser.parse_args()
    if options.student:
        student(options.student, options.seconds)
        return
    found: dict[tuple[str, int], list[float]] = {}
    libraries = side_by_side.installed(options.libraries)
    for _ in range(options.rounds):
        for library in libraries:
            for count in (1, options.students):
                rate = together(library, count, options.seconds)
                found.setdefault((library, count), []).append(rate)
    print(f"| library | one alone, images/s | {options.students} together | ratio |")
    print("| --- | --- | --- | --- |")
    for library in libraries:
        one, all_ = (
            statistics.median(found[library, count]) for count in (1, options.students)
        )
        print(f"| {library} | {one:.0f} | {all_:.0f} | {all_ / one:.2f} |")


if __name__ == "__main__":
    main()
