"""Search for the hyperparameters of a model: suggested by Optuna, trained by `fit`."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.lr_finder.search import unpack_data
from nbkeras.analysis.tune import studies
from nbkeras.analysis.tune.choices import builder_of
from nbkeras.analysis.tune.pruning import TrialWatch, pruner
from nbkeras.analysis.tune.results import FirstSuggestion, Trial, Tuning
from nbkeras.analysis.tune.search_control import FitSteering, SearchControl
from nbkeras.callbacks.monitored_metric import Monitor
from nbkeras.core import check
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names.display_name import quoted
from nbkeras.data.adapters import is_arrays
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.train.logs_dict import LogsDict
from nbkeras.utils import set_random_seed

# The share of arrays that is held out where no validation data is given.
HELD_OUT = 0.2
# So many failures of `build` or `fit` in a row end the search.
MOST_FAILURES = 3
# What Optuna has no place for, noted on its trials.
SECONDS, ERROR, STATUS = "nbkeras_seconds", "nbkeras_error", "nbkeras_status"


def search(
    build: Callable[[Any], Any] | BaseModel,
    data: Any,
    *,
    seconds: float | None = 60,
    trials: int | None = None,
    epochs: int = 10,
    objective: str | None = None,
    validation_data: Any = None,
    batch_size: int | None = None,
    callbacks: Sequence[Any] = (),
    seed: int | None = None,
    name: str | None = None,
    folder: str | Path = "tuning",
    storage: Any = None,
    control: SearchControl | None = None,
    watch: Callable[[Tuning], None] | None = None,
    result: type[Tuning] = Tuning,
) -> Tuning:
    """Try hyperparameters until the budget is used up; see `nbkeras.tune`.

    Args:
        control: for buttons; its budget then counts, not `seconds`.
        watch: (tuning so far) -> None, called on this thread after each epoch and at
            the beginning and end of each trial.
        result: the class of what is returned.
    """
    studies.optuna()
    check_budget(seconds, trials)
    build = builder_of(build)
    epochs = check.positive_int("tune", "epochs", epochs, example=10)
    fit_data = _fit_data(data, validation_data, batch_size)
    first = _compiled(build(FirstSuggestion()))
    _meet(first, fit_data)
    objective = objective or _default_objective(first, fit_data)
    direction = _direction(first, objective, fit_data)
    name = name or studies.study_name(build)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    study = studies.open_study(
        name,
        folder,
        storage,
        {"max": "maximize", "min": "minimize"}[direction],
        seed,
        pruner(),
    )
    tuning = result(
        objective, direction, name, build, folder / f"{name}.best.keras", study=study
    )
    run = _Search(tuning, control or SearchControl(seconds), watch)
    fit = {**fit_data, "epochs": epochs, "verbose": 0, "keep_epochs": False}
    return run.run(fit, tuple(callbacks), trials, seed)


class _Search:
    """One call of `search`."""

    def __init__(self, tuning, control, watch):
        self.tuning, self.control, self.watch = tuning, control, watch
        self.failures = 0

    def run(self, fit, callbacks, most_trials, seed):
        try:
            self._read_trials()
            while not self.control.ended:
                if most_trials is not None and self._finished() >= most_trials:
                    break
                self.control.wait_while_paused()
                if not self.control.ended:
                    self._try_one(fit, callbacks, seed)
        except KeyboardInterrupt:
            self.control.stop()
        finally:
            self.control.close()
        self._read_trials()
        self._show(self.control.ended or "trials")
        return self.tuning

    def _try_one(self, fit, callbacks, seed):
        """Build, train and tell Optuna of one trial."""
        trial = self.tuning.study.ask()
        studies.sign(trial)
        watcher = TrialWatch(trial, self)
        began, error = time.perf_counter(), ""
        try:
            if seed is not None:
                set_random_seed(seed + trial.number)
            model = _compiled(self.tuning.build(trial))
            self._read_trials()
            self._show()
            if not self.control.ended:
                model.fit(
                    **fit,
                    callbacks=[*callbacks, watcher, FitSteering(self.control)],
                )
        except KeyboardInterrupt:
            self._tell(trial, watcher, "stopped", began, "")
            raise
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}".splitlines()[0]
            self._tell(trial, watcher, "failed", began, error)
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                raise
            return
        self.failures = 0
        self._tell(trial, watcher, self._status(watcher), began, error)

    def _status(self, watcher):
        if watcher.pruned:
            return "pruned"
        return "stopped" if self.control.ended else "completed"

    def _tell(self, trial, watcher, status, began, error):
        state = studies.optuna().trial.TrialState
        trial.set_user_attr(SECONDS, round(time.perf_counter() - began, 3))
        value = watcher.best
        if status == "completed" and value is None:
            status, error = (
                "failed",
                f"{self.tuning.objective} was never a finite number",
            )
        trial.set_user_attr(STATUS, status)
        if error:
            trial.set_user_attr(ERROR, error)
        if status == "completed":
            self.tuning.study.tell(trial, value)
        else:
            ran = watcher.best is not None and status != "failed"
            self.tuning.study.tell(trial, state=state.PRUNED if ran else state.FAIL)
        self._read_trials()
        self._show()

    def _finished(self):
        return sum(t.status in ("completed", "pruned") for t in self.tuning.trials)

    def _read_trials(self):
        """Take over all trials of the study, those of other processes too."""
        self.tuning.trials = trials_of(self.tuning)
        self.tuning.seconds = self.control.seconds

    def epoch_ended(self, number, value):
        """A trial has a new value: show it, without asking the storage."""
        trials = self.tuning.trials
        for place, trial in enumerate(trials):
            if trial.number == number:
                values = (*trial.values, value)
                trials[place] = dataclasses.replace(
                    trial, value=self.tuning.best_of(values), values=values
                )
        self.tuning.seconds = self.control.seconds
        self._show()

    def best_of_others(self, number):
        """The best value of the other trials by now, or None.

        Other processes may have found a better one since this trial began.
        """
        trials = trials_of(self.tuning)
        return self.tuning.best_of(
            trial.value
            for trial in trials
            if trial.is_scored and trial.number != number
        )

    def _show(self, status=None):
        self.tuning.status = status or (
            "paused" if self.control.paused else "searching"
        )
        if self.watch is not None:
            self.watch(self.tuning)


def check_budget(seconds: float | None, trials: int | None) -> None:
    """Refuse a search without an end."""
    if seconds is not None:
        check.number("tune", "seconds", seconds, 0, example=60)
    if trials is not None:
        check.positive_int("tune", "trials", trials, example=20)
    if seconds is None and trials is None:
        raise ValueError(
            "tune(seconds=None, trials=None): a search needs an end. Write for example "
            "seconds=60 or trials=20."
        )


def _fit_data(data, validation_data, batch_size):
    """The arguments of `fit` that hold data; arrays are split if nothing is held out.

    Args:
        data: (x, y), (x, y, sample_weight), or a data set that gives batches.
    """
    x, y, sample_weight = unpack_data(data, None, None)
    fit = {"x": x, "y": y, "sample_weight": sample_weight, "batch_size": batch_size}
    if validation_data is not None:
        fit["validation_data"] = validation_data
    elif is_arrays(x, y):
        fit["validation_split"] = HELD_OUT
    return fit


def _holds_out(fit):
    """Whether these arguments of `fit` hold data out."""
    return "validation_data" in fit or "validation_split" in fit


def _meet(model, fit_data):
    """Build a model for the data, so that both are checked before any trial."""
    plan = fit_plan_of(**fit_data)
    try:
        training_access.begin(model, plan, "tune")
    finally:
        plan.close()


def _compiled(model):
    """What `build` returned, checked."""
    if not isinstance(model, BaseModel):
        raise TypeError(
            f"build(trial) must return a model, but it returned a "
            f"{type(model).__name__}. End it with `return model`."
        )
    if not model.compiled:
        raise ValueError(
            "build(trial) returned a model that is not compiled. Write "
            "model.compile(optimizer, loss, metrics=[...]) before `return model`."
        )
    return model


def _default_objective(model, fit):
    """The held-out value of the first metric, else of the loss."""
    names = [name for name in model.metric_directions if name != "loss"]
    name = names[0] if names else "loss"
    return f"val_{name}" if _holds_out(fit) else name


def _direction(model, objective, fit):
    """The better direction, "max" or "min", of an objective that the logs have."""
    held_out = _holds_out(fit)
    if objective.startswith("val_") and not held_out:
        raise ValueError(
            f"tune(objective={quoted(objective)}) needs data that is held out. Give "
            "validation_data=(x, y) or a data set, or write "
            f"objective={quoted(objective.removeprefix('val_'))}."
        )
    names = {"loss": "down", **model.metric_directions}
    if objective.removeprefix("val_") not in LogsDict(names):
        options = [f"val_{n}" if held_out else n for n in names]
        raise ValueError(
            f"tune(objective={quoted(objective)}): the model has no such metric. "
            f"Write one of {', '.join(map(quoted, options))}, or add the metric to "
            "compile(metrics=[...])."
        )
    monitor = Monitor("tune", objective)
    monitor.begin(model)
    return monitor.mode


def trials_of(tuning: Tuning) -> list[Trial]:
    """All trials of its study, in the order in which they began."""
    frozen = tuning.study.get_trials(deepcopy=False)
    return [_trial(trial, tuning) for trial in frozen]


def _trial(frozen, tuning):
    """A trial of Optuna as ours."""
    values = tuple(value for _, value in sorted(frozen.intermediate_values.items()))
    attributes = frozen.user_attrs
    state = _STATUSES[frozen.state.name]
    seconds = attributes.get(SECONDS)
    return Trial(
        frozen.number,
        dict(frozen.params),
        "stopped" if attributes.get(STATUS) == "stopped" else state,
        tuning.best_of(values),
        values,
        seconds if isinstance(seconds, int | float) else 0.0,
        str(attributes.get(ERROR) or ""),
    )


_STATUSES = {
    "RUNNING": "running",
    "WAITING": "running",
    "COMPLETE": "completed",
    "PRUNED": "pruned",
    "FAIL": "failed",
}
