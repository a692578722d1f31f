"""Callback: Keras's hooks, which do nothing unless overridden."""

from typing import Any

from nbkeras.core.annotations import Logs
from nbkeras.core.configurable import Configurable


class Callback(Configurable):
    """Base class of callbacks, with the attributes `self.model` and `self.params`.

    `logs` is a dict of floats; what `on_epoch_end` adds to it goes into the history.
    Set `self.model.stop_training = True` to end the fit after the step. One with
    `writes_files = True` is called in the first only of several processes.
    """

    keras_module = "keras.callbacks"

    writes_files = False
    model: Any = None
    params: dict[str, Any]
    validation_data: Any = None

    def __init__(self) -> None:
        self.params = {}

    def set_model(self, model: Any) -> None:
        """Called once, before the run."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once, before the run, with epochs, steps and verbose."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, also after a stop, an interrupt or an error."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before the first batch of an epoch; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After the validation of an epoch."""

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a training step; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a training step; `logs` are running means of the epoch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before an evaluation step."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After an evaluation step."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a prediction step."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a prediction step; `logs["outputs"]` holds the outputs."""
