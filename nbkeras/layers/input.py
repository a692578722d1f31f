"""Input and InputLayer: the entry points of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, DTypeLike
from nbkeras.layers.engine.building import Spec
from nbkeras.layers.engine.layer import Layer, SharedArguments
from nbkeras.layers.engine.nodes.symbolic import Node, SymbolicTensor, is_symbolic
from nbkeras.layers.engine.registry import register


@register("InputLayer")
class InputLayer(Layer):
    """The entry point of a model: declares shape and dtype of the data.

    Args:
        shape: shape of one sample, without the batch axis; None for unknown sizes.
        batch_size: fixed number of rows; None for any.
        dtype: dtype that the data is cast to; "string" for strings.
        sparse: whether the data is sparse: arrays of `jax.experimental.sparse` or SciPy
            matrices. Every Input takes them; this one is also marked as `sparse`.
        ragged: must be False: ragged arrays are not supported.
        batch_shape: shape including the batch axis, instead of `shape`.
        input_tensor: the symbolic tensor that the layer represents, which determines
            shape and dtype.
        optional: whether None may be passed instead of data.
        name: as in `Layer`.

    Raises:
        ValueError: there is no shape, two that contradict, an invalid size, or another
            shape than that of `input_tensor`.
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
        if full_shape is None and shape is None:
            shape = base.pop("input_shape", None)
        if ragged:
            raise ValueError(
                "Input(ragged=True): nbkeras has no ragged arrays, as Keras on JAX. "
                "Leave `ragged` out, and pad the data: "
                "nbkeras.utils.pad_sequences(data)."
            )
        if input_tensor is not None:
            dtype = _dtype_of_data(dtype)
            _refuse_other_than(
                input_tensor, shape, batch_size, full_shape, dtype, sparse
            )
            full_shape, dtype = input_tensor.shape, input_tensor.dtype
            sparse = input_tensor.sparse if sparse is None else sparse
        elif full_shape is None:
            full_shape = (batch_size, *_shape_of_sample(shape))
        else:
            _refuse_two_shapes(full_shape, shape, batch_size)
        is_text = _dtype_of_data(dtype) == "string"
        # Data has a dtype, not a policy: "mixed_bfloat16" applies to computations.
        policy = settings.floatx() if is_text or not dtype else dtype
        super().__init__(name=name or "input_layer", dtype=policy, autocast=False)
        self._data_dtype = "string" if is_text else None
        self._named_by_user = name is not None
        self.optional = bool(optional)
        self.batch_shape = _checked(full_shape)
        self.built = True
        self.sparse, self.ragged = bool(sparse), False
        sources, free_tensor = (), None
        if input_tensor is not None and input_tensor.node is None:
            free_tensor = input_tensor
        elif input_tensor is not None and input_tensor.node.parents:
            # A computed tensor stays connected to what it was computed from.
            sources = (input_tensor,)
        Node(self, sources, {}, self.spec, free_tensor).outputs.sparse = self.sparse

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
            "sparse": self.sparse,
            "name": self.name,
        }
        return {**config, "optional": True} if self.optional else config


def _dtype_of_data(dtype: DTypeLike | None) -> DTypeLike | None:
    """`dtype`, with "string" for whatever stands for texts."""
    is_text = str(dtype) in ("string", "str", "<class 'str'>", "<dtype: 'string'>")
    return "string" if is_text else dtype


def _shape_of_sample(shape):
    if shape is None:
        raise ValueError(
            "Input() needs the shape of one sample. Write for example "
            "Input(shape=(28, 28, 1))."
        )
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _refuse_two_shapes(full_shape, shape, batch_size):
    for what, value in (("shape", shape), ("batch_size", batch_size)):
        if value is not None:
            raise ValueError(
                f"Input({what}={value!r}, batch_shape={tuple(full_shape)}): "
                f"batch_shape already determines {what}. Write "
                f"Input(batch_shape={tuple(full_shape)})."
            )


def _refuse_other_than(tensor, shape, batch_size, full_shape, dtype, sparse):
    """Refuse arguments that contradict `tensor`, which needs no others."""
    if not is_symbolic(tensor):
        raise ValueError(
            f"Input(tensor=...) got a {type(tensor).__name__}: it must be a symbolic "
            "tensor. Write for example Input(tensor=KerasTensor((None, 3)))."
        )
    arguments = {
        "shape": (None if shape is None else _shape_of_sample(shape), tensor.shape[1:]),
        "batch_size": (batch_size, tensor.shape[0]),
        "batch_shape": (full_shape and tuple(full_shape), tensor.shape),
        "dtype": (dtype and str(dtype), tensor.dtype),
        "sparse": (None if sparse is None else bool(sparse), tensor.sparse),
    }
    for argument, (value, own) in arguments.items():
        if value is not None and value != own:
            raise ValueError(
                f"Input({argument}={value!r}, tensor=...): {argument} of the tensor is "
                f"{own!r}. Leave `{argument}` out."
            )


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
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: SymbolicTensor | None = None,
    optional: bool = False,
    **more: Any,
) -> SymbolicTensor:
    """Create the symbolic input tensor of a model.

    It is the first entry of a Sequential, or the input of the first layers of a
    `Model(inputs, outputs)`.

    Args:
        shape: shape of one sample, without the batch axis; None for unknown sizes.
        batch_size: fixed number of rows; None for any.
        dtype: dtype that the data is cast to.
        sparse, ragged, batch_shape: as in `InputLayer`.
        name: name of the input, the key in a dict of data.
        tensor: a symbolic tensor whose shape and dtype to use. One that was computed
            from other inputs stays connected to them.
        optional: whether None may be passed instead of data.
        more: further arguments of `InputLayer`.

    >>> Input(shape=(28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
        **more,
    )
    return layer.output
