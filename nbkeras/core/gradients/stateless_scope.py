"""Stateless scopes: run code that assigns to variables as a pure function.

Within a scope, reading a variable gives the value that the scope holds, and assigning
one changes only the scope. So JAX can trace `optimizer.apply(...)` and
`metric.update_state(...)`, and the new values are outputs.
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
# Folded into all keys but that of the first layer call; see `StatelessScope.call_key`.
_FURTHER = 1 << 31


class Holder(Protocol):
    """An object whose value a scope can hold: a Variable or an optimizer."""

    def own_value(self) -> Any:
        """The value outside of all scopes: an array, or a tree of arrays."""
        ...

    def keep_value(self, value: Any) -> None:
        """Replace the value outside of all scopes."""
        ...


class StatelessScope:
    """Holds the values of variables and optimizers; use as a context manager.

    Args:
        values: {holder: initial value}.
        key: JAX key for random numbers within the scope; None uses that of the
            enclosing scope.
        keyless: without any key, raise when random numbers are drawn, instead of
            drawing from the global seed.

    A nested scope reads from the enclosing one what it does not hold itself.

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
        # Holders that were read or written without an initial value, in order of use.
        self.missed: dict[Any, None] = {}
        self._initialized = set(self.values)
        self._key, self._calls, self._draws = key, 0, 0
        self._keyless = keyless
        # {layer: losses of its latest call}; {id of an output: its mask and logits}
        self._losses: dict[Any, tuple[list[Any], bool]] = {}
        self._metadata: dict[int, tuple[Any, ...]] = {}
        self._outer: StatelessScope | None = None
        self._token: Any = None

    def __enter__(self) -> StatelessScope:
        self._outer = _current.get()
        self._token = _current.set(self)
        return self

    def __exit__(self, *error: Any) -> None:
        _current.reset(self._token)

    def initialize(self, holder: Holder, value: Any) -> None:
        """Set the initial value of `holder`."""
        self.values[holder] = value
        self._initialized.add(holder)

    def read(self, holder: Holder) -> Any:
        """The value of `holder` in this scope."""
        if holder in self.values:
            return self.values[holder]
        self.missed[holder] = None
        if self._outer is not None:
            return self._outer.read(holder)
        return holder.own_value()

    def write(self, holder: Holder, value: Any) -> None:
        """Set the value of `holder` in this scope."""
        if holder not in self._initialized:
            self.missed[holder] = None
        self.values[holder] = value
        self.written[holder] = None

    def changes(self) -> dict[Any, Any]:
        """{holder: new value} of all holders that were assigned."""
        return {holder: self.values[holder] for holder in self.written}

    @property
    def is_keyed(self) -> bool:
        """Whether random numbers come from a key, not from the global seed."""
        inner = self._key is not None or self._keyless
        return inner or (self._outer is not None and self._outer.is_keyed)

    def call_key(self) -> Any:
        """The key for a call of a layer; None if there is no key.

        The first call gets the key of the scope itself, so that a custom step that
        calls the model once draws the same numbers as the built-in step.
        """
        if self._key is None:
            return self._outer.call_key() if self._outer is not None else None
        self._calls += 1
        return self._key if self._calls == 1 else self._further()

    def next_key(self) -> Any:
        """A key for random numbers outside of layers; None if there is no key."""
        if self._key is None:
            return self._outer.next_key() if self._outer is not None else None
        return self._further()

    # Side outputs of layer calls, for `layer.losses` and the compiled loss.

    def note_losses(
        self, layer: Any, losses: list[Any], with_penalties: bool = False
    ) -> None:
        """Store the losses of a call of `layer`, and whether they include penalties."""
        self._losses[layer] = losses, with_penalties

    def losses_of(self, layer: Any) -> tuple[list[Any], bool]:
        """(losses, with_penalties) of the latest call of `layer`, or ([], False)."""
        if layer in self._losses or self._outer is None:
            return self._losses.get(layer, ([], False))
        return self._outer.losses_of(layer)

    def note_metadata(self, output: Any, metadata: tuple[Any, ...]) -> None:
        """Store (mask, logits, activation) of an array that a layer returned."""
        self._metadata[id(output)] = (output, metadata)

    def metadata_of(self, output: Any) -> tuple[Any, ...]:
        """(mask, logits, activation) of an output of a layer; None for unknown ones."""
        known_output, metadata = self._metadata.get(id(output), (None, None))
        if known_output is output and metadata is not None:
            return metadata
        return (
            (None, None, None)
            if self._outer is None
            else self._outer.metadata_of(output)
        )

    def _further(self):
        self._draws += 1
        return jax.random.fold_in(self._key, _FURTHER + self._draws)


def current() -> StatelessScope | None:
    """The innermost open scope, or None."""
    return _current.get()


@contextlib.contextmanager
def outside() -> Generator[None]:
    """A context in which no scope is open: variables have their own values."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def keep(changes: Mapping[Any, Any]) -> None:
    """Set the new value of each holder, in the open scope if there is one."""
    scope = _current.get()
    for holder, value in changes.items():
        if scope is None:
            holder.keep_value(value)
        else:
            scope.write(holder, value)
