"""Model: the surface that users call. Everything is delegated."""

import inspect

import jax
import jax.numpy as jnp

from nbkeras import optimizers
from nbkeras.compat.methods import OldMethods
from nbkeras.core import rng
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.models import advisers
from nbkeras.models.contents import Contents
from nbkeras.models.files import Saved
from nbkeras.models.functional import Functional
from nbkeras.models.training import multi_step
from nbkeras.models.training.compiled_steps import Functions
from nbkeras.models.training.objective import Objective, outputs_of
from nbkeras.models.training.trainable_flags import Compiled, names_told, refuse_unknown
from nbkeras.models.training.trainer import Trains
from nbkeras.train.history import History
from nbkeras.utils import compile_cache


@register("Functional", "Model")
class Model(Functional, Contents, Trains, Saved, OldMethods, Layer):
    """A layer that can be compiled, fitted, evaluated and saved.

    Make one from symbolic tensors, `Model(inputs, outputs)`; or subclass it with layers
    as attributes and a `call`; or use `Sequential`.

    Args:
        inputs: symbolic tensors from `Input`, one or in a list or dict.
        outputs: what layers gave for them, likewise. They may come from within another
            model: both then share layers and weights.
        name: the model's name.
        trainable: False freezes all.

    >>> from nbkeras.layers import Dense, Input
    >>> x = Input(shape=(4,))
    >>> Model(inputs=x, outputs=Dense(2)(x)).count_params()
    10
    """

    keras_module = "keras"
    supports_masking = True
    _masks_inside = True

    def __init__(self, inputs=None, outputs=None, name=None, *, trainable=True, **base):
        made_of_tensors = inputs is not None or outputs is not None
        default = "functional" if made_of_tensors and type(self) is Model else None
        super().__init__(trainable=trainable, name=name or default, **base)
        self._named_by_user = name is not None
        compile_cache.turn_on()
        self.stop_training = False
        self.history = History()
        self.optimizer = None
        self._objective = None
        self._compile_arguments = None
        self._compiled = Compiled(self)
        self._functions = Functions(self)
        self._session = None
        self._seed = None
        self._steps_done = 0
        self._epochs_done = 0
        self._epochs_begun = 0
        if made_of_tensors:
            self._set_graph(inputs, outputs)
            if not trainable:
                self.trainable = False

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        loss_weights=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution="auto",
        jit_compile="auto",
        auto_scale_loss=True,
        **unknown,
    ):
        """Say how to learn: an optimizer, a loss and what to watch.

        Args:
            optimizer: name, instance or optax transformation.
            loss: name, function, class or instance; for several outputs one for all,
                or a list or dict with one for each (None for none).
            metrics: list of names, functions or instances; sample weights are left
                aside in them. For several outputs a list of lists, or a dict.
            loss_weights: a factor for the loss; a list or dict for several outputs.
            weighted_metrics: metrics that use sample weights.
            run_eagerly: accepted as in Keras; steps are always compiled.
            steps_per_execution: how many short steps the device takes at once; "auto"
                finds out. Hooks of batches are called for each in any case.
            jit_compile: accepted as in Keras.
            auto_scale_loss: accepted as in Keras.
            unknown: refused, with what was meant.

        Raises:
            ValueError: an unknown name; nothing has changed then.
            TypeError: a keyword that compile does not have.
        """
        refuse_unknown(unknown, list(inspect.signature(Model.compile).parameters)[1:-1])
        together = multi_step.settled(steps_per_execution)
        with names_told({"optimizer": optimizer, "loss": loss, "metrics": metrics}):
            found = optimizers.get(optimizer)
            objective = Objective(
                loss, metrics, weighted_metrics, loss_weights, outputs_of(self, None)
            )
        self.optimizer, self._objective = found, objective
        self._compiled.note()
        self._functions = self._functions.anew()
        self._steps_per_execution = together
        self._steps_done = 0
        self._compile_arguments = {
            "optimizer": found,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": False,
            "steps_per_execution": 1 if together == "auto" else together,
            "jit_compile": False,
        }
        advisers.compiled(self)

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

    def _as_inputs(self, x):
        """Inputs as the model computes with them: floating, on the device."""
        return jax.tree.map(_floating, x)

    def _abstract_output(self, x):
        return self._functions.output_of(x)

    def _run_seed(self):
        """The seed of this model's runs: drawn once, then kept with the model."""
        if self._seed is None:
            self._seed = rng.next_seed()
        return self._seed

    def _cell(self):
        """The Cell of a running fit, or None."""
        session = self._session
        return None if session is None else session.cell

    def _current_values(self):
        """{path: array}; from a running fit, those of its last completed step."""
        if (cell := self._cell()) is not None:
            return cell.values()
        return {path: w.value for path, w in self.weights_by_path().items()}


def _floating(x):
    x = jnp.asarray(x)
    return x.astype(jnp.float32) if x.dtype == jnp.float64 else x
