"""TuneWidget: the live view of a hyperparameter search."""

import json
import math

import traitlets

from nbkeras.core.names.display_name import display_name
from nbkeras.core.throttle import Throttle
from nbkeras.notebook.tune import static_picture
from nbkeras.notebook.widget.base import Widget

STATUSES = (
    *("searching", "paused", "stopping"),
    *("seconds", "trials", "stopped", "failed"),
)
SECONDS_BETWEEN = 0.2
# Most trials shown: the newest, and the best one.
MOST_TRIALS = 400
# Seconds between two computations of importances.
IMPORTANCES_EVERY_S = 2.0


class TuneWidget(Widget):
    """The view of `nbkeras.tune`: history, parallel coordinates, importances.

    Traits:
        trials: JSON of a list of {n, params, status, value, seconds, error}.
        axes: JSON of a list of {name, choices} or {name, low, high, log}.
        importances: JSON of [[name, share], ...].
        status: one of STATUSES.
        used, budget: seconds; used_trials, budget_trials: trials; budgets may be None.
        objective, direction: name of the objective, and "max" or "min".
        best: number of the best trial, -1 for none.
        code: Python code of the best model.
    """

    trials = traitlets.Unicode("[]").tag(sync=True)
    axes = traitlets.Unicode("[]").tag(sync=True)
    importances = traitlets.Unicode("[]").tag(sync=True)
    status = traitlets.Enum(STATUSES, "searching").tag(sync=True)
    used = traitlets.Float(0.0).tag(sync=True)
    budget = traitlets.Float(None, allow_none=True).tag(sync=True)
    used_trials = traitlets.Int(0).tag(sync=True)
    budget_trials = traitlets.Int(None, allow_none=True).tag(sync=True)
    objective = traitlets.Unicode("").tag(sync=True)
    direction = traitlets.Enum(("max", "min"), "max").tag(sync=True)
    best = traitlets.Int(-1).tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)

    def __init__(self, control, budget=None, budget_trials=None):
        super().__init__(budget=budget, budget_trials=budget_trials)
        self.control, self.tuning = control, None
        self._updates = Throttle(SECONDS_BETWEEN)
        self._weighing = Throttle(IMPORTANCES_EVERY_S)
        self.on_msg(self._on_message)

    def take(self, tuning):
        """Show the search so far, at most five times per second."""
        self.tuning = tuning
        if self._updates.take():
            self._publish(with_importances=self._weighing.take())

    def finish(self, tuning):
        """Show a finished search."""
        self.tuning = tuning
        self._publish(with_importances=True)
        self.update_static_picture()

    def fail(self):
        """Show that the search ended with an error."""
        self.publish(status="failed")
        self.update_static_picture()

    def static_picture(self):
        """(svg, caption): values of all trials; None before the first."""
        if self.tuning is None:
            return None
        return static_picture.static_picture(self.tuning, self.words)

    def _publish(self, with_importances):
        tuning = self.tuning
        best = tuning.best_trial if tuning.scored_trials else None
        values = {
            "trials": json.dumps([_row(t) for t in _shown(tuning.trials, best)]),
            "axes": json.dumps(axes_of(tuning.study)),
            "status": self._status(tuning.status),
            "used": float(tuning.seconds),
            "used_trials": sum(
                t.status in ("completed", "pruned") for t in tuning.trials
            ),
            "objective": display_name(tuning.objective),
            "direction": tuning.direction,
            "best": -1 if best is None else best.number,
            "code": "" if best is None else tuning.code,
        }
        if with_importances:
            shares = tuning.importances()
            values["importances"] = json.dumps(
                [[display_name(name), share] for name, share in shares.items()]
            )
        self.publish(**values)

    def _status(self, status):
        waits = self.control.ended and status in ("searching", "paused")
        return "stopping" if waits else status

    def _on_message(self, _, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        if self.status not in ("searching", "paused"):
            return
        if request == "stop":
            self.control.stop()
            self.publish(status="stopping")
        elif request == "pause":
            self.control.pause()
            self.publish(status="paused")
        elif request == "resume":
            self.control.resume()
            self.publish(status="searching")


def axes_of(study):
    """The range of each hyperparameter: {name, choices} or {name, low, high, log}.

    Args:
        study: of Optuna; None before the first model was built.
    """
    distributions = {}
    if study is None:
        return []
    for trial in study.get_trials(deepcopy=False):
        distributions.update(trial.distributions)
    axes = []
    for name, distribution in distributions.items():
        axis = {"key": name, "name": display_name(name)}
        if hasattr(distribution, "choices"):
            axis["choices"] = [
                display_name(choice, 40) for choice in distribution.choices
            ]
        else:
            axis |= {"low": distribution.low, "high": distribution.high}
            axis["log"] = bool(distribution.log)
        axes.append(axis)
    return axes


def _shown(trials, best):
    """The newest trials, and the best one."""
    newest = trials[-MOST_TRIALS:]
    return newest if best is None or best in newest else [best, *newest[1:]]


def _row(trial):
    finite = trial.value is not None and math.isfinite(trial.value)
    return {
        "n": trial.number,
        "params": {
            name: value if _is_number(value) else display_name(value, 40)
            for name, value in trial.params.items()
        },
        "status": trial.status,
        "value": trial.value if finite else None,
        "seconds": trial.seconds,
        "error": display_name(trial.error, 200),
    }


def _is_number(value):
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and math.isfinite(value)
