"""Which layers a compiled model trains, also where it shares them with another."""

from nbkeras.core import notices


class Compiled:
    """What `trainable` was when the model was compiled, and when that counts.

    As long as no other model with the same layers is compiled, `trainable` is read when
    training begins. After that each model keeps what it was compiled with: so the
    discriminator of a GAN goes on learning by itself although it was frozen before the
    GAN around it was compiled.
    """

    def __init__(self, model):
        self.model = model
        self._told = {}
        self._mine = None

    def note(self):
        """The model is being compiled: remember the flags of all its layers."""
        self._mine = object()
        self._told = {layer: layer.trainable for layer in self.model.walk()}
        for layer in self._told:
            layer._compiled_last = self._mine

    def flags(self):
        """{layer: trainable} of those that another model was compiled with since."""
        return {
            layer: told
            for layer, told in self._told.items()
            if layer._compiled_last is not self._mine
        }

    def trained_paths(self):
        """Paths of the weights that training changes."""
        return self.model.trainable_paths(self.flags())

    def say_if_changed(self):
        """Say once which layers keep a `trainable` that is not their present one."""
        kept = [
            layer.name
            for layer, told in self.flags().items()
            if layer.trainable and not told
        ]
        if kept:
            notices.once(
                ("trainable", self.model.name, *kept),
                f"{self.model.name}: {', '.join(kept[:5])} stay frozen as they were "
                "when it was compiled, since another model with the same layers was "
                "compiled after it. Compile it again for the change to count.",
            )
