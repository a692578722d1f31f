"""One made-up state for every widget; a widget without a case fails the contract."""

import numpy as np
from probe import Probe
from runs import run

from nbkeras.analysis import RateCurve
from nbkeras.notebook.lab import descent
from nbkeras.notebook.run_state import RunState
from nbkeras.notebook.widgets.dashboard import Dashboard
from nbkeras.notebook.widgets.lr_finder import LRFinder


def lr_finder():
    """A finder whose search has ended."""
    rates = np.geomspace(1e-5, 10, 60)
    smooth = 2 - 1.5 / (1 + (0.02 / rates) ** 1.5) + rates**2
    finder = LRFinder(None)
    finder.finish(RateCurve(rates, smooth, smooth, 0.02, 0.2, "blown up"))
    return finder


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
    "lr_finder": lr_finder,
    "descent": lambda: descent("waves", optimizers=["sgd", "adam"], steps=20),
}
