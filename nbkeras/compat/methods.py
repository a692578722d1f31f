"""Deprecated methods of Keras 2 models, each forwarding to its replacement."""

from typing import Any

import numpy as np

from nbkeras.core import notices


class OldMethods:
    """Mixin of Model; each method shows its replacement in a notice, once."""

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        **more: Any,
    ) -> Any:
        """`fit(generator, ...)`."""
        _say("fit_generator(generator, ...)", "fit(generator, ...)")
        more = _without_threads(more)
        return self.fit(
            generator, steps_per_epoch=steps_per_epoch, epochs=epochs, **more
        )

    def evaluate_generator(
        self, generator: Any, steps: int | None = None, **more: Any
    ) -> Any:
        """`evaluate(generator, ...)`."""
        _say("evaluate_generator(generator, ...)", "evaluate(generator, ...)")
        return self.evaluate(generator, steps=steps, **_without_threads(more))

    def predict_generator(
        self, generator: Any, steps: int | None = None, **more: Any
    ) -> Any:
        """`predict(generator, ...)`."""
        _say("predict_generator(generator, ...)", "predict(generator, ...)")
        return self.predict(generator, steps=steps, **_without_threads(more))

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
        """`predict(x)`."""
        _say("predict_proba(x)", "predict(x)")
        return self.predict(x, batch_size=batch_size, verbose=verbose)

    def predict_classes(
        self, x: Any, batch_size: int = 32, verbose: Any = 0
    ) -> np.ndarray:
        """Class indices: argmax of the outputs; `y > 0.5` for a single unit."""
        new = "np.argmax(model.predict(x), axis=-1), for one unit predict(x) > 0.5"
        _say("predict_classes(x)", new)
        y = self.predict(x, batch_size=batch_size, verbose=verbose)
        return np.argmax(y, axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype("int32")

    def reset_states(self) -> None:
        """`reset_state()`."""
        _say("reset_states()", "reset_state()")
        self.reset_state()

    def to_yaml(self, **more: Any) -> str:
        """Raise: Keras removed it as well, since loading YAML could run code."""
        raise RuntimeError(
            "model.to_yaml() left Keras as well, since YAML files ran code. Write "
            "model.to_json(), and keras.models.model_from_json(text) to read it."
        )

    def export(self, filepath: Any = None, *args: Any, **more: Any) -> None:
        """Raise: the SavedModel format needs TensorFlow."""
        raise RuntimeError(
            "model.export() writes TensorFlow's SavedModel, which needs TensorFlow. "
            "Write model.save('model.keras'); Keras 3 with TensorFlow can load that "
            "file and export it."
        )


def _say(old, new):
    notices.once(("method", old), f"model.{old} is deprecated; write {new}.")


def _without_threads(more):
    """Drop the prefetching arguments of Keras 2."""
    dropped = ("max_queue_size", "workers", "use_multiprocessing", "pickle_safe")
    return {k: v for k, v in more.items() if k not in (*dropped, "max_q_size")}


# Methods that only raise, naming the replacement.
REFUSED = (OldMethods.to_yaml, OldMethods.export)
