"""`nbkeras.tune`: search for hyperparameters, and show the search."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbkeras.analysis.tune import search, studies
from nbkeras.analysis.tune.results import Tuning
from nbkeras.analysis.tune.search_control import SearchControl
from nbkeras.core.base_classes import BaseModel
from nbkeras.notebook import environment
from nbkeras.notebook.tune import static_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ShownTuning(Tuning):
    """A hyperparameter search that can draw itself: `nbkeras.tune` returns it."""

    def figure(self) -> "Figure":
        """Values of all trials, the best so far, and importances (Matplotlib)."""
        return static_picture.figure(self)


def tune(
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
) -> ShownTuning:
    """Search for the hyperparameters of a model within a budget of time or trials.

    Each trial builds a model with hyperparameters suggested by Optuna and trains it
    with `fit`. A trial that is worse after an epoch than the median of the earlier ones
    is pruned. Trials are stored in a file as they run: after a restart of the kernel,
    the same call resumes the search. Several processes can search at once, on one
    machine or, with a database as `storage`, on several.

    Requires Optuna: `pip install "nbkeras[tune]"`.

    Args:
        build: (trial) -> compiled model. The trial is Optuna's:
            `trial.suggest_int("units", 8, 128, log=True)`,
            `trial.suggest_float("rate", 1e-4, 1e-1, log=True)`,
            `trial.suggest_categorical("activation", ["relu", "tanh"])`. Or the model
            of a `%%model` cell with choices: `Dense(choose(16, 32, 64))`,
            `Dropout(between(0.0, 0.5))`.
        data: (x, y), (x, y, sample_weight) or a data set, as for `fit`. Without
            `validation_data`, the last fifth of arrays is held out.
        seconds: time limit of this call, without pauses; None for no limit.
        trials: total number of trials of the study, including those of earlier calls;
            None for no limit.
        epochs: most epochs per trial.
        objective: name in the logs, such as "val_loss"; by default the first metric of
            the model on held-out data. The best epoch of a trial counts.
        validation_data, batch_size, callbacks: as in `fit`, the same for all trials.
        seed: seed of the suggestions and of every trial's weights; None draws one.
        name: name of the study; by default derived from the name and code of `build`,
            so that changed code starts a new study.
        folder: folder for the study and the best model.
        storage: a database for Optuna instead of a file, such as "sqlite:///tuning.db".

    Returns:
        A `ShownTuning`: `.best_model`, `.best_params`, `.best_value`, `.trials`,
        `.importances()`, `.code`, `.figure()`, and `.study` for Optuna's own plots.

    Raises:
        ImportError: Optuna is not installed.
        TypeError, ValueError: `build` does not return a compiled model, the data does
            not fit it, or an argument is invalid; raised before any trial.

    Source: Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization
    Framework" (2019).
    """
    studies.optuna()
    view = watch = None
    search.check_budget(seconds, trials)
    control = SearchControl(seconds)
    if environment.in_kernel():
        from nbkeras.notebook.tune.widget import TuneWidget

        view = TuneWidget(control, seconds, trials)
        view.show()
        watch = view.take
    try:
        tuning = search.search(
            build,
            data,
            seconds=seconds,
            trials=trials,
            epochs=epochs,
            objective=objective,
            validation_data=validation_data,
            batch_size=batch_size,
            callbacks=callbacks,
            seed=seed,
            name=name,
            folder=folder,
            storage=storage,
            control=control,
            watch=watch,
            result=ShownTuning,
        )
    except BaseException:
        control.close()
        if view is not None:
            view.fail()
        raise
    if view is not None:
        view.finish(tuning)
    return cast(ShownTuning, tuning)
