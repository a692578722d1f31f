"""Trainable flags: which layers a compiled model trains, also if it shares them."""

from nbkeras.core import notices
from nbkeras.core.names.display_name import display_name
from nbkeras.layers.engine import introspection


class TrainableFlags:
    """The values of `trainable` when the model was compiled, and when they apply.

    `trainable` is read when training begins, unless another model with the same layers
    was compiled: then each model keeps the flags that it was compiled with. So the
    discriminator of a GAN still trains on its own although it was frozen before the GAN
    that contains it was compiled.
    """

    def __init__(self, model):
        self.model = model
        self._flags_at_compile = {}
        self._weights_at_compile = {}
        self._token = None

    def record(self):
        """Record the flags of layers and weights; called when the model is compiled."""
        self._token = object()
        self._flags_at_compile = {layer: layer.trainable for layer in self.model.walk()}
        self._weights_at_compile = {
            layer: {weight: weight.trainable for weight in layer.own_weights()}
            for layer in self._flags_at_compile
        }
        for layer in self._flags_at_compile:
            introspection.note_compiled(layer, self._token)

    def flags(self):
        """{layer: trainable} of layers that were compiled in another model since.

        It holds those layers' weights as well.
        """
        flags = self._changed_flags()
        for layer in list(flags):
            flags.update(self._weights_at_compile[layer])
        return flags

    def _changed_flags(self):
        return {
            layer: flag
            for layer, flag in self._flags_at_compile.items()
            if introspection.last_compiled(layer) is not self._token
        }

    def trained_paths(self):
        """Paths of the variables that the optimizer updates.

        They are weights, and those of a loss weighting.
        """
        paths = self.model.trainable_paths(self.flags())
        task_weights = self.model.task_weights
        return paths if task_weights is None else paths | task_weights.trained_paths

    def notice_if_changed(self):
        """Warn once about layers that still use the `trainable` of `compile`."""
        frozen_names = [
            display_name(layer.name)
            for layer, flag in self._changed_flags().items()
            if layer.trainable and not flag
        ]
        if frozen_names:
            notices.once(
                ("trainable", self.model.name, *frozen_names),
                f"{display_name(self.model.name)}: {', '.join(frozen_names[:5])} stay "
                "frozen as they were when the model was compiled, because another "
                "model with the same layers was compiled later. Call compile again to "
                "apply the change.",
            )
