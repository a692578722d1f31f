"""The Stop button of a notebook, 30 times in one real kernel."""

import queue
import random

import pytest

pytestmark = pytest.mark.jupyter
manager = pytest.importorskip("jupyter_client.manager")

PREPARE = """
import numpy as np
from nbkeras import Input, Sequential
from nbkeras.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten

rng = np.random.default_rng(0)
x = rng.normal(size=(64, 8, 8, 1)).astype("float32")
y = rng.integers(0, 3, 64).astype("int32")
model = Sequential([
    Input((8, 8, 1)), Conv2D(4, 3), BatchNormalization(), Flatten(), Dropout(0.5),
    Dense(3, "softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
model.evaluate(x, y, verbose=0)
model.predict(x, verbose=0)
"""
WORK = {
    "fit": "model.fit(x, y, epochs=10**6, verbose=0)",
    "evaluate": "while True: model.evaluate(x, y, batch_size=1, verbose=0)",
    "predict": "while True: model.predict(x, batch_size=1, verbose=0)",
}
CHECK = """
assert all(np.isfinite(w).all() for w in model.get_weights())
assert int(model.optimizer.iterations) == model._steps_done
steps = model._steps_done
assert model.fit(x, y, epochs=1, verbose=0).epoch == [0]
assert model._steps_done == steps + 2
print("whole", len(model.history.epoch))
"""


class Kernel:
    """A kernel with one cell at a time; waits for states, never for a time."""

    def __init__(self):
        self.manager, self.client = manager.start_new_kernel(startup_timeout=120)

    def begin(self, code):
        """Send a cell and wait until the kernel has begun it."""
        self.cell = self.client.execute(code, allow_stdin=False)
        self.until(lambda m: m["msg_type"] == "execute_input")

    def end(self):
        """Wait until the cell is over: ("ok" or the exception's name, its text)."""
        shown = []

        def over(message):
            if message["msg_type"] == "stream":
                shown.append(message["content"]["text"])
            content = message["content"]
            return content.get("execution_state") == "idle"

        self.until(over)
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == self.cell:
                break
        content = reply["content"]
        return content.get("ename", content["status"]), "".join(shown)

    def until(self, wanted):
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            mine = message["parent_header"].get("msg_id") == self.cell
            if mine and wanted(message):
                return

    def run(self, code):
        self.begin(code)
        return self.end()

    def shut(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    made = Kernel()
    try:
        assert made.run(PREPARE)[0] == "ok"
        yield made
    finally:
        made.shut()


@pytest.mark.parametrize("turn", range(30))
def test_the_model_is_whole_after_the_stop_button(kernel, turn):
    name = ["fit", "fit", "evaluate", "predict"][turn % 4]
    kernel.begin(WORK[name])
    pause = random.Random(turn).uniform(0, 0.4)
    with pytest.raises(queue.Empty):  # let it train for a moment
        kernel.client.get_shell_msg(timeout=pause)
    kernel.manager.interrupt_kernel()
    assert kernel.end()[0] == "KeyboardInterrupt"
    assert kernel.run(CHECK) == ("ok", "whole 1\n")
