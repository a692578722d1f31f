"""Follow a fit: update the views of its model between training steps."""

import time
import weakref

from nbkeras.core.throttle import Throttle
from nbkeras.models.advisers import advisers
from nbkeras.train import events

# Least seconds between two updates, and the largest fraction of the time they take.
EVERY_S = 0.5
SHARE = 1 / 50


class Follower:
    """Tracks which views show which models, and provides a sink for their fits.

    It is registered as one of the `advisers` when the first view is created.
    """

    follows_silent_fits = True

    def __init__(self):
        self._views = weakref.WeakKeyDictionary()

    def add(self, view, model):
        """Make `view` follow every fit of `model`, or of a part of it."""
        self._views[view] = weakref.ref(model)
        if self not in advisers:
            advisers.append(self)

    def compiled(self, model):
        """Do nothing; required of an adviser."""

    def fitting(self, model, x, y, validation):
        """Do nothing when a fit begins; required of an adviser."""

    def watching(self, model):
        """A sink that shows the weights of this fit; None without a view of it."""
        views = [view for view in list(self._views) if self._is_shown(view, model)]
        return Followed(views) if views else None

    def _is_shown(self, view, model):
        looked_at = self._views[view]()
        if looked_at is None:
            return False
        if looked_at is model:
            return True
        trained = {id(weight) for weight in model.weights_by_path().values()}
        shown = looked_at.weights_by_path().values()
        return any(id(weight) in trained for weight in shown)


class Followed:
    """A sink that updates views with the weights from time to time and at the end.

    Args:
        views: views of the model in training.
        clock: seconds, for tests.
    """

    takes_every_step = True

    def __init__(self, views, clock=time.perf_counter):
        self._views = [weakref.ref(view) for view in views]
        self._clock = clock
        self._throttle = Throttle(EVERY_S, clock)
        self._step = self._looks = 0

    def __call__(self, event):
        """Handle one event."""
        if isinstance(event, events.FitStarted):
            self._step = event.steps_done
            self._throttle.take()
        elif isinstance(event, events.StepEnded):
            self._step += 1
            if self._throttle.take():
                self._look({"epoch": event.epoch + 1, "step": self._step})

    def close(self):
        """Show the final weights, which are the model's again."""
        self._look({})

    def _look(self, live):
        began = self._clock()
        for view in (reference() for reference in self._views):
            if view is not None and view.comm is not None:
                view.take_weights(live)
        took, self._looks = self._clock() - began, self._looks + 1
        if self._looks > 1:  # the first one includes the compilation
            self._throttle.every_s = max(EVERY_S, took / SHARE)
        self._throttle.restart()


follower = Follower()
