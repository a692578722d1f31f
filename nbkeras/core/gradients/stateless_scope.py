"""Stateless scopes: code that assigns to variables, run as a pure function.

Within a scope a variable reads what the scope holds for it, and what is assigned stays
in the scope; the variable itself is not touched. So `optimizer.apply(...)` and
`metric.update_state(...)` can be traced by JAX, and their results come out as values.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator, Mapping
from typing import Any, Protocol

import jax

_current: contextvars.ContextVar[StatelessScope | None] = contextvars.ContextVar(
    "stateless_scope", default=None
)
# Keys that are not those of the first call of a layer; see `StatelessScope.call_key`.
_FURTHER = 1 << 31


class Holder(Protocol):
    """What has a value that a scope can stand for: a Variable, or an optimizer."""

    def own_value(self) -> Any:
        """The value outside of all scopes: an array, or a tree of arrays."""
        ...

    def keep_value(self, value: Any) -> None:
        """Replace the value outside of all scopes."""
        ...


class StatelessScope:
    """Holds values in place of variables and optimizers; use as a context manager.

    Args:
        values: {holder: the value that it has at the beginning}.
        key: a JAX key that draws within the scope come from; that of the scope around
            it by default.
        keyless: without a key nothing can be drawn, instead of from the global seed.

    A scope within another one begins with the values of the outer.

    >>> from nbkeras.core.variable import Variable
    >>> count = Variable(1.0)
    >>> with StatelessScope({count: jax.numpy.array(5.0)}) as scope:
    ...     count = count.assign_add(2.0)
    >>> float(scope.values[count]), float(count)
    (7.0, 1.0)
    """

    def __init__(
        self,
        values: Mapping[Any, Any] | None = None,
        key: Any = None,
        keyless: bool = False,
    ):
        self.values: dict[Any, Any] = dict(values or {})
        self.written: dict[Any, None] = {}
        # Holders that were used and whose value was not given, in order.
        self.missed: dict[Any, None] = {}
        self._given = set(self.values)
        self._key, self._calls, self._draws = key, 0, 0
        self._keyless = keyless
        # {layer: losses of its newest call}; {id of an output: what came beside it}
        self._losses: dict[Any, tuple[list[Any], bool]] = {}
        self._beside: dict[int, tuple[Any, ...]] = {}
        self._outer: StatelessScope | None = None
        self._token: Any = None

    def __enter__(self) -> StatelessScope:
        self._outer = _current.get()
        self._token = _current.set(self)
        return self

    def __exit__(self, *error: Any) -> None:
        _current.reset(self._token)

    def give(self, holder: Holder, value: Any) -> None:
        """Let `holder` begin with this value."""
        self.values[holder] = value
        self._given.add(holder)

    def read(self, holder: Holder) -> Any:
        """The value that `holder` has in this scope."""
        if holder in self.values:
            return self.values[holder]
        self.missed[holder] = None
        if self._outer is not None:
            return self._outer.read(holder)
        return holder.own_value()

    def write(self, holder: Holder, value: Any) -> None:
        """Let `holder` have this value in this scope."""
        if holder not in self._given:
            self.missed[holder] = None
        self.values[holder] = value
        self.written[holder] = None

    def changes(self) -> dict[Any, Any]:
        """{holder: its new value} of all that were assigned."""
        return {holder: self.values[holder] for holder in self.written}

    @property
    def is_keyed(self) -> bool:
        """Whether random numbers come from the scope, not from the global seed."""
        inner = self._key is not None or self._keyless
        return inner or (self._outer is not None and self._outer.is_keyed)

    def call_key(self) -> Any:
        """The key for a call of a layer; that of the first call is the scope's own.

        So an own step that calls the model once draws the numbers of the built-in step.
        None where nothing can be drawn.
        """
        if self._key is None:
            return self._outer.call_key() if self._outer is not None else None
        self._calls += 1
        return self._key if self._calls == 1 else self._further()

    def next_key(self) -> Any:
        """A key for numbers that are drawn outside of layers; None likewise."""
        if self._key is None:
            return self._outer.next_key() if self._outer is not None else None
        return self._further()

    # What calls of layers leave behind, for `layer.losses` and the compiled loss.

    def note_losses(
        self, layer: Any, losses: list[Any], with_penalties: bool = False
    ) -> None:
        """The losses of the newest call of `layer`, and whether regularizers' too."""
        self._losses[layer] = losses, with_penalties

    def losses_of(self, layer: Any) -> tuple[list[Any], bool]:
        """What was noted of the newest call of `layer`; nothing if there was none."""
        if layer in self._losses or self._outer is None:
            return self._losses.get(layer, ([], False))
        return self._outer.losses_of(layer)

    def note_beside(self, output: Any, beside: tuple[Any, ...]) -> None:
        """What came beside an array that a layer gave: (mask, logits, activation)."""
        self._beside[id(output)] = (output, beside)

    def beside(self, output: Any) -> tuple[Any, ...]:
        """(mask, logits, activation) of an output; Nones where nothing is known."""
        noted_output, beside = self._beside.get(id(output), (None, None))
        if noted_output is output and beside is not None:
            return beside
        return (None, None, None) if self._outer is None else self._outer.beside(output)

    def _further(self):
        self._draws += 1
        return jax.random.fold_in(self._key, _FURTHER + self._draws)


def current() -> StatelessScope | None:
    """The innermost scope that is open, or None."""
    return _current.get()


@contextlib.contextmanager
def outside() -> Generator[None]:
    """Within this no scope is open: variables have their own values."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def keep(changes: Mapping[Any, Any]) -> None:
    """Give each holder its new value, in the scope around if there is one."""
    scope = _current.get()
    for holder, value in changes.items():
        if scope is None:
            holder.keep_value(value)
        else:
            scope.write(holder, value)
