"""History as a callback: what `fit` returns, and the base class of users' own."""

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs
from nbkeras.train.history import History as RunHistory


class History(RunHistory, Callback):
    """The results of each epoch: `history.history["loss"]`, `history.epoch`.

    `fit` returns one. A subclass with hooks of its own can be passed as a callback; it
    records what reaches `super().on_epoch_end(epoch, logs)`.

    Args:
        schedule: has `note(event)`, told every event.

    >>> class Rates(History):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         super().on_epoch_end(epoch, logs)
    ...         print(epoch, sorted(self.history))
    >>> Rates().on_epoch_end(0, {"loss": 0.5})
    0 ['loss']
    """

    @property
    def takes_events(self) -> bool:
        """Whether it is filled by events: a subclass with hooks is by its hooks."""
        hooks = [name for name in dir(type(self)) if name.startswith("on_")]
        return all(
            getattr(type(self), name) is getattr(History, name, None) for name in hooks
        )

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew: without the numbers of earlier epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Record the logs of an epoch."""
        self._note_epoch(epoch, logs or {})
