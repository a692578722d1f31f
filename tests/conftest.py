"""CPU only, warnings are errors; each test has its own seed and its own notices."""

import os
import random
import signal
import zlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"
# A shell that starts the tests in the background lets them ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Tests compile for themselves; kernels of lessons and journeys share `home_of_kernels`.
os.environ["NBKERAS_COMPILE_CACHE"] = "0"

import numpy as np
import programs
import pytest
import workers
from cpu_times import pytest_addoption, pytest_configure
from fixtures import browser, playwright, view_of
from hypothesis import settings

from nbkeras.core import notices, rng

# `browser` here and nowhere else: a process can have one Playwright only.
__all__ = ["browser", "playwright", "pytest_addoption", "pytest_configure", "view_of"]


# The same examples on every machine; `pytest --hypothesis-profile=explore` draws others.
settings.register_profile("repeatable", max_examples=4, deadline=None, derandomize=True)
settings.register_profile("explore", max_examples=200, deadline=None)
settings.load_profile("repeatable")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Long files first; then the files of one way of compiling after the other.

    A test that waits for a browser or a kernel has two tries, as the machine may leave
    them without a core; the summary names those that needed the second, RERUN.
    """
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("jupyter"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: (workers.rank(item), programs.level_of(item.path)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One worker runs all journeys, with one server; the others compute meanwhile."""
    if config.getoption("dist") == "loadfile":
        return workers.Scheduling(config, log)
    return None


@pytest.fixture(scope="module", autouse=True)
def _optimize_as_for_users(request):
    """Compile as for users, except where values are compared within a tolerance."""
    programs.compile_at(programs.level_of(request.path))


def seed_everything(name):
    """Seed all draws by `name`: ours, those of Keras, and those of NumPy's old way."""
    seed = zlib.crc32(name.encode())
    random.seed(seed)
    np.random.seed(seed)
    rng.set_seed(seed)


@pytest.fixture(scope="module", autouse=True)
def _fixtures_of_a_file_draw_the_same_each_time(request):
    seed_everything(request.node.nodeid)


@pytest.fixture(autouse=True)
def _a_test_draws_the_same_each_time(request):
    """A model without a seed: whichever tests ran before, and on whichever worker."""
    seed_everything(request.node.nodeid)


@pytest.fixture(autouse=True)
def _say_everything_anew():
    notices.forget()


@pytest.fixture(scope="session")
def home_of_kernels(tmp_path_factory):
    """Settings that give the kernels of all workers one compile cache, as users have.

    The same cells run in both languages, in a walk and from top to bottom.
    """
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    home = place / "home_of_kernels"
    home.mkdir(exist_ok=True)
    return {"NBKERAS_HOME": str(home), "NBKERAS_COMPILE_CACHE": "1"}


@pytest.fixture(scope="module")
def empty_dispatch_cache():
    """For tests that ask a jitted function how often it was compiled.

    JAX keeps 8192 functions a process; in a full table the newest ones get lost, and
    their count with them.
    """
    import jax

    jax.clear_caches()


@pytest.fixture
def wire(monkeypatch):
    """Every message that widgets send, in a list: {"type", "comm", "data", "buffers"}.

    Widgets open their comm here instead of in a kernel; `opened` of a message's comm id
    is among them too, so the cost of a widget can be counted.
    """
    import comm
    from comm.base_comm import BaseComm

    messages = []

    class RecordingComm(BaseComm):
        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            messages.append(
                {
                    "type": msg_type,
                    "comm": self.comm_id,
                    "data": data,
                    "buffers": buffers or [],
                }
            )

    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    return messages
