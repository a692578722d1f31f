"""What a search has found: trials, the best of them, importances, code."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbkeras.analysis.tune import studies
from nbkeras.core.names.display_name import display_path

# Trials that are needed before importances say anything.
LEAST_TRIALS = 4


@dataclass(frozen=True)
class Trial:
    """One set of hyperparameters and what training with it gave.

    Args:
        number: from 0, in the order in which trials began.
        params: {name: value} as suggested to `build`.
        status: "running", "completed", "pruned" (ended early, for being worse than
            half of the earlier trials), "stopped" or "failed".
        value: the best value of the objective over its epochs; None for none yet.
        values: the objective after each epoch.
        seconds: how long it took, building included.
        error: one line, for a trial that failed.
    """

    number: int
    params: dict[str, Any]
    status: str
    value: float | None
    values: tuple[float, ...] = ()
    seconds: float = 0.0
    error: str = ""

    @property
    def is_scored(self) -> bool:
        """Whether it finished an epoch and did not fail, so that its value counts."""
        return self.value is not None and self.status != "failed"


@dataclass
class Tuning:
    """A hyperparameter search so far, or as it ended.

    Args:
        objective: name in the logs that is compared, such as "val_accuracy".
        direction: "max" or "min", which of its values is better.
        name: of the study; a search of the same name in the same folder goes on.
        trials: all trials so far, those of earlier searches and of other processes
            included.
        status: "searching", "paused", "seconds" or "trials" (the budget is used up),
            or "stopped".
        seconds: how long this search took, pauses left out.
        model_file: where the best model is saved.
        build: the function that makes a model.
        study: Optuna's study, for its own analyses and plots.
    """

    objective: str
    direction: str
    name: str
    build: Callable[[Any], Any]
    model_file: Path
    study: Any = None
    trials: list[Trial] = field(default_factory=list)
    status: str = "searching"
    seconds: float = 0.0

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether one value of the objective is better than another one."""
        if than is None:
            return math.isfinite(value)
        return value > than if self.direction == "max" else value < than

    def best_of(self, values: Iterable[float]) -> float | None:
        """The best of some values of the objective; None if there is none."""
        best = None
        for value in values:
            if self.is_better(value, best):
                best = value
        return best

    @property
    def scored_trials(self) -> list[Trial]:
        """The trials whose values count, in the order in which they began."""
        return [trial for trial in self.trials if trial.is_scored]

    @property
    def best_trial(self) -> Trial:
        """The trial with the best value.

        Raises:
            ValueError: no trial has finished an epoch.
        """
        best = self.best_of(trial.value for trial in self.scored_trials)
        if best is None:
            raise ValueError(
                "No trial has finished an epoch, so there is no best one. Give the "
                "search more time, for example nbkeras.tune(build, data, seconds=120)."
            )
        return next(trial for trial in self.scored_trials if trial.value == best)

    @property
    def best_params(self) -> dict[str, Any]:
        """The hyperparameters of the best trial."""
        return dict(self.best_trial.params)

    @property
    def best_value(self) -> float:
        """The best value of the objective."""
        value = self.best_trial.value
        assert value is not None
        return value

    @property
    def best_model(self) -> Any:
        """The best model, trained and compiled, as of its best epoch.

        Raises:
            ValueError: no trial has finished an epoch, or another process trained the
                best one and its file is not here.
        """
        best = self.best_trial
        if not self.model_file.exists():
            raise ValueError(
                f"The model of trial {best.number} is not at "
                f"{display_path(self.model_file)}; another process or machine "
                "trained it. Write model = tuning.build_best(), and fit it."
            )
        from nbkeras.models.saving.model_io import load_model

        return load_model(self.model_file)

    def build_best(self) -> Any:
        """A new model with the best hyperparameters, compiled and not trained."""
        return self.build(studies.optuna().trial.FixedTrial(self.best_params))

    @property
    def code(self) -> str:
        """Code that builds the best model anew: Python, or a `%%model` cell."""
        code_of = getattr(self.build, "code", None)
        if code_of is not None:
            return code_of(studies.optuna().trial.FixedTrial(self.best_params))
        settings = "".join(
            f"    {name!r}: {value!r},\n" for name, value in self.best_params.items()
        )
        function = getattr(self.build, "__name__", "build")
        return (
            "from optuna.trial import FixedTrial\n\n"
            f"best = {{\n{settings}}}\n"
            f"model = {function}(FixedTrial(best))\n"
        )

    def importances(self) -> dict[str, float]:
        """{hyperparameter: its share of what makes trials differ}, the largest first.

        Computed by Optuna from completed trials; empty with fewer than four of them.

        Source: Watanabe et al., "PED-ANOVA: Efficiently Quantifying Hyperparameter
        Importance in Arbitrary Subspaces" (2023).
        """
        done = [trial for trial in self.trials if trial.status == "completed"]
        if len(done) < LEAST_TRIALS or self.study is None:
            return {}
        return studies.importances(self.study)


class FirstSuggestion:
    """Stands for a trial: each suggestion is the first or lowest possible value."""

    def suggest_int(self, name: str, low: int, high: int, **options: Any) -> int:
        """`low`."""
        return low

    def suggest_float(
        self, name: str, low: float, high: float, **options: Any
    ) -> float:
        """`low`."""
        return low

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """The first choice."""
        return next(iter(choices))
