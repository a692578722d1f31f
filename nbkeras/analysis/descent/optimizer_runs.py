"""Racers: optimizers with the two settings that a slider moves, and their code."""

from dataclasses import dataclass, field, replace

from nbkeras import optimizers
from nbkeras.core import check

MOST = 6


@dataclass(frozen=True)
class Kind:
    """A row of KINDS.

    Args:
        optimizer: name of the class.
        fixed: settings that make it this kind.
        momentum: name of the setting that the momentum slider moves, or None.
        usual: (learning rate in map widths, momentum) to begin with; the rate None
            is that of the problem.
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
class Racer:
    """One optimizer in a race.

    Args:
        kind: a key of KINDS.
        lr: learning rate.
        momentum: of the last steps, or beta_1 of the Adam family; 0 where the kind
            has none.
        more: further settings of the optimizer.
    """

    kind: str
    lr: float
    momentum: float = 0.0
    more: dict = field(default_factory=dict)

    def settings(self):
        """The keywords of the optimizer."""
        kind = KINDS[self.kind]
        found = {"learning_rate": self.lr, **kind.fixed, **self.more}
        if kind.momentum:
            found[kind.momentum] = self.momentum
        return found

    def optimizer(self):
        """The optimizer itself, fresh."""
        return getattr(optimizers, KINDS[self.kind].optimizer)(**self.settings())

    def code(self):
        """The optimizer as Python code."""
        given = ", ".join(f"{k}={_short(v)}" for k, v in self.settings().items())
        return f"{KINDS[self.kind].optimizer}({given})"


def usual_racer(kind, problem):
    """A racer of `kind` with settings that suit the problem."""
    kind = check.choice("descent", "optimizers", kind, tuple(KINDS))
    rate, momentum = KINDS[kind].usual
    if problem.kind == "model":
        # Networks differ less than formulas do: what Keras begins with suits them.
        usual = getattr(optimizers, KINDS[kind].optimizer)()
        return Racer(kind, float(f"{float(usual.learning_rate):.6g}"), momentum)
    if rate is None:
        # Momentum m lets steps grow to 1 / (1 - m) times their size.
        return Racer(kind, _short_number(problem.lr * (1 - momentum)), momentum)
    wide = max(high - low for low, high in problem.limits)
    return Racer(kind, _short_number(rate * wide), momentum)


def as_racer(given, problem):
    """A racer from the name of a kind, an optimizer or a Racer.

    Raises:
        ValueError: an optimizer that has no row in KINDS, or that follows a schedule.
    """
    if isinstance(given, Racer):
        return given
    if isinstance(given, str) and given.lower() in KINDS:
        return usual_racer(given.lower(), problem)
    optimizer = optimizers.get(given)
    if optimizer._schedule is not None:
        raise ValueError(
            f"A race needs a learning rate that is a number; this "
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
        f"{type(optimizer).__name__} has no place in a race. There are: "
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
    return Racer(name, rate, momentum, more)


def as_racers(given, problem):
    """Racers from a list of what `as_racer` takes; one to six.

    Raises:
        ValueError: none, or more than six.
    """
    given = given if isinstance(given, list | tuple) else [given]
    if not 1 <= len(given) <= MOST:
        raise ValueError(
            f"descent(optimizers=...) has {len(given)} optimizers; a race has 1 to "
            f"{MOST}. Write for example optimizers=['sgd', 'adam']."
        )
    return [as_racer(each, problem) for each in given]


def adjusted(racer, lr=None, momentum=None):
    """The same racer with another rate or momentum, within what makes sense."""
    lr = racer.lr if lr is None else min(max(float(lr), 1e-8), 1e4)
    if momentum is None or not KINDS[racer.kind].momentum:
        return replace(racer, lr=lr)
    return replace(racer, lr=lr, momentum=min(max(float(momentum), 0.0), 0.999))


def _short_number(value):
    return float(f"{value:.2g}")


def _short(value):
    return f"{value:.7g}" if isinstance(value, float) else repr(value)
