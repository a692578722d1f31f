"""SwapEMAWeights: evaluate and save with averaged weights."""

import jax.numpy as jnp

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs


class SwapEMAWeights(Callback):
    """Swap the weights with the optimizer's moving averages for evaluation.

    Validation and prediction use the averages; training continues with the weights.
    The optimizer must keep averages, as in `Adam(use_ema=True)`.

    Args:
        swap_on_epoch: also swap from the end of each epoch to the start of the next,
            so that a ModelCheckpoint later in the list saves the averages.

    Raises:
        ValueError: at the start of a run, if no optimizer keeps averages.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Check that an optimizer keeps averages."""
        self._swapped = False
        self._averaging()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Restore the weights."""
        if self.swap_on_epoch and self._swapped:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Swap the averages in; after the last epoch they stay."""
        if not self.swap_on_epoch or self._swapped:
            return
        self._swap()
        if epoch == self.params["epochs"] - 1:
            # At its end, fit assigns the averages to the weights, so both must agree.
            for optimizer in self._averaging():
                _set_averages(optimizer, self._values(optimizer))

    def on_test_begin(self, logs: Logs = None) -> None:
        """Swap the averages in."""
        if not self._swapped:
            self._swap()

    def on_test_end(self, logs: Logs = None) -> None:
        """Restore the weights."""
        if self._swapped:
            self._swap()

    on_predict_begin = on_test_begin
    on_predict_end = on_test_end

    def _swap(self):
        for optimizer in self._averaging():
            averages, values = optimizer.averages(), self._values(optimizer)
            weights = self._weights()
            if not averages:
                continue  # there are none before the first step
            for path, average in averages.items():
                weights[path].assign(average)
            _set_averages(optimizer, values)
        self._swapped = not self._swapped

    def _averaging(self):
        """The optimizers that keep averages: the optimizer, or its inner ones."""
        outer = self.model.optimizer
        outer = getattr(outer, "inner_optimizer", outer)
        optimizers = [
            optimizer
            for optimizer in getattr(outer, "optimizers", [outer])
            if getattr(optimizer, "use_ema", False)
        ]
        if not optimizers:
            raise ValueError(
                "SwapEMAWeights: the optimizer keeps no averages of the weights. "
                f"Compile with {type(outer).__name__}(use_ema=True)."
            )
        return optimizers

    def _weights(self):
        return self.model.weights_by_path()

    def _values(self, optimizer):
        """Copies of the weights whose averages an optimizer keeps."""
        weights = self._weights()
        return {
            path: jnp.array(weights[path].value, copy=True)
            for path in optimizer.averages()
        }


def _set_averages(optimizer, values):
    slots = optimizer.state["slots"]
    optimizer.change(slots={**slots, "average": values})
