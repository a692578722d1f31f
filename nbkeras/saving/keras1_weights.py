"""Weights of Keras 1, and kernels that Theano wrote, in the layout of today.

Keras 1 stores the gates of a recurrent layer as matrices of their own, the kernels of a
`Conv1D` with a spatial axis of length 1, and the kernels of layers with channels first
with their filters first. Theano turns kernels by 180 degrees before it slides them.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

# {number of gates: where today's gates stand among those of Keras 1}
_GATE_ORDER = {3: (0, 1, 2), 4: (0, 2, 1, 3)}
_SLIDING = ("PlainConv", "ConvTranspose", "ConvLSTMCell")
_KERNELS = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel")


class Origin(NamedTuple):
    """Who wrote a file: the version of Keras, None before 1.2, and its backend."""

    version: str | None
    backend: str | None

    @property
    def is_keras_1(self) -> bool:
        """Whether Keras 1 wrote the file; its weights files name no version."""
        return self.version is None or self.version.startswith("1.")


class Stored(NamedTuple):
    """How a weight lies in a file.

    Attributes:
        weight: the variable of the model.
        shapes: shapes of the arrays in the file.
        join: function from these arrays to the value of the weight.
        names: names of the arrays.
    """

    weight: Any
    shapes: Sequence[tuple[int, ...]]
    join: Callable[..., np.ndarray]
    names: Sequence[str]


def plan(
    layer: Any,
    weights: Sequence[Any],
    names: Sequence[str],
    shape_of: Callable[[str], tuple[int, ...] | None],
    origin: Origin,
) -> list[Stored] | None:
    """How each weight of a layer is read from a file; None if the counts differ.

    Args:
        layer: a built layer or model.
        weights: its weights in the order of the file.
        names: names of the arrays in the file.
        shape_of: function from a name to the shape of its array.
        origin: who wrote the file.
    """
    owners = {id(w): part for part in layer.walk() for w in part.own_weights()}
    entries: list[Stored] = []
    position = 0
    queue = list(weights)
    while queue:
        cell = owners[id(queue[0])]
        group = _gated(cell, queue) if origin.is_keras_1 else []
        if group and _is_gate(cell, shape_of, names[position : position + 1]):
            count = cell.gates * len(group)
            gates = names[position : position + count]
            if len(gates) < count:
                return None
            entries += _entries_of_gates(cell, group, gates, origin)
        else:
            group, count = queue[:1], 1
            name = names[position : position + 1]
            shape = shape_of(name[0]) if name else None
            entries.append(_entry(cell, queue[0], name, shape, origin))
        position += count
        queue = queue[len(group) :]
    return entries if position == len(names) else None


def _gated(cell, weights):
    """The weights of `cell` at the beginning of `weights`, if it has several gates."""
    if getattr(cell, "gates", 1) not in _GATE_ORDER:
        return []
    group = [cell.kernel, cell.recurrent_kernel, cell.bias]
    is_first = len(weights) >= 3 and all(weights[i] is group[i] for i in range(3))
    return group if is_first else []


def _is_gate(cell, shape_of, names):
    """Whether the first array of a cell in the file is the kernel of one gate."""
    shape = shape_of(names[0]) if names else None
    if not shape:
        return False
    return len(cell.kernel.shape) > 2 or shape[-1] != cell.kernel.shape[-1]


def _entries_of_gates(cell, group, names, origin):
    """Entries of a cell whose gates lie apart: kernel, recurrent kernel, bias, ..."""
    entries = []
    for number, weight in enumerate(group):
        shape = (*weight.shape[:-1], weight.shape[-1] // cell.gates)
        stored_shape, convert = _layout(cell, weight, shape, None, origin)
        order = [3 * gate + number for gate in _GATE_ORDER[cell.gates]]

        def join(*arrays, convert=convert):
            return np.concatenate([convert(array) for array in arrays], axis=-1)

        shapes = [stored_shape] * cell.gates
        entries.append(Stored(weight, shapes, join, [names[i] for i in order]))
    return entries


def _entry(part, weight, names, shape, origin):
    stored_shape, convert = _layout(part, weight, weight.shape, shape, origin)
    return Stored(weight, [stored_shape], convert, names)


def _layout(part, weight, shape, shape_in_file, origin):
    """(shape of a weight in the file, function from that array to today's layout)."""
    families = {cls.__name__ for cls in type(part).__mro__}
    is_kernel = any(vars(part).get(name) is weight for name in _KERNELS)
    if not is_kernel or not families & {"BaseConv", "ConvLSTMCell"}:
        return shape, _unchanged
    permutation = tuple(range(len(shape)))
    is_current = shape_in_file is not None and len(shape_in_file) != 4 > len(shape)
    if origin.is_keras_1 and not is_current:
        permutation = _permutation(part, families, shape, shape_in_file)
    turned = origin.backend == "theano" and families.intersection(_SLIDING)
    added = len(permutation) - len(shape)  # the spatial axis of length 1
    full = (shape[0], 1, *shape[1:]) if added else tuple(shape)

    def convert(array):
        array = np.transpose(array, permutation).reshape(shape)
        return _turned(array, len(shape) - 2) if turned else array

    stored = [0] * len(permutation)
    for axis, source in enumerate(permutation):
        stored[source] = full[axis]
    return tuple(stored), convert


def _permutation(part, families, shape, shape_in_file):
    """The axes of a kernel of Keras 1 in today's order; Conv1D's has four."""
    if "Conv1D" in families:
        filters_first = (shape[2], shape[1], shape[0], 1)
        if shape_in_file == filters_first and (*shape[:1], 1) != shape_in_file[:2]:
            return 2, 3, 1, 0
        return 0, 1, 2, 3
    spatial = tuple(range(2, len(shape)))
    if part.data_format == "channels_first":
        ends = (0, 1) if "ConvTranspose" in families else (1, 0)
        return (*spatial, *ends)
    if "ConvTranspose" in families:
        return (*range(len(shape) - 2), len(shape) - 1, len(shape) - 2)
    return tuple(range(len(shape)))


def _turned(kernel, num_axes):
    """A kernel turned by 180 degrees, along its first `num_axes` axes."""
    return np.flip(kernel, tuple(range(num_axes)))


def _unchanged(array):
    return array
