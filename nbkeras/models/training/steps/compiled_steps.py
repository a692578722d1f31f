"""The jitted steps of a compiled model, cached while its structure stays the same."""

import contextlib
import contextvars

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import rng, settings
from nbkeras.distribution import parallel
from nbkeras.layers.engine.functional_call import (
    NoKey,
    NumberedKey,
    apply,
    changed_at_rest,
)
from nbkeras.models import microbatching
from nbkeras.models.training.steps.own_steps import (
    KEY,
    OwnSteps,
    owns_prediction,
    owns_training,
)
from nbkeras.ops.kernels import lowering
from nbkeras.train.reused_arrays import ReusingStep
from nbkeras.train.step import (
    make_eval_step,
    make_multi_step,
    make_predict_step,
    make_train_step,
)
from nbkeras.utils import compile_cache

# Number of input shapes whose output shapes are cached: batches of text vary in length.
MAX_CACHED_OUTPUTS = 64

# The structure that the model must have while `CompiledSteps.unchanged` is active.
_expected = contextvars.ContextVar("expected", default=None)


class CompiledSteps:
    """The steps of a model, created on first use and again if its structure changes.

    `ahead` maps the name of each step that is being compiled on a thread to its
    `train.background_compile.Job`.
    """

    def __init__(self, model):
        self.model = model
        self.ahead = {}
        self._steps = {}
        self._outputs = {}
        self.own = OwnSteps(model)
        self._makers = {
            "train": self._train,
            "train_kept": self._train,
            "multi_step": self._multi_step,
            "eval": self._eval,
            "predict": self._predict,
        }

    def get(self, kind):
        """A step by its name.

        Names: "train", "train_kept" (as "train", but keeps its argument's buffers),
        "multi_step" (several steps in one call), "eval" and "predict".
        """
        return self.kept(kind, lambda: self._makers[kind](kind))

    def kept(self, kind, make):
        """What `make()` returned, until the model's structure or compilation changes.

        Args:
            kind: its name; that of a tool for what the tool compiles for the model.
            make: called when there is nothing of this name for the structure of now.
        """
        key = (kind, structure(self.model))
        if key not in self._steps:
            compile_cache.turn_on()
            made = make()
            stale = [k for k in self._steps if k[0] == kind]
            for stale_key in stale:
                del self._steps[stale_key]
            self._steps[key] = made
        return self._steps[key]

    def renewed(self):
        """Cancel background compilations and return a new, empty cache."""
        for job in self.ahead.values():
            job.cancel()
        return CompiledSteps(self.model)

    def release_memory(self):
        """Free what training steps keep from one step to the next."""
        for step in self._steps.values():
            if isinstance(step, ReusingStep):
                step.release()

    def wait_for(self, kind, batch):
        """Wait if the step is being compiled for `batch`; call it before the step.

        Args:
            kind: name of the step.
            batch: its varying arguments, as in `Job.batch`.
        """
        job = self.ahead.pop(kind, None)
        if job is not None:
            job.skip()
            if job.batch == batch:
                job.wait()

    def output_of(self, x):
        """Shapes and dtypes of the outputs for inputs `x`; see `abstract_output`."""
        leaves, structure_of_x = jax.tree.flatten(x)
        shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
        key = (structure(self.model), structure_of_x, shapes)
        if key not in self._outputs:
            if len(self._outputs) == MAX_CACHED_OUTPUTS:
                self._outputs.clear()
            self._outputs[key] = abstract_output(self.model, x)
        return self._outputs[key]

    def _train(self, kind):
        model = self.model
        if owns_training(model):
            options, out = lowering.compiler_options(), _result_sharding("trained")
            return self.own.train_step(options, out, donate=kind == "train")
        weighting, loss = self.weighting_and_loss()
        out = _result_sharding("trained")
        return make_train_step(
            self.forward,
            loss,
            self.penalty(),
            model._objective,
            model.optimizer.transformation(),
            self.constraint(),
            model.optimizer.rate_of,
            options=lowering.compiler_options(),
            donate=kind == "train",
            out=out,
            scale=getattr(model.optimizer, "scale_of", None),
            weighting=weighting,
            private=_private_sum(model),
            reuse=kind == "train" and out is None and lowering.rewrites(),
        )

    def weighting_and_loss(self):
        """(`TaskWeights` of several losses or None, the loss function of the steps)."""
        objective = self.model._objective
        if objective.task_weights is None:
            return None, objective.loss

        def losses(*data):
            return None, objective.losses(*data)

        return objective.task_weights, losses

    def _multi_step(self, kind):
        step = self.get("train_kept").__wrapped__  # options apply to the outer jit
        return make_multi_step(step, lowering.compiler_options())

    def _eval(self, kind):
        metrics, penalty = self.model._objective, self.penalty()
        forward, options = self._inference_forward()
        out, carried = _result_sharding(), tuple(changed_at_rest(self.model))
        if owns_training(self.model):
            return KeyedStep(
                lambda _: self.own.eval_step(options, out, carried), forward
            )
        weighting, loss = self.weighting_and_loss()
        return KeyedStep(
            lambda forward: make_eval_step(
                forward, loss, penalty, metrics, options, out, carried, weighting
            ),
            forward,
        )

    def _predict(self, kind):
        forward, options = self._inference_forward()
        out, carried = _result_sharding("predicted"), tuple(changed_at_rest(self.model))
        if owns_prediction(self.model):
            return KeyedStep(
                lambda _: self.own.predict_step(options, out, carried), forward
            )
        return KeyedStep(
            lambda forward: make_predict_step(forward, options, out, carried), forward
        )

    def _inference_forward(self):
        """(forward, compiler options) of the eval and predict steps."""
        if not microbatching.left_to_xla(self.model):
            return self.forward, lowering.compiler_options()

        def forward(*args):
            with lowering.left_to_xla():
                return self.forward(*args)

        return forward, None

    def forward(self, values, x, training, key, valid):
        """Apply the model to `x` with the weights `values`; returns `Applied`."""
        self._refuse_if_changed()
        objective = self.model._objective
        wants_values = objective is not None and objective.uses_symbolic_tensors
        step = lowering.training_step() if training else contextlib.nullcontext()
        with parallel.tracing(), step:
            applied = apply(
                self.model,
                values,
                self.model.as_inputs(x),
                training=training,
                key=key,
                row_weights=valid,
                trainable=self.model._trainable_flags.flags(),
                watch=_collect_values if wants_values else None,
            )
        self._refuse_if_changed()
        return applied

    @contextlib.contextmanager
    def unchanged(self, expected):
        """A context in which tracing fails if the model's structure is not `expected`.

        Another thread may change the model during tracing; the step would then be
        cached under the old structure.
        """
        token = _expected.set(expected)
        try:
            yield
        finally:
            _expected.reset(token)

    def _refuse_if_changed(self):
        expected = _expected.get()
        if expected is not None and expected != structure(self.model):
            raise RuntimeError("the model was changed while its step was compiled")

    def penalty(self):
        """The function {path: array} -> sum of the regularization penalties."""
        # A frozen weight adds no penalty, as in Keras.
        trained = self.model._trainable_flags.trained_paths()
        parts = {
            path: w.regularizer
            for path, w in self.model.weights_by_path().items()
            if w.regularizer is not None and path in trained
        }

        def penalty(values):
            zero = jnp.zeros(())
            return sum((parts[p](values[p]) for p in parts if p in values), start=zero)

        return penalty

    def constraint(self):
        """The function {path: array} -> {path: array with its constraint applied}."""
        parts = {
            path: w.constraint
            for path, w in self.model.weights_by_path().items()
            if w.constraint is not None
        }

        def constrain(params):
            changed = {p: parts[p](params[p]) for p in parts if p in params}
            return {**params, **changed}

        return constrain


def _collect_values(context):
    """Have a run collect the arrays of symbolic tensors, for the loss."""
    context.graph_values = {}


def structure(model):
    """Everything that a compiled step depends on besides its array arguments.

    It holds the objects themselves, not their ids: Python reuses the id of a deleted
    layer, and the cached step of that layer would then be used for a new one.
    """
    flags = model._trainable_flags.flags()
    layers = tuple((layer, flags.get(layer, layer.trainable)) for layer in model.walk())
    weights = tuple(
        (p, w.shape, w.changes_in_inference) for p, w in model.weights_by_path().items()
    )
    optimizer = model.optimizer
    schedule = getattr(optimizer, "rate_schedule", None)
    private = _private_sum(model)
    parts = (optimizer, schedule, model._objective, settings.lowering(), private)
    return layers, weights, parts, parallel.distribution()


def _private_sum(model):
    """How a private optimizer sums the gradients of examples; None for others."""
    return getattr(model.optimizer, "private_sum", None)


def _result_sharding(kind="everywhere"):
    """The sharding of results under a distribution; None without one."""
    distribution = parallel.distribution()
    return None if distribution is None else getattr(distribution, kind)


def abstract_output(model, x):
    """Shapes and dtypes of the outputs for inputs `x`, without computing anything."""
    values = {
        path: jax.ShapeDtypeStruct(w.shape, jnp.dtype(w.dtype))
        for path, w in model.weights_by_path().items()
    }

    def forward(values, x):
        return apply(model, values, model.as_inputs(x), key=jax.random.key(0)).y

    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), x)
    return jax.eval_shape(forward, values, shapes)


class KeyedStep:
    """A step `(values, ...)` that gets a random key if its first trace needs it.

    Layers may use randomness outside of training, as in `Dropout(0.5)(x,
    training=True)`. A fresh key is then passed along with the weights.

    Args:
        make: function forward -> jitted step.
        forward: function (values, x, training, key, valid) -> `Applied`.
    """

    def __init__(self, make, forward):
        self._make, self.forward = make, forward
        self._step, self._keyed, self._calls = make(forward), False, 0

    def __call__(self, values, *rest):
        """Run the step."""
        if not self._keyed:
            try:
                return self._step(values, *rest)
            except NoKey:
                self._use_key()
        number, self._calls = self._calls, self._calls + 1
        return self._step({**values, KEY: _new_key_data(number)}, *rest)

    def lower(self, values, *rest):
        """Trace the step for arguments of these shapes, ready to be compiled."""
        if not self._keyed:
            try:
                return self._step.lower(values, *rest)
            except NoKey:
                self._use_key()
        key = jax.ShapeDtypeStruct((3,), np.uint32)
        return self._step.lower({**values, KEY: key}, *rest)

    def __getattr__(self, name):
        return getattr(self.__dict__["_step"], name)

    def _use_key(self):
        self._step, self._keyed = self._make(self._with_key), True

    def _with_key(self, values, x, training, key, valid):
        values = dict(values)
        *words, number = values.pop(KEY)
        key = NumberedKey(jax.random.wrap_key_data(jnp.stack(words)), number)
        return self.forward(values, x, training, key, valid)


def _new_key_data(number):
    """Key data for one call, followed by the call's number; created on the host."""
    return np.array([0, rng.next_seed(), number], np.uint32)
