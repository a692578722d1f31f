"""`choose` and `between` of `%%model` cells: values for a search to try."""

import collections
import weakref
from collections.abc import Callable, Hashable
from typing import Any

from nbkeras.analysis.tune.results import FirstSuggestion
from nbkeras.core.base_classes import BaseModel

# What Optuna stores as it is; other values are stored by their names.
PLAIN = bool | int | float | str | None

_BUILDERS: weakref.WeakKeyDictionary[Any, Callable[[Any], Any]] = (
    weakref.WeakKeyDictionary()
)


class Choices:
    """The hyperparameters that the code of one model asks for.

    Args:
        trial: suggests the values; None takes the first or lowest of each.

    Attributes:
        values: {name: value} of the hyperparameters, in the order of evaluation.
        names_by_site: {place in the code: names of what was chosen there}.
    """

    def __init__(self, trial: Any = None) -> None:
        self._trial = FirstSuggestion() if trial is None else trial
        self._uses: collections.Counter[str] = collections.Counter()
        self.values: dict[str, Any] = {}
        self.names_by_site: dict[Hashable, list[str]] = collections.defaultdict(list)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """{name: function} for the code of the model."""
        return {"choose": self.choose, "between": self.between}

    def choose(
        self, *values: Any, name: str = "choice", site: Hashable | None = None
    ) -> Any:
        """One of the values: the first, or in a search the one that is tried.

        Args:
            *values: the values to choose from.
            name: name of the hyperparameter; a second use of a name gets a number.
            site: place in the code, for `names_by_site`.

        Raises:
            ValueError: there are no values.

        >>> Choices().choose(16, 32, 64)
        16
        """
        if len(values) == 1 and isinstance(values[0], list | tuple):
            values = tuple(values[0])
        if not values:
            raise ValueError(
                "choose() has no values to choose from. Write for example "
                "choose(16, 32, 64)."
            )
        name = self._unique(name, site)
        labels = list(map(_label, values))
        label = self._trial.suggest_categorical(name, labels)
        self.values[name] = values[labels.index(label)]
        return self.values[name]

    def between(
        self,
        low: float,
        high: float,
        *,
        log: bool = False,
        name: str = "choice",
        site: Hashable | None = None,
    ) -> Any:
        """A number from `low` to `high`: `low`, or in a search the one that is tried.

        Args:
            low, high: the bounds; two integers give integers.
            log: whether to draw from the logarithms, as for learning rates.
            name: name of the hyperparameter; a second use of a name gets a number.
            site: place in the code, for `names_by_site`.

        Raises:
            ValueError: `low` is not below `high`, or not above 0 with `log`.

        >>> Choices().between(0.1, 0.5)
        0.1
        """
        bounds = (low, high)
        if not all(
            isinstance(bound, int | float) and not isinstance(bound, bool)
            for bound in bounds
        ) or not (low < high and (low > 0 or not log)):
            above = " above 0" if log else ""
            raise ValueError(
                f"between({low!r}, {high!r}) needs two numbers{above}, the lower one "
                "first. Write for example between(0.1, 0.5)."
            )
        name = self._unique(name, site)
        is_integer = isinstance(low, int) and isinstance(high, int)
        suggest = self._trial.suggest_int if is_integer else self._trial.suggest_float
        self.values[name] = suggest(name, low, high, log=log)
        return self.values[name]

    def _unique(self, name, site):
        """The name, with a number from its second use on."""
        self._uses[name] += 1
        count = self._uses[name]
        name = name if count == 1 else f"{name} {count}"
        self.names_by_site[site].append(name)
        return name


def remember_builder(model: Any, build: Callable[[Any], Any]) -> None:
    """Let `nbkeras.tune(model, ...)` search over the choices of the model's code.

    Args:
        model: the model with the first of all choices.
        build: (trial) -> compiled model.
    """
    _BUILDERS[model] = build


def builder_of(build: Any) -> Callable[[Any], Any]:
    """The function that builds a model for a trial.

    Args:
        build: such a function, or a model of a `%%model` cell with choices.

    Raises:
        ValueError: the model has no choices.
        TypeError: it is neither a function nor a model.
    """
    if isinstance(build, BaseModel):
        if build in _BUILDERS:
            return _BUILDERS[build]
        raise ValueError(
            "tune(model, ...): this model has no values to try. Write them into its "
            "%%model cell, for example Dense(choose(16, 32, 64)), or give a function "
            "build(trial) that returns a compiled model."
        )
    if not callable(build):
        raise TypeError(
            f"tune: build is a {type(build).__name__}; it must be a function. Write "
            "for example def build(trial): ..., which returns a compiled model."
        )
    return build


def _label(value):
    if isinstance(value, PLAIN):
        return value
    return getattr(value, "__name__", None) or repr(value)
