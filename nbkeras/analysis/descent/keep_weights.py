"""KeepWeights: a callback that records the weights during a fit."""

import numpy as np

from nbkeras.callbacks import Callback
from nbkeras.core import check
from nbkeras.core.annotations import Logs

# Most numbers stored (128 MB of float32); beyond, every second snapshot is dropped.
MOST_NUMBERS = 32_000_000
MOST_SNAPSHOTS = 200


class KeepWeights(Callback):
    """Record the trainable weights during a fit, every few batches.

    Args:
        every: batches between two snapshots; None for one per epoch.

    Attributes:
        snapshots: [{path: array}], the first from before the run. When they become too
            many or too large, every second one is dropped and the interval doubles.

    >>> keep = KeepWeights()
    >>> model.fit(x, y, epochs=5, callbacks=[keep])  # doctest: +SKIP
    >>> nbkeras.descent(model, (x, y), path=keep)  # doctest: +SKIP
    """

    def __init__(self, every: int | None = None) -> None:
        super().__init__()
        if every is not None:
            every = check.positive_int("KeepWeights", "every", every, example=10)
        self.every = every
        self.snapshots = []
        self._stride, self._seen = 1, 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Record the weights before the first step."""
        self.snapshots, self._stride, self._seen = [], 1, 0
        self._keep()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Record the weights every `every` batches."""
        if self.every and (batch + 1) % self.every == 0:
            self._count()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Record the weights every epoch if `every` is None."""
        if not self.every:
            self._count()

    def _count(self):
        self._seen += 1
        if self._seen % self._stride == 0:
            self._keep()

    def _keep(self):
        model = self.model
        paths = model.trainable_paths()
        weights = {p: w for p, w in model.weights_by_path().items() if p in paths}
        self.snapshots.append({p: np.array(w.value) for p, w in weights.items()})
        size = sum(value.size for value in self.snapshots[-1].values())
        most = min(MOST_SNAPSHOTS, max(8, MOST_NUMBERS // max(size, 1)))
        if len(self.snapshots) > most:
            self.snapshots = self.snapshots[::2]
            self._stride *= 2
