"""Playground: the widget of `nbkeras.playground`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from nbkeras.analysis.playground import datasets
from nbkeras.analysis.playground.datasets import DATASETS, DRAWN, OWN
from nbkeras.analysis.playground.experiment import Experiment
from nbkeras.analysis.playground.features import FEATURES
from nbkeras.analysis.playground.settings import (
    ACTIVATIONS,
    MOST_LAYERS,
    MOST_UNITS,
    RATES,
    REGULARIZATIONS,
    USUAL_RATE,
    Settings,
    from_state,
    optimizer_names,
)
from nbkeras.analysis.playground.unit_maps import (
    LOSSES,
    OUTPUT_SIDE,
    SIDE,
    feature_maps,
)
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.playground import static_picture
from nbkeras.notebook.playground.live_updates import LiveUpdates
from nbkeras.notebook.widget.base import Widget
from nbkeras.notebook.widget.charts.series import Series

if TYPE_CHECKING:
    from nbkeras.analysis.playground.unit_maps import UnitMaps
    from nbkeras.notebook.widget.figures import Figure

STATUSES = ("paused", "starting", "playing", "ended")
# Most training steps per second; 0 for no limit.
SPEEDS = (1, 10, 100, 1000, 0)
VIEW = {"show_test": False, "discretize": False, "speed": 1000}
CURVE_POINTS = 300
PICTURE_EVERY = 200  # updates between two static pictures of a run


class Playground(Widget):
    """The playground; `nbkeras.playground(...)` opens it.

    Input traits, set by the page or a cell:
        settings: {name: value} as in `nbkeras.playground`, without changes.
        view: show_test, discretize, and speed in steps per second (0 for no limit).
        ask: number of requests from the page; answered: number of the last response.

    Output traits: choices (constants of the menus); status, one of STATUSES; step,
    epoch; rate (the present learning rate); info (kind, names, axes, offset, scale,
    train and test rows, sides of the maps); data (float32 rows x1, x2, target, whether
    it is trained on); feature_maps, units, output (uint8) with tops (float32), see
    `UnitMaps`; weights (float32, kernels and biases in order); losses (float32, train,
    test, and accuracies), curve (float32: steps, train, test); code, keras_code;
    trouble (an error message). The codes are those of the last pause.
    """

    settings = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    status = traitlets.Enum(STATUSES, "paused").tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    epoch = traitlets.Int(0).tag(sync=True)
    rate = traitlets.Float(0.0).tag(sync=True)
    info = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes(b"").tag(sync=True)
    feature_maps = traitlets.Bytes(b"").tag(sync=True)
    units = traitlets.Bytes(b"").tag(sync=True)
    tops = traitlets.Bytes(b"").tag(sync=True)
    output = traitlets.Bytes(b"").tag(sync=True)
    weights = traitlets.Bytes(b"").tag(sync=True)
    losses = traitlets.Bytes(b"").tag(sync=True)
    curve = traitlets.Bytes(b"").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    keras_code = traitlets.Unicode("").tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        settings: Settings,
        *,
        own: tuple[Any, Any] | None = None,
        steps: int = 0,
        view: dict[str, Any] | None = None,
    ) -> None:
        self._own, self._updates_done = own, 0
        self._live = LiveUpdates(self._show_progress)
        self.experiment = self._new_experiment(settings)
        self._series = Series(3 * CURVE_POINTS)
        self._note_losses(self.experiment.look())
        if steps:
            self.experiment.replay(steps, self._note_losses)
        super().__init__(
            view=VIEW | (view or {}),
            choices=_choices(has_own=own is not None),
            feature_maps=feature_maps().tobytes(),
            **self._constant_traits(),
        )
        self._show()
        self.on_msg(self._on_message)
        self.observe(self._on_change, ["settings", "view", "ask"])

    # For cells.

    @property
    def maps(self) -> UnitMaps:
        """The outputs of all units over the plane, the weights and the losses."""
        return self.experiment.look()

    @property
    def model(self) -> Any:
        """The network: a compiled `Sequential`."""
        return self.experiment.model

    def train(self, steps: int = 1) -> None:
        """Train for exactly so many steps, and wait for them.

        Raises:
            RuntimeError: the loss became infinite.
        """
        self.experiment.train(steps, self._note_losses)
        self._show()

    def play(self) -> None:
        """Train until `pause`, and return at once."""
        with self._gate:
            self._play(None)

    def pause(self) -> None:
        """Pause before the next step, and wait for it: `code` gives this state."""
        self.experiment.pause()
        self.experiment.wait_for_pause()
        self._show()

    def close(self) -> None:
        """End the training and close the widget."""
        if "experiment" in vars(self):  # not if the settings were refused
            self.experiment.close()
            self._live.close()
        super().close()

    def figure(self) -> Figure:
        """The network, its output with the points, and the loss curves."""
        return static_picture.figure(self, self.words)

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the network, its output with the points, and the losses."""
        return static_picture.draw(self, self.words)

    # Requests of the page.

    def _on_message(self, _, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        try:
            with self._gate, self.hold_sync():
                self._obey(request, content)
                self.trouble = ""
        except Exception as error:  # shown on the page, which asked
            self.publish(trouble=_in_words(error), status="paused")

    def _obey(self, request, content):
        experiment = self.experiment
        if request == "play":
            self._play(None)
        elif request in ("step", "epoch"):
            self._play(1 if request == "step" else self._rest_of_epoch())
        elif request == "pause":
            experiment.pause()  # the status follows when the run stands
        elif request == "reset":
            self._restart(experiment.settings.changed())
        elif request == "weight":
            experiment.set_weight(str(content["name"]), float(content["value"]))
            self._show()
        elif request == "keep":
            self._keep()

    def _play(self, steps):
        if self.status == "ended":
            return
        if not len(self.experiment.train_rows):
            raise ValueError(self.words["no_points"])
        if self.experiment.is_closed:  # the widget was closed, and is shown again
            self.experiment = self.experiment.replayed()
        experiment = self.experiment
        self._live.start()
        is_first = experiment.control is None
        speed = self.view["speed"] or None if steps is None else None
        experiment.play(self._live.changed, steps=steps, speed=speed)
        self.status = "starting" if is_first else "playing"

    def _rest_of_epoch(self):
        per_epoch = max(self.experiment.steps_per_epoch, 1)
        return per_epoch - self.experiment.steps % per_epoch

    def _keep(self):
        """The page is quiet: compile the next fit ahead, renew the static picture."""
        self.experiment.compile_ahead()
        self.update_static_picture()

    def _on_change(self, change):
        with self._gate, self.hold_sync():
            try:
                if change.name == "settings":
                    self._apply(from_state(change.new))
                elif change.name == "view":
                    self._apply_view(change.new)
                self.trouble = ""
            except Exception as error:
                self.trouble = _in_words(error)
            self._publish_settings()
            self.answered = self.ask

    def _apply(self, values):
        experiment = self.experiment
        present = _state_of(experiment.settings)
        changes = {
            name: value for name, value in values.items() if value != present[name]
        }
        if not changes:
            return
        rate = changes.get("learning_rate")
        if set(changes) == {"learning_rate"} and experiment.control is not None:
            Settings.of(**present | changes)  # refuses what is no rate
            experiment.set_learning_rate(float(rate))
            self._show()
            return
        if changes.get("optimizer") and "learning_rate" not in changes:
            values = {k: v for k, v in values.items() if k != "learning_rate"}
        if "problem" in changes and values.get("data") == present["data"]:
            values = {k: v for k, v in values.items() if k not in ("data", "points")}
        self._restart(experiment.settings.changed(**values))

    def _apply_view(self, view):
        if self.experiment.is_playing:
            self.experiment.set_speed(view["speed"] or None)
        else:
            self.code = self._line()

    @traitlets.validate("view")
    def _checked_view(self, proposal):
        view = VIEW | {k: v for k, v in proposal["value"].items() if k in VIEW}
        if view["speed"] not in SPEEDS:
            raise traitlets.TraitError(
                f"view['speed'] is {view['speed']!r}; it must be one of "
                f"{', '.join(map(str, SPEEDS))} steps per second, 0 for no limit."
            )
        return view

    def _restart(self, settings):
        """Replace the network by a new one, paused before its first step."""
        experiment = self._new_experiment(settings)
        self.experiment.close()
        self.experiment = experiment
        self._series = Series(3 * CURVE_POINTS)
        for name, value in self._constant_traits().items():
            setattr(self, name, value)
        self._show()

    def _new_experiment(self, settings):
        own = None
        if settings.data == OWN:
            if self._own is None:
                raise ValueError(
                    "playground(data='own') needs arrays. Write playground(x, y)."
                )
            own = datasets.own(*self._own, problem=settings.problem)
        return Experiment(settings, own)

    # What is shown.

    def _constant_traits(self):
        """The traits that change only with the settings."""
        experiment = self.experiment
        plane = experiment.data
        is_train = np.zeros(len(plane.points))
        is_train[experiment.train_rows] = 1
        table = np.column_stack([plane.points, plane.targets, is_train])
        return {
            "settings": _state_of(experiment.settings),
            "data": table.astype("<f4").tobytes(),
            "info": {
                "kind": experiment.kind,
                "names": list(plane.names),
                "axes": list(plane.axes),
                "offset": plane.offset.tolist(),
                "scale": plane.scale.tolist(),
                "top": float(np.abs(plane.targets).max(initial=0)) or 1.0,
                "train": len(experiment.train_rows),
                "test": len(experiment.test_rows),
                "side": SIDE,
                "output_side": OUTPUT_SIDE,
                "limit": datasets.LIMIT,
            },
        }

    def _publish_settings(self):
        """Show the settings as they are, also if the page's were refused."""
        with self.hold_trait_notifications():
            self.unobserve(self._on_change, ["settings"])
            self.settings = _state_of(self.experiment.settings)
            self.rate = float(self.experiment.rate)
        self.observe(self._on_change, ["settings"])

    def _show(self):
        """Show the experiment as of now, from the thread of a request."""
        self._publish(self.experiment)

    def _show_progress(self):
        """Show the run; called on the thread of `LiveUpdates`."""
        is_paused = self._publish(self.experiment)
        self._updates_done += 1
        if is_paused or self._updates_done % PICTURE_EVERY == 0:
            self.update_static_picture()

    def _publish(self, experiment):
        """Show the experiment as of now; returns whether it is shown as paused."""
        # Asked for before the look: what stands then is the state of the pause.
        is_standing, maps = experiment.is_standing, experiment.look()
        with self._gate:
            if experiment is not self.experiment:
                return False
            is_paused = is_standing and not experiment.is_playing
            losses = [maps.losses[name] for name in LOSSES]
            self._note_losses(maps)
            traits = {
                "step": maps.step,
                "epoch": maps.step // max(experiment.steps_per_epoch, 1),
                "rate": float(experiment.rate),
                "units": maps.units.tobytes(),
                "tops": maps.tops.astype("<f4").tobytes(),
                "output": maps.output.tobytes(),
                "weights": np.concatenate([w.ravel() for w in maps.weights])
                .astype("<f4")
                .tobytes(),
                "losses": np.array(losses, "<f4").tobytes(),
                "curve": self._series.pack(),
            }
            if is_paused:
                traits |= {
                    "code": self._line(),
                    "keras_code": experiment.keras_code(),
                }
            traits["status"] = "paused" if is_paused else "playing"
            if experiment.trouble:
                traits |= {"status": "ended", "trouble": self._ending(experiment)}
            self.publish(**traits)
        return is_paused

    def _note_losses(self, maps):
        """Add a point to the curves, unless the step has one."""
        rows = self._series.rows
        if not rows or rows[-1][0] < maps.step:
            losses = {name: maps.losses[f"{name}_loss"] for name in ("train", "test")}
            self._series.add(maps.step, losses)

    def _line(self):
        """One line of code that opens this playground."""
        shown = {name: self.view[name] for name in ("show_test", "discretize")}
        return self.experiment.code(**shown)

    def _ending(self, experiment):
        if experiment.trouble == "diverged":
            return self.words["diverged"].format(step=experiment.steps)
        return translate(experiment.trouble)


def _state_of(settings):
    """The settings as plain data of a trait."""
    state = settings.as_dict()
    del state["changes"], state["optimizer_options"]
    for name in ("features", "layers"):
        state[name] = list(state[name])
    state["points"] = [list(point) for point in state["points"]]
    return state


def _choices(has_own):
    """The constants of the menus."""
    return {
        "data": {
            problem: [*names, DRAWN, *([OWN] if has_own else [])]
            for problem, names in DATASETS.items()
        },
        "features": list(FEATURES),
        "activations": list(ACTIVATIONS),
        "regularizations": list(REGULARIZATIONS),
        "optimizers": {name: RATES.get(name, USUAL_RATE) for name in optimizer_names()},
        "most_layers": MOST_LAYERS,
        "most_units": MOST_UNITS,
        "most_classes": datasets.MOST_CLASSES,
        "most_points": datasets.MOST_ROWS,
        "speeds": list(SPEEDS),
        "thumbnails": {
            problem: {name: _thumbnail(problem, name) for name in names}
            for problem, names in DATASETS.items()
        },
    }


def _thumbnail(problem, name, points=90):
    """A few points of a data set, for its button: [x1, x2, target]."""
    plane = datasets.made(problem, name, 0.0, seed=0)
    rows = np.linspace(0, len(plane.points) - 1, points).astype(int)
    table = np.column_stack([plane.points[rows], plane.targets[rows]])
    return np.round(table, 1).tolist()


def _in_words(error):
    if isinstance(error, ValueError | TypeError | RuntimeError):
        return translate(str(error))
    return f"{type(error).__name__}: {error}"
