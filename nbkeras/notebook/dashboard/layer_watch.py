"""The layer panel of the dashboard: inspects steps of a running fit at a bounded cost.

While the panel is open, the training thread inspects a few rows of the training data
once per second, between two steps. Slow inspections are made less often, so that they
take at most `COST_SHARE` of the time. A closed panel costs nothing, not even a
compilation. With several losses, it compares their gradients on the shared weights too.
"""

import time
import weakref

import jax
import numpy as np

from nbkeras.analysis.task_gradients.task_gradients import GradientLooker
from nbkeras.analysis.xray.look import Looker, model_state
from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.data.batches import first
from nbkeras.distribution import parallel
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.task_gradients import show as task_gradients
from nbkeras.notebook.widget import translations
from nbkeras.notebook.xray import sentences

# Rows per inspection, seconds between two, and the largest fraction of time they take.
MOST_ROWS = 32
EVERY_S = 1.0
COST_SHARE = 0.025


class LayerWatch:
    """Inspects the layers of one run while its panel is open.

    Args:
        plan: the `FitPlan`.
        model: the model in training, held by a weak reference.
        clock: seconds, for tests.
    """

    def __init__(self, plan, model, clock=time.perf_counter):
        self._model, self._clock = weakref.ref(model), clock
        self._batch, self._rows = _small_batch(plan)
        self._looker = None  # compiled
        self._gradient_looker = None  # compiled; None for one loss
        self._thread = None
        self._trouble = ""
        self._looked_s = self._cost_s = 0.0
        self.is_open = False
        self.look = {}

    def open(self, publish):
        """Handle opening of the panel: compile, and inspect a finished run at once.

        Args:
            publish: (value of the trait `layers`) -> None, callable from any thread.
        """
        self.is_open = True
        if self._thread is not None or self._looker is not None:
            if self._looker is not None:
                self._look_at_rest(publish)
            return
        if why := self._why_not():
            publish({"message": translations.text("xray", "impossible", why=why)})
            return
        publish({"message": translations.text("xray", "compiling")})
        thread = BackgroundThread(
            lambda: self._compile(publish), "nbkeras-layers", cancel=lambda: None
        )
        self._thread = thread
        thread.start()

    def close(self):
        """Handle closing of the panel: stop inspecting."""
        self.is_open = False

    def step(self, number):
        """Called between two steps: the new trait `layers`, or None if none is due.

        Args:
            number: number of steps taken.
        """
        if not self.is_open or self._looker is None:
            return None
        pause = max(EVERY_S, self._cost_s / COST_SHARE)
        if self._looked_s and self._clock() - self._looked_s < pause:
            return None
        model = self._model()
        cell = None if model is None else model.running_cell()
        if cell is None:
            return None
        began = self._clock()
        with cell.lock:
            ts = cell.ts
            state = (ts.params, ts.state, ts.opt, ts.seed, ts.step)
            look = self._looker(self._batch, state, self._rows)
            tasks = self._task_gradients(state)
        self.look = _picture(look, tasks)
        self._looked_s = self._clock()
        self._cost_s = self._looked_s - began
        return self._with_message(look.rows, number)

    def _task_gradients(self, state):
        """The `TaskGradients` of the same rows; None without several losses."""
        if self._gradient_looker is None:
            return None
        try:
            return self._gradient_looker(self._batch, *state[:2], self._rows)
        except ValueError:  # the losses share no weight, and never will
            self._gradient_looker = None
            return None

    def _compile(self, publish):
        model = self._model()
        try:
            looker, shapes = Looker(model), _shapes(model)
            looker.compile(self._batch, shapes)
            if model.task_weights is not None:
                gradient_looker = GradientLooker(model)
                gradient_looker.compile(self._batch, *shapes[:2])
                self._gradient_looker = gradient_looker
        except Exception as error:  # a custom layer may raise anything
            why = translate(str(error).splitlines()[0]) if str(error) else ""
            publish({"message": translations.text("xray", "impossible", why=why)})
            return
        self._looker = looker
        publish({"message": translations.text("xray", "waiting")})
        self._look_at_rest(publish)

    def _look_at_rest(self, publish):
        model = self._model()
        if model is None or model.running_cell() is not None:
            return
        state = model_state(model)
        look = self._looker(self._batch, state, self._rows)
        tasks = self._task_gradients(state)
        taken = int(np.asarray(model.optimizer.iterations))
        self.look = _picture(look, tasks)
        publish(self._with_message(look.rows, taken))

    def _with_message(self, rows, number):
        share = min(self._cost_s / EVERY_S, COST_SHARE)
        self.look["message"] = translations.text(
            "xray", "cost", step=number, rows=rows, share=sentences.percent(share)
        )
        return self.look

    def _why_not(self):
        model = self._model()
        if model is None or self._batch is None:
            return translations.text("xray", "no_rows")
        if owns_training(model) or parallel.distribution() is not None:
            return translations.text("xray", "own_step")
        return ""


def _picture(look, tasks):
    """The trait `layers` of an inspection, without its message."""
    picture = sentences.picture_of(look)
    if tasks is not None:
        picture["tasks"] = task_gradients.trait_of(tasks)
    return picture


def _small_batch(plan):
    """((x, y, weight, valid), rows) of the first rows; (None, 0) if unavailable."""
    batch = first(plan.train)
    if batch is None:
        return None, 0
    rows = min(batch.rows, MOST_ROWS)
    parts = (batch.x, batch.y, batch.weight)
    return (*jax.tree.map(lambda a: a[:rows], parts), None), rows


def _shapes(model):
    """The shapes of a step's state, during a run or after it."""
    cell = model.running_cell()
    if cell is None:
        state = model_state(model)
    else:
        with cell.lock:
            ts = cell.ts
            state = (ts.params, ts.state, ts.opt, ts.seed, ts.step)
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype) if hasattr(a, "shape") else a,
        state,
    )
