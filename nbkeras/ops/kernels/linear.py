"""Dense products over the last axis, embedding lookup, and shapes of EinsumDense."""

import re
from typing import NamedTuple

import jax.numpy as jnp

from nbkeras.ops.kernels.channels import add_bias


def dense(x, kernel, bias=None):
    """`x @ kernel + bias` over the last axis; `bias` may be None."""
    y = jnp.matmul(x, kernel)
    return y if bias is None else add_bias(y, bias)


def lookup(table, ids):
    """Embedding lookup: rows of `table` for integer `ids`; NaN for ids out of range.

    Args:
        table: (rows, width), floating.
        ids: integers of any shape.

    Returns: (..., width).
    """
    rows = table.shape[0]
    # Negative ids would index from the end: move them out of range to get NaN.
    return jnp.take(table, jnp.where(ids < 0, rows, ids), axis=0, mode="fill")


class EinsumShapes(NamedTuple):
    """Shapes of the weights and the output for an equation such as "abc,cd->abd"."""

    kernel: tuple
    bias: tuple | None
    input_axes: list
    output_axes: list


def einsum_shapes(equation, bias_axes, input_shape, output_shape):
    """Shapes of kernel and bias for `x, kernel -> y`.

    Args:
        equation: "ab,bc->ac", "...x,xy->...y" or "ab...,bc->ac...".
        bias_axes: letters of the output that the bias has, or None for no bias.
        input_shape: shape of x, the batch axis in front (None allowed).
        output_shape: shape of y without the batch axis and the "..." axes;
            None for an axis that is copied from the input.

    Raises:
        ValueError: the equation cannot be parsed, or the sizes contradict each other.
    """
    x, kernel, y, before, after = _parse(equation)
    extra = len(input_shape) - len(x)
    sizes = dict(zip(x, input_shape[extra:] if before else input_shape, strict=False))
    sizes_out = (output_shape,) if isinstance(output_shape, int) else (*output_shape,)
    named = y if before else y[1:]
    if before and extra == 0:
        named = y[1:]
    if len(sizes_out) != len(named):
        raise ValueError(
            f"EinsumDense({equation!r}): output_shape={output_shape!r} must have "
            f"{len(named)} sizes, one for each of {', '.join(named)!r}."
        )
    for letter, size in zip(named, sizes_out, strict=True):
        earlier_size = sizes.get(letter)
        if size is not None and earlier_size is not None and size != earlier_size:
            raise ValueError(
                f"EinsumDense({equation!r}): axis {letter!r} is {earlier_size} in the "
                f"input and {size} in output_shape. Write None there to take it over."
            )
        sizes[letter] = earlier_size if size is None else size
    _refuse_unknown(equation, kernel + y, sizes)
    bias = None
    if bias_axes is not None:
        _refuse_unknown(equation, bias_axes, dict.fromkeys(y))
        tail = y[min(y.index(letter) for letter in bias_axes) :]
        bias = tuple(sizes[letter] if letter in bias_axes else 1 for letter in tail)
        bias += (1,) * (extra if after else 0)
    return EinsumShapes(
        tuple(sizes[letter] for letter in kernel),
        bias,
        [i for i, letter in enumerate(kernel) if letter not in y],
        [i for i, letter in enumerate(kernel) if letter in y],
    )


def _parse(equation):
    match = re.fullmatch(
        r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?",
        equation.replace(" ", ""),
    )
    if match:
        left, x, right, kernel, left_y, y, right_y = match.groups()
        if left == left_y and right == right_y and not (left and right):
            return x, kernel, y, bool(left), bool(right)
    raise ValueError(
        f"EinsumDense(equation={equation!r}): the equation must read "
        "'input,kernel->output', with '...' only at the start or the end of both "
        "input and output. Write for example EinsumDense('abc,cd->abd', "
        "output_shape=(None, 64))."
    )


def _refuse_unknown(equation, letters, sizes):
    for letter in letters:
        if letter not in sizes:
            raise ValueError(
                f"EinsumDense({equation!r}): the size of axis {letter!r} is not known; "
                "each letter must occur in the input or the output."
            )
