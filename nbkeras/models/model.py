"""Model: the surface that users call. Everything is delegated."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import optimizers
from nbkeras.compat.methods import OldMethods
from nbkeras.core import check, rng
from nbkeras.layers.layer import Layer
from nbkeras.models.files import Saved
from nbkeras.models.functions import Functions, abstract_output
from nbkeras.models.objective import Objective
from nbkeras.models.summary import summary_text
from nbkeras.models.training import Trains
from nbkeras.train.history import History


class Model(Trains, Saved, OldMethods, Layer):
    """A layer that can be compiled, fitted, evaluated and saved.

    Subclass it with layers as attributes and a `call`, or use `Sequential`.
    """

    keras_module = "keras"
    supports_masking = True

    def __init__(self, *, trainable=True, name=None, **base):
        super().__init__(trainable=trainable, name=name, **base)
        self.stop_training = False
        self.history = History()
        self.optimizer = None
        self._objective = None
        self._compile_arguments = None
        self._functions = Functions(self)
        self._session = None
        self._seed = None
        self._steps_done = 0
        self._epochs_done = 0
        self._epochs_begun = 0

    @property
    def layers(self):
        """The layers held by this model."""
        return self.children()

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        loss_weights=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Say how to learn: an optimizer, a loss and what to watch.

        Args:
            optimizer: name, instance or optax transformation.
            loss: name, function, class or instance.
            metrics: list of names, functions or instances; sample weights are left
                aside in them.
            loss_weights: a factor for the loss.
            weighted_metrics: metrics that use sample weights.
            run_eagerly: accepted as in Keras; steps are always compiled.
            steps_per_execution: accepted as in Keras.
            jit_compile: accepted as in Keras.
            auto_scale_loss: accepted as in Keras.

        Raises:
            ValueError: an unknown name; nothing has changed then.
        """
        if isinstance(loss, list | tuple):
            loss = loss[0] if len(loss) == 1 else loss
        found = optimizers.get(optimizer)
        weight = 1.0 if loss_weights is None else float(np.ravel(loss_weights)[0])
        objective = Objective(loss, metrics, weighted_metrics, weight)
        self.optimizer, self._objective = found, objective
        self._functions = Functions(self)
        self._steps_done = 0
        self._compile_arguments = {
            "optimizer": found,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": False,
            "steps_per_execution": 1,
            "jit_compile": False,
        }

    @property
    def compiled(self):
        """Whether `compile` was called."""
        return self._objective is not None

    @property
    def loss(self):
        """The loss as it was given to `compile`."""
        return (self._compile_arguments or {}).get("loss")

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns."""
        return list(self._objective.names) if self.compiled else []

    def reset_weights(self):
        """Draw new initial weights and forget the optimizer's state and the epochs."""
        super().reset_weights()
        self._steps_done = self._epochs_done = self._epochs_begun = 0
        if self.optimizer is not None:
            self.optimizer.detach(None)

    def reset_metrics(self):
        """Nothing to do: every call starts its sums at zero."""

    def get_layer(self, name=None, index=None):
        """The layer called `name`, or the one at `index`."""
        if index is not None:
            if check.is_int(index) and -len(self.layers) <= index < len(self.layers):
                return self.layers[index]
            raise ValueError(
                f"get_layer(index={index!r}): this model has {len(self.layers)} "
                f"layers. Give an index from 0 to {len(self.layers) - 1}."
            )
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(
            f"No layer is called {name!r}.{check.did_you_mean(name, names)} "
            f"The layers are: {', '.join(names)}."
        )

    def summary(self, line_length=None, print_fn=None, **_more):
        """Print the layers with output shapes and numbers of parameters."""
        (print_fn or print)(summary_text(self, line_length))

    def _as_inputs(self, x):
        """Inputs as the model computes with them: floating, on the device."""
        return jax.tree.map(_floating, x)

    def _abstract_output(self, x):
        return abstract_output(self, x)

    def _run_seed(self):
        """The seed of this model's runs: drawn once, then kept with the model."""
        if self._seed is None:
            self._seed = rng.next_seed()
        return self._seed

    def _current_values(self):
        """{path: array}; from a running fit, those of its last completed step."""
        if self._session is not None:
            return self._session.cell.values()
        return {path: w.value for path, w in self.weights_by_path().items()}


def _floating(x):
    x = jnp.asarray(x)
    return x.astype(jnp.float32) if x.dtype == jnp.float64 else x
