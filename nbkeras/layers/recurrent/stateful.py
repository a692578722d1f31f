"""States of recurrent layers: initial, carried from batch to batch, reset."""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import notices
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.layer import Layer


def reset_carried(layer: Any) -> None:
    """Reset the carried states of `layer` and all its sublayers to zero."""
    for weight in layer.weights_by_path().values():
        if weight.carried:
            weight.assign(jnp.zeros(weight.shape, weight.dtype))


class Recurrent(Layer):
    """Base class of recurrent layers: initial and carried states.

    Args:
        **base: arguments of `Layer`.
    """

    supports_masking = True
    stateful = False
    _state_names: tuple[str, ...] = ()
    _state_form: Any = None

    def __call__(
        self, sequences: Any, *args: Any, initial_state: Any = None, **kwargs: Any
    ) -> Any:
        """Call the layer; `layer([x, h, c])` means `layer(x, initial_state=[h, c])`."""
        if isinstance(sequences, list | tuple) and not args:
            tensors = list(sequences)
            if initial_state is None and len(tensors) > 1:
                initial_state = tensors[1:]
            sequences = tensors[0]
        if args:
            initial_state, *rest = args
            args = tuple(rest)
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        return super().__call__(sequences, *args, **kwargs)

    def reset_state(self) -> None:
        """Reset the states of a stateful layer to zero."""
        reset_carried(self)

    def reset_states(self) -> None:
        """The name of `reset_state` in Keras 2."""
        self.reset_state()

    @property
    def states(self) -> Any:
        """The states that a stateful layer keeps for the next batch, or None."""
        if self._state_form is None:
            return None
        return self._state_form.unflatten(
            [getattr(self, name) for name in self._state_names]
        )

    def _declare_states(self, batch_size, states):
        """Declare the carried states: variables that are not listed or saved."""
        if batch_size is None or self._state_form is not None:
            return
        leaves, self._state_form = jax.tree.flatten(states)
        self._state_names = tuple(f"_carried_{i}" for i in range(len(leaves)))
        for name, leaf in zip(self._state_names, leaves, strict=True):
            shape = (batch_size, *leaf.shape[1:])
            weight = self.add_weight(
                "rnn_state", shape, "zeros", trainable=False, carried=True
            )
            setattr(self, name, weight)

    def _carried(self, rows):
        """The states of the last batch.

        Raises:
            ValueError: the batch size differs, or was not known when the layer was
                built.
        """
        states = self.states
        state_rows = None if states is None else jax.tree.leaves(states)[0].shape[0]
        if state_rows == rows:
            return states
        name = f"{type(self).__name__}(stateful=True)"
        if state_rows is None:
            raise ValueError(
                f"{name} {quoted(self.name)} keeps a state for each row, but the batch "
                "size was not known when it was built. Start the model with "
                f"Input(batch_shape=({rows}, None, features))."
            )
        raise ValueError(
            f"{name} {quoted(self.name)} keeps states for batches of {state_rows} "
            f"rows, and this batch has {rows}. Give data whose length is a multiple of "
            f"{state_rows}, with batch_size={state_rows}."
        )

    def _carry(self, states):
        """Store the last states for the next batch, if the layer is stateful."""
        if self.stateful and not self._context.building:
            for name, state in zip(
                self._state_names, jax.tree.leaves(states), strict=True
            ):
                setattr(self, name, state.astype(self.variable_dtype))


def warn_if_mask_is_ignored(layer: Any, sequences: Any) -> None:
    """Warn once that a layer with initial_state ignores the mask of its input."""
    if layer._context.mask_of(sequences) is not None:
        notices.once(
            ("mask with initial_state", layer.name),
            f"{type(layer).__name__} {quoted(layer.name)} got initial_state, so it "
            "ignores the mask of its input, as in Keras 3. To use the mask write "
            "layer(x, initial_state=states, mask=embedding.compute_mask(ids)).",
        )
