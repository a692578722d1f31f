"""Search for the hyperparameters of a model: suggested by Optuna, trained by `fit`."""

import dataclasses
import glob
import threading
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
from nbkeras.analysis.tune.search_thread import SearchThread
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
RUNNING = "running"
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
        watch: (tuning so far) -> None, called on the caller's thread after each epoch
            and at the beginning and end of each trial.
        result: the class of what is returned.
    """
    studies.optuna()
    check_budget(seconds, trials)
    build = builder_of(build)
    epochs = check.positive_int("tune", "epochs", epochs, example=10)
    fit_data = _fit_data(data, validation_data, batch_size)
    control = control or SearchControl(seconds)
    # Building a model takes seconds, too: a stop does not wait for it either.
    look = _FirstLook(build, fit_data, objective)
    has_looked = SearchThread(look, control).run()
    objective, direction = look.objective or "", look.direction
    name = name or studies.study_name(build)
    folder = Path(folder)
    tuning = result(objective, direction, name, build, folder / f"{name}.best.keras")
    if not has_looked:
        control.close()
        tuning.status, tuning.seconds = control.ended or "stopped", control.seconds
        return tuning
    folder.mkdir(parents=True, exist_ok=True)
    tuning.study = studies.open_study(
        name,
        folder,
        storage,
        {"max": "maximize", "min": "minimize"}[direction],
        seed,
        pruner(),
    )
    run = _Search(tuning, control, watch)
    fit = {**fit_data, "epochs": epochs, "verbose": 0, "keep_epochs": False}
    return run.run(fit, tuple(callbacks), trials, seed)


class _Search:
    """One call of `search`.

    Trials run on a thread, and what they found is shown on the caller's. Both change
    the study only with `lock`: the caller ends a trial that does not end by itself.
    """

    def __init__(self, tuning, control, watch):
        self.tuning, self.control, self.watch = tuning, control, watch
        self.failures = 0
        self.lock = threading.RLock()
        self.is_left = False
        self._running = None

    def run(self, fit, callbacks, most_trials, seed):
        """Try until the budget is used up; returns the `Tuning`."""

        def work():
            while not self.control.ended:
                if most_trials is not None and self._finished() >= most_trials:
                    return
                self.control.wait_while_paused()
                if not self.control.ended:
                    self._try_one(fit, callbacks, seed)

        self._settle_files()
        self._thread = SearchThread(work, self.control)
        try:
            self._thread.run()
        except KeyboardInterrupt:
            self.control.stop()
        finally:
            self.control.close()
            self._leave()
        self._show_here(self.control.ended or "trials")
        return self.tuning

    def _leave(self):
        """End the trial that still runs; its thread has nothing more to say."""
        with self.lock:
            self._tell("stopped", "")
            self.is_left = True
            self._read_trials()

    def _try_one(self, fit, callbacks, seed):
        """Build, train and tell Optuna of one trial."""
        with self.lock:
            if self.is_left:
                return
            trial = self.tuning.study.ask()
            studies.sign(trial)
            watcher = TrialWatch(trial, self)
            self._running = trial, watcher, time.perf_counter()
        try:
            if seed is not None:
                set_random_seed(seed + trial.number)
            model = _compiled(self.tuning.build(trial))
            with self.lock:
                self._read_trials()
            self.show()
            if not self.control.ended:
                model.fit(
                    **fit,
                    callbacks=[*callbacks, watcher, FitSteering(self.control)],
                )
        except KeyboardInterrupt:
            self._end_trial("stopped")
            raise
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}".splitlines()[0]
            self._end_trial("failed", error)
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                raise
            return
        self.failures = 0
        self._end_trial(self._status(watcher))

    def _status(self, watcher):
        if watcher.pruned:
            return "pruned"
        return "stopped" if self.control.ended else "completed"

    def _end_trial(self, status, error=""):
        with self.lock:
            self._tell(status, error)
        self.show()

    def _tell(self, status, error):
        """Tell Optuna how the running trial ended, if it runs still."""
        if self._running is None:
            return
        trial, watcher, began = self._running
        self._running = None
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
        self._settle_files()

    def trial_file(self, number):
        """Where the best model of a trial is until it ends, if it is better so far.

        If the process dies, the trial fails, and the model of the best other one must
        not be lost.
        """
        file = self.tuning.model_file
        return file.with_name(f"{self.tuning.name}.trial-{number}.keras")

    def _settle_files(self):
        """Take over the trials; of those that ended, keep the model of the best one."""
        tuning = self.tuning
        pattern = f"{glob.escape(tuning.name)}.trial-*.keras"
        files = set(tuning.model_file.parent.glob(pattern))
        self._read_trials()  # after the files: another process may begin a trial
        best = tuning.best_trial if tuning.scored_trials else None
        kept = {self.trial_file(t.number) for t in tuning.trials if t.status == RUNNING}
        for file in files - kept:
            if best is not None and file == self.trial_file(best.number):
                file.replace(tuning.model_file)
            else:
                file.unlink(missing_ok=True)

    def _finished(self):
        return sum(t.status in ("completed", "pruned") for t in self.tuning.trials)

    def _read_trials(self):
        """Take over all trials of the study, those of other processes too."""
        self.tuning.trials = trials_of(self.tuning)
        self.tuning.seconds = self.control.seconds

    def epoch_ended(self, number, value):
        """A trial has a new value: note it, without asking the storage."""
        trials = self.tuning.trials
        for place, trial in enumerate(trials):
            if trial.number == number:
                values = (*trial.values, value)
                trials[place] = dataclasses.replace(
                    trial, value=self.tuning.best_of(values), values=values
                )
        self.tuning.seconds = self.control.seconds

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

    def show(self):
        """Show the search so far, on the caller's thread."""
        self._thread.on_caller(self._show_here)

    def _show_here(self, status=None):
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


class _FirstLook:
    """Build a first model, which finds errors before any trial, and ask it for goals.

    Args:
        build, fit_data, objective: as `search` has them.

    `objective` and `direction` are set once it was called.
    """

    def __init__(self, build, fit_data, objective):
        self._build, self._fit_data = build, fit_data
        self.objective, self.direction = objective, "max"

    def __call__(self):
        """Build and check."""
        model = _compiled(self._build(FirstSuggestion()))
        _meet(model, self._fit_data)
        objective = self.objective or _default_objective(model, self._fit_data)
        self.direction = _direction(model, objective, self._fit_data)
        self.objective = objective


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
    "RUNNING": RUNNING,
    "WAITING": RUNNING,
    "COMPLETE": "completed",
    "PRUNED": "pruned",
    "FAIL": "failed",
}
