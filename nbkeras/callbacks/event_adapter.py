"""Adapter from training events to callback hooks."""

from nbkeras.callbacks.base import Callback
from nbkeras.core.machine import processes
from nbkeras.train.logs_dict import LogsDict

BATCH_HOOKS = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
    "on_test_batch_begin": None,
    "on_test_batch_end": None,
    "on_predict_batch_begin": None,
    "on_predict_batch_end": None,
}


class LazyLogs(LogsDict):
    """Logs of a step, read from the device on first access."""

    def __init__(self, event):
        super().__init__(event.logs)
        self._event = event

    def _load(self):
        if self._event is not None:
            event, self._event = self._event, None
            super().update(event.host().logs)
        return self

    def __getitem__(self, name):
        self._load()
        return super().__getitem__(name)

    def recorded_name(self, name):
        """The recorded name of an entry, as in `LogsDict`."""
        self._load()
        return super().recorded_name(name)

    def items(self):
        """As in a dict."""
        self._load()
        return super().items()

    def values(self):
        """As in a dict."""
        self._load()
        return super().values()

    def copy(self):
        """As in a dict."""
        return LogsDict(self._load())

    def __repr__(self):
        self._load()
        return super().__repr__()

    # `dict(logs)` and `{**logs}` call keys() because it is overridden.
    def keys(self):
        """As in a dict."""
        self._load()
        return super().keys()

    def __iter__(self):
        self._load()
        return super().__iter__()


class CallbackSink:
    """Call the hooks of each event, in the order of the callbacks.

    Args:
        callbacks: Callback instances (or objects with the same hooks). With several
            processes, callbacks that write files run only in the first one.
        model: passed to each callback; `stop_training` is checked after each event.
        control: receives the request when a callback asks to stop.
        params: parameters of the run, passed to each callback.
    """

    def __init__(self, callbacks, model, control, params=None):
        first = processes.is_first()
        self.callbacks = [c for c in callbacks if first or not _writes(c)]
        self._model = model
        self._control = control
        self._wants = {
            hook: [c for c in self.callbacks if _overrides(c, hook, old)]
            for hook, old in BATCH_HOOKS.items()
        }
        self._params = dict(params or {})
        for callback in self.callbacks:
            getattr(callback, "set_model", _nothing)(model)
            getattr(callback, "set_params", _nothing)(self._params)

    @property
    def wants_train_batches(self):
        """Whether a callback overrides a hook for training batches."""
        return any(self._wants[hook] for hook in list(BATCH_HOOKS)[:2])

    def __call__(self, event):
        """Handle one event."""
        handler = getattr(self, f"_{type(event).__name__}", None)
        if handler and self.callbacks:
            handler(event)
        if getattr(self._model, "stop_training", False):
            self._control.stop(finish=True)

    def _all(self, hook, *args):
        for callback in self.callbacks:
            # Objects that do not subclass Callback may lack some hooks.
            getattr(callback, hook, _nothing)(*args)

    def _batch(self, hook, event, logs):
        for callback in self._wants[hook]:
            getattr(callback, hook)(event.batch, logs)

    def _FitStarted(self, event):
        self._all("on_train_begin", {})

    def _FitEnded(self, event):
        # Callbacks that keep state for the next run (BackupAndRestore) must know
        # whether this run completed; a run that a callback stopped counts as complete.
        self._params["cut_short"] = self._control.cut_short
        first_error = None
        for callback in self.callbacks:
            try:
                getattr(callback, "on_train_end", _nothing)(LogsDict(event.logs))
            except Exception as error:
                first_error = first_error or error
        if first_error is not None:
            raise first_error

    def _EpochStarted(self, event):
        self._all("on_epoch_begin", event.epoch, {})

    def _EpochEnded(self, event):
        self._all("on_epoch_end", event.epoch, event.logs)

    def _StepStarted(self, event):
        self._batch("on_train_batch_begin", event, {})

    def _StepEnded(self, event):
        if self._wants["on_train_batch_end"]:
            self._batch("on_train_batch_end", event, LazyLogs(event))

    def _EvaluateStarted(self, event):
        self._all("on_test_begin", {})

    def _EvaluateStepStarted(self, event):
        self._batch("on_test_batch_begin", event, {})

    def _EvaluateStepEnded(self, event):
        if self._wants["on_test_batch_end"]:
            self._batch("on_test_batch_end", event, LazyLogs(event))

    def _EvaluateEnded(self, event):
        self._all("on_test_end", LogsDict(event.logs))

    def _PredictStarted(self, event):
        self._all("on_predict_begin", {})

    def _PredictStepStarted(self, event):
        self._batch("on_predict_batch_begin", event, {})

    def _PredictStepEnded(self, event):
        self._batch("on_predict_batch_end", event, event.logs)

    def _PredictEnded(self, event):
        self._all("on_predict_end", {})


def _overrides(callback, hook, old):
    """Whether a callback overrides `hook`."""
    for name in (hook, old):
        method = name and getattr(callback, name, None)
        if not method:
            continue
        function = getattr(method, "__func__", None)
        if function is None or function is not getattr(Callback, name):
            return True
    return False


def _nothing(*_args):
    """Stands in for a hook that an object lacks."""


def _writes(callback):
    return getattr(callback, "writes_files", False)
