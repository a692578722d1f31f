"""Constructors of Keras 1 for which nbkeras has layers under other names.

`keras.layers` offers them: `Merge`, `Deconvolution2D` and `AtrousConvolution2D`; and
`keras.engine.training` offers `slice_X`, and `keras.regularizers` `l1l2`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.layers import Conv1D, Conv2D, Conv2DTranspose, Embedding, Layer
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.merging.merge import merging_layer
from nbkeras.models import Model, Sequential
from nbkeras.ops.regularizers import L1L2


def Merge(
    layers: Sequence[Layer] | None = None,
    mode: str | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: int | Sequence[int] = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Mapping[str, Any] | None = None,
    node_indices: Any = None,
    tensor_indices: Any = None,
    name: str | None = None,
) -> Layer:
    """The layer of Keras 1 that merges the outputs of several models.

    Args:
        layers: models, the branches; without them, a layer to be called on tensors.
        mode: "sum", "mul", "ave", "max", "min", "concat", "dot", "cos", or a function
            of the list of outputs.
        concat_axis: axis for "concat".
        dot_axes: axes for "dot" and "cos".
        output_shape: accepted as in Keras 1; shapes are inferred.
        output_mask: mask of the output of a function, or a function that returns it.
        arguments: {name: value} of further arguments of the function.
        node_indices, tensor_indices: accepted as in Keras 1, without effect.
        name: name of the layer.

    Returns:
        A model of the branches, whose inputs are theirs, one after another: the first
        layer of a Sequential. Without `layers`, a merging layer.

    Raises:
        TypeError: `layers` holds tensors, or something that is no layer.
        ValueError: `mode` is unknown, or a branch has no input shape.
    """
    merging = merging_layer(
        "Merge", mode, concat_axis, dot_axes, name, output_mask, arguments
    )
    if layers is None:
        return merging
    branches = [_branch(layer) for layer in layers]
    names = ", ".join(f"branch_{n + 1}.output" for n in range(len(branches)))
    notices.once(
        ("Merge", str(mode)),
        f"Merge(layers) is deprecated; write Model([{names.replace('output', 'input')}"
        f"], {type(merging).__name__}()([{names}])).",
    )
    inputs = list({id(t): t for branch in branches for t in branch.inputs}.values())
    outputs = merging([branch(branch.input) for branch in branches])
    return Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=name)


def _branch(layer: Any) -> Model:
    """A branch of Merge as a model that knows its inputs."""
    if is_symbolic(layer) or isinstance(layer, jax.Array):
        raise TypeError(
            "Merge got a list of tensors; it takes models. Write for tensors "
            "concatenate([a, b]) or add([a, b])."
        )
    if not isinstance(layer, Layer):
        raise TypeError(
            f"Merge got a {type(layer).__name__} among its layers. Give models, for "
            "example Merge([left, right], mode='concat')."
        )
    branch = layer if isinstance(layer, Model) else Sequential([layer])
    first = branch.layers[0] if branch.layers else None
    if not branch.built and isinstance(first, Embedding) and first.input_length:
        branch.build((None, first.input_length))
    try:
        branch.output  # noqa: B018
    except AttributeError:
        raise ValueError(
            f"Merge: the branch {branch.name!r} has no input shape, and Merge needs "
            "its output. Write input_shape=(...) in the first layer of each branch."
        ) from None
    return branch


def Deconvolution2D(
    nb_filter: int, nb_row: Any, nb_col: int | None = None, *args: Any, **settings: Any
) -> Layer:
    """`Conv2DTranspose` with the arguments of Keras 1: filters, rows and columns.

    `output_shape` is accepted; the output's shape follows from the other arguments.
    """
    size, output_shape = _window(nb_row, nb_col), settings.pop("output_shape", None)
    if nb_col is not None and args:
        output_shape, args = args[0], args[1:]
    del output_shape
    notices.once(
        "Deconvolution2D",
        "Deconvolution2D(...) is now Conv2DTranspose(filters, kernel_size).",
    )
    return Conv2DTranspose(nb_filter, size, *args, **settings)


def AtrousConvolution2D(
    nb_filter: int, nb_row: Any, nb_col: int | None = None, **settings: Any
) -> Layer:
    """`Conv2D` with `atrous_rate`, the `dilation_rate` of Keras 1."""
    rate = settings.pop("atrous_rate", 1)
    notices.once(
        "AtrousConvolution2D",
        "AtrousConvolution2D(...) is now Conv2D(..., dilation_rate=2).",
    )
    return Conv2D(nb_filter, _window(nb_row, nb_col), dilation_rate=rate, **settings)


def AtrousConvolution1D(nb_filter: int, filter_length: int, **settings: Any) -> Layer:
    """`Conv1D` with `atrous_rate`, the `dilation_rate` of Keras 1."""
    rate = settings.pop("atrous_rate", 1)
    notices.once(
        "AtrousConvolution1D",
        "AtrousConvolution1D(...) is now Conv1D(..., dilation_rate=2).",
    )
    return Conv1D(nb_filter, filter_length, dilation_rate=rate, **settings)


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """The rows from `start` to `stop` of an array, or of each array in a list.

    `start` may be a list of the numbers of the rows. Called slice_X in Keras 1.
    """
    if isinstance(arrays, list):
        return [None if x is None else slice_arrays(x, start, stop) for x in arrays]
    if hasattr(start, "__len__"):
        return arrays[np.asarray(start).tolist()]
    return arrays[start:stop]


slice_X = slice_arrays


def l1l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """`regularizers.L1L2` with the strengths that Keras 1 took if none was given."""
    notices.once("l1l2", f"regularizers.l1l2 is now regularizers.L1L2({l1}, {l2}).")
    return L1L2(l1, l2)


activity_l1l2 = l1l2


def _window(rows: Any, columns: int | None) -> Any:
    """The kernel size of two sides, or the one that was given as such."""
    return rows if columns is None else (rows, columns)
