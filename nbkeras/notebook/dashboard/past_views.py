"""Confusion matrix and inside view as of a kept epoch, for the dashboard.

They are computed on a thread of their own, only while they are open, and for the newest
request only: the slider may move faster than a network runs, and a fit must not wait.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbkeras.analysis.inside.network import network_of
from nbkeras.analysis.time_travel.answers import answer_at
from nbkeras.analysis.time_travel.confusion import BATCH, confusion_at, num_classes
from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.core.machine.interactions import interactions
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.inside.pictures import Pictures
from nbkeras.notebook.inside.session import InsideSession
from nbkeras.notebook.inside.widget import Inside
from nbkeras.notebook.widget import translations

# Most classes in the matrix: those with most rows.
MOST_CLASSES = 20
# Seconds that the matrix of one epoch may take; slow networks get fewer rows.
CONFUSION_S = 0.5
NOTHING = {"epoch": None, "inside_epoch": None, "inside_row": None}
NOTHING |= {"matrix": [], "classes": [], "rows": 0, "accuracy": None}
NOTHING |= {"note": "", "inside_note": ""}


@dataclass(frozen=True)
class Request:
    """What the page shows.

    Args:
        epoch: a kept epoch. row: number of the example.
        confusion, inside: whether these are open.
        publish: (**traits) -> None, callable from any thread.
    """

    epoch: int
    row: int
    confusion: bool
    inside: bool
    publish: Callable[..., None]


class PastViews:
    """Computes the newest `Request` for one run.

    Args:
        history: () -> the run's History, or None if it is gone.
        x, y: rows for the confusion matrix and their class numbers; None for none.
        examples: (n, ...) inputs that the inside view offers, or None.
    """

    def __init__(self, history, x, y, examples):
        self._history, self._examples = history, examples
        self._x, self._y = x, y
        self._classes = None
        self._matrices: dict[int, tuple[np.ndarray, float]] = {}
        self._view: Inside | None = None
        self._model: Any = None
        self._shown = NOTHING
        self._lock = threading.Lock()
        self._request: Request | None = None
        self._thread: BackgroundThread | None = None

    def show(self, request: Request) -> None:
        """Compute a request on the thread; it replaces one that waits."""
        if not (request.confusion or request.inside):
            return
        with self._lock:
            self._request = request
            if self._thread is None:
                self._thread = BackgroundThread(
                    self._work, "nbkeras-past", cancel=self._cancel
                )
                self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the newest request is shown."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def close(self) -> None:
        """Close the inside view, of a run whose dashboard shows another one now."""
        self._cancel()
        if self._view is not None:
            self._view.close_comms()

    def _cancel(self):
        with self._lock:
            self._request = None

    def _work(self):
        while True:
            with self._lock:
                request, self._request = self._request, None
                if request is None:
                    self._thread = None
                    return
            history = self._history()
            if history is not None:
                with interactions.first():
                    self._serve(request, history)

    def _serve(self, request, history):
        shown, more = dict(self._shown), {}
        if request.confusion:
            shown |= self._attempt("note", self._confusion, history, request)
        if request.inside:
            shown |= self._attempt("inside_note", self._inside, history, request)
            more = {"inside": self._view}
        self._shown = shown
        request.publish(past=shown, **more)

    def _attempt(self, note, compute, history, request):
        try:
            return {note: "", **compute(history, request)}
        except Exception as error:  # a custom layer may raise anything
            text = translate(str(error)) or type(error).__name__
            return {note: text, **_done(note, request)}

    def _confusion(self, history, request):
        epoch = request.epoch
        if self._classes is None:
            self._measure(history, epoch)
        if not len(self._classes):
            note = translations.text("dashboard", "no_classes")
            return {"note": note, **_done("note", request)}
        if epoch not in self._matrices:
            matrix = confusion_at(history, self._x, self._y, epoch)
            right = np.trace(matrix) / max(matrix.sum(), 1)
            part = matrix[np.ix_(self._classes, self._classes)]
            self._matrices[epoch] = part, float(right)
        matrix, accuracy = self._matrices[epoch]
        return {
            "epoch": epoch,
            "matrix": matrix.tolist(),
            "classes": self._classes.tolist(),
            "rows": len(self._x),
            "accuracy": round(accuracy, 4),
        }

    def _measure(self, history, epoch):
        """Choose the classes, and as many rows as one epoch has time for."""
        self._classes = np.zeros(0, int)
        if self._x is None or self._y is None:
            return
        batch = self._x[:BATCH]
        outputs = np.asarray(answer_at(history, batch, epoch))  # compiles
        count = num_classes(outputs, self._y)
        if not count:
            return
        began = time.perf_counter()
        answer_at(history, batch, epoch)
        batch_s = max(time.perf_counter() - began, 1e-6)
        most = BATCH * max(int(CONFUSION_S / batch_s), 1)
        if len(self._x) > most:
            self._x, self._y = self._x[:most], self._y[:most]
        if len(self._x) > BATCH:  # a shorter last batch would compile again
            whole = len(self._x) // BATCH * BATCH
            self._x, self._y = self._x[:whole], self._y[:whole]
        support = np.bincount(self._y.astype(int), minlength=count)
        largest = np.argsort(-support, kind="stable")[:MOST_CLASSES]
        self._classes = np.sort(largest)

    def _inside(self, history, request):
        """Show the epoch's weights in the inside view, which is made when first asked.

        The view has a model of its own: the run's model may be in training.
        """
        if self._examples is None:
            return _done("inside_note", request)
        if self._view is None:
            self._model = history.model_at(request.epoch)
            network = network_of(self._model)
            pictures = Pictures.collect(
                network, self._examples, None, None, len(self._examples)
            )
            session = InsideSession(network, pictures)
            self._view = Inside(session, at=request.row)
        else:
            values = history.kept.values_at(request.epoch)
            for path, weight in self._model.weights_by_path().items():
                weight.assign(values[path])
            self._view.take_weights()
            self._view.publish(at=request.row)
        return _done("inside_note", request)


def _done(note, request):
    """The epoch that a part of the trait `past` belongs to."""
    if note == "note":
        return {"epoch": request.epoch}
    return {"inside_epoch": request.epoch, "inside_row": request.row}
