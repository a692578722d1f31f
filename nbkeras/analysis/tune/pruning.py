"""Pruning: a trial that is worse than half of the earlier ones ends early."""

import math
from typing import Any

from nbkeras.analysis.tune.studies import optuna
from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs
from nbkeras.train.logs_dict import LogsDict

# Trials that run to their end before any is compared with them.
FIRST_TRIALS = 4


def pruner() -> Any:
    """Optuna's rule: prune below the median of earlier trials at the same epoch."""
    return optuna().pruners.MedianPruner(n_startup_trials=FIRST_TRIALS)


class TrialWatch(Callback):
    """A callback that reports each epoch, prunes the trial, saves the best model.

    Args:
        trial: of Optuna.
        search: has `tuning`, `best_of_others(number)`, `epoch_ended(number, value)`.
    """

    def __init__(self, trial: Any, search: Any) -> None:
        super().__init__()
        self.trial, self.search = trial, search
        self.pruned, self.best = False, None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Report the objective; end the trial where Optuna's pruner says so."""
        tuning = self.search.tuning
        value = LogsDict(logs or {}).get(tuning.objective)
        if value is None or not math.isfinite(value):
            return
        value = float(value)
        self.trial.report(value, epoch)
        if tuning.is_better(value, self.best):
            self.best = value
            if tuning.is_better(value, self.search.best_of_others(self.trial.number)):
                self.model.save(tuning.model_file)
        self.search.epoch_ended(self.trial.number, value)
        if self.trial.should_prune():
            self.pruned = True
            self.model.stop_training = True
