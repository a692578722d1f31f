"""Check targets against the output and the loss: shapes, dtypes and label ranges.

`check_labels` raises with an explanation; `labels_in_range` is a cheap test of each
batch of a generator, which needs `check_labels` only if the test fails.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from nbkeras.core import notices
from nbkeras.data.checks.loss_names import ELEMENTWISE, measures_distance, plain_name

# {activation: (minimum, maximum) of its output}.
OUTPUT_RANGES = {
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "softsign": (-1, 1),
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "softplus": (0, math.inf),
    "exponential": (0, math.inf),
}
TOLERANCE = 1e-3


class LabelledOutput(NamedTuple):
    """One output of a model and its targets.

    Args:
        name: name of the targets in messages.
        y: the targets, an object with shape and dtype.
        shape: shape of the output; None for axes of any size.
        loss: a name such as "sparse_categorical_crossentropy"; None or a custom
            function skips the checks that depend on the loss.
        activation: name of the last activation; None if unknown.
        layer: the layer of the output in messages, "Dense 'dense'".
        from_logits: `from_logits` of the crossentropy.
        ignore_class: `ignore_class` of the sparse crossentropy.
    """

    name: str
    y: Any
    shape: tuple
    loss: Any
    activation: str | None = None
    layer: str = ""
    from_logits: bool = False
    ignore_class: int | None = None

    @property
    def units(self) -> int | None:
        """Size of the last axis of the output; None if unknown."""
        return self.shape[-1] if len(self.shape) > 1 else None


def no_labels(owner: str) -> str:
    """The error message for a missing y."""
    return (
        f"There is no y, and the loss needs targets. Write {owner}(x, y), or let the "
        "generator yield (x, y); flow_from_directory does so unless class_mode=None."
    )


def check_labels(case: LabelledOutput) -> None:
    """Raise if the targets of one output do not match the output or its loss.

    Raises:
        ValueError: the message gives the labels, the requirement, and a fix.
    """
    loss = plain_name(case.loss)
    _check_activation(case, loss, case.from_logits)
    if loss == "sparsecategoricalcrossentropy":
        _check_sparse(case, case.ignore_class)
    elif loss == "categoricalcrossentropy":
        _check_one_hot(case)
    elif loss == "binarycrossentropy":
        _check_binary(case)
    elif loss in ELEMENTWISE:
        _check_elementwise(case, ELEMENTWISE[loss])
        if loss in ("hinge", "squaredhinge"):
            _check_signs(case)
        if measures_distance(loss):
            _warn_if_out_of_reach(case)


def labels_in_range(case: LabelledOutput, y: Any) -> bool:
    """Whether the labels `y` of a batch are in the range that `check_labels` requires.

    Args:
        case: the output, with the targets of the first batch.
        y: targets of another batch; types other than NumPy arrays are not checked.
    """
    limits = _limits(case)
    if limits is None or not isinstance(y, np.ndarray) or y.dtype.kind not in "fiub":
        return True
    low, high, integers = limits
    if not (low <= y.min() and y.max() <= high):
        return False
    return not integers or y.dtype.kind != "f" or _all_integers(y)


def _limits(case):
    """(minimum, maximum, whether integers) of valid labels; None if any are valid."""
    loss = plain_name(case.loss)
    if loss == "sparsecategoricalcrossentropy":
        return (0, case.units - 1, True) if case.units else None
    if loss in ("categoricalcrossentropy", "binarycrossentropy"):
        return 0, 1, False
    return (-1, 1, False) if loss in ("hinge", "squaredhinge") else None


def _warn_if_out_of_reach(case):
    """Give one notice about targets outside the range of the last activation."""
    lowest, highest = OUTPUT_RANGES.get(case.activation, (-math.inf, math.inf))
    low, high = _range(case.y)
    if low is None or (low >= lowest - TOLERANCE and high <= highest + TOLERANCE):
        return
    reach = f"{lowest} or more" if highest == math.inf else f"{lowest} to {highest}"
    notices.once(
        ("out of reach", case.activation, case.name),
        f"{case.name}: values run {low:g}..{high:g}, and the last layer's "
        f"{case.activation} gives only {reach}, so it cannot reach them. Write "
        f"activation=None in the last layer, or scale {case.name}.",
    )


def _check_activation(case, loss, from_logits):
    if case.activation == "softmax" and case.units == 1:
        _say_of_one_unit(loss)
    if "crossentropy" not in loss:
        return
    has_probabilities = case.activation in ("softmax", "sigmoid")
    if from_logits and has_probabilities:
        notices.once(
            ("logits", case.activation),
            "The loss has from_logits=True, but the last layer already applies "
            f"{case.activation}. Write from_logits=False, or activation=None in the "
            "last layer.",
        )
    if not from_logits and case.activation == "linear":
        activation = "sigmoid" if loss == "binarycrossentropy" else "softmax"
        notices.once(
            ("probabilities", activation),
            "The crossentropy needs probabilities, and the last layer has no "
            f"activation. Write activation={activation!r} in the last layer, or "
            "from_logits=True in the loss.",
        )


def _say_of_one_unit(loss):
    """Refuse a softmax over one unit where classes are meant; else give a notice.

    Keras warns of both. With a crossentropy there is no doubt what to write instead.
    """
    text = (
        "The last layer is a softmax over 1 unit, which is 1 for every input. For two "
        "classes write Dense(1, activation='sigmoid') with loss='binary_crossentropy'"
    )
    if "crossentropy" in loss:
        raise ValueError(f"{text}.")
    notices.say(
        f"{text}; for quantities write Dense(1). As it is, nothing can be learned."
    )


def _check_sparse(case, ignore_class):
    name, y, units = case.name, case.y, case.units
    shape = tuple(y.shape)
    if units == 1:
        raise ValueError(
            "sparse_categorical_crossentropy needs one unit for each class, and the "
            "last layer has 1. For two classes write Dense(1, activation='sigmoid') "
            "with loss='binary_crossentropy', or Dense(2, activation='softmax')."
        )
    if units and shape[1:] == case.shape[1:] and shape[-1] > 1:
        raise ValueError(
            f"{name} has the shape {shape}, one column for each class (one-hot), and "
            "sparse_categorical_crossentropy needs class numbers. Write "
            f"loss='categorical_crossentropy', or {name} = {name}.argmax(axis=-1)."
        )
    trimmed = shape[:-1] if shape[-1] == 1 and len(shape) == len(case.shape) else shape
    if not _same_shape(trimmed, case.shape[:-1]):
        if len(case.shape) > 2 and shape[1:] in ((), (1,)):
            raise ValueError(_unequal(case))
        raise ValueError(
            f"{name} has the shape {shape}; for the output {_shown(case.shape)} "
            "sparse_categorical_crossentropy needs one class number each, the shape "
            f"{_shown(case.shape[:-1])}."
        )
    low, high = _range(y, ignore_class)
    if low is None or not units:
        return
    if np.dtype(y.dtype).kind == "f" and not _all_integers(y):
        raise ValueError(
            f"{name} holds fractional values, and sparse_categorical_crossentropy "
            "needs class numbers 0, 1, 2, ... For quantities write Dense(1) and "
            "loss='mse'; for classes np.unique(y, return_inverse=True)[1]."
        )
    if low < 0 or high >= units:
        raise ValueError(
            f"{name}: labels run {low:.0f}..{high:.0f} but the last layer has {units} "
            f"units (expects 0..{units - 1}). {_range_advice(name, low, high, units)}"
        )


def _range_advice(name, low, high, units):
    if low >= 1 and high - low < units:
        return f"Write {name} = {name} - {low:.0f}."
    if low < 0:
        return (
            f"Number the classes from 0: {name} = np.unique({name}, "
            "return_inverse=True)[1]."
        )
    return (
        f"Write Dense({high + 1:.0f}, activation='softmax') as the last layer, or "
        f"number the classes without gaps: {name} = np.unique({name}, "
        "return_inverse=True)[1]."
    )


def _check_one_hot(case):
    name, y, units = case.name, case.y, case.units
    shape = tuple(y.shape)
    if units == 1:
        raise ValueError(
            "categorical_crossentropy needs one unit for each class, and the last "
            "layer has 1. For two classes write Dense(1, activation='sigmoid') with "
            "loss='binary_crossentropy'."
        )
    has_column = shape[-1] == 1 and len(shape) == len(case.shape)
    if len(shape) == len(case.shape) - 1 or has_column:
        raise ValueError(
            f"{name} has the shape {shape}, one class number per row, and "
            "categorical_crossentropy needs one column for each class (one-hot). "
            f"Write loss='sparse_categorical_crossentropy', or {name} = "
            f"to_categorical({name}, {units})."
        )
    if not _same_shape(shape, case.shape):
        raise ValueError(
            f"{name} has {shape[-1]} columns and the last layer {units} units. Write "
            f"Dense({shape[-1]}, activation='softmax'), or to_categorical(labels, "
            f"{units})."
            if len(shape) == len(case.shape)
            else _unequal(case)
        )
    low, high = _range(y)
    if low is not None and (low < 0 or high > 1):
        raise ValueError(
            f"{name}: values run {low:g}..{high:g}; categorical_crossentropy needs "
            "probabilities from 0 to 1. Make them with "
            f"to_categorical(labels, {units})."
        )
    if isinstance(y, np.ndarray) and y.ndim == 2:
        _warn_if_several(name, y)


def _warn_if_several(name, y):
    sums = y[:10000].sum(axis=1)
    if np.abs(sums - 1).max() > 0.01:
        notices.once(
            ("several", name),
            f"The rows of {name} do not sum to 1 (the first such row sums to "
            f"{sums[np.abs(sums - 1) > 0.01][0]:g}). For several labels per row write "
            "activation='sigmoid' and loss='binary_crossentropy'.",
        )


def _check_binary(case):
    name, y, units = case.name, case.y, case.units
    shape = tuple(y.shape)
    if not _same_shape(shape, case.shape) and not _lacks_column(shape, case.shape):
        if units and units > 1 and (len(shape) == 1 or shape[-1] == 1):
            raise ValueError(
                f"{name} has the shape {shape}, one number per row, and the last layer "
                f"has {units} units; binary_crossentropy needs one column for each. "
                "For one class out of several write "
                "loss='sparse_categorical_crossentropy' with activation='softmax'; "
                "for yes or no, Dense(1, activation='sigmoid')."
            )
        if units == 1 and len(shape) == 2 and shape[1] == 2:
            raise ValueError(
                f"{name} has 2 columns and the last layer 1 unit. Write "
                f"{name} = {name}[:, 1], or Dense(2, activation='softmax') with "
                "loss='categorical_crossentropy'."
            )
        raise ValueError(_unequal(case))
    low, high = _range(y)
    if low is None or (low >= 0 and high <= 1):
        return
    if low == -1 and high == 1:
        fix = f"Write {name} = ({name} + 1) / 2, or loss='hinge'."
    elif low == 1 and high == 2:
        fix = f"Write {name} = {name} - 1."
    else:
        fix = (
            "For more than two classes write Dense(number_of_classes, "
            "activation='softmax') with loss='sparse_categorical_crossentropy'."
        )
    raise ValueError(
        f"{name}: labels run {low:g}..{high:g}; binary_crossentropy needs 0 and "
        f"1. {fix}"
    )


def _check_signs(case):
    low, high = _range(case.y)
    if low is not None and (low < -1 or high > 1):
        raise ValueError(
            f"{case.name}: labels run {low:g}..{high:g}; the hinge loss needs -1 and "
            f"1. Write {case.name} = np.where({case.name} > 0, 1, -1)."
        )


def _check_elementwise(case, loss):
    shape, expected = tuple(case.y.shape), case.shape
    if (
        _same_shape(shape, expected)
        or _lacks_column(shape, expected)
        or _lacks_column(expected, shape)
    ):
        return
    raise ValueError(
        f"{_unequal(case)} The loss {loss!r} compares them element by element."
    )


def _unequal(case):
    shape, name = tuple(case.y.shape), case.name
    whose = f" of {case.layer}" if case.layer else ""
    text = f"{name} has the shape {shape} and the output{whose} {_shown(case.shape)}."
    if len(shape) == len(case.shape) == 2:
        return (
            f"{text} Write Dense({shape[1]}) as the last layer, or give {case.units} "
            f"column{'s' if case.units != 1 else ''} of targets."
        )
    if len(shape) == 1 and case.units and case.units > 1 and len(case.shape) == 2:
        return (
            f"{text} Write Dense(1) as the last layer; for class numbers use a "
            "crossentropy as the loss."
        )
    if len(case.shape) > 2 and len(shape) <= 2:
        return f"{text} Put a Flatten() or a global pooling before the last Dense."
    return f"{text} They must be equal: give targets of the output's shape."


def _same_shape(shape, expected):
    if len(shape) != len(expected):
        return False
    pairs = list(zip(shape, expected, strict=True))[1:]
    return all(n is None or m is None or n == m for m, n in pairs)


def _lacks_column(shape, expected):
    """Whether targets are (rows,) and the output is (rows, 1)."""
    return (
        len(shape) == len(expected) - 1
        and expected[-1] == 1
        and _same_shape(shape, expected[:-1])
    )


def _range(y, ignored=None) -> tuple[Any, Any]:
    """(minimum, maximum) of `y`; (None, None) without values or for other types."""
    if not isinstance(y, np.ndarray) or not y.size or y.dtype.kind not in "fiub":
        return None, None
    if ignored is not None:
        y = y[y != ignored]
        if not y.size:
            return None, None
    return float(y.min()), float(y.max())


def _all_integers(y):
    return bool((np.rint(y) == y).all())


def _shown(shape):
    inner = ", ".join(str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
