"""Live training: show the events of a fit as a dashboard, and handle its buttons."""

import math
import threading
import time
from collections import deque

from nbkeras.notebook import environment
from nbkeras.notebook.dashboard.layer_watch import LayerWatch
from nbkeras.notebook.dashboard.past_views import NOTHING as PAST
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.time_travel import NOTHING, TimeTravel
from nbkeras.notebook.dashboard.views import UPDATES_PER_S, View, views
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.train import events, sinks
from nbkeras.train.interrupts import interrupt_policy
from nbkeras.train.pacing import RUN_AHEAD

# If an update reads more steps than this, only half as many are recorded later.
MOST_READ = 32
# Most steps that wait to be read; of more, every second one is dropped.
MOST_RECORDED = 1024
# Whether an update is due is asked this often in the interval between two.
CHECKS_PER_UPDATE = 8
# A step that takes at least as long may be waited for: that costs little of its time.
SLOW_S = 0.25


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
    # These are always shown; what others change may wait for the next update.
    urgent = (events.Steered, events.FitEnded)
    # These change nothing that is shown.
    unseen = (events.EvaluateStepStarted, events.EvaluateStepEnded)

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
        # The events that wait to be read, in order; of steps only those that belong to
        # the curves. And the newest steps, of which one has ended on the device.
        self._recorded, self._stride = [], 1
        self._newest = deque(maxlen=RUN_AHEAD + 1)
        self._most_recorded = MOST_RECORDED
        self._check_s, self._next_check_s = 1 / hz / CHECKS_PER_UPDATE, 0.0
        self._checked_s = -math.inf
        self._has_new_epoch = False

    def __call__(self, event):
        """Handle one event without waiting for the device.

        This runs after each step, which may take ten microseconds.
        """
        if type(event) is events.StepEnded:
            self._newest.append(event)
            if event.step % self._stride == 0:
                self._record(event)
            if event.seconds >= self._next_check_s:
                self._step_ended(event)
        elif isinstance(event, events.FitStarted):
            self.appear(event)
        elif self.view is not None and not isinstance(event, self.ignores):
            self._has_new_epoch |= isinstance(event, events.EpochEnded)
            if self._may_wait(event):
                self._record_later(event)
            else:
                self._read_recorded()
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
        self._read_recorded()
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

    def _record(self, event):
        """Record an event; it is read when it is shown."""
        self._recorded.append(event)
        if len(self._recorded) >= self._most_recorded:
            self._stride *= 2
            self._recorded = _thinned(self._recorded, self._stride)
            # Events that are not steps remain.
            self._most_recorded = max(MOST_RECORDED, 2 * len(self._recorded))

    def _record_later(self, event):
        """Record an event that is not a step, after the newest step."""
        if isinstance(event, self.unseen):
            return
        self._recorded = self._taken(_is_any)
        self._record(event)

    def _step_ended(self, event):
        """Show the steps that have ended on the device, if an update is due."""
        if self.layers is not None and self.layers.is_open:
            look = self.layers.step(event.step + 1)
            if look is not None:
                self.view.widget.publish(layers={**look, "can": True})
        is_slow = event.seconds - self._checked_s >= SLOW_S
        self._checked_s = event.seconds
        is_due, is_held = self.view.due(), self.state.is_held
        if is_due or is_held:
            waits = is_held or is_slow or self.state.speed is not None
            if not self._read_recorded(waits):
                return  # the next step asks again
            self._update()
        self._next_check_s = 0.0 if is_held else event.seconds + self._check_s

    def _may_wait(self, event):
        """Whether what an event changes can be shown with the next update."""
        is_urgent = isinstance(event, self.urgent) or self.state.is_held
        return not is_urgent and not self.view.due()

    def _read_recorded(self, waits=True):
        """Read the recorded events and the newest step; returns whether there were any.

        Args:
            waits: whether to wait for steps that have not ended on the device.
        """
        recorded = self._taken(_is_any if waits else _has_ended)
        self._most_recorded = MOST_RECORDED
        steps = [event for event in recorded if type(event) is events.StepEnded]
        if steps:
            # Those that would lose their place in the curves are not read.
            stride = self.state.steps.stride_at(steps[-1].step)
            recorded = _thinned(recorded, stride, steps[-1])
        for event in recorded:
            self.state(event.host())
        if sum(type(event) is events.StepEnded for event in recorded) > MOST_READ:
            self._stride *= 2
        self._stride = max(self._stride, self.state.steps.stride)
        return bool(recorded)

    def _taken(self, is_ready):
        """The recorded events before the first that is not ready, and the newest."""
        newest, later = None, []
        while self._newest and is_ready(self._newest[0]):
            newest = self._newest.popleft()
        while self._recorded and not is_ready(self._recorded[-1]):
            later.append(self._recorded.pop())
        recorded, self._recorded = self._recorded, later[::-1]
        if newest is not None and not any(newest is event for event in recorded[-1:]):
            recorded.append(newest)
        return recorded

    def _update(self, **more):
        """Show the state, and at times what changes with an epoch."""
        if self._has_new_epoch and self.travel is not None:
            more["kept"] = self._kept()
        self.view.publish(self.state, **more)
        if self._has_new_epoch:
            self.view.picture()
        self._has_new_epoch = False

    def _show(self, event):
        self._next_check_s = 0.0  # the event may have begun or ended a pause
        if isinstance(event, events.Steered):
            self._update(asked="")
        elif self._stands_still(event) or self.view.due():
            self._update()

    def _stands_still(self, event):
        """Whether this event may be the last for some time, so it must be shown now."""
        is_batch = isinstance(
            event, events.EvaluateStepStarted | events.EvaluateStepEnded
        )
        return self.state.is_held and not is_batch


def _is_any(event):
    return True


def _has_ended(event):
    """Whether a step's results are computed; other events have theirs."""
    if type(event) is not events.StepEnded:
        return True
    is_ready = getattr(events.main_value(event.logs), "is_ready", None)
    return is_ready is None or is_ready()


def _thinned(recorded, stride, newest=None):
    """Recorded events without the steps that `stride` does not divide."""
    return [
        event
        for event in recorded
        if type(event) is not events.StepEnded
        or event.step % stride == 0
        or event is newest
    ]


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
