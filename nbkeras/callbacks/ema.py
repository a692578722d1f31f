"""SwapEMAWeights: evaluate and save with averaged weights."""

import jax.numpy as jnp

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs


class SwapEMAWeights(Callback):
    """Swap the weights with the optimizer's running averages for evaluation.

    Validation and prediction are done with the averages; training goes on with the
    weights. The model must be compiled with `use_ema=True`, as in
    `Adam(use_ema=True)`.

    Args:
        swap_on_epoch: also at the end of each epoch, until the next begins, so that
            a ModelCheckpoint behind it in the list saves the averages.

    Raises:
        ValueError: when a run begins, if no optimizer keeps averages.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Find the averages."""
        self._swapped = False
        self._averaging()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Restore the weights."""
        if self.swap_on_epoch and self._swapped:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Swap the averages in; they stay after the last epoch."""
        if not self.swap_on_epoch or self._swapped:
            return
        self._swap()
        if epoch == self.params["epochs"] - 1:
            # At the end of fit the averages become the weights, which are swapped in.
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
            averages, values = _averages(optimizer), self._values(optimizer)
            weights = self._weights()
            if not averages:
                continue  # before the first step there are none
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
        return {weight.path: weight for weight in self.model.trainable_weights}

    def _values(self, optimizer):
        """Copies of the weights of which an optimizer keeps averages."""
        weights = self._weights()
        return {
            path: jnp.array(weights[path].value, copy=True)
            for path in _averages(optimizer)
        }


def _averages(optimizer):
    state = optimizer.state
    return state["slots"].get("average", {}) if state else {}


def _set_averages(optimizer, values):
    slots = optimizer.state["slots"]
    optimizer.change(slots={**slots, "average": values})
