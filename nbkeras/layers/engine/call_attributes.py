"""What a layer answers about its calls, and calls as a pure function."""

from typing import Any

from nbkeras.layers.engine import legacy_attributes, stateless
from nbkeras.layers.engine.nodes import symbolic


class Called:
    """Mixed into Layer."""

    @property
    def input(self) -> Any:
        """The symbolic tensors that the layer was first called on."""
        return symbolic.first_node(self, "input").inputs

    @property
    def output(self) -> Any:
        """What the layer gave when it was first called on symbolic tensors."""
        return symbolic.first_node(self, "output").outputs

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        key: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Run as a pure function of the weights' values, as Keras does with JAX.

        Args:
            trainable_variables: values, in the order of `self.trainable_variables`.
            non_trainable_variables: likewise for the others.
            args: inputs of `call`.
            return_losses: also give the losses that layers added.
            key: a JAX key; needed inside jax.jit where the layer draws random numbers.
            kwargs: keywords of `call`, such as training=True.

        Returns:
            (output, new non-trainable values), and the list of losses if asked for.
        """
        return stateless.call(
            self,
            trainable_variables,
            non_trainable_variables,
            args,
            kwargs,
            return_losses,
            key,
        )

    def __getattr__(self, name):
        # Asked for only where nothing of that name is found.
        return legacy_attributes.get(self, name)
