"""One made-up state for every widget; a widget without a case fails the contract."""

from probe import Probe
from runs import run

from nbkeras.notebook.lab import descent
from nbkeras.notebook.run_state import RunState
from nbkeras.notebook.widgets.dashboard import Dashboard


def dashboard(upto=None, view=None, traits=None, **options):
    """A dashboard after the first `upto` events of a made-up run, None for all."""
    state = RunState()
    for i, event in enumerate(run(**options)):
        if i == upto:
            break
        state(event)
    made = Dashboard(**state.traits() | {"reached": True} | (traits or {}))
    made.view = view or {}
    return made


# stem -> () -> a widget that shows something
CASES = {
    "probe": lambda: Probe(count=3),
    "dashboard": lambda: dashboard(
        upto=40, view={"table": True, "code": True}, traits={"code": "fit()"}
    ),
    "descent": lambda: descent("waves", optimizers=["sgd", "adam"], steps=20),
}
