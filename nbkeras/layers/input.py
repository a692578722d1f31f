"""Input and InputLayer: the entry points of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, DTypeLike
from nbkeras.layers.engine.building import Spec
from nbkeras.layers.engine.layer import Layer, SharedArguments
from nbkeras.layers.engine.nodes.symbolic import Node, SymbolicTensor
from nbkeras.layers.engine.registry import register


@register("InputLayer")
class InputLayer(Layer):
    """The entry point of a model: declares shape and dtype of the data.

    Args:
        shape: shape of one sample, without the batch axis; None for unknown sizes.
        batch_size: fixed number of rows; None for any.
        dtype: dtype that the data is cast to; "string" for strings.
        sparse: accepted as in Keras; it has no effect.
        ragged: accepted as in Keras; it has no effect.
        batch_shape: shape including the batch axis, instead of `shape`.
        input_tensor: a symbolic tensor whose shape and dtype to use.
        optional: whether None may be passed instead of data.
        name: as in `Layer`.

    Raises:
        ValueError: there is no shape, two that contradict, or an invalid size.
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        shape: int | Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: DTypeLike | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: SymbolicTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **base: Unpack[SharedArguments],
    ) -> None:
        full_shape = base.pop("batch_input_shape", None) or batch_shape
        for argument, value in (("shape", shape), ("batch_size", batch_size)):
            if full_shape is not None and value is not None:
                raise ValueError(
                    f"Input({argument}={value!r}, batch_shape={tuple(full_shape)}): "
                    f"batch_shape already determines {argument}. Write "
                    f"Input(batch_shape={tuple(full_shape)})."
                )
        if full_shape is None and shape is None:
            shape = base.pop("input_shape", None)
        if full_shape is None and input_tensor is None:
            if shape is None:
                raise ValueError(
                    "Input() needs the shape of one sample. Write for example "
                    "Input(shape=(28, 28, 1))."
                )
            shape = (shape,) if isinstance(shape, int) else tuple(shape)
            full_shape = (batch_size, *shape)
        if input_tensor is not None:
            full_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        is_text = str(dtype) in ("string", "str", "<class 'str'>", "<dtype: 'string'>")
        # Data has a dtype, not a policy: "mixed_bfloat16" applies to computations.
        policy = settings.floatx() if is_text or not dtype else dtype
        super().__init__(name=name or "input_layer", dtype=policy, autocast=False)
        self._data_dtype = "string" if is_text else None
        self._named_by_user = name is not None
        self.optional = bool(optional)
        self.batch_shape = _checked(full_shape)
        self.built = True
        Node(self, (), {}, self.spec)

    def call(self, x: jax.Array) -> jax.Array:
        """The unchanged data."""
        return x

    @property
    def dtype(self) -> str:
        """The dtype of the data."""
        return self._data_dtype or self.policy_name

    @property
    def spec(self) -> Spec:
        """Shape and dtype as a Spec."""
        return Spec(self.batch_shape, self.dtype)

    def get_config(self) -> Config:
        """Shape with the batch axis, dtype and name, in Keras's format."""
        config = {
            "batch_shape": list(self.batch_shape),
            "dtype": self.dtype,
            "sparse": False,
            "name": self.name,
        }
        return {**config, "optional": True} if self.optional else config


def _checked(shape):
    shape = tuple(shape)
    if all(n is None or (check.is_int(n) and n >= 0) for n in shape):
        return shape
    raise ValueError(
        f"Input got the shape {shape}: sizes must be integers, or None for unknown "
        "ones. Write for example Input(shape=(28, 28, 1))."
    )


def Input(
    shape: int | Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    *,
    tensor: SymbolicTensor | None = None,
    **more: Any,
) -> SymbolicTensor:
    """Create the symbolic input tensor of a model.

    It is the first entry of a Sequential, or the input of the first layers of a
    `Model(inputs, outputs)`.

    Args:
        shape: shape of one sample, without the batch axis; None for unknown sizes.
        batch_size: fixed number of rows; None for any.
        dtype: dtype that the data is cast to.
        name: name of the input, the key in a dict of data.
        tensor: a symbolic tensor whose shape and dtype to use.
        more: further arguments of `InputLayer`, such as batch_shape.

    >>> Input(shape=(28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape,
        batch_size=batch_size,
        dtype=dtype,
        name=name,
        input_tensor=tensor,
        **more,
    )
    return layer.output
