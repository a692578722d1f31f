"""One made-up state for every widget; a widget without a case fails the contract."""

import numpy as np
from picture_models import tutorial_cnn
from probe import Probe
from runs import run

from nbkeras.analysis import RateCurve
from nbkeras.notebook.lab import descent
from nbkeras.notebook.run_state import RunState
from nbkeras.notebook.widgets.dashboard import Dashboard
from nbkeras.notebook.widgets.lr_finder import LRFinder
from nbkeras.notebook.widgets.model_view import ModelView


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


def model_view():
    """The picture of a tutorial's network, one layer looked into, one that fails."""
    mistake = {"line": 3, "layer": "Conv2D", "message": "It does not fit."}
    view = ModelView(tutorial_cnn(), mistake, status="ready", note="All is kept.")
    view.chosen = "conv2d"
    return view


# stem -> () -> a widget that shows something
CASES = {
    "probe": lambda: Probe(count=3),
    "dashboard": lambda: dashboard(
        upto=40, view={"table": True, "code": True}, traits={"code": "fit()"}
    ),
    "lr_finder": lr_finder,
    "model_view": model_view,
    "descent": lambda: descent("waves", optimizers=["sgd", "adam"], steps=20),
}
