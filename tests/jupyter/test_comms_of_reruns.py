"""A cell that runs again closes the connections of what it showed before."""

import pytest

manager = pytest.importorskip("jupyter_client.manager")

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
from comm import get_comm_manager
x = np.ones((8, 2), "float32")
model = nbkeras.Sequential([nbkeras.Input((2,)), nbkeras.layers.Dense(1)])
model.compile("sgd", "mse")
"""
FIT = "history = model.fit(x, x[:, :1])"
MODEL_CELL = "%%model net --input 2 --loss mse\nDense(3)\nDense(1)"
SHOWN = "view = nbkeras.show_model(model)"
AGAIN = "view.show()"
COMMS = "len(get_comm_manager().comms)"


@pytest.fixture(scope="module")
def kernel():
    """kernel.run(code, cell) runs a cell of that id and gives the number of comms."""
    owner, client = manager.start_new_kernel(kernel_name="python3")

    class Kernel:
        def run(self, code, cell):
            content = {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {"comms": COMMS},
                "allow_stdin": False,
                "stop_on_error": True,
            }
            message = client.session.msg(
                "execute_request", content, metadata={"cellId": cell}
            )
            client.shell_channel.send(message)
            reply = client._recv_reply(message["header"]["msg_id"], timeout=300)
            problem = "\n".join(reply["content"].get("traceback", ()))
            assert reply["content"]["status"] == "ok", problem
            # Evaluated after the hooks of the cell have run.
            comms = reply["content"]["user_expressions"]["comms"]
            return int(comms["data"]["text/plain"])

    kernel = Kernel()
    kernel.run(SETUP, "setup")
    yield kernel
    client.stop_channels()
    owner.shutdown_kernel(now=True)


@pytest.mark.parametrize(("code", "runs"), [(FIT, 50), (MODEL_CELL, 12)])
def test_a_cell_that_runs_many_times_keeps_the_comms_of_one_run(kernel, code, runs):
    counts = [kernel.run(code, code[:5]) for _ in range(runs)]
    assert counts[1] == counts[2] == counts[-1]


def test_other_cells_keep_what_they_show(kernel):
    before = kernel.run(FIT, "first")
    assert kernel.run(FIT, "second") > before
    kernel.run(FIT, "second")
    assert kernel.run("1", "third") > before


def test_a_widget_that_another_cell_shows_stays_open(kernel):
    kernel.run(SHOWN, "shown")
    kernel.run(AGAIN, "again")
    kernel.run("old = view\n" + SHOWN, "shown")
    kernel.run("assert old.comm is not None and view.comm is not None", "check")


def test_a_widget_that_was_closed_with_its_cell_can_be_shown_again(kernel):
    kernel.run(SHOWN, "alone")
    kernel.run("old = view\n" + SHOWN, "alone")
    kernel.run("assert old.comm is None and old.layout.comm is None", "check")
    kernel.run("old.show(); assert old.comm and old.layout.comm", "elsewhere")
    kernel.run("old.publish(note='new')", "check")
