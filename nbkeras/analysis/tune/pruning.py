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
        search: has `tuning`, `best_of_others(number)`, `epoch_ended(number, value)`,
            `trial_file(number)`, `show()`, `lock`, and `is_left` once nobody waits for
            the trial any more.
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
        search, number = self.search, self.trial.number
        with search.lock:
            if search.is_left:
                return
            self.trial.report(value, epoch)
            if tuning.is_better(value, self.best):
                self.best = value
                if tuning.is_better(value, search.best_of_others(number)):
                    self.model.save(search.trial_file(number))
            search.epoch_ended(number, value)
            self.pruned = self.trial.should_prune()
        if self.pruned:
            self.model.stop_training = True
        search.show()
