"""Time travel on the dashboard: kept epochs, and past outputs for an example."""

import math
import time
import weakref

import numpy as np

from nbkeras.analysis.time_travel.answers import answer_at
from nbkeras.notebook.dashboard.past_views import PastViews, Request
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.static_picture import png_data_url

# Number of examples to choose from, and of outputs shown for each.
MOST_ROWS = 24
MOST_OUTPUTS = 10
# Most rows for the confusion matrix, and most bytes of them.
CONFUSION_ROWS, CONFUSION_BYTES = 1000, 16 * 2**20
# Longest side of the image, in pixels of the data.
MOST_PX = 128
# Seconds spent on precomputing the answers of neighbouring epochs.
MORE_S = 0.12
# Larger networks are not run on every move of the slider.
MOST_WEIGHTS = 5_000_000

NOTHING = {"epochs": [], "best": None, "at": None, "rows": 0, "message": ""}
NOTHING |= {"failed": False}


class TimeTravel:
    """Serves the kept epochs of one run to the page; thread-safe.

    Args:
        history: the run's `History`, held by a weak reference.
        plan: its `FitPlan`.
    """

    def __init__(self, history, plan):
        self._history = weakref.ref(history)
        self._x, self._y = examples(plan)
        self.past = PastViews(self._history, *confusion_rows(plan), self._x)
        self._answers = {}  # {row: {epoch: output}}
        self.trouble = ""
        history.kept.turn_on()

    def summary(self):
        """The trait `kept`."""
        history = self._history()
        if history is None:
            return NOTHING
        kept = history.kept
        # Their values would be copied from the run.
        sizes = [math.prod(weight.shape) for weight in history.model.weights]
        is_small = sum(sizes) <= MOST_WEIGHTS
        return {
            "epochs": kept.epochs,
            "best": kept.best if kept.best in kept.epochs else None,
            "at": kept.at,
            "rows": len(self._x) if self._x is not None and is_small else 0,
            "message": self.trouble or _where(kept.at),
            "failed": bool(self.trouble),
        }

    def answer(self, epoch, row):
        """The trait `then`: the model's output for an example at an epoch.

        Outputs of neighbouring epochs are included as far as time allows.
        """
        history = self._history()
        if history is None or self._x is None:
            return {}
        row = int(row) % len(self._x)
        answers = self._answers.setdefault(row, {})
        kept = history.kept_epochs
        deadline = None
        for number in sorted(kept, key=lambda n: abs(n - epoch)):
            if number in answers:
                continue
            if deadline is not None and time.perf_counter() > deadline:
                break
            output = np.asarray(answer_at(history, self._x[row : row + 1], number))
            answers[number] = output.reshape(-1).astype(float)
            # The first answer includes the compilation: start timing after it.
            deadline = deadline or time.perf_counter() + MORE_S
        return self._shown(row, {n: answers[n] for n in kept if n in answers}, epoch)

    def show_past(self, epoch, row, view, publish):
        """Show the confusion matrix and the inside view, if open, as of an epoch.

        Args:
            epoch: a kept epoch. row: number of the example.
            view: the dashboard's trait, which says what is open.
            publish: (**traits) -> None, called from another thread.
        """
        if self._x is None or epoch not in self.summary()["epochs"]:
            return
        is_open = view.get("travel", False)
        confusion, inside = (is_open and view.get(k) for k in ("confusion", "inside"))
        row = int(row) % len(self._x)
        self.past.show(Request(epoch, row, bool(confusion), bool(inside), publish))

    def go_back(self, epoch):
        """Restore the model to an epoch; a failure is reported in `trouble`."""
        history, self.trouble = self._history(), ""
        if history is None:
            return
        try:
            history.go_back(epoch)
        except (ValueError, RuntimeError) as error:
            self.trouble = translate(str(error))

    def _shown(self, row, answers, epoch):
        if not answers:
            return {}
        nearest = answers[min(answers, key=lambda n: abs(n - epoch))]
        truth = None if self._y is None else float(self._y[row])
        shown = np.arange(len(nearest))
        if len(shown) > MOST_OUTPUTS:
            shown = np.sort(np.argsort(-nearest)[:MOST_OUTPUTS])
        return {
            "row": row,
            "picture": picture_of(self._x[row]),
            "truth": truth if truth is None or np.isfinite(truth) else None,
            "labels": [int(number) for number in shown],
            "answers": [
                [number, [_finite(value) for value in output[shown]]]
                for number, output in answers.items()
            ],
        }


def _where(epoch):
    """The sentence naming the epoch that the model was restored to."""
    if epoch is None:
        return ""
    key = "went_back" if epoch else "went_back_start"
    return translations.text("dashboard", key, epoch=epoch)


def examples(plan):
    """(x, y) of some examples as arrays, from the validation or the training data.

    Of data in batches they are rows of a batch that was read ahead. (None, None) if
    there are none or the model has several inputs; y is None unless it is one number or
    class per example.
    """
    data = _arrays_of(plan)
    return (None, None) if data is None else _rows(*data, slice(MOST_ROWS))


def confusion_rows(plan):
    """(x, y) of rows for the confusion matrix, evenly spread; as in `examples`."""
    data = _arrays_of(plan)
    if data is None:
        return None, None
    x = data[0]
    size = max(np.asarray(x[:1]).nbytes, 1)
    most = max(min(CONFUSION_ROWS, CONFUSION_BYTES // size), 1)
    return _rows(*data, slice(None, None, -(-x.shape[0] // most)))


def _arrays_of(plan):
    """(x, y or None) of the validation or the training data, or None."""
    data = getattr(plan.validation, "data", None) or plan.arrays()
    if data is None:
        batch = _read_ahead(plan.validation) or _read_ahead(plan.train)
        data = None if batch is None else (batch.x, batch.y)
    if not isinstance(data, tuple):
        return None
    x, y = data[0], data[1] if len(data) > 1 else None
    if isinstance(x, list | tuple) and len(x) == 1:
        x = x[0]
    return (x, y) if hasattr(x, "ndim") and x.ndim and x.shape[0] else None


def _read_ahead(batches):
    """The first batch where it can be seen without being used up, else None."""
    peek = getattr(batches, "peek", None)
    return None if peek is None else peek()


def _rows(x, y, chosen):
    x = np.array(x[chosen])
    if x.dtype.kind not in "fiub":
        return None, None
    if not hasattr(y, "ndim"):
        return x, None
    y = np.array(y[chosen])
    if y.ndim == 2 and y.shape[1] > 1:  # one-hot
        y = y.argmax(1)
    y = y.reshape(len(y), -1)
    return x, y[:, 0] if y.shape[1] == 1 and y.dtype.kind in "fiub" else None


def picture_of(x):
    """A `data:` URL of an example that is an image, else ""."""
    x = np.asarray(x, float)
    if x.ndim == 2:
        x = x[..., None]
    if x.ndim != 3 or min(x.shape[:2]) < 4 or x.shape[-1] not in (1, 3, 4):
        return ""
    every = -(-max(x.shape[:2]) // MOST_PX)
    x = x[::every, ::every]
    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    if low < 0:
        x = (x - low) / max(high - low, 1e-9) * 255
    elif high <= 1:
        x = x * 255
    return png_data_url(np.nan_to_num(np.clip(x, 0, 255)).astype(np.uint8))


def _finite(value):
    return float(f"{value:.5g}") if np.isfinite(value) else None
