"""Placement of dashboards: one per fit, except that fits in a loop share the last one.

A view also limits the number of updates per second, across all fits that it shows.
"""

import threading
import time
from collections import deque

from nbkeras.core.throttle import Throttle
from nbkeras.notebook import environment

UPDATES_PER_S = 8.0
MOST_IN_A_CELL = 4
# Interval at which the static picture of a running dashboard is updated, so that it is
# recent if the kernel dies.
PICTURE_EVERY_S = 20.0


class View:
    """A dashboard on the page, with a limited update rate.

    Args:
        widget: the dashboard.
        hz: most updates per second.
        clock: time in seconds.
    """

    def __init__(self, widget, hz=UPDATES_PER_S, clock=time.monotonic):
        self.widget, self.clock = widget, clock
        self.requests = None
        self._updates = Throttle(1 / hz, clock)
        self._updates.restart()
        self._pictured = clock()
        self._pending = None

    def due(self):
        """Whether an update may be sent now."""
        return self._updates.due()

    def publish(self, state, **more):
        """Show a `RunState`."""
        self._updates.restart()
        self._pending = None
        if not state.status.is_active:
            more = {**more, "asked": ""}
        self.widget.publish(**state.traits(), **more)

    def picture(self, after_s=PICTURE_EVERY_S):
        """Update the static picture, unless the last one is recent."""
        if self.clock() - self._pictured >= after_s:
            self._pictured = self.clock()
            self.widget.update_static_picture()

    def finish(self, state, may_wait):
        """Show the end of a run; one of many in a loop may wait for `flush`."""
        if not may_wait:
            self.publish(state)
            self.picture(0)
            return
        if self.due():
            self.publish(state)
        self._pending = state

    def flush(self):
        """Show the pending state and its static picture."""
        state = self._pending
        if state is not None:
            self.publish(state)
            self.picture(0)

    def repeat(self):
        """Publish the current state again."""
        self.widget.send_state()
        self.widget.update_static_picture()

    @property
    def free(self):
        """Whether the view's run is over."""
        return self._pending is not None or not self.widget.is_active

    def reuse(self):
        """Reassign the view to another run, discarding its pending state."""
        self._pending = None
        return self


class Views:
    """The views of the current cell; every cell starts with none."""

    def __init__(self):
        self._lock = threading.Lock()
        self._cell, self._views, self._count = None, [], 0
        self._repeat = deque()

    def take(self, make):
        """A view for a new run.

        Args:
            make: () -> View, which displays a new widget.

        Returns:
            (view, number of the run in its cell, whether the view was reused).
        """
        with self._lock:
            cell = environment.cell()
            if cell is None or cell != self._cell:
                self._cell, self._views, self._count = cell, [], 0
            self._count += 1
            if len(self._views) >= MOST_IN_A_CELL and self._views[-1].free:
                return self._views[-1].reuse(), self._count, True
            self._views.append(make())
            return self._views[-1], self._count, False

    def repeat(self, view):
        """Publish a view's final state again at the end of the cell running then.

        Messages that a thread sends after its own cell has ended are lost where a
        notebook runs without a browser, as in nbconvert and papermill.
        """
        self._repeat.append(view)

    def flush(self, *_):
        """Show all pending states at the end of a cell."""
        for view in self._views:
            view.flush()
        while self._repeat:
            self._repeat.popleft().repeat()


views = Views()
