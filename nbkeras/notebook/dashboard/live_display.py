"""Live training: show the events of a fit as a dashboard, and handle its buttons."""

import threading
import time

from nbkeras.notebook import environment
from nbkeras.notebook.dashboard.layer_watch import LayerWatch
from nbkeras.notebook.dashboard.past_views import NOTHING as PAST
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.time_travel import NOTHING, TimeTravel
from nbkeras.notebook.dashboard.views import UPDATES_PER_S, View, views
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.train import events, sinks
from nbkeras.train.interrupts import interrupt_policy

# If an update finds more unread steps than this, only half as many are recorded later.
MOST_READ = 32


def load(shell):
    """Make `fit(verbose="auto")` show the dashboard and end without a traceback."""
    if environment.in_kernel() and dashboard not in sinks.defaults:
        sinks.defaults.append(dashboard)
        interrupt_policy.quiet = True
        shell.events.register("pre_run_cell", interrupt_policy.begin_execution)
        shell.events.register("post_run_cell", views.flush)


def unload(shell):
    """Return to text output."""
    if dashboard in sinks.defaults:
        sinks.defaults.remove(dashboard)
        interrupt_policy.quiet = False
        shell.events.unregister("pre_run_cell", interrupt_policy.begin_execution)
        shell.events.unregister("post_run_cell", views.flush)


def dashboard(plan, control, model):
    """The display of a fit; None for evaluate and predict, which use a text line."""
    if plan.task != "fit":
        return None
    return LiveDashboard(control, plan=plan, model=model)


class LiveDashboard:
    """A sink that updates the dashboard at most eight times a second.

    It is called on the training thread. A click is a request to `control`, made on the
    thread where the click arrives; the run handles it between two steps.

    Args:
        control: the run's `Control`.
        metrics: names of the metrics to show, None for all.
        height: of a chart, in pixels.
        hz: most updates per second.
        clock: time in seconds, for tests.
        plan, model: plan and model of the fit, for time travel; None disables it.
    """

    takes_every_step = True
    ignores = (events.StepStarted,)

    def __init__(
        self,
        control,
        metrics=None,
        height=190,
        hz=UPDATES_PER_S,
        clock=None,
        plan=None,
        model=None,
    ):
        self.control = control
        history = None if model is None else model.history
        self.travel = self.layers = None
        if model is not None and plan is not None:
            self.layers = LayerWatch(plan, model)
        if history is not None and history.kept is not None:
            self.travel = TimeTravel(history, plan)
            history.kept.watch(self._went_back)
        self.state = RunState(metrics)
        self.view = None
        self._how = {"hz": hz, "clock": clock or time.monotonic}
        self._height = height
        self._noted, self._newest, self._stride = [], None, 1

    def __call__(self, event):
        """Handle one event without waiting for the device."""
        if type(event) is events.StepEnded:
            self._note(event)
        elif isinstance(event, events.FitStarted):
            self.appear(event)
        elif self.view is not None and not isinstance(event, self.ignores):
            self._read_noted()
            self.state(event)
            self._show(event)

    def appear(self, event):
        """Show the dashboard of a run that is about to begin."""
        self.state(event)
        if self.view is None:
            self._open()

    def close(self):
        """Show the final state and its static picture."""
        if self.view is None:
            return
        self._read_noted()
        self.view.widget.publish(kept=self._kept())
        self.view.finish(self.state, self._shared and dashboard in sinks.defaults)
        if threading.current_thread() is not threading.main_thread():
            views.repeat(self.view)

    def _open(self):
        self.view, number, self._shared = views.take(self._new_view)
        self.view.requests.control = self.control
        self.view.requests.follow(self.travel)
        self.view.requests.watch_layers(self.layers)
        self.view.widget.publish(kept=self._kept(), then={}, past=PAST, inside=None)
        if self._shared:
            self.state.fit_number = number
            if self.view.due():
                self.view.publish(self.state, can=self._can())

    def _new_view(self):
        widget = Dashboard(
            **self.state.traits(),
            height=self._height,
            can=self._can(),
            layers={"can": True} if self.layers is not None else {},
        )
        view = View(widget, **self._how)
        view.requests = Requests(self.control, widget, self.travel)
        view.requests.watch_layers(self.layers)
        widget.on_msg(view.requests)
        widget.show()
        return view

    def _kept(self):
        return NOTHING if self.travel is None else self.travel.summary()

    def _went_back(self):
        if self.view is not None and self.view.requests.travel is self.travel:
            self.view.widget.publish(kept=self._kept())

    def _can(self):
        """{button: reason} for the buttons that are disabled in this run."""
        names = {"learning_rate": "rate", "validate": "validate"}
        if self.state.loss_weights:
            names["loss_weight"] = "loss_weight"
        refuses = self.control.refuses.items()
        return {names[key]: why for key, why in refuses if key in names}

    def _note(self, event):
        """Record a step that belongs to the curves; its values are read when shown.

        It runs after each step, which may take ten microseconds.
        """
        self._newest = event
        if self.layers is not None and self.layers.is_open:
            look = self.layers.step(event.step + 1)
            if look is not None:
                self.view.widget.publish(layers={**look, "can": True})
        if event.step % self._stride == 0:
            self._noted.append(event)
        if self.view.due() or self.state.is_held:
            self._read_noted()
            self.view.publish(self.state)

    def _read_noted(self):
        """Read the recorded steps in one transfer, including the newest."""
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

    def _show(self, event):
        if isinstance(event, events.Steered):
            self.view.publish(self.state, asked="")
        elif self._stands_still(event) or self.view.due():
            self.view.publish(self.state)
        if isinstance(event, events.EpochEnded):
            if self.travel is not None and self.view.due():
                self.view.widget.publish(kept=self._kept())
            self.view.picture()

    def _stands_still(self, event):
        """Whether this event may be the last for some time, so it must be shown now."""
        is_batch = isinstance(
            event, events.EvaluateStepStarted | events.EvaluateStepEnded
        )
        return self.state.is_held and not is_batch


class Requests:
    """Requests of the page, passed to `control`; thread-safe."""

    def __init__(self, control, widget, travel=None):
        # A later fit in the same view replaces these.
        self.control, self.widget, self.travel = control, widget, travel
        self.layers = None

    def __call__(self, widget, content, buffers):
        """Handle one message; unknown or impossible requests are ignored."""
        name = content.get("do") if isinstance(content, dict) else None
        if name == "hello":
            # A greeting that arrives during the run shows that clicks get through.
            if self.widget.is_active:
                self.widget.publish(reached=True)
            return
        if name in ("then", "go_back"):
            self._travel(content)
            return
        act = {
            "pause": self.control.pause,
            "resume": self.control.resume,
            "step": self.control.step,
            "stop": self.control.stop,
            "validate": self.control.validate_now,
            "speed": lambda: self.control.set_speed(content.get("value")),
            "rate": lambda: self.control.set_learning_rate(content.get("value")),
            "loss_weight": lambda: self.control.set_loss_weight(
                content.get("output"), content.get("value")
            ),
        }.get(name)
        if act is None:
            return
        try:
            act()
        except ValueError:
            return
        if self.widget.is_active and name not in ("rate", "speed", "loss_weight"):
            self.widget.publish(asked=name)

    def follow(self, travel):
        """Take another run's kept epochs."""
        before, self.travel = self.travel, travel
        if before is not None and before is not travel:
            before.past.close()

    def watch_layers(self, layers):
        """Make the layer panel, open or not, follow another run."""
        before, self.layers = self.layers, layers
        if before is not None:
            before.close()
        elif layers is not None:
            self.widget.observe(self._panel_moved, "view")
        if self.widget.layers.get("can", False) != (layers is not None):
            self.widget.publish(layers={"can": layers is not None})
        self._panel_moved()

    def _panel_moved(self, _=None):
        if self.layers is None:
            return
        is_open = self.widget.view.get("layers", False)
        if is_open and not self.layers.is_open:
            self.layers.open(self._publish_layers)
        elif not is_open:
            self.layers.close()

    def _publish_layers(self, layers):
        self.widget.publish(layers={**self.layers.look, "can": True, **layers})

    def _travel(self, content):
        epoch, row = content.get("epoch"), content.get("row", 0)
        if self.travel is None or not isinstance(epoch, int):
            return
        if content["do"] == "go_back":
            self.travel.go_back(epoch)
            self.widget.publish(kept=self.travel.summary())
        elif isinstance(row, int):
            self.widget.publish(then=self.travel.answer(epoch, row))
            self._show_past(self.travel, epoch, row)

    def _show_past(self, travel, epoch, row):
        def publish(**traits):
            if self.travel is travel:  # the view may show another run meanwhile
                self.widget.publish(**traits)

        travel.show_past(epoch, row, self.widget.view, publish)
