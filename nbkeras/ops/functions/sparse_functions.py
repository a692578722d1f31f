"""Functions of `nbkeras.ops` on sparse arrays (BCOO), as in Keras on JAX.

The result is sparse where the function keeps zeros: for elementwise functions with
f(0) = 0, for sums, differences, products and extremes of sparse arrays, and for
concatenations of them. All other functions get dense arrays and return dense ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from nbkeras.core.sparse_arrays import densified, is_sparse

if TYPE_CHECKING:
    from nbkeras.ops.functions.operation_table import Function

# f(0) = 0, and f(a + b) = f(a) + f(b): entries of one place need no sum before.
LINEAR = frozenset({"cast", "conj", "conjugate", "copy", "imag", "negative", "real"})
KEEPING_ZEROS = LINEAR | {
    "abs",
    "absolute",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "ceil",
    "celu",
    "elu",
    "expm1",
    "floor",
    "gelu",
    "hard_shrink",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "isinf",
    "isnan",
    "leaky_relu",
    "log1p",
    "relu",
    "relu6",
    "round",
    "selu",
    "sign",
    "signbit",
    "silu",
    "sin",
    "sinh",
    "soft_shrink",
    "softsign",
    "sqrt",
    "square",
    "swish",
    "tan",
    "tanh",
    "tanh_shrink",
    "trunc",
}
# f(0, 0) = 0: the result of two sparse arrays is sparse.
OF_TWO = frozenset({"add", "subtract", "multiply", "maximum", "minimum"})
# f(0, y) = 0 for each y, unless y is not finite.
SCALING = frozenset({"multiply", "divide", "true_divide"})

# Whose symbolic output is marked as sparse, as in Keras: if the first argument is, if
# all arguments are, and if the dividend alone is.
MARKED_AS_FIRST = frozenset(
    "abs absolute arcsin arcsinh arctan arctanh bincount ceil conj conjugate copy "
    "convert_to_tensor digitize expand_dims expm1 fabs floor imag log1p mean nansum "
    "negative ones_like real reshape round sign signbit sin sinh sqrt square squeeze "
    "sum tan tanh transpose zeros_like".split()
)
MARKED_AS_ALL = frozenset("add concatenate fmax fmin maximum minimum subtract".split())
MARKED_AS_DIVIDEND = frozenset({"divide", "divide_no_nan", "true_divide"})
# Which return sparse arrays for dense ones if they are asked to.
ON_REQUEST = frozenset({"bincount", "multi_hot", "one_hot"})


def marks_output(name: str, marks: list[bool | None], settings: dict[str, Any]) -> bool:
    """Whether the symbolic output of the function `name` is marked as sparse.

    Args:
        name: name of the function.
        marks: for each array argument the `sparse` of a symbolic tensor; None for
            other arrays.
        settings: its other arguments.
    """
    if name in ON_REQUEST and settings.get("sparse"):
        return True
    if True not in marks:
        return False
    if name in MARKED_AS_FIRST:
        is_dense = name == "convert_to_tensor" and settings.get("sparse") is False
        return marks[0] is True and not is_dense
    if name in MARKED_AS_DIVIDEND:
        return marks[0] is True and not marks[1]
    if name == "matmul":
        return False not in marks
    return name == "multiply" or (name in MARKED_AS_ALL and all(marks))


def compute(function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of `function` on arguments that hold sparse arrays."""
    arguments = function.bind(args, kwargs).arguments
    values = list(arguments.values())
    if function.name in KEEPING_ZEROS and is_sparse(values[0]):
        return _of_entries(function, values[0], next(iter(arguments)), arguments)
    if function.name in OF_TWO and all(map(is_sparse, values)):
        if values[0].shape == values[1].shape:
            return of_two(function.compute, *values)
    elif function.name in SCALING and len(values) == 2 and is_sparse(values[0]):
        if jnp.ndim(values[1]) == 0:
            return _with_data(values[0], function.compute(values[0].data, values[1]))
    elif function.name == "multiply" and jnp.ndim(values[0]) == 0:
        return _with_data(values[1], function.compute(values[0], values[1].data))
    elif function.name == "convert_to_tensor" and arguments["sparse"] is not False:
        x, dtype = values[0], arguments["dtype"]
        return x if dtype is None else _with_data(x, x.data.astype(dtype))
    elif function.name == "matmul" and all(v.ndim == 2 for v in values):
        first, second = values
        if is_sparse(first):
            return first @ second
        # JAX would return a sparse array for a dense one times a sparse one.
        return (second.T @ jnp.asarray(first).T).T
    elif function.name == "concatenate" and all(map(is_sparse, values[0])):
        return concatenated(values[0], arguments["axis"])
    dense_args, dense_kwargs = densified((args, kwargs))
    return function.public(*dense_args, **dense_kwargs)


def of_two(combine: Callable[..., Any], first: Any, second: Any) -> Any:
    """`combine(first, second)` for sparse arrays of one shape, if combine(0, 0) is 0.

    Args:
        combine: an elementwise function of two arrays.
        first: a sparse array.
        second: another.
    """
    from jax.experimental import sparse

    if first.indices is second.indices and first.unique_indices:
        return _with_data(first, combine(first.data, second.data))
    first, second = _of_layout(first, second), _of_layout(second, first)
    add, count = sparse.sparsify(jnp.add), first.nse + second.nse

    def at_all_places(x: Any, y: Any) -> Any:
        total = add(x, _with_data(y, jnp.zeros_like(y.data)))
        return sparse.bcoo_sum_duplicates(total, nse=count)

    first, second = at_all_places(first, second), at_all_places(second, first)
    return _with_data(first, combine(first.data, second.data))


def concatenated(arrays: Any, axis: int) -> Any:
    """The concatenation of sparse arrays, a sparse array."""
    from jax.experimental import sparse

    arrays = [_of_layout(x, None) for x in arrays]
    return sparse.bcoo_concatenate(arrays, dimension=axis % arrays[0].ndim)


def _of_entries(function, x, name, arguments):
    """An elementwise function of the stored entries, which keeps the other zeros."""
    from jax.experimental import sparse

    if function.name not in LINEAR and not x.unique_indices:
        x = sparse.bcoo_sum_duplicates(x)
    return _with_data(x, function.compute(**{**arguments, name: x.data}))


def _with_data(x, data):
    from jax.experimental import sparse

    return sparse.BCOO(
        (jax.numpy.asarray(data), x.indices),
        shape=x.shape,
        indices_sorted=x.indices_sorted,
        unique_indices=x.unique_indices,
    )


def _of_layout(x, like):
    """`x` with an index for each axis, unless it has the layout of `like`."""
    from jax.experimental import sparse

    if like is not None and (x.n_batch, x.n_dense) == (like.n_batch, like.n_dense):
        return x
    batch = x.shape[: x.n_batch]  # sizes of 1 stand for equal rows
    data = jnp.broadcast_to(x.data, batch + x.data.shape[x.n_batch :])
    indices = jnp.broadcast_to(x.indices, batch + x.indices.shape[x.n_batch :])
    x = sparse.BCOO((data, indices), shape=x.shape)
    return sparse.bcoo_update_layout(x, n_batch=0, n_dense=0, on_inefficient=None)
