"""Experiment: the data, network and run of a playground, without any display."""

from __future__ import annotations

import itertools
import math
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nbkeras import layers
from nbkeras.analysis.playground import datasets, keras_code
from nbkeras.analysis.playground.datasets import DRAWN, OWN, PlaneData
from nbkeras.analysis.playground.features import features_of
from nbkeras.analysis.playground.settings import RATE_CHANGE, Settings
from nbkeras.analysis.playground.unit_maps import (
    ACTIVATION_OF,
    MapComputer,
    UnitMaps,
)
from nbkeras.core import rng
from nbkeras.models.sequential import Sequential
from nbkeras.ops import regularizers
from nbkeras.train import events
from nbkeras.train.events import Status

# The run goes on until it is paused or stopped.
EPOCHS = 2**31
# So close to its last step, a run takes one step at a time.
LAST_STEPS = 512
UNLIMITED = 1e9
WAIT_S = 0.25
SEEN_EVERY_S = 0.1
WEIGHT = re.compile(r"(hidden_\d+|output)/(?:kernel\[(\d+), (\d+)\]|bias\[(\d+)\])")


class Experiment:
    """A small network on points of a plane, trained by one background `fit`.

    The fit starts with the first step and is paused in between, so that any number of
    pauses gives the same weights as a run without.

    Args:
        settings: a `Settings`.
        own: the learner's data, a `PlaneData`; for `settings.data == "own"`.

    Attributes:
        data: the points.
        train_rows, test_rows: numbers of the rows of both parts.
        model: the network, compiled.

    >>> experiment = Experiment.of(data="xor", layers=[3])
    >>> experiment.train(20)
    >>> experiment.steps, experiment.look().units.shape
    (20, (4, 32, 32))
    >>> experiment.close()
    """

    def __init__(self, settings: Settings, own: PlaneData | None = None) -> None:
        if settings.data == OWN and own is None:
            raise ValueError(
                "playground(data='own') needs arrays. Write playground(x, y)."
            )
        self.settings = settings
        self.data = _data(settings, own)
        self.train_rows, self.test_rows = self.data.split(
            settings.train_ratio, settings.seed
        )
        classes = len(self.data.names)
        self.kind = {0: "regression", 2: "binary"}.get(classes, "classes")
        self.num_outputs = classes if self.kind == "classes" else 1
        x = features_of(self.data.points, settings.features)
        y = self.data.targets.astype("float32")
        is_train = np.zeros(len(x), bool)
        is_train[self.train_rows] = True
        self._train_data = x[self.train_rows], y[self.train_rows]
        self.model = self._network()
        self._maps = MapComputer(
            features=settings.features,
            rows=(x, y),
            is_train=is_train,
            kind=self.kind,
            num_outputs=self.num_outputs,
            activation=settings.activation,
        )
        self._planned = list(settings.changes)
        self.settings = replace(settings, changes=())
        self._run: Any = None
        self._watch: Any = None
        self._is_compiling = self._is_closed = False
        self._rate: float | None = None  # asked for while it trains

    @classmethod
    def of(cls, x: Any = None, y: Any = None, **values: Any) -> Experiment:
        """An experiment from the arguments of `nbkeras.playground`.

        Raises:
            ValueError, TypeError: a value is invalid.

        >>> Experiment.of(data="spiral", layers=[8]).data.points.shape
        (500, 2)
        """
        if x is None:
            if values.get("points") is not None:
                values["data"] = DRAWN
            return cls(Settings.of(**values))
        own = datasets.own(x, y, values.pop("problem", None))
        problem = "regression" if own.is_regression else "classification"
        return cls(Settings.of(**values, problem=problem, data=OWN), own)

    def _network(self):
        settings = self.settings
        # Of its own seeds, so that a playground leaves the global one as it is.
        numbers = itertools.count()
        with rng.seeds_from(
            lambda: rng.derive(settings.seed, "playground", next(numbers))
        ):
            model = Sequential(
                [layers.Input((len(settings.features),))], name="playground"
            )
            for number, units in enumerate(settings.layers, 1):
                model.add(self._dense(units, settings.activation, f"hidden_{number}"))
            activation = ACTIVATION_OF[self.kind]
            model.add(self._dense(self.num_outputs, activation, "output"))
            model.run_seed()
        model.compile(settings.make_optimizer(), keras_code.LOSSES[self.kind])
        return model

    def _dense(self, units, activation, name):
        settings, regularizer = self.settings, None
        if settings.regularization != "none":
            kind = getattr(regularizers, settings.regularization.upper())
            regularizer = kind(settings.regularization_rate)
        return layers.Dense(
            units, activation, kernel_regularizer=regularizer, name=name
        )

    # What is computed.

    @property
    def steps(self) -> int:
        """Number of steps taken."""
        return int(np.asarray(self.model.optimizer.iterations))

    @property
    def steps_per_epoch(self) -> int:
        """Batches of the training rows; 0 if there are none."""
        return math.ceil(len(self.train_rows) / self.settings.batch_size)

    def weights(self) -> list[np.ndarray]:
        """Kernels and biases of all layers, in order, as of the last step."""
        return self._state()[0]

    def look(self) -> UnitMaps:
        """The outputs of all units over the plane, and the losses, as of now."""
        return self._maps(*self._state())

    def _state(self):
        """(weights, number of steps) of the same moment; does not hold up the run."""
        model = self.model
        with model.between_steps():  # copies are only asked for here, not waited for
            values, steps = model.current_values(), model.optimizer.iterations.value
        paths = {id(w): path for path, w in model.weights_by_path().items()}
        arrays = [np.asarray(values[paths[id(w)]]) for w in model.weights]
        return arrays, int(np.asarray(steps))

    def code(self, **options: Any) -> str:
        """One line of code that opens a playground in the present state.

        Args:
            **options: further arguments of `nbkeras.playground`, such as show_test.
        """
        return self.settings.code(steps=self.steps, options=options)

    def keras_code(self) -> str:
        """Code of the same network, with its present weights, for Keras 3."""
        weights, steps = self._state()
        settings = replace(self.settings, learning_rate=self.rate)
        return keras_code.keras_code(
            settings, self.data, weights, kind=self.kind, step=steps
        )

    # The run.

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.settings.learning_rate if self._rate is None else self._rate

    @property
    def control(self) -> Any:
        """The `Control` of the run; None before the first step."""
        return None if self._run is None else self._run.control

    @property
    def is_playing(self) -> bool:
        """Whether the run is going, and not about to pause."""
        return self._watch is not None and self._watch.is_playing

    @property
    def is_standing(self) -> bool:
        """Whether no step is under way: before the first, in a pause, or at the end."""
        return self._run is None or self._run.done or self._watch.arrived.is_set()

    @property
    def trouble(self) -> str:
        """Why the run has ended: an error or "diverged"; empty while it has not."""
        return "" if self._watch is None else self._watch.trouble

    def train(
        self, steps: int = 1, seen: Callable[[UnitMaps], object] | None = None
    ) -> None:
        """Train for exactly so many steps, and wait for them.

        Args:
            steps: number of steps.
            seen: called now and then with the maps of that moment.

        Raises:
            RuntimeError: the loss became infinite, or the run failed.
        """
        self._train_to(self.steps + steps, seen)

    def replay(
        self, steps: int, seen: Callable[[UnitMaps], object] | None = None
    ) -> None:
        """Train from the start to `steps`, making the changes of the settings.

        Args:
            steps: number of steps.
            seen: as in `train`.
        """
        for step, name, value in self._planned:
            if step > steps:
                break
            self._train_to(step, seen)
            if name == RATE_CHANGE:
                self.set_learning_rate(value)
            else:
                self.set_weight(name, value)
        self._planned = []
        self._train_to(steps, seen)

    def play(
        self,
        changed: Callable[[], None] | None = None,
        steps: int | None = None,
        speed: float | None = None,
    ) -> None:
        """Let the run go on, and return at once.

        Args:
            changed: called on the training thread after steps and when the run pauses
                or ends; it must return at once.
            steps: number of steps after which it pauses; None for no limit.
            speed: most steps per second; None for no limit.
        """
        self._begin()
        watch, control = self._watch, self._run.control
        if changed is not None:
            watch.changed = changed
        watch.go(control, None if steps is None else self.steps + steps, speed)

    def pause(self) -> None:
        """Pause before the next step."""
        if self._run is not None:
            self._watch.is_playing = False
            self._run.control.pause()

    def wait_for_pause(self) -> None:
        """Wait until a run that was asked to pause stands, or has ended."""
        while not self.is_standing:
            self._watch.arrived.wait(WAIT_S)

    def set_speed(self, speed: float | None) -> None:
        """Limit the steps per second of a run that is going."""
        if self._run is not None and not self._run.done:
            self._watch.speed = speed
            self._run.control.set_speed(speed)

    def set_learning_rate(self, value: float) -> None:
        """Set the learning rate, from the next step on."""
        if self._run is None:
            self.model.optimizer.learning_rate = value
            self.settings = replace(self.settings, learning_rate=float(value))
        elif not self._run.done:
            self._watch.settled.clear()
            self._run.control.set_learning_rate(value)
            self._rate = float(value)
            # A run that stands serves it at once; one that compiles may take seconds.
            while not (self.is_playing or self._run.done):
                if self._watch.settled.wait(WAIT_S):
                    break

    def set_weight(self, name: str, value: float) -> None:
        """Replace one weight between two steps.

        Args:
            name: such as "hidden_1/kernel[0, 2]" (from, to) or "output/bias[0]".
            value: a finite number.

        Raises:
            ValueError: there is no such weight, or the value is not finite.
        """
        variable, index = self._weight(name)
        if not math.isfinite(value):
            raise ValueError(
                f"playground: a weight must be a finite number, and {name} was set to "
                f"{value}. Write for example 0.5."
            )
        with self.model.between_steps():
            array = np.array(variable.value)
            array[index] = value
            variable.assign(array)
            step = self.steps
        self.settings = self.settings.with_change(step, name, value)

    def _weight(self, name):
        match = WEIGHT.fullmatch(name)
        if match is not None:
            names = [layer.name for layer in self.model.layers]
            if match[1] in names:
                layer = self.model.get_layer(match[1])
                index = tuple(int(n) for n in match.groups()[1:] if n is not None)
                variable = layer.kernel if len(index) == 2 else layer.bias
                if all(i < n for i, n in zip(index, variable.shape, strict=True)):
                    return variable, index
        raise ValueError(
            f"playground: this network has no weight {name!r}. Write for example "
            "'hidden_1/kernel[0, 1]' (from, to) or 'output/bias[0]'."
        )

    def compile_ahead(self) -> None:
        """Compile the steps of the run on a thread, before it is started."""
        if self._run is None and not self._is_compiling and len(self.train_rows):
            self._is_compiling = True
            x, y = self._train_data
            self.model.compile_ahead(
                x, y, batch_size=self.settings.batch_size, tasks="fit"
            )

    @property
    def is_closed(self) -> bool:
        """Whether the run was ended by `close`."""
        return self._run is not None and self._is_closed

    def replayed(self) -> Experiment:
        """A new experiment in the present state, which can go on."""
        experiment = Experiment(self.settings, self.data)
        experiment.replay(self.steps)
        return experiment

    def close(self) -> None:
        """End the run."""
        self._is_closed = True
        if self._run is not None:
            self._watch.changed = _nothing
            self._run.stop()

    def _begin(self):
        """Start the run, paused before its first step."""
        if self._run is not None:
            return
        if not len(self.train_rows):
            raise ValueError(
                "playground: there are no points to train on. Draw some, or choose a "
                "data set."
            )
        self._watch = _Watch(self)
        x, y = self._train_data
        self._run = self.model.fit(
            x,
            y,
            batch_size=self.settings.batch_size,
            epochs=EPOCHS,
            verbose=0,
            callbacks=[self._watch],
            keep_epochs=False,
            background=True,
        )

    def _train_to(self, steps, seen=None):
        if self.steps >= steps:
            return
        self._begin()
        watch = self._watch
        watch.go(self._run.control, steps, None)
        while not watch.arrived.wait(SEEN_EVERY_S):
            if seen is not None:
                seen(self.look())
        if watch.trouble:
            raise RuntimeError(
                f"playground: training ended after {self.steps} steps "
                f"({watch.trouble}). Try a smaller learning_rate."
            )


class _Watch:
    """A sink that pauses the run at a step, and notes changes of the learning rate.

    Args:
        experiment: whose run it watches.
    """

    takes_events = True
    takes_every_step = True
    is_display = True  # so that several steps may be one dispatch

    def __init__(self, experiment):
        self._experiment = experiment
        self._control: Any = None
        self._target = None
        self.speed = None
        self.is_playing, self.trouble = False, ""
        self.changed = _nothing
        # Whether the run stands at its target; whether all requests were served.
        self.arrived, self.settled = threading.Event(), threading.Event()

    def attach(self, plan, control, model):
        """Pause the run before its first step."""
        self._control = control
        control.pause()

    def go(self, control, target, speed):
        """Resume; `target` is the number of steps at which to pause, or None."""
        self.arrived.clear()
        self._target, self.speed, self.is_playing = target, speed, True
        steps = self._experiment.steps
        is_near = target is not None and target - steps <= LAST_STEPS
        control.set_speed(UNLIMITED if is_near and speed is None else speed)
        control.resume()

    def __call__(self, event):
        """Handle one event, on the training thread."""
        if isinstance(event, events.StepEnded):
            self._stepped(event.step + 1)
        elif isinstance(event, events.Steered):
            self._steered(event)
        elif isinstance(event, events.FitEnded):
            self._ended(event)

    def _stepped(self, steps):
        target = self._target
        if target is not None:
            if steps >= target:
                self._target, self.is_playing = None, False
                self._control.pause()
            elif target - steps <= LAST_STEPS and self._control.speed is None:
                self._control.set_speed(UNLIMITED)
        self.changed()

    def _steered(self, event):
        if event.move == RATE_CHANGE:
            experiment = self._experiment
            experiment.settings = experiment.settings.with_change(
                event.step, RATE_CHANGE, event.value
            )
            self.settled.set()
            self.changed()
        elif event.move == "pause":
            if not self.is_playing:
                self.arrived.set()
            self.changed()

    def _ended(self, event):
        self.is_playing = False
        if event.status is Status.FAILED:
            self.trouble = event.error
        elif not math.isfinite(event.logs.get("loss", 0.0)):
            self.trouble = "diverged"
        self.arrived.set()
        self.settled.set()
        self.changed()


def _data(settings, own):
    if settings.data == OWN:
        return own
    if settings.data == DRAWN:
        return datasets.drawn(settings.problem, settings.points)
    return datasets.made(settings.problem, settings.data, settings.noise, settings.seed)


def _nothing():
    pass
