"""Follow a fit: show its weights in the views of its model, at step edges."""

import time
import weakref

from nbkeras.core.throttle import Throttle
from nbkeras.models.advisers import advisers
from nbkeras.train import events

# Seconds between two looks, at least; and how much longer than a look takes.
EVERY_S = 0.5
SHARE = 1 / 50


class Follower:
    """Knows which views look at which models, and gives a fit a sink for them.

    It is one of the `advisers` from the first view on.
    """

    def __init__(self):
        self._views = weakref.WeakKeyDictionary()

    def add(self, view, model):
        """From now on `view` follows every fit of `model`, or of a part of it."""
        self._views[view] = weakref.ref(model)
        if self not in advisers:
            advisers.append(self)

    def compiled(self, model):
        """Nothing to say about a model that was compiled."""

    def fitting(self, model, x, y, validation):
        """Nothing to say about data."""

    def watching(self, model):
        """A sink that shows the weights of this fit, None where nobody looks."""
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
    """A sink: lets views look at the weights now and then, and at the end.

    Args:
        views: of the model in training.
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
        """The weights are the model's again: show those that it ended with."""
        self._look({})

    def _look(self, live):
        began = self._clock()
        for view in (reference() for reference in self._views):
            if view is not None and view.comm is not None:
                view.take_weights(live)
        took, self._looks = self._clock() - began, self._looks + 1
        if self._looks > 1:  # the first one compiles, which says nothing of the others
            self._throttle.every_s = max(EVERY_S, took / SHARE)
        self._throttle.restart()


follower = Follower()
