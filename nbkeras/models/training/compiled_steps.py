"""The jitted steps of a compiled model, kept as long as its structure is the same."""

import contextlib
import contextvars

import jax
import jax.numpy as jnp

from nbkeras.core import settings
from nbkeras.distribution import parallel
from nbkeras.layers.engine.functional_call import apply
from nbkeras.models import microbatching
from nbkeras.models.training.keyed_step import MaybeNoisy
from nbkeras.ops import lowering
from nbkeras.train.step import (
    make_eval_step,
    make_multi_step,
    make_predict_step,
    make_train_step,
)

# Input shapes whose outputs are remembered: batches of words differ in length.
KEPT_OUTPUTS = 64

# Within `Functions.as_it_is`: the structure that a trace must meet.
_expected = contextvars.ContextVar("expected", default=None)


class Functions:
    """Makes each step when it is first wanted; a new structure makes them anew.

    `ahead` has the `train.compiling.Job` of each step that is compiled on a thread,
    {name of the step: Job}.
    """

    def __init__(self, model):
        self.model = model
        self.ahead = {}
        self._made = {}
        self._outputs = {}

    def get(self, kind):
        """A step by its name.

        "train", "train_kept" (donates nothing), "stretch" (several), "eval", "predict".
        """
        key = (kind, structure(self.model))
        if key not in self._made:
            stale = [k for k in self._made if k[0] == kind]
            for each in stale:
                del self._made[each]
            self._made[key] = getattr(self, f"_{kind.split('_')[0]}")(kind)
        return self._made[key]

    def anew(self):
        """The same with nothing made, where what the steps were made for has gone."""
        for job in self.ahead.values():
            job.cancel()
        return Functions(self.model)

    def join(self, kind, batch):
        """Before a step is called: wait if it is being compiled for `batch` already.

        Args:
            kind: the step's name.
            batch: the arguments that vary, as in `Job.batch`.
        """
        job = self.ahead.pop(kind, None)
        if job is not None:
            job.skip()
            if job.batch == batch:
                job.wait()

    def output_of(self, x):
        """Shapes and dtypes of the outputs for inputs `x`; see `abstract_output`."""
        leaves, form = jax.tree.flatten(x)
        shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
        key = (structure(self.model), form, shapes)
        if key not in self._outputs:
            if len(self._outputs) == KEPT_OUTPUTS:
                self._outputs.clear()
            self._outputs[key] = abstract_output(self.model, x)
        return self._outputs[key]

    def _train(self, kind):
        model = self.model
        return make_train_step(
            self._forward,
            model._objective.loss,
            self._penalty(),
            model._objective,
            model.optimizer.transformation(),
            self._constrain(),
            model.optimizer.rate_of,
            options=lowering.compiler_options(),
            donate=kind == "train",
            out=_out(),
        )

    def _stretch(self, kind):
        step = self.get("train_kept").__wrapped__  # options are for the whole only
        return make_multi_step(step, lowering.compiler_options())

    def _eval(self, kind):
        metrics, penalty = self.model._objective, self._penalty()
        forward, options = self._at_rest()
        out = _out()
        return MaybeNoisy(
            lambda forward: make_eval_step(
                forward, metrics.loss, penalty, metrics, options, out
            ),
            forward,
        )

    def _predict(self, kind):
        forward, options = self._at_rest()
        out = _out("predicted")
        return MaybeNoisy(
            lambda forward: make_predict_step(forward, options, out), forward
        )

    def _at_rest(self):
        """(forward, compiler options) of a step that does not train."""
        if not microbatching.left_to_xla(self.model):
            return self._forward, lowering.compiler_options()

        def forward(*args):
            with lowering.left_to_xla():
                return self._forward(*args)

        return forward, None

    def _forward(self, values, x, training, key, valid):
        self._look()
        with parallel.tracing():
            applied = apply(
                self.model,
                values,
                self.model._as_inputs(x),
                training=training,
                key=key,
                row_weights=valid,
                trainable=self.model._compiled.flags(),
            )
        self._look()
        return applied

    @contextlib.contextmanager
    def as_it_is(self, found):
        """Within this, a trace fails if the model is no longer of structure `found`.

        On another thread the model may be changed meanwhile, and the step would then
        be kept for what the model was.
        """
        token = _expected.set(found)
        try:
            yield
        finally:
            _expected.reset(token)

    def _look(self):
        found = _expected.get()
        if found is not None and found != structure(self.model):
            raise RuntimeError("the model was changed while its step was compiled")

    def _penalty(self):
        # A frozen weight costs nothing, as in Keras.
        trained = self.model._compiled.trained_paths()
        parts = {
            path: w.regularizer
            for path, w in self.model.weights_by_path().items()
            if w.regularizer is not None and path in trained
        }

        def penalty(values):
            zero = jnp.zeros(())
            return sum((parts[p](values[p]) for p in parts if p in values), start=zero)

        return penalty

    def _constrain(self):
        parts = {
            path: w.constraint
            for path, w in self.model.weights_by_path().items()
            if w.constraint is not None
        }

        def constrain(params):
            changed = {p: parts[p](params[p]) for p in parts if p in params}
            return {**params, **changed}

        return constrain


def structure(model):
    """What a compiled step depends on, besides the arrays it is given.

    The objects themselves, not their ids: an id is given to a new layer once the old
    one is gone, and the step of the old one would then be taken for that of the new.
    """
    flags = model._compiled.flags()
    layers = tuple((layer, flags.get(layer, layer.trainable)) for layer in model.walk())
    weights = tuple((p, w.shape) for p, w in model.weights_by_path().items())
    optimizer = model.optimizer
    schedule = getattr(optimizer, "_schedule", None)
    parts = (optimizer, schedule, model._objective, settings.lowering())
    return layers, weights, parts, parallel.distribution()


def _out(kind="everywhere"):
    """Where a distribution wants results of steps; None without one."""
    found = parallel.distribution()
    return None if found is None else getattr(found, kind)


def abstract_output(model, x):
    """Shapes and dtypes of the outputs for inputs `x`, without computing anything."""
    values = {
        path: jax.ShapeDtypeStruct(w.shape, jnp.dtype(w.dtype))
        for path, w in model.weights_by_path().items()
    }

    def forward(values, x):
        return apply(model, values, model._as_inputs(x), key=jax.random.key(0)).y

    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), x)
    return jax.eval_shape(forward, values, shapes)
