"""CPU only, warnings are errors, notices said anew in each test."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"
# Tests that run side by side must not read what another is writing.
os.environ["NBKERAS_COMPILE_CACHE"] = "0"

import pytest
from fixtures import browser, view_of
from hypothesis import settings

from nbkeras.core import notices

# Here and nowhere else: a process can have one Playwright only.
__all__ = ["browser", "view_of"]


# The same examples on every machine; `pytest --hypothesis-profile=explore` draws others.
settings.register_profile("repeatable", max_examples=4, deadline=None, derandomize=True)
settings.register_profile("explore", max_examples=200, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _say_everything_anew():
    notices.forget()


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
