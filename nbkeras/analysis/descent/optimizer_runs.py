"""Optimizer runs: an optimizer with adjustable settings, and its code."""

from dataclasses import dataclass, field, replace

from nbkeras import optimizers
from nbkeras.core import check

MOST = 6


@dataclass(frozen=True)
class Kind:
    """A row of KINDS: a kind of optimizer and its default settings.

    Args:
        optimizer: name of the class.
        fixed: settings that define the kind.
        momentum: name of the setting that the momentum slider controls, or None.
        usual: default (learning rate as a fraction of the plot's width, momentum); a
            rate of None means that of the problem.
    """

    optimizer: str
    fixed: dict = field(default_factory=dict)
    momentum: str | None = None
    usual: tuple = (None, 0.0)


KINDS = {
    "sgd": Kind("SGD"),
    "momentum": Kind("SGD", {}, "momentum", (None, 0.9)),
    "nesterov": Kind("SGD", {"nesterov": True}, "momentum", (None, 0.9)),
    "adagrad": Kind("Adagrad", usual=(0.1, 0.0)),
    "rmsprop": Kind("RMSprop", usual=(0.01, 0.0)),
    "adam": Kind("Adam", {}, "beta_1", (0.02, 0.9)),
    "adamw": Kind("AdamW", {}, "beta_1", (0.02, 0.9)),
    "adamax": Kind("Adamax", {}, "beta_1", (0.03, 0.9)),
    "nadam": Kind("Nadam", {}, "beta_1", (0.02, 0.9)),
    "adadelta": Kind("Adadelta", usual=(1.0, 0.0)),
    "lion": Kind("Lion", {}, "beta_1", (0.005, 0.9)),
}


@dataclass(frozen=True)
class OptimizerRun:
    """One of the optimizers being compared, with its settings.

    Args:
        kind: a key of KINDS.
        lr: learning rate.
        momentum: momentum, or beta_1 in the Adam family; 0 if the kind has none.
        more: further settings of the optimizer.
    """

    kind: str
    lr: float
    momentum: float = 0.0
    more: dict = field(default_factory=dict)

    def settings(self):
        """The keyword arguments of the optimizer."""
        kind = KINDS[self.kind]
        settings = {"learning_rate": self.lr, **kind.fixed, **self.more}
        if kind.momentum:
            settings[kind.momentum] = self.momentum
        return settings

    def optimizer(self):
        """A new optimizer with these settings."""
        return getattr(optimizers, KINDS[self.kind].optimizer)(**self.settings())

    def code(self):
        """The optimizer as Python code."""
        arguments = ", ".join(f"{k}={_short(v)}" for k, v in self.settings().items())
        return f"{KINDS[self.kind].optimizer}({arguments})"


def default_run(kind, problem):
    """A run of `kind` with default settings for the problem."""
    kind = check.choice("descent", "optimizers", kind, tuple(KINDS))
    rate, momentum = KINDS[kind].usual
    if problem.kind == "model":
        # Keras's defaults suit networks; formulas need rates that fit their scale.
        usual = getattr(optimizers, KINDS[kind].optimizer)()
        return OptimizerRun(kind, float(f"{float(usual.learning_rate):.6g}"), momentum)
    if rate is None:
        # Momentum m increases the effective step size by up to 1 / (1 - m).
        return OptimizerRun(kind, _short_number(problem.lr * (1 - momentum)), momentum)
    wide = max(high - low for low, high in problem.limits)
    return OptimizerRun(kind, _short_number(rate * wide), momentum)


def as_run(value, problem):
    """An OptimizerRun from the name of a kind, an optimizer or an OptimizerRun.

    Raises:
        ValueError: the optimizer has no row in KINDS, or follows a schedule.
    """
    if isinstance(value, OptimizerRun):
        return value
    if isinstance(value, str) and value.lower() in KINDS:
        return default_run(value.lower(), problem)
    optimizer = optimizers.get(value)
    if optimizer.rate_schedule is not None:
        raise ValueError(
            f"The lab needs a learning rate that is a number; this "
            f"{type(optimizer).__name__} follows a schedule. Give for example "
            f"{type(optimizer).__name__}(0.01)."
        )
    config = optimizer.get_config()
    for name, kind in reversed(KINDS.items()):
        fixed = all(config.get(key) == value for key, value in kind.fixed.items())
        if type(optimizer).__name__ == kind.optimizer and fixed:
            if name == "momentum" and not optimizer.momentum:
                continue
            return _from_config(name, kind, config)
    raise ValueError(
        f"{type(optimizer).__name__} is not in the lab. Available are: "
        f"{', '.join(KINDS)}."
    )


def _from_config(name, kind, config):
    usual = getattr(optimizers, kind.optimizer)().get_config()
    taken = {"learning_rate", "name", kind.momentum, *kind.fixed}
    more = {
        key: value
        for key, value in config.items()
        if key not in taken and value != usual.get(key)
    }
    momentum = float(config.get(kind.momentum, 0.0)) if kind.momentum else 0.0
    rate = float(f"{config['learning_rate']:.7g}")
    return OptimizerRun(name, rate, momentum, more)


def as_runs(values, problem):
    """One to six OptimizerRuns from a list of values that `as_run` accepts.

    Raises:
        ValueError: there are none, or more than six.
    """
    values = values if isinstance(values, list | tuple) else [values]
    if not 1 <= len(values) <= MOST:
        raise ValueError(
            f"descent(optimizers=...) has {len(values)} optimizers; the lab compares 1 "
            f"to {MOST}. Write for example optimizers=['sgd', 'adam']."
        )
    return [as_run(value, problem) for value in values]


def adjusted(run, lr=None, momentum=None):
    """The same run with another rate or momentum, clipped to sensible values."""
    lr = run.lr if lr is None else min(max(float(lr), 1e-8), 1e4)
    if momentum is None or not KINDS[run.kind].momentum:
        return replace(run, lr=lr)
    return replace(run, lr=lr, momentum=min(max(float(momentum), 0.0), 0.999))


def _short_number(value):
    return float(f"{value:.2g}")


def _short(value):
    return f"{value:.7g}" if isinstance(value, float) else repr(value)
