"""Operation: base class of custom computations without weights."""

from typing import Any

from nbkeras.core.annotations import DTypeLike
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import dynamic_shapes


class Operation(Layer):
    """Base class of custom computations on arrays and symbolic tensors.

    A subclass defines `call`. In a functional model it is listed in `model.operations`,
    not in `model.layers`. For a computation with weights, subclass `Layer`.

    Args:
        name: as in `Layer`; unique in a model.
        dtype: as in `Layer`.

    >>> class Double(Operation):
    ...     def call(self, x):
    ...         return 2 * x
    >>> import jax.numpy as jnp
    >>> Double()(jnp.ones(2)).tolist()
    [2.0, 2.0]
    """

    is_operation = True

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None) -> None:
        super().__init__(name=name, dtype=dtype, autocast=False)

    def output_specs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output Specs of the call for input Specs."""
        return dynamic_shapes.output_specs(self.call, args, kwargs)
