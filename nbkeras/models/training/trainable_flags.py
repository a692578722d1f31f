"""Trainable flags: which layers a compiled model trains, including shared layers."""

import contextlib
import difflib

from nbkeras.core import notices
from nbkeras.core.argument_errors import unexpected
from nbkeras.core.names.display_name import display_name
from nbkeras.core.structured_errors import NameMistake, shown
from nbkeras.layers.engine import introspection

# Arguments of fit that are often passed to compile by mistake.
FIT_ARGUMENTS = {
    name: name for name in ("epochs", "batch_size", "callbacks", "verbose")
}
FIT_ARGUMENTS["nb_epoch"] = "epochs"


def refuse_unknown(keywords, known):
    """Raise if `compile` got unknown keywords.

    Args:
        keywords: {name: value} of those.
        known: the arguments of `compile`.
    """
    for name, value in keywords.items():
        write = "model.compile(optimizer='adam', loss='mse')"
        if name in ("lr", "learning_rate"):
            write = f"model.compile(optimizer=Adam(learning_rate={shown(value)}), ...)"
        elif name in FIT_ARGUMENTS:
            write = f"model.fit(x, y, {FIT_ARGUMENTS[name]}={shown(value)})"
        elif near := difflib.get_close_matches(name, known, n=1, cutoff=0.7):
            write = f"model.compile({near[0]}={shown(value)}, ...)"
        raise unexpected("compile", name, known, write)


@contextlib.contextmanager
def suggest_compile_line(arguments):
    """A context in which the error for an unknown name shows the line to write."""
    try:
        yield
    except NameMistake as error:
        named = {k: v for k, v in arguments.items() if v is not None}
        error.came_from("model.compile", named, 0)
        raise


class TrainableFlags:
    """The values of `trainable` when the model was compiled, and when they apply.

    As long as no other model with the same layers is compiled, `trainable` is read when
    training begins. After that each model keeps what it was compiled with: so the
    discriminator of a GAN goes on learning by itself although it was frozen before the
    GAN around it was compiled.
    """

    def __init__(self, model):
        self.model = model
        self._flags_at_compile = {}
        self._token = None

    def note(self):
        """Remember the flags of all layers, when the model is compiled."""
        self._token = object()
        self._flags_at_compile = {layer: layer.trainable for layer in self.model.walk()}
        for layer in self._flags_at_compile:
            introspection.note_compiled(layer, self._token)

    def flags(self):
        """{layer: trainable} of layers that another model was compiled with since."""
        return {
            layer: flag
            for layer, flag in self._flags_at_compile.items()
            if introspection.last_compiled(layer) is not self._token
        }

    def trained_paths(self):
        """Paths of the weights that training updates."""
        return self.model.trainable_paths(self.flags())

    def notice_if_changed(self):
        """Give one notice about layers that still use the `trainable` of `compile`."""
        kept = [
            display_name(layer.name)
            for layer, flag in self.flags().items()
            if layer.trainable and not flag
        ]
        if kept:
            notices.once(
                ("trainable", self.model.name, *kept),
                f"{display_name(self.model.name)}: {', '.join(kept[:5])} stay frozen "
                "as they were when the model was compiled, because another model with "
                "the same layers was compiled later. Call compile again to apply the "
                "change.",
            )
