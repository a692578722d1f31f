"""`nbkeras.tune`: search for hyperparameters, and show the search."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbkeras.analysis.tune import search, studies
from nbkeras.analysis.tune.results import Tuning
from nbkeras.analysis.tune.search_control import SearchControl
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
    build: Callable[[Any], Any],
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

    Each trial builds a model with hyperparameters that Optuna suggests and trains it
    with `fit`; a trial that is worse after an epoch than half of the earlier ones were
    is ended early. Trials are kept in a file as they happen: after a restart of the
    kernel the same call goes on where the search was. Several processes may search at
    once, on one machine or, with a database as `storage`, on several.

    Needs Optuna: `pip install "nbkeras[tune]"`.

    Args:
        build: (trial) -> compiled model. The trial is Optuna's:
            `trial.suggest_int("units", 8, 128, log=True)`,
            `trial.suggest_float("rate", 1e-4, 1e-1, log=True)`,
            `trial.suggest_categorical("activation", ["relu", "tanh"])`.
        data: (x, y), (x, y, sample_weight) or a data set, as `fit` takes it. Without
            `validation_data` the last fifth of arrays is held out.
        seconds: how long to search in this call, pauses left out; None for no limit.
        trials: how many trials the study is to have, those of earlier calls included;
            None for no limit.
        epochs: of each trial, at most.
        objective: name in the logs, such as "val_loss"; by default the first metric of
            the model on held-out data. The best epoch of a trial counts.
        validation_data, batch_size, callbacks: as in `fit`, the same for all trials.
        seed: of the suggestions and of every trial's weights; None draws one.
        name: of the study, by default that of `build` and of its code: changed code
            is a new study.
        folder: where the study and the best model are kept.
        storage: a database for Optuna in place of a file, "sqlite:///tuning.db".

    Returns:
        A `ShownTuning`: `.best_model`, `.best_params`, `.best_value`, `.trials`,
        `.importances()`, `.code`, `.figure()`, and `.study` for Optuna's own plots.

    Raises:
        ImportError: Optuna is not installed.
        TypeError, ValueError: `build` returns no compiled model, the data does not fit
            it, or an argument cannot work; before any trial.

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
