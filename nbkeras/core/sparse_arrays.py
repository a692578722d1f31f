"""Sparse arrays of JAX: recognize them, and make them dense."""

import sys
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from nbkeras.core.annotations import DTypeLike


def is_sparse(value: Any) -> bool:
    """Whether `value` is a sparse array of `jax.experimental.sparse`."""
    # JAX imports the module on demand; until then no such array exists.
    module = sys.modules.get("jax.experimental.sparse")
    return module is not None and isinstance(value, module.JAXSparse)


def holds_sparse(tree: Any) -> bool:
    """Whether a tree of arrays contains a sparse one."""
    if "jax.experimental.sparse" not in sys.modules:
        return False
    return any(map(is_sparse, jax.tree.leaves(tree, is_leaf=is_sparse)))


def dense(value: Any) -> Any:
    """`value` as a dense array if it is sparse, else unchanged.

    >>> from jax.experimental import sparse
    >>> dense(sparse.BCOO.fromdense(jax.numpy.array([0.0, 2.0]))).tolist()
    [0.0, 2.0]
    """
    return value.todense() if is_sparse(value) else value


def sparsified(value: Any) -> Any:
    """A dense array as a sparse one (BCOO); traced arrays stay dense."""
    if _is_traced(value) or not isinstance(value, jax.Array):
        return value
    from jax.experimental import sparse

    return sparse.BCOO.fromdense(value)


def _is_traced(value: Any) -> bool:
    return isinstance(value, Tracer)


def densified(tree: Any) -> Any:
    """A tree of arrays with dense arrays in place of the sparse ones."""
    return jax.tree.map(dense, tree, is_leaf=is_sparse)


def in_float_dtype(value: Any, dtype: DTypeLike) -> Any:
    """A sparse array with its floating-point values in `dtype`."""
    if value.dtype == dtype or not jnp.issubdtype(value.dtype, jnp.floating):
        return value

    def convert(leaf: Any) -> Any:
        is_float = jnp.issubdtype(leaf.dtype, jnp.floating)
        return leaf.astype(dtype) if is_float else leaf

    return jax.tree.map(convert, value)
