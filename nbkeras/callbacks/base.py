"""Callback: the hooks of Keras, which do nothing unless overridden."""

from typing import Any

from nbkeras.core.annotations import Logs
from nbkeras.core.serialization.configurable import Configurable


class Callback(Configurable):
    """Base class of callbacks, with the attributes `self.model` and `self.params`.

    `logs` is a dict of floats; entries that `on_epoch_end` adds are recorded in the
    history. Set `self.model.stop_training = True` to stop the fit after the current
    step, and `stop_evaluating` or `stop_predicting` to end that pass after the current
    batch. With several processes, a callback with `writes_files = True` runs only in
    the first one.
    """

    keras_module = "keras.callbacks"

    writes_files = False
    model: Any = None
    params: dict[str, Any]
    validation_data: Any = None

    def __init__(self) -> None:
        self.params = {}

    def set_model(self, model: Any) -> None:
        """Set `self.model`; called once, before the run."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Set `self.params` (epochs, steps, verbose); called once, before the run."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called after the last epoch, and after a stop, an interrupt or an error."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called before the first batch of an epoch; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called at the end of an epoch, after its validation."""

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a training step; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a training step; `logs` hold running means over the epoch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called before evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called after evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before an evaluation step."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after an evaluation step."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called before prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called after prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a prediction step."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a prediction step; `logs["outputs"]` holds the outputs."""
