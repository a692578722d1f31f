"""Model: the surface that users call. Everything is delegated."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import optimizers
from nbkeras.compat.methods import OldMethods
from nbkeras.core import check, rng
from nbkeras.layers.layer import Layer
from nbkeras.models import fitting, on_batch
from nbkeras.models.files import Saved
from nbkeras.models.fit_args import settle_evaluate, settle_fit, settle_predict
from nbkeras.models.functions import Functions, abstract_output
from nbkeras.models.objective import Objective
from nbkeras.models.summary import summary_text
from nbkeras.train.history import History


class Model(Saved, OldMethods, Layer):
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
        self._runs = 0
        self._steps_done = 0

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

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        **old,
    ):
        """Train for a number of epochs; returns the History.

        Args:
            x: array, list or dict of arrays, DataFrame, generator, Sequence, or any
                iterable of batches (x, y) or (x, y, sample_weight).
            y: targets, where x does not bring them.
            batch_size: rows a step; 32 if not given.
            epochs: number of the last epoch (the first is `initial_epoch`).
            verbose: 0 nothing, 1 a moving line, 2 a line an epoch, "auto" the display
                that suits the place.
            callbacks: list of Callback.
            validation_split: fraction of the last rows kept for validation.
            validation_data: (x, y), (x, y, weights) or an iterable of batches.
            shuffle: whether rows are drawn in a new order each epoch.
            class_weight: {class number: factor of its samples' loss}.
            sample_weight: (rows,) factors of the samples' loss.
            initial_epoch: where to count from, to go on with an earlier fit.
            steps_per_epoch: batches an epoch; all if not given.
            validation_steps: batches of a validation; all if not given.
            validation_batch_size: rows a validation step.
            validation_freq: every how many epochs to validate, or a list of epochs.
            old: Keras 1 and 2 spellings such as nb_epoch.

        Raises:
            ValueError: data or arguments that cannot work, before any step.
            KeyboardInterrupt: after Ctrl-C, at a step edge; model, optimizer and
                `model.history` are whole, and fit can go on.
        """
        self._need_compile("fit")
        if not initial_epoch:
            self._runs += 1
        plan = settle_fit(
            x=x,
            y=y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            seed=rng.derive(self._run_seed(), "shuffle", self._runs),
            **old,
        )
        return fitting.fit(self, plan)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **old,
    ):
        """Loss and metrics on data; a number, a list, or with return_dict a dict."""
        self._need_compile("evaluate")
        plan = settle_evaluate(
            x=x,
            y=y,
            batch_size=batch_size,
            verbose=verbose,
            sample_weight=sample_weight,
            steps=steps,
            callbacks=callbacks,
            **old,
        )
        found = fitting.evaluate(self, plan)
        return found if return_dict else self._in_order(found)

    def predict(
        self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **old
    ):
        """Outputs for `x` as NumPy arrays, rows in order; needs no compile."""
        plan = settle_predict(
            x=x,
            batch_size=batch_size,
            verbose=verbose,
            steps=steps,
            callbacks=callbacks,
            **old,
        )
        return fitting.predict(self, plan)

    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, return_dict=False
    ):
        """One optimisation step on one batch; the batch's loss and metrics."""
        self._need_compile("train_on_batch")
        found = on_batch.train(self, x, y, sample_weight, class_weight)
        return found if return_dict else self._in_order(found)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch."""
        self._need_compile("test_on_batch")
        found = on_batch.test(self, x, y, sample_weight)
        return found if return_dict else self._in_order(found)

    def predict_on_batch(self, x):
        """Outputs of one batch as NumPy arrays."""
        return on_batch.predict(self, x)

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
        return fitting.run_seed(self)

    def _current_values(self):
        """{path: array}; from a running fit, those of its last completed step."""
        if self._session is not None:
            return self._session.cell.values()
        return {path: w.value for path, w in self.weights_by_path().items()}

    def _in_order(self, found):
        values = [found[name] for name in self._objective.names if name in found]
        return values[0] if len(values) == 1 else values

    def _need_compile(self, what):
        if not self.compiled:
            raise RuntimeError(
                f"{what} needs a compiled model, and {self.name!r} is not compiled. "
                "Write first: model.compile(optimizer='adam', "
                "loss='categorical_crossentropy', metrics=['accuracy'])."
            )


def _floating(x):
    x = jnp.asarray(x)
    return x.astype(jnp.float32) if x.dtype == jnp.float64 else x
