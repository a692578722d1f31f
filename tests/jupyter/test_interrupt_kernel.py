"""The Stop button of a notebook, 30 times in one real kernel."""

import contextlib
import queue
import random
import signal

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


BEGUN = "begun\n"


class Kernel:
    """A kernel with one cell at a time; waits for states, never for a time."""

    def __init__(self, folder):
        self.stacks = folder / "stacks.txt"
        self.manager, self.client = manager.start_new_kernel(startup_timeout=120)
        watch = "import faulthandler, signal\n"
        watch += (
            f"faulthandler.register(signal.SIGUSR1, open({str(self.stacks)!r}, 'w'))"
        )
        assert self.run(f"{watch}\n{PREPARE}") == ("ok", "")

    def begin(self, code):
        """Send a cell and wait until its first line has run.

        An interrupt before that is ipykernel's: it ends the cell without a reply.
        """
        self.printed = ""
        self.cell = self.client.execute(
            f"print({BEGUN!r}, end='', flush=True)\n{code}", allow_stdin=False
        )
        self.until(lambda message: self.printed.startswith(BEGUN))

    def end(self):
        """Wait until the cell is over: ("ok" or the exception's name, its text)."""
        self.until(lambda m: m["content"].get("execution_state") == "idle")
        while True:
            reply = self.message(self.client.get_shell_msg)
            if reply["parent_header"].get("msg_id") == self.cell:
                break
        content = reply["content"]
        text = self.printed.removeprefix(BEGUN)
        return content.get("ename", content["status"]), text

    def until(self, wanted):
        """Read what the cell sends up to the first message that is `wanted`."""
        while True:
            message = self.message(self.client.get_iopub_msg)
            if message["parent_header"].get("msg_id") != self.cell:
                continue
            if message["msg_type"] == "stream":
                self.printed += message["content"]["text"]
            if wanted(message):
                return

    def message(self, get):
        """The next message; where none comes, what the kernel does is in the error."""
        try:
            return get(timeout=60)
        except queue.Empty:
            alive = self.manager.is_alive()
        if alive:
            self.manager.signal_kernel(signal.SIGUSR1)
            with contextlib.suppress(queue.Empty):  # time to write
                self.client.get_iopub_msg(timeout=2)
        raise AssertionError(
            f"no message in 60 s, the kernel is {'alive' if alive else 'dead'}:\n"
            f"{self.stacks.read_text()}"
        )

    def run(self, code):
        self.begin(code)
        return self.end()

    def shut(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


class Kernels:
    """Lends one kernel after the other; one in which a turn failed is not used again."""

    def __init__(self, folder):
        self.folder, self.free = folder, []

    @contextlib.contextmanager
    def lent(self):
        kernel = self.free.pop() if self.free else Kernel(self.folder)
        try:
            yield kernel
        except BaseException:
            kernel.shut()
            raise
        self.free.append(kernel)


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    pool = Kernels(tmp_path_factory.mktemp("kernels"))
    yield pool
    for kernel in pool.free:
        kernel.shut()


@pytest.mark.parametrize("turn", range(30))
def test_the_model_is_whole_after_the_stop_button(kernels, turn):
    name = ["fit", "fit", "evaluate", "predict"][turn % 4]
    with kernels.lent() as kernel:
        kernel.begin(WORK[name])
        pause = random.Random(turn).uniform(0, 0.4)
        with pytest.raises(queue.Empty):  # let it train for a moment
            kernel.client.get_shell_msg(timeout=pause)
        kernel.manager.interrupt_kernel()
        assert kernel.end()[0] == "KeyboardInterrupt"
        assert kernel.run(CHECK) == ("ok", "whole 1\n")
