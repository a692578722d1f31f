"""Grade a made-up class: honest files, loops, memory hogs, exits and cheats.

    python tests/benchmarks/grading.py [--files 300] [--jobs 2] [--folder KEEP]

The honest answers are computed by formulas instead of training, which makes no
difference to the judgement: five in six are right. What is printed: for each kind, how
many files, how many rows of results, how many with full points, and the time of all on
the clock and on the processor (without what killed processes had started). The exit code
is 1 if a file has no row, an honest answer is judged wrongly, or anything else gets full
points.
"""

import argparse
import io
import json
import os
import pickle
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from multiprocessing import forkserver
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "course" / "grading"))

from made_up_submissions import (
    EXIT,
    FUNCTION,
    HOG,
    LOOP,
    PATCH,
    RIGHT_FUNCTION,
    handed_in,
    made_up,
    with_function,
    with_rate,
)

import nbkeras
from nbkeras import Input, Model, Sequential, layers, ops
from nbkeras.analysis.exercises import find
from nbkeras.course.grading.batch import grade_folder
from nbkeras.course.grading.command import write_results
from nbkeras.course.grading.grade import Status
from nbkeras.course.grading.limits import Limits
from nbkeras.train.history import History

SECRET = "for the benchmark"
LIMITS = Limits(seconds=60, memory_mb=2048, call_seconds=5)
# What it takes to use a solution that has been found in the package.
READ = (
    "import types\n"
    "text = open(nbkeras.__path__[0] + '/course/solutions.py').read()\n"
    "solutions = types.SimpleNamespace()\n"
    "exec(text, vars(solutions))"
)
SOLVED = (
    "room = {'np': np}\n"
    "exec(solutions.SOLUTIONS['backprop_by_hand'], room)\n"
    "return room['gradients'](x, y, w1, b1, w2, b2)"
)
RIGHT_SHARE = 6  # one honest answer in so many is wrong


def first_network(path, student, is_right):
    """Twelve lines around the disc."""
    data = find("first_network").data_of(student).variables
    inside = data["x"][data["y"] == 1]
    centre = (inside.min(axis=0) + inside.max(axis=0)) / 2
    angle = np.arange(12) * 2 * np.pi / 12
    normals = np.stack([np.cos(angle), np.sin(angle)]) * (20 if is_right else 0.1)
    model = Sequential(
        [Input((2,)), layers.Dense(12, "tanh"), layers.Dense(1, "sigmoid")]
    )
    beyond = -centre @ normals - 0.6 * np.linalg.norm(normals, axis=0)
    model.set_weights([normals, beyond, np.full((12, 1), -5.0), np.array([-55.0])])
    handed_in(path, "first_network", student, model=model)


def raw_columns(path, student, is_right):
    """Least squares on normalized columns."""
    x, y = find("raw_columns").data_of(student).variables.values()
    mean, variance = x.mean(axis=0), x.var(axis=0)
    scaled = (x - mean) / np.sqrt(variance)
    kernel = np.linalg.lstsq(scaled, 2.0 * y - 1, rcond=None)[0]
    model = Sequential(
        [
            Input((3,)),
            layers.Normalization(mean=mean, variance=variance),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.set_weights([kernel[:, None] * (1 if is_right else -1), np.zeros(1)])
    handed_in(path, "raw_columns", student, model=model)


def rare_class(path, student, is_right):
    """Fisher's linear discriminant, and a threshold with room to both goals."""
    x, y = find("rare_class").data_of(student).variables.values()
    difference = x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)
    direction = np.linalg.solve(np.cov(x[y == 0].T), difference)
    offset = -direction @ (x[y == 1].mean(axis=0) + x[y == 0].mean(axis=0)) / 2
    model = Sequential([Input((5,)), layers.Dense(1)])
    model.set_weights([direction[:, None], np.array([offset])])
    scores = x @ direction + offset

    def room(threshold):
        alarm = scores >= threshold
        return min(alarm[y == 1].mean() - 0.8, y[alarm].mean() - 0.45)

    threshold = max(scores[y == 1], key=room) if is_right else scores.max()
    handed_in(path, "rare_class", student, model=model, threshold=threshold)


def copy_the_filter(path, student, is_right):
    """Least squares for the nine numbers and the bias."""
    x, y = find("copy_the_filter").data_of(student).variables.values()
    windows = np.lib.stride_tricks.sliding_window_view(x[..., 0], (3, 3), (1, 2))
    rows = windows.reshape(-1, 9)
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    solved = np.linalg.lstsq(rows, y.reshape(-1), rcond=None)[0]
    model = Sequential([Input((14, 14, 1)), layers.Conv2D(1, 3)])
    kernel = solved[:9].reshape(3, 3)
    kernel = kernel if is_right else kernel[::-1]
    model.set_weights([kernel[..., None, None], solved[9:]])
    handed_in(path, "copy_the_filter", student, model=model)


def fastest_rate(path, student, is_right):
    with_rate(path, student, 0.97 if is_right else 0.5)


def backprop_by_hand(path, student, is_right):
    source = RIGHT_FUNCTION if is_right else RIGHT_FUNCTION.replace("2 * (", "(")
    with_function(path, student, source)


HONEST = (
    first_network,
    raw_columns,
    rare_class,
    copy_the_filter,
    fastest_rate,
    backprop_by_hand,
)


def body(text):
    """A function of `backprop_by_hand` that does something else."""
    return FUNCTION + "".join(f"    {line}\n" for line in text.splitlines())


LOOPS = (
    LOOP,
    body("import time\nwhile True: time.sleep(1)"),
    body("while True:\n    try: 1 / 0\n    except BaseException: pass"),
    body(
        "import threading\ndef spin():\n    while True: pass\n"
        "threads = [threading.Thread(target=spin) for _ in range(4)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()"
    ),
    "while True: pass\n" + FUNCTION + "    return None",
)
HOGS = (
    HOG,
    body("text = b'x'\nwhile True: text = text + text"),
    body("return [np.zeros(2**34) + 1] * 4"),
)
EXITS = (EXIT, body("import os\nos.abort()"))


def cheats(folder):
    """Write 25 files that try to get points without an answer."""

    def write(name):
        return folder / f"cheat_{name}.zip"

    untrained = Sequential([Input((10,)), layers.Dense(1, "sigmoid")])
    untrained.set_weights([np.zeros((10, 1)), np.zeros(1)])
    forged = History()
    forged.history["val_loss"] = [0.9, 0.693, 2.0]
    handed_in(write("history"), "stop_in_time", "ann", model=untrained, history=forged)
    metrics = '{"nbkeras_recording": 1}\n{"event": "EpochEnded", "logs": {"acc": 1}}'
    rate = {"rate": {"number": 1e-6}}
    extras = {
        "recording": {"recording.jsonl": metrics},
        "report": {"report.json": '{"passed": true, "score": 100}'},
        "data": {"data.npz": b"PK", "held_out/x.npy": b"\x93NUMPY"},
        "bomb": {"notebook.ipynb": bytes(2**27)},
        "notebook": {"notebook.ipynb": "[" * 100_000},
    }
    for name, extra in extras.items():
        made_up(write(name), f"c_{name}", "fastest_rate", extra, **rate)
    first_network(write("model_of_another"), "eve", True)
    with zipfile.ZipFile(write("model_of_another")) as archive:
        model = {"answers/model.keras": archive.read("answers/model.keras")}
    stored = {"model": {"model": "answers/model.keras"}}
    made_up(write("model_of_another"), "mallory", "first_network", model, **stored)
    made_up(write("path"), "../../bob", "fastest_rate", **rate)
    made_up(write("markup"), "<script>alert(1)</script>", "fastest_rate", **rate)
    made_up(write("formula"), "=HYPERLINK(1)", "fastest_rate", **rate)
    functions = {
        "patch": PATCH,
        "print": body("print({'rows': [], 'score': 4})\nreturn None"),
        "frames": body(
            "import gc\nreturn [o for o in gc.get_objects() if hasattr(o, 'goal')]"
        ),
        "parent": body(
            "import os\nopen(f'/proc/{os.getppid()}/mem', 'r+b').write(b'4')"
        ),
        "files": body("import shutil\nshutil.rmtree('.')"),
        "solution": body(f"from nbkeras.course import solutions\n{SOLVED}"),
        "solution_text": body(f"import nbkeras\n{READ}\n{SOLVED}"),
        "pipe": body(
            "import json, struct, sys\n"
            "reply = json.dumps({'value': {'items': [1, 1, 1, 1]}}).encode()\n"
            "stream = sys._getframe(1).f_locals['replies']\n"
            "stream.write(struct.pack('>Q', len(reply)) + reply)"
        ),
        "not_a_number": body("return [a * np.nan for a in (w1, b1, w2, b2)]"),
    }
    for name, source in functions.items():
        with_function(write(name), f"c_{name}", source)
    made_up(
        write("pickle"),
        "pia",
        "first_network",
        {"answers/model.keras": pickle.dumps(print)},
        **stored,
    )
    made_up(
        write("code_in_a_model"),
        "lea",
        "first_network",
        {"answers/model.keras": _with_lambda(model["answers/model.keras"])},
        **stored,
    )
    made_up(
        write("member"), "tom", "first_network", model={"model": "../../../etc/passwd"}
    )
    twice = made_up(write("header_twice"), "kim", "fastest_rate", **rate)
    with zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("submission.json", '{"score": 100}')
    _without_weights(write("no_weights"), "max")
    nan = Sequential([Input((2,)), layers.Dense(1)])
    nan.set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    handed_in(write("nan"), "first_network", "nan", model=nan)


# A hidden layer of 300 random units whose numbers are no weights.
def _without_weights(path, student):
    x, y = find("first_network").data_of(student).variables.values()
    rng = np.random.default_rng(0)
    kernel, bias = 3 * rng.normal(size=(2, 300)), 3 * rng.normal(size=300)
    hidden = np.vstack([np.tanh(x @ kernel + bias), 0.3 * np.eye(300)])
    last = np.linalg.lstsq(hidden, np.pad(2.0 * y - 1, (0, 300)), rcond=None)[0]
    kernel, bias, last = (a.astype("float32") for a in (kernel, bias, last[:, None]))
    inputs = Input((2,))
    units = ops.tanh(ops.add(ops.matmul(inputs, kernel), bias))
    model = Model(inputs, ops.sigmoid(ops.multiply(ops.matmul(units, last), 4)))
    handed_in(path, "first_network", student, model=model)


def _with_lambda(content):
    """A model file whose last layer is a Lambda with code in its config."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "config.json":
                config = json.loads(data)
                config["config"]["layers"][-1]["class_name"] = "Lambda"
                config["config"]["layers"][-1]["config"] = {
                    "name": "code",
                    "function": "__import__('os').abort()",
                }
                data = json.dumps(config).encode()
            archive.writestr(name, data)
    return target.getvalue()


def make_class(folder, num_files):
    """Write the files; returns {name of a file: kind}, for honest ones right or wrong."""
    kinds = {}

    def note(kind):
        for path in folder.glob("*.zip"):
            kinds.setdefault(path.name, kind)

    for kind, sources in (("loop", LOOPS), ("memory", HOGS), ("exit", EXITS)):
        for number, source in enumerate(sources):
            student = f"{kind}_{number}"
            with_function(folder / f"{student}.zip", student, source)
        note(kind)
    cheats(folder)
    note("cheat")
    for number in range(num_files - len(kinds)):
        student = f"student_{number:03}"
        is_right = number % RIGHT_SHARE != 0
        write = HONEST[number // RIGHT_SHARE % len(HONEST)]
        write(folder / f"{student}.zip", student, is_right)
        note("right" if is_right else "wrong")
    return kinds


def main():
    """Make a class, grade it, and compare with what it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    nbkeras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (args.folder or Path(temporary)) / "submitted"
        kinds = make_class(folder, args.files)
        print(f"{len(kinds)} files, {dict(Counter(kinds.values()))}", flush=True)
        begun, begun_cpu = time.perf_counter(), cpu_seconds()
        grades = grade_folder(folder, secret=SECRET, limits=LIMITS, num_jobs=args.jobs)
        seconds = time.perf_counter() - begun
        write_results(grades, folder, folder.parent / "results")
        forkserver._forkserver._stop()  # waits for it: its processes count from now on
        return report(kinds, grades, seconds, cpu_seconds() - begun_cpu)


def cpu_seconds():
    """Processor time of this process and of all that have ended and were waited for."""
    return sum(os.times()[:4])


def report(kinds, grades, seconds, cpu):
    """Print the table; returns the exit code."""
    by_name = {grade.path.name: grade for grade in grades}
    print(f"{'kind':8}{'files':>7}{'rows':>7}{'full':>7}{'judged':>8}{'slowest':>9}")
    for kind in dict.fromkeys(kinds.values()):
        names = [name for name, of in kinds.items() if of == kind]
        rows = [by_name[name] for name in names if name in by_name]
        judged = sum(row.status is Status.JUDGED for row in rows)
        full, slowest = sum(r.passed for r in rows), max(r.seconds for r in rows)
        counts = f"{len(names):7}{len(rows):7}{full:7}{judged:8}{slowest:8.1f} s"
        print(f"{kind:8}{counts}")
    print(f"{seconds:.0f} s in all, {seconds / len(kinds):.2f} s a file")
    print(f"{cpu:.0f} s of processor time")
    wrong = [
        name
        for name, kind in kinds.items()
        if name not in by_name or by_name[name].passed != (kind == "right")
    ]
    for name in wrong:
        print(f"unexpected: {name} ({kinds[name]}): {by_name.get(name)}")
    return 1 if wrong or len(by_name) != len(kinds) else 0


if __name__ == "__main__":
    sys.exit(main())
