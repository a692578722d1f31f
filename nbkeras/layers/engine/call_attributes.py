"""The attributes `input` and `output`, and `stateless_call`."""

from typing import Any

from nbkeras.layers.engine import legacy_attributes, stateless
from nbkeras.layers.engine.nodes import symbolic


class Called:
    """Mixin of Layer."""

    @property
    def input(self) -> Any:
        """The symbolic tensors of the layer's first call."""
        return symbolic.first_node(self, "input").inputs

    @property
    def output(self) -> Any:
        """The output of the layer's first call on symbolic tensors."""
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
        """Call the layer as a pure function of the weights' values, as in Keras on JAX.

        Args:
            trainable_variables: values, in the order of `self.trainable_variables`.
            non_trainable_variables: values, in the order of
                `self.non_trainable_variables`.
            args: inputs of `call`.
            return_losses: also return the losses that layers added.
            key: a JAX key for random numbers; None draws from the states of the
                layers' seed generators, which are non-trainable variables.
            kwargs: keyword arguments of `call`, such as training=True.

        Returns:
            (output, new non-trainable values), or with `return_losses` (output, new
            non-trainable values, losses).
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
        # Called only if normal attribute lookup fails.
        return legacy_attributes.get(self, name)
