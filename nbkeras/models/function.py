"""Function: a computation from symbolic inputs to outputs that is not a model."""

from typing import Any

import jax

from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.naming import checked_name
from nbkeras.models.model import Model


class Function:
    """A computation between symbolic tensors, callable on other tensors or on arrays.

    Args:
        inputs: symbolic tensors, one or in a list, tuple or dict.
        outputs: symbolic tensors computed from them, in the same forms.
        name: shown in messages.

    Raises:
        TypeError: an input or output is not a symbolic tensor.
        ValueError: an output cannot be computed from the inputs.

    >>> from nbkeras.layers import Input
    >>> import jax.numpy as jnp
    >>> a, b = Input((2,)), Input((2,))
    >>> total = Function([a, b], a + 2 * b)
    >>> total([jnp.ones((1, 2)), jnp.ones((1, 2))]).tolist()
    [[3.0, 3.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        self.name = checked_name(type(self), name)
        self._model = Model(inputs, outputs)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic inputs, a list."""
        return self._model.inputs

    @property
    def outputs(self) -> list[Any]:
        """The symbolic outputs, a list."""
        return self._model.outputs

    @property
    def operations(self) -> list[Any]:
        """The layers and ops between inputs and outputs."""
        return self._model.operations

    def __call__(self, inputs: Any) -> Any:
        """Compute the outputs for other inputs, arrays or symbolic tensors."""
        return self._model(inputs)

    call = __call__

    def compute_output_spec(self, inputs: Any) -> Any:
        """Symbolic tensors that stand for the outputs."""
        return self._model(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs, nested as the outputs are.

        Args:
            input_shape: a shape with the batch axis; a list or dict of shapes for
                several inputs.
        """
        from nbkeras.layers.input import Input

        def is_shape(value):
            return isinstance(value, list | tuple) and all(
                part is None or isinstance(part, int) for part in value
            )

        dtypes = iter(tensor.dtype for tensor in self.inputs)
        symbolic = jax.tree.map(
            lambda shape: Input(batch_shape=tuple(shape), dtype=next(dtypes)),
            input_shape,
            is_leaf=is_shape,
        )
        return jax.tree.map(lambda tensor: tensor.shape, self._model(symbolic))

    def __repr__(self) -> str:
        return f"<Function {quoted(self.name)}: {len(self.operations)} operations>"
