"""TerminateOnNaN: stop training when the loss is no longer finite."""

import math

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs


class TerminateOnNaN(Callback):
    """Stop training when the loss is NaN or infinite, checked after every step.

    With it, NaN and infinity in the data of `fit` are a notice instead of an error.

    Args:
        raise_error: raise a RuntimeError instead of only stopping.

    Raises:
        RuntimeError: the loss is not finite, with `raise_error`.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Check the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            message = f"Batch {batch}: the loss is {loss}; training stops."
            if self.raise_error:
                raise RuntimeError(message)
            print(message)
            self.model.stop_training = True
