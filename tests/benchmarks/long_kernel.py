"""Hours of use in one kernel: what memory, comms, threads and files come to.

    python tests/benchmarks/long_kernel.py [--hours 8] [--widths 97] [--report FILE]

One kernel runs a notebook's cells again and again: fits with the dashboard, `%%model`
cells of other widths, predictions, the descent lab, saves and loads in the three
formats. JAX keeps programs for each new shape, so figures can be level only once all
widths have been met: for a run of less than two hours give fewer, `--widths 4`. After each round the kernel is asked for what it holds. At the end each figure
is shown with its first and last value and the slope of a line through the last two
thirds, an hour's growth. Figures that grow without end point at a leak: the exit code
is 1 if comms, threads, open files, models or compiled programs do, or if memory grows
by more than 200 MB an hour.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

MEMORY_MB_AN_HOUR = 200
# Growth of these, an hour, that is more than noise.
COUNTS = {"comms": 2, "threads": 2, "open files": 2, "models": 2, "programs": 10}

SETUP = """
%load_ext nbkeras
import gc, os, tempfile, threading, warnings
from pathlib import Path
import jax
import numpy as np
import nbkeras
from comm import get_comm_manager
from IPython.display import display
from nbkeras.models.model import Model
warnings.simplefilter("ignore")
folder = Path(tempfile.mkdtemp())
x = np.random.default_rng(0).normal(size=(256, 8)).astype("float32")
y = (x.sum(1) > 0).astype("int32")
round_ = 0

def held():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "memory MB": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "comms": len(get_comm_manager().comms),
        "threads": threading.active_count(),
        "open files": len(os.listdir("/proc/self/fd")),
        "models": sum(isinstance(o, Model) for o in gc.get_objects()),
        "programs": len(jax.devices()[0].client.live_executables()),
        "objects": len(gc.get_objects()),
    }
"""
# {id of the cell: its code}; widths differ from round to round. No cell ends in a model
# or a History (which has its model): IPython keeps the last values of cells in `Out`.
CELLS = {
    "build": """round_ += 1
model = nbkeras.Sequential([nbkeras.Input((8,)), nbkeras.layers.Dense(4 + round_ % {widths}, "relu"), nbkeras.layers.Dense(2, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])""",
    "fit": "history = model.fit(x, y, epochs=3, validation_split=0.25)",
    "predict": "model.evaluate(x, y, verbose=0), model.predict(x, verbose=0).shape",
    "show": "display(model)",
    "magic": "%%model net --input 8 --loss sparse_categorical_crossentropy\nDense({width}, 'relu')\nDense(2, 'softmax')",
    "train": "history = net.fit(x, y, epochs=2)",
    "lab": "if round_ % 4 == 1:\n    display(nbkeras.descent(model, (x, y)))",
    "save": """for name in ("m.keras", "m.h5"):
    model.save(folder / name)
    again = nbkeras.models.load_model(folder / name)
model.save_weights(folder / "m.weights.h5")
again.load_weights(folder / "m.weights.h5")""",
}


class Kernel:
    """A kernel that is told which cell each code is from, as by JupyterLab."""

    def __init__(self):
        self._manager, self._client = start_new_kernel(
            startup_timeout=600, kernel_name="python3"
        )

    def run(self, code, cell, ask=None):
        """Run the code of a cell; the value of the expression `ask`, as plain data."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {"asked": f"__import__('json').dumps({ask})"},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        session = self._client.session
        message = session.msg("execute_request", content, metadata={"cellId": cell})
        self._client.shell_channel.send(message)
        while True:
            reply = self._client.get_shell_msg(timeout=900)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                break
        self._forget_outputs()
        if reply["content"]["status"] != "ok":
            raise SystemExit("\n".join(reply["content"]["traceback"]))
        asked = reply["content"]["user_expressions"]["asked"]
        return json.loads(eval(asked["data"]["text/plain"])) if ask else None

    def _forget_outputs(self):
        while self._client.iopub_channel.msg_ready():
            self._client.get_iopub_msg(timeout=1)

    def close(self):
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def rounds(kernel, hours, widths):
    """[(seconds since the start, figures)] of each round, of one width after another."""
    kernel.run(SETUP, "setup")
    begun, found = time.monotonic(), []
    while time.monotonic() - begun < 3600 * hours:
        for cell, code in CELLS.items():
            code = code.replace("{width}", str(3 + len(found) % widths))
            kernel.run(code.replace("{widths}", str(widths)), cell)
        figures = kernel.run("figures = held()", "figures", "figures")
        found.append((time.monotonic() - begun, figures))
        shown = ", ".join(f"{name} {value:.0f}" for name, value in figures.items())
        print(f"{found[-1][0] / 60:7.1f} min  round {len(found)}: {shown}", flush=True)
    return found


def slopes(found):
    """{figure: growth an hour} of a line through the last two thirds of the rounds."""
    late = found[len(found) // 3 :]
    hours = [seconds / 3600 for seconds, _ in late]
    return {
        name: statistics.linear_regression(hours, [f[name] for _, f in late]).slope
        for name in found[0][1]
    }


def main():
    """Run, show the figures, and say what grows."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--hours", type=float, default=8)
    options.add_argument("--widths", type=int, default=97, help="how many are met")
    options.add_argument("--report", help="file for all figures")
    given = options.parse_args()
    kernel = Kernel()
    try:
        found = rounds(kernel, given.hours, given.widths)
    finally:
        kernel.close()
    if len(found) < 3:
        raise SystemExit("Too few rounds for a slope: give more --hours.")
    growth = slopes(found)
    print(f"{len(found)} rounds")
    for name, first in found[0][1].items():
        last = found[-1][1][name]
        print(f"{name:12} {first:10.0f} -> {last:10.0f}  {growth[name]:+10.1f} an hour")
    if given.report:
        report = {"rounds": found, "growth an hour": growth}
        Path(given.report).write_text(json.dumps(report), "utf-8")
    limits = {**COUNTS, "memory MB": MEMORY_MB_AN_HOUR}
    grows = [name for name, most in limits.items() if growth[name] > most]
    print(f"Grows: {', '.join(grows)}" if grows else "Nothing grows without end.")
    return 1 if grows else 0


if __name__ == "__main__":
    sys.exit(main())
