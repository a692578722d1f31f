"""Live training: the events of a fit as a dashboard, and its buttons as requests."""

import time

from nbkeras.notebook import env
from nbkeras.notebook.run_state import RunState
from nbkeras.notebook.widgets.dashboard import Dashboard
from nbkeras.train import events, sinks
from nbkeras.train.interrupts import ending

UPDATES_PER_S = 8.0
# Where an update finds more steps to read, half as many are noted from then on.
MOST_READ = 32
# How often the picture under a running dashboard is renewed, so that a lost kernel
# leaves one that is not far behind.
PICTURE_EVERY_S = 20.0


def load(shell):
    """Let `fit(verbose="auto")` show the dashboard, and end quietly if interrupted."""
    if env.in_kernel() and dashboard not in sinks.defaults:
        sinks.defaults.append(dashboard)
        ending.quiet = True
        shell.events.register("pre_run_cell", ending.begin_cell)


def unload(shell):
    """Text again."""
    if dashboard in sinks.defaults:
        sinks.defaults.remove(dashboard)
        ending.quiet = False
        shell.events.unregister("pre_run_cell", ending.begin_cell)


def dashboard(plan, control, model):
    """The display of a fit; None for evaluate and predict, which keep their line."""
    return Live(control) if plan.task == "fit" else None


class Live:
    """A sink: events in, at most eight updates of a widget a second out.

    Called on the thread that trains. What a click does is a request to `control`, made
    on whatever thread the click arrives; the run takes it up at its next step edge.

    Args:
        control: the run's `Control`, or None for a replay, which has no buttons.
        metrics: names of the metrics to show, None for all.
        height: of a chart, in pixels.
        hz: updates a second, at most.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        control=None,
        metrics=None,
        height=190,
        hz=UPDATES_PER_S,
        clock=time.monotonic,
    ):
        self.control, self.clock = control, clock
        self.state = RunState(metrics)
        self.height = height
        self.widget = None
        self._gap = 1.0 / hz
        self._published = self._pictured = -1e9
        self._noted, self._newest, self._stride = [], None, 1

    takes_every_step = True

    def __call__(self, event):
        """Take in one event; a step costs a glance, no wait for the device."""
        if isinstance(event, events.StepStarted):
            return
        if isinstance(event, events.StepEnded):
            self._note(event)
        elif isinstance(event, events.FitStarted):
            self.state(event)
            self._open()
        elif self.widget is not None:
            self._take_up()
            self.state(event)
            self._show(event)

    def _note(self, event):
        """Keep a step that has a place in the curves, to be read when it is shown."""
        self._newest = event
        if event.step % self._stride == 0:
            self._noted.append(event)
        now = self.clock()
        if now - self._published >= self._gap or self.state.held:
            self._take_up()
            self._published = now
            self._publish()

    def _take_up(self):
        """Read what was noted, all at once, and the newest step in any case."""
        if self._newest is None:
            return
        if not self._noted or self._noted[-1] is not self._newest:
            self._noted.append(self._newest)
        for event in self._noted:
            self.state(event.host())
        if len(self._noted) > MOST_READ:
            self._stride *= 2
        self._stride = max(self._stride, self.state.steps.stride)
        self._noted, self._newest = [], None

    def close(self):
        """Leave the final state and its picture."""
        if self.widget is not None:
            self._take_up()
            self._publish()
            self.widget.show_still()

    def _open(self):
        self.widget = Dashboard(
            **self.state.traits(), height=self.height, can=self._can()
        )
        if self.control is not None:
            self.widget.on_msg(Requests(self.control, self.widget))
        self.widget.show()
        self._published = self._pictured = self.clock()

    def _can(self):
        """Why a button does nothing in this run, by its name."""
        refuses = self.control.refuses if self.control else {}
        names = {"learning_rate": "rate", "validate": "validate"}
        return {names[key]: why for key, why in refuses.items()}

    def _show(self, event):
        now = self.clock()
        steered = isinstance(event, events.Steered)
        if steered or self.state.held or now - self._published >= self._gap:
            self._published = now
            self._publish(**({"asked": ""} if steered else {}))
        if isinstance(event, events.EpochEnded) and self._picture_due(now):
            self._pictured = now
            self.widget.show_still()

    def _picture_due(self, now):
        return now - self._pictured >= PICTURE_EVERY_S

    def _publish(self, **more):
        if self.state.status not in ACTIVE:
            more = {"asked": ""}
        self.widget.publish(**self.state.traits(), **more)


ACTIVE = ("starting", "running", "validating", "paused")


class Requests:
    """What the page asks for, handed to `control`; made for any thread."""

    def __init__(self, control, widget):
        self.control, self.widget = control, widget

    def __call__(self, widget, content, buffers):
        """Take in one message; what is unknown or cannot be done changes nothing."""
        name = content.get("do") if isinstance(content, dict) else None
        if name == "hello":
            # Heard while the run goes on: clicks get through.
            if self.widget.status in ACTIVE:
                self.widget.publish(reached=True)
            return
        act = {
            "pause": self.control.pause,
            "resume": self.control.resume,
            "step": self.control.step,
            "stop": self.control.stop,
            "validate": self.control.validate_now,
            "rate": lambda: self.control.set_learning_rate(content.get("value")),
        }.get(name)
        if act is None:
            return
        try:
            act()
        except ValueError:
            return
        if self.widget.status in ACTIVE and name != "rate":
            self.widget.publish(asked=name)
