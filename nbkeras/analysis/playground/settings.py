"""Settings: everything that determines a playground, and the line of code for it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from nbkeras import optimizers
from nbkeras.analysis.playground.datasets import (
    DATASETS,
    DRAWN,
    OWN,
    check_classes,
    check_points,
)
from nbkeras.analysis.playground.features import FEATURES
from nbkeras.core import check

OWNER = "playground"
MOST_LAYERS, MOST_UNITS = 6, 10
MOST_BATCH = 1000
# Activations that act on each unit alone.
ACTIVATIONS = (
    *("relu", "tanh", "sigmoid", "linear", "elu", "selu", "gelu", "silu"),
    *("leaky_relu", "softplus", "softsign", "mish", "hard_sigmoid", "relu6"),
)
REGULARIZATIONS = ("none", "l1", "l2")
# Optimizers that wrap another object, which a menu cannot choose.
_WRAPPERS = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptaxOptimizer")
# Rates that suit two inputs better than Keras's defaults for large networks.
RATES = {"SGD": 0.03, "Adagrad": 0.1, "Adadelta": 1.0, "Ftrl": 0.1}
USUAL_RATE = 0.01
# Names of live changes, besides weights such as "hidden_1/kernel[0, 2]".
RATE_CHANGE = "learning_rate"


def optimizer_names() -> list[str]:
    """The optimizers to choose from, by the names of their classes."""
    return [
        name
        for name in optimizers.__all__
        if inspect.isclass(kind := getattr(optimizers, name))
        and issubclass(kind, optimizers.Optimizer)
        and name not in _WRAPPERS
    ]


@dataclass(frozen=True)
class Settings:
    """The settings of a playground; see `nbkeras.playground` for their meaning.

    `optimizer` is the name of a class and `optimizer_options` its arguments besides the
    learning rate. `changes` are what was changed while it trained: (step, name, value).
    """

    problem: str = "classification"
    data: str = "circle"
    noise: float = 0.0
    train_ratio: float = 0.5
    batch_size: int = 10
    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[int, ...] = (4, 2)
    activation: str = "tanh"
    regularization: str = "none"
    regularization_rate: float = 0.0
    optimizer: str = "SGD"
    optimizer_options: tuple[tuple[str, Any], ...] = ()
    learning_rate: float = 0.03
    seed: int = 0
    points: tuple[tuple[float, float, float], ...] = ()
    changes: tuple[tuple[int, str, float], ...] = ()

    @classmethod
    def of(cls, **values: Any) -> Settings:
        """Checked settings; `optimizer` may be an instance, a missing rate the usual.

        Raises:
            ValueError, TypeError: a value is invalid; the message names it.

        >>> Settings.of(data="spiral", layers=[8, 8], optimizer="adam").learning_rate
        0.01
        """
        values = {name: value for name, value in values.items() if value is not None}
        problem = check.choice(
            OWNER, "problem", values.get("problem", "classification"), tuple(DATASETS)
        )
        points = check_points(values.get("points", ()))
        check_classes(problem, points)
        names = (*DATASETS[problem], DRAWN, OWN)
        data = check.choice(OWNER, "data", values.get("data", names[0]), names)
        name, options, rate = _optimizer(values.get("optimizer", cls.optimizer))
        rate = values.get("learning_rate", rate)
        whole = {"low": 0, "high": 0.5, "example": 0.1}
        return cls(
            problem=problem,
            data=data,
            noise=check.number(OWNER, "noise", values.get("noise", 0.0), **whole),
            train_ratio=check.number(
                OWNER, "train_ratio", values.get("train_ratio", 0.5), 0.1, 0.9
            ),
            batch_size=_batch_size(values.get("batch_size", cls.batch_size)),
            features=_features(values.get("features", cls.features)),
            layers=_layers(values.get("layers", cls.layers)),
            activation=check.choice(
                OWNER, "activation", values.get("activation", "tanh"), ACTIVATIONS
            ),
            regularization=check.choice(
                *(OWNER, "regularization", values.get("regularization", "none")),
                REGULARIZATIONS,
            ),
            regularization_rate=check.number(
                OWNER,
                "regularization_rate",
                values.get("regularization_rate", 0.0),
                *(0, 10, 0.01),
            ),
            optimizer=name,
            optimizer_options=options or _options_of(values),
            learning_rate=check.number(OWNER, "learning_rate", rate, 0, 100, 0.03),
            seed=check.whole(OWNER, "seed", values.get("seed", 0)),
            points=points,
            changes=_changes(values.get("changes", ())),
        )

    def changed(self, **values: Any) -> Settings:
        """These settings with some replaced, checked; live changes are forgotten.

        What no longer fits is replaced too: the data set of another problem, the
        options and the learning rate of another optimizer.
        """
        current = self.as_dict() | {"changes": ()}
        problem = values.get("problem", self.problem)
        if problem != self.problem and self.data not in (DRAWN, OWN):
            current["data"] = next(iter(DATASETS.get(problem, DATASETS[self.problem])))
        kind = values.get("optimizer", self.optimizer)
        if kind != self.optimizer:
            current |= {"learning_rate": None, "optimizer_options": ()}
        return Settings.of(**current | values)

    def with_change(self, step: int, name: str, value: float) -> Settings:
        """These settings with a live change; it replaces one of the same step."""
        others = [c for c in self.changes if c[:2] != (step, name)]
        return replace(self, changes=(*others, (step, name, float(value))))

    def as_dict(self) -> dict[str, Any]:
        """{name: value} of all settings."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def make_optimizer(self) -> Any:
        """A new optimizer with these settings."""
        kind = getattr(optimizers, self.optimizer)
        return kind(learning_rate=self.learning_rate, **dict(self.optimizer_options))

    def optimizer_code(self, module: str) -> str:
        """The call that makes the optimizer, such as `optimizers.SGD(...)`."""
        options = {"learning_rate": self.learning_rate, **dict(self.optimizer_options)}
        arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"{module}.{self.optimizer}({arguments})"

    def code(self, steps: int = 0, options: Mapping[str, Any] | None = None) -> str:
        """One line of code that opens this playground, after so many steps.

        Args:
            steps: number of steps to train.
            options: further arguments of `nbkeras.playground`; False is left out.

        >>> Settings.of(data="spiral", layers=[8, 8]).code(steps=100)
        "nbkeras.playground(data='spiral', layers=[8, 8], steps=100)"
        """
        usual = {item.name: item.default for item in fields(Settings)}
        usual["data"] = next(iter(DATASETS[self.problem]))
        usual["learning_rate"] = RATES.get(self.optimizer, USUAL_RATE)
        parts = ["x", "y"] if self.data == OWN else []
        for name, value in self.as_dict().items():
            if name == "optimizer_options" or value == usual[name]:
                continue
            if name == "data" and value in (DRAWN, OWN):
                continue
            if name == "points" and self.data != DRAWN:
                continue
            parts.append(f"{name}={_literal(name, value)}")
        if self.data == DRAWN and not self.points:
            parts.append("points=[]")
        if self.data == OWN and "problem" not in "".join(parts):
            parts.append(f"problem={self.problem!r}")
        if self.optimizer_options:
            parts = [part for part in parts if not part.startswith("optimizer=")]
            parts.append(f"optimizer={self.optimizer_code('nbkeras.optimizers')}")
        parts += [
            f"{name}={value!r}" for name, value in (options or {}).items() if value
        ]
        if steps:
            parts.append(f"steps={steps}")
        return f"nbkeras.playground({', '.join(parts)})"


def _literal(name, value):
    if name == "optimizer":
        return repr(value.lower())
    if isinstance(value, tuple):
        return f"[{', '.join(map(_entry, value))}]"
    return repr(value)


def _entry(value):
    if isinstance(value, tuple):
        return f"({', '.join(map(_entry, value))})"
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e9
    return str(int(value)) if is_whole else repr(value)


def _optimizer(value):
    """(name of the class, options, learning rate) of a name or an optimizer."""
    by_name = {name.lower(): name for name in optimizer_names()}
    if isinstance(value, optimizers.Optimizer):
        kind = type(value)
        check.choice(OWNER, "optimizer", kind.__name__, tuple(by_name.values()))
        if value.rate_schedule is not None:
            raise ValueError(
                "playground(optimizer=...) needs a learning rate that is a number, and "
                f"this {kind.__name__} follows a schedule. Write for example "
                f"optimizer=nbkeras.optimizers.{kind.__name__}(0.01)."
            )
        usual, config = kind().get_config(), value.get_config()
        options = tuple(
            (name, setting)
            for name, setting in config.items()
            if name not in ("name", "learning_rate") and setting != usual.get(name)
        )
        return kind.__name__, options, float(f"{config['learning_rate']:.7g}")
    key = value.lower() if isinstance(value, str) else value
    name = by_name[check.choice(OWNER, "optimizer", key, tuple(by_name))]
    return name, (), RATES.get(name, USUAL_RATE)


def _options_of(values):
    return tuple((name, value) for name, value in values.get("optimizer_options", ()))


def _batch_size(value):
    value = check.positive_int(OWNER, "batch_size", value, example=10)
    if value > MOST_BATCH:
        raise ValueError(
            f"playground(batch_size={value}): at most {MOST_BATCH}. Write for example "
            "batch_size=10."
        )
    return value


def _features(value):
    names = [value] if isinstance(value, str) else list(value)
    for name in names:
        check.choice(OWNER, "features", name, tuple(FEATURES))
    if not names:
        raise ValueError(
            "playground(features=[]): the network needs at least one feature. Write "
            "for example features=['x1', 'x2']."
        )
    return tuple(name for name in FEATURES if name in names)


def _layers(value):
    units = [value] if check.is_int(value) else list(value)
    is_valid = all(check.is_int(n) and 1 <= n <= MOST_UNITS for n in units)
    if len(units) > MOST_LAYERS or not is_valid:
        raise ValueError(
            f"playground(layers={value!r}): at most {MOST_LAYERS} layers of 1 to "
            f"{MOST_UNITS} units. Write for example layers=[4, 2]."
        )
    return tuple(int(n) for n in units)


def _changes(value):
    changes = []
    for entry in value:
        if len(entry) != 3 or not check.is_int(entry[0]) or entry[0] < 0:
            raise ValueError(
                f"playground(changes=...) has the entry {entry!r}; each is (step, "
                "name, value). Write for example "
                "changes=[(100, 'learning_rate', 0.01)]."
            )
        changes.append((int(entry[0]), str(entry[1]), float(entry[2])))
    return tuple(sorted(changes, key=lambda change: change[0]))


def from_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a page may set, from its message."""
    names = {item.name for item in fields(Settings)} - {"changes", "optimizer_options"}
    return {name: value for name, value in state.items() if name in names}
