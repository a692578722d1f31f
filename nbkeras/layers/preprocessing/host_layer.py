"""HostLayer: base class of layers that read strings and compute on the host.

When called on data they compute with NumPy. In a model, whose steps are compiled,
strings arrive as ids (`engine.text_ids`), and the step calls back to the host.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import settings
from nbkeras.core.annotations import Config
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import symbolic


class HostLayer(Layer):
    """Base class of layers that compute with NumPy. Subclasses define two methods.

    `compute(*values)` takes arrays (of integers, or of strings as objects) and returns
    an array; `output_form(*shapes)` returns its shape and dtype, "string" for strings.
    """

    rows_independent = True
    reads_text = True
    takes_integers = False

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self.autocast = False

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The result for NumPy arrays."""
        raise NotImplementedError

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result for inputs of `shapes`."""
        raise NotImplementedError

    def read(self, value: Any) -> np.ndarray:
        """`value` as an array for `compute`: strings as objects, or integers."""
        value = getattr(value, "to_numpy", lambda: value)()
        if text_ids.is_text(value):
            return text_ids.as_texts(value, getattr(self, "encoding", "utf-8"))
        return np.asarray(value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result for strings or integers; for symbolic tensors, a new node."""
        inside = self._context is not None or symbolic.holds_symbolic((args, kwargs))
        leaves = jax.tree.leaves((args, kwargs))
        if inside or any(isinstance(leaf, Tracer) for leaf in leaves):
            return super().__call__(*args, **kwargs)
        self.built = True
        if args and hasattr(args[0], "with_flat_values"):
            ragged, *others = args
            values = self._on_values(ragged.flat_values, *others, **kwargs)
            return ragged.with_flat_values(values)
        return self._on_values(*args, **kwargs)

    def _on_values(self, x: Any, **_unused: Any) -> Any:
        """The result for an input that is not traced."""
        return self.as_output(self.compute(self.read(x)))

    def as_output(self, values: np.ndarray) -> Any:
        """The result as a JAX array; strings, which JAX cannot hold, stay NumPy."""
        if values.dtype == object:
            return text_ids.texts_given(values)
        return jnp.asarray(values)

    def call(self, x: Any) -> jax.Array:
        """The result inside a compiled step."""
        return self.host_callback(x)

    def host_callback(self, *arrays: Any) -> jax.Array:
        """Call `compute` on the host from inside a compiled step."""
        layer: HostLayer = getattr(self, "_original", self)
        shape, dtype = self.output_form(*(tuple(array.shape) for array in arrays))
        dtype = text_ids.computed(dtype)

        def on_host(*values):
            host_arrays = [np.asarray(value) for value in values]
            host_arrays = [
                text_ids.texts(value) if value.dtype == text_ids.DTYPE else value
                for value in host_arrays
            ]
            result = layer.compute(*host_arrays)
            if dtype == text_ids.DTYPE:
                result = text_ids.numbered(result)
            return np.asarray(result, dtype).reshape(shape)

        form = jax.ShapeDtypeStruct(shape, dtype)
        return jax.pure_callback(on_host, form, *arrays, vmap_method="sequential")

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        config.pop("autocast", None)
        return config


def encode(indices: np.ndarray, mode: str, depth: int, dtype: str) -> np.ndarray:
    """Indices (..., n) as "one_hot", "multi_hot" or "count" rows of `depth`.

    Indices outside of 0 to depth - 1 are ignored.
    """
    if indices.ndim == 0:
        indices = indices[None]
    if mode == "one_hot":
        if indices.ndim > 1 and indices.shape[-1] == 1:
            indices = indices[..., 0]
        return (indices[..., None] == np.arange(depth)).astype(dtype)
    rows = indices.reshape(-1, indices.shape[-1])
    encoded = np.zeros((len(rows), depth), dtype)
    valid = (rows >= 0) & (rows < depth)
    row_indices = np.broadcast_to(np.arange(len(rows))[:, None], rows.shape)
    if mode == "multi_hot":
        encoded[row_indices[valid], rows[valid]] = 1
    else:
        np.add.at(encoded, (row_indices[valid], rows[valid]), 1)
    return encoded.reshape(*indices.shape[:-1], depth)


def encoded_form(
    shape: tuple[int, ...], mode: str, depth: int, dtype: str | None = None
) -> tuple[tuple[int, ...], str]:
    """(shape, dtype) of the result of `encode`; the mode "int" keeps the shape."""
    if mode == "int":
        return shape, dtype or "int64"
    if mode != "one_hot":
        shape = shape[:-1]
    elif len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return (*shape, depth), dtype or settings.floatx()
