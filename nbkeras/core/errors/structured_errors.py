"""Structured errors: the layer, its input, the requirement, and code to write."""

from collections.abc import Mapping
from typing import Any, cast

from nbkeras.core.names.display_name import LONGEST, quoted

# Examples of required arguments, for messages about missing ones.
EXAMPLES = {
    "activation": "'relu'",
    "axes": "1",
    "dims": "(2, 1)",
    "filters": "32",
    "function": "lambda x: x / 255",
    "input_dim": "1000",
    "kernel_size": "3",
    "layer": "Dense(8)",
    "n": "3",
    "output_dim": "16",
    "rate": "0.5",
    "scale": "1 / 255",
    "target_shape": "(28, 28, 1)",
    "units": "32",
}
# A well-known name of each family.
NAMES = {
    "activation": "relu",
    "initializer": "he_normal",
    "loss": "mse",
    "metric": "accuracy",
    "optimizer": "adam",
    "regularizer": "l2",
}


class Mistake(Exception):
    """Base class of structured errors; displays show the parts separately.

    Attributes:
        layer: path of the layer in its model, "block/conv2d"; the class for arguments.
        kind: class of the layer, "Conv2D".
        given: the input shapes, or the call with the wrong argument.
        needed: the requirement that was not met.
        write: corrected code.
        hint: an alternative; may be empty.
    """

    def __init__(
        self,
        kind: str,
        layer: str,
        given: str,
        needed: str,
        write: str,
        hint: str = "",
    ) -> None:
        super().__init__()
        self.kind = kind
        self.layer = layer
        self.given = given
        self.needed = needed
        self.write = write
        self.hint = hint


class LayerMistake(Mistake, ValueError):
    """A layer does not accept the shapes of its inputs.

    >>> print(LayerMistake("Conv2D", "c1", "(None, 4, 4, 1)", "5 x 5", "Conv2D(8, 3)"))
    Conv2D 'c1' got (None, 4, 4, 1) and needs 5 x 5. Write Conv2D(8, 3).
    """

    def __str__(self) -> str:
        layer = f"{self.kind} {quoted(self.layer)}"
        text = f"{layer} got {self.given} and needs {self.needed}."
        return f"{text} Write {self.write}{self.hint and ', or ' + self.hint}."

    def within(self, name: str) -> None:
        """Record that the layer is part of the layer or model called `name`."""
        if self.layer.split("/")[0] != name:
            self.layer = f"{name}/{self.layer}"


class MemoryMistake(Mistake, MemoryError, ValueError):
    """Weights or an output of a layer need more memory than is available.

    >>> print(str(MemoryMistake("Dense", "d", "weight k (9, 9)", 28e12, 8e9))[:51])
    Dense 'd' needs 28,000.0 GB for its weight k (9, 9)
    """

    def __init__(
        self,
        kind: str,
        layer: str,
        part: str,
        needed: float,
        free: float,
        write: str = "fewer units or filters, or pool before Flatten()",
    ) -> None:
        super().__init__(kind, layer, part, f"{needed / 1e9:,.1f} GB", write)
        self.free = f"{free / 1e9:,.1f} GB"

    def __str__(self) -> str:
        return (
            f"{self.kind} {quoted(self.layer)} needs {self.needed} for its "
            f"{self.given}, and {self.free} of memory are available. Write "
            f"{self.write}."
        )


class ArgumentMistake(Mistake, ValueError, TypeError):
    """An argument of a layer, optimizer, loss or other object has an invalid value.

    Both a ValueError and a TypeError: Keras raises the one or the other, and an
    `except` clause written for Keras catches this.

    >>> print(argument("Dense", "units", 0, "a positive integer", "32"))
    Dense(units=0): units must be a positive integer. Write for example Dense(units=32).
    """

    def __str__(self) -> str:
        return (
            f"{self.given}: {self.needed}. Write for example {self.write}.{self.hint}"
        )


class CallMistake(Mistake, TypeError, ValueError):
    """An invalid call: an argument is misspelled, missing, or of the wrong type.

    Both a TypeError and a ValueError, as `ArgumentMistake` is.

    >>> print(CallMistake("Dense", "Dense", "Dense()", "Dense needs units", "Dense(8)"))
    Dense needs units. Write Dense(8).
    """

    def __str__(self) -> str:
        return f"{self.needed}.{self.hint} Write {self.write}."


class NameMistake(Mistake, ValueError):
    """An unknown name of a loss, activation...; `came_from` sets `kind` and `layer`."""

    def __init__(
        self, family: str, name: Any, nearest: list[str], names: list[str]
    ) -> None:
        near = " or ".join(map(repr, nearest))
        super().__init__(
            "",
            "",
            repr(name),
            f"{family} must be one of {', '.join(names)}",
            repr(nearest[0] if nearest else names[0]),
        )
        self.family, self.name, self.nearest = family, name, nearest
        self.hint = f"Did you mean {near}?" if near else f"Known: {', '.join(names)}."

    def __str__(self) -> str:
        owner = f"{self.kind}: " if self.kind else ""
        text = f"{owner}Unknown {self.family} {self.name!r}. {self.hint}"
        return f"{text} Write {self.write}." if self.kind and self.nearest else text

    def came_from(self, kind: str, arguments: Mapping[str, Any], required: int) -> None:
        """Record the class that was called with the name; write the corrected call."""
        if self.kind or not self.nearest:
            return
        corrected = {
            n: _swapped(v, self.name, self.nearest[0]) for n, v in arguments.items()
        }
        if corrected == dict(arguments):
            return  # the name is not among the arguments: code within raised it
        self.kind = self.layer = kind
        self.given = call(kind, arguments, required)
        self.write = call(kind, corrected, required)


def _swapped(value: Any, wrong: str, right: str) -> Any:
    """`value` with the string `wrong` replaced, also in lists and dicts."""
    if isinstance(value, list):
        return [_swapped(entry, wrong, right) for entry in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _swapped(entry, wrong, right) for key, entry in items}
    return right if isinstance(value, str) and value == wrong else value


class Code(str):
    """Source code, which `shown` leaves unchanged."""


def plain_kind(error: Exception) -> type[Exception]:
    """TypeError or ValueError, as `error` is, to raise it with a longer message."""
    both = isinstance(error, TypeError) and isinstance(error, ValueError)
    return TypeError if isinstance(error, TypeError) and not both else ValueError


def argument(
    owner: str, name: str, value: Any, requirement: str, example: str, hint: str = ""
) -> ArgumentMistake:
    """The error for calling `owner` with the argument `name=value`."""
    return ArgumentMistake(
        owner,
        owner,
        f"{owner}({name}={value!r})"
        if len(repr(value)) <= 60 and not isinstance(value, type)
        else f"{owner}({name}={shown(value)})",
        f"{name} must be {requirement}",
        f"{owner}({name}={example})",
        hint,
    )


def call(kind: str, arguments: Mapping[str, Any], required: int = 0) -> str:
    """A call as source code: "Conv2D(8, 3, padding='same')".

    Args:
        kind: name of the class or function.
        arguments: {name: value} in order.
        required: number of leading arguments that are written without their names.
    """
    parts = [
        shown(value) if place < required else f"{name}={shown(value)}"
        for place, (name, value) in enumerate(arguments.items())
    ]
    return f"{kind}({', '.join(parts)})"


def shown(value: Any) -> str:
    """A value as short source code: objects as `Class(...)`, functions by name."""
    if isinstance(value, Code):
        return value
    if isinstance(value, str) and len(value) > LONGEST:
        return quoted(value)
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        return name
    text = repr(value)
    if text[0] in "[({" and len(text) <= 40:
        return text
    return f"{type(value).__name__}(...)"
