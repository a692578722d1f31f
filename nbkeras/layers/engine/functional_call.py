"""Functional call: a tree of layers as a pure function of its weights' values.

`bind` makes a *bound copy*, a shallow copy of the tree in which every Variable
attribute is replaced by its array. `call` runs in the copy, so layers compute with
plain arrays, and `harvest` collects the state that it assigned. The user's objects are
never changed.

If a custom layer uses an attribute that only a Variable has, such as
`self.n.assign(...)` or `self.n.value`, the run is restarted with a Variable in that
place. It holds the array, exists only in the copy, and its new value is collected as
well.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import containers, rng
from nbkeras.core.base_classes import BaseLayer, BaseMetric
from nbkeras.core.gradients import recording, stateless_scope
from nbkeras.core.gradients.compiled_calls import Static
from nbkeras.core.gradients.links import current as current_links
from nbkeras.core.gradients.open_tapes import open_tapes
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization import registry
from nbkeras.core.variable import Variable, tracers_allowed, without_variables
from nbkeras.layers.engine.eager import added_losses, eager_masks, repeated_calls

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer
    from nbkeras.layers.engine.random_numbers import SeedGenerator

_running: contextvars.ContextVar[Any] = contextvars.ContextVar("running", default=None)


class NumberedKey(NamedTuple):
    """The random key of a run, and the index of the run in its step."""

    key: Any
    number: Any


class NoKey(RuntimeError):
    """Raised if a layer needs a random key and the run has none."""


class Restart(BaseException):
    """Raised to restart a run because a layer needs a Variable instead of its array.

    It is not an Exception, so that no handler treats it as an error of the user's code.
    """


def current() -> Any:
    """The Context of the current run, or None."""
    return _running.get()


def key_of_run() -> jax.Array | None:
    """A new key from the current run or compiled step; None outside of both.

    Raises:
        NoKey: the step has no key.
    """
    context, scope = current(), stateless_scope.current()
    if context is not None:
        return context.next_key()
    if scope is None or not scope.is_keyed:
        return None
    key = scope.next_key()
    if key is None:
        raise NoKey("Random numbers need a key, and this step has none.")
    return key


@contextlib.contextmanager
def running(context: Context) -> Iterator[Any]:
    """A context in which `current` returns `context`."""
    token = _running.set(context)
    try:
        yield
    finally:
        _running.reset(token)


@dataclass
class Context:
    """The shared state of one run through a tree of layers."""

    arrays: dict
    training: bool = False
    key: Any = None
    row_weights: Any = None
    building: Any = None
    # While building: the batch size, if the inputs have a fixed one.
    batch_size: int | None = None
    # The bound copy of the layer that a pure call runs; None in other runs.
    outermost: Any = None
    # Whether the run is an eager call on arrays, outside of any compiled step.
    eager: bool = False
    counter: int = 0
    # {SeedGenerator: its state at the start of a stateless call}; seeds of these
    # generators come from their states, those of others from the key.
    seeds: dict = field(default_factory=dict)
    # {SeedGenerator: number of seeds drawn from it in this run}
    draws: dict = field(default_factory=dict)
    copies: dict = field(default_factory=dict)
    containers: dict = field(default_factory=dict)
    # {Variable: copy that holds its value in this run}
    variables: dict = field(default_factory=dict)
    losses: list = field(default_factory=list)
    # {layer: the losses that it added}
    losses_of: dict = field(default_factory=dict)
    shapes: dict = field(default_factory=dict)
    activated: dict = field(default_factory=dict)
    masks: dict = field(default_factory=dict)
    # While building: the number of axes of each output's mask; None for no mask.
    mask_ndims: list = field(default_factory=list)
    trainable: dict = field(default_factory=dict)
    # {id of a symbolic tensor: its array} of the graphs in the run; None if not wanted.
    graph_values: dict | None = None
    # {filled-in shape of an abstract run: original shape}, for messages.
    open_shapes: dict = field(default_factory=dict)

    def next_key(self) -> jax.Array:
        """A new key, different for each call in this run.

        Raises:
            NoKey: this run has no key.
        """
        if self.key is None:
            raise NoKey(
                "Random numbers need a key, but this run has none. Write apply(layer, "
                "values, x, key=jax.random.key(0))."
            )
        self.counter += 1
        key = self.key.key if isinstance(self.key, NumberedKey) else self.key
        return jax.random.fold_in(key, self.counter)

    def next_seed(self, generator: SeedGenerator) -> jax.Array:
        """The next seed of a SeedGenerator, uint32 (2,).

        In eager and in stateless calls it comes from the generator's state, as in
        Keras: new layers with equal seeds draw the same numbers. In `fit` it depends on
        the run's seed and the step instead, so that a resumed run equals an
        uninterrupted one. A generator without a seed of its own follows the key.
        """
        if generator in self.seeds:
            return self.seeds[generator] + self._drawn(generator)
        if generator.seed is None:
            return jax.random.key_data(self.next_key())
        if self.eager and not rng.in_seed_source():
            return generator.draw()
        if self.eager:
            key = jax.random.fold_in(jax.random.key(generator.seed), rng.next_seed())
        elif isinstance(self.key, NumberedKey):
            key = jax.random.fold_in(jax.random.key(generator.seed), self.key.number)
            again = int(self._drawn(generator)[1])
            key = jax.random.fold_in(key, again) if again else key
        else:
            key = jax.random.fold_in(self.next_key(), generator.seed & 0x7FFFFFFF)
        return jax.random.key_data(key)

    def _drawn(self, generator):
        """(0, number of earlier draws), the difference to the state; counts this one.

        It is a NumPy array, so that draws within inner JAX transformations leave
        nothing traced behind.
        """
        count = self.draws.get(generator, 0)
        self.draws[generator] = count + 1
        return np.array([0, count], np.uint32)

    def add_losses(self, layer: Layer, losses: list[Any]) -> None:
        """Add losses of a layer to the losses of this run."""
        self.losses.extend(losses)
        self.losses_of.setdefault(layer, []).extend(losses)

    def mask_of(self, array: jax.Array) -> Any:
        """The mask attached to `array`, or None."""
        masked, mask = self.masks.get(id(array), (None, None))
        return mask if masked is array else None

    def set_mask(self, array: jax.Array, mask: Any) -> None:
        """Attach `mask` to `array`; None removes it."""
        if mask is not None:
            self.masks[id(array)] = (array, mask)

    def passed(self, output: Any) -> Any:
        """What a layer gives: a GradientTape may have something to add to it."""
        links = current_links()
        if links is None:
            return output

        def passed(array):
            if not isinstance(array, jax.Array):
                return array
            linked = links.passed(array)
            if linked is not array:
                self.set_mask(linked, self.mask_of(array))
                logits, name = self.before_activation(array)
                if name is not None:
                    self.activated[id(linked)] = linked, logits, name
            return linked

        return jax.tree.map(passed, output)

    def before_activation(self, array: jax.Array) -> Any:
        """(logits, name) if an activation produced `array`, else (None, None)."""
        activated, logits, name = self.activated.get(id(array), (None, None, None))
        return (logits, name) if activated is array else (None, None)


class Applied(NamedTuple):
    """The results of a run: output, new state, added losses, mask, logits, activation.

    If the output is a list or dict of arrays, `mask`, `logits` and `activation` are
    lists with one entry per array, in the order of `jax.tree.leaves`. `graph_values` is
    {id of a symbolic tensor: its array}, if the loss computes with some.
    """

    y: Any
    updates: dict
    losses: list
    mask: Any
    logits: Any
    activation: Any
    graph_values: Any = None


class _Side(NamedTuple):
    """What an eager run gives besides arrays.

    Args:
        changed: the weights that it assigned.
        activations: for each output, the name of the activation that produced it.
        layers_with_losses: the layers that added losses.
        layers: the layers that took part.
    """

    changed: list[Variable]
    activations: list[str | None]
    layers_with_losses: list[Any]
    layers: list[Any]


def bind(layer: Layer, context: Context) -> Any:
    """The bound copy of `layer`; each layer object has one copy per run."""
    bound = context.copies.get(id(layer))
    if bound is not None:
        return bound
    copy = object.__new__(type(layer))
    context.copies[id(layer)] = copy
    vars(copy)["_original"] = layer
    _fill(copy, context)
    return copy


def rebind(copy: Any, context: Context) -> None:
    """Refill a bound copy and its sublayers after their originals were built."""
    context.containers.clear()
    for layer in copy.__dict__["_original"].walk():
        bound = context.copies.get(id(layer))
        if bound is not None:
            _fill(bound, context)


def _fill(copy, context):
    original = copy.__dict__["_original"]
    arrays = {}
    for name, value in original.__dict__.items():
        # Constructor arguments are not bound: layers among them may have been removed.
        if isinstance(value, Variable):
            arrays[name] = value = _value_in_call(original, value, context)
        elif name != "_arguments" and name[:2] != "__":
            value = _swap(value, original, context)
        copy.__dict__[name] = value
    copy.__dict__["_original"], copy.__dict__["_bound_arrays"] = original, arrays
    copy.__dict__["_context"] = context
    if context.eager and is_custom(original):
        copy.__dict__["_filled"] = dict(copy.__dict__)
    if original in context.trainable:
        copy.__dict__["_trainable"] = context.trainable[original]


def _value_in_call(layer, weight, context):
    """The weight's array; under a mixed policy, trainable weights are cast.

    State such as moving statistics keeps its dtype, because it is assigned back.
    """
    array = context.arrays[weight]
    if weight.whole_in_call and is_custom(layer):
        return _variable_of(weight, context)
    mixed = (
        layer.policy_name.startswith("mixed_")
        and layer.autocast
        and weight.declared_trainable
    )
    if mixed and jnp.issubdtype(array.dtype, jnp.floating):
        return array.astype(layer.compute_dtype)
    return array


def is_custom(layer: Any) -> bool:
    """Whether the layer's class is the user's, not the library's."""
    return registry.is_custom(type(layer).__module__)


def _variable_of(weight, context):
    """The copy of the Variable `weight` for this run; it may hold a tracer."""
    variable = context.variables.get(weight)
    if variable is None:
        with tracers_allowed():
            variable = weight.holding(context.arrays[weight])
        variable.in_run = True
        context.variables[weight] = variable
    return variable


def _swap(value, layer, context):
    if isinstance(value, Variable):
        if value.whole_in_call and is_custom(layer):
            return _variable_of(value, context)
        return context.arrays[value]
    if isinstance(value, BaseLayer):
        return bind(cast("Layer", value), context)
    if isinstance(value, BaseMetric) and context.building:
        return value.for_one_run()
    if isinstance(value, containers.KINDS):
        swap = functools.partial(_swap, layer=layer, context=context)
        return containers.replaced(value, swap, context.containers)
    return value


def restart_with_variable(error: AttributeError, context: Context) -> None:
    """Restart the run if `error` is about a Variable's attribute on a weight's array.

    The weights of built-in layers stay arrays: the error gets a note instead.

    Raises:
        Restart: from then on the weight is a Variable in `call`.
    """
    if not hasattr(Variable, error.name or "") or not isinstance(error.obj, jax.Array):
        return
    for copy in context.copies.values():
        layer = copy.__dict__["_original"]
        for weight in layer.own_weights():
            if context.arrays[weight] is not error.obj:
                continue
            if is_custom(layer) and not weight.whole_in_call:
                weight.whole_in_call = True
                raise Restart
            if not is_custom(layer):
                kind = type(layer).__name__
                error.add_note(
                    f"{quoted(weight.path)} belongs to a {kind}, and inside `call` it "
                    "is an array. Only a layer's own `call` may change its state: "
                    f"write the change in a subclass of {kind}."
                )


def with_restarts(run: Callable[[], Any]) -> Any:
    """Call `run()`, again each time a layer turns out to need a Variable."""
    while True:
        try:
            return run()
        except Restart:
            continue


def harvest(context: Context) -> dict[Variable, Any]:
    """The values that the run assigned to weights: {Variable: array}."""
    updates = {}
    for copy in context.copies.values():
        original = copy.__dict__["_original"]
        for name, weight in original.__dict__.items():
            # A weight that was declared during the run is not in the copy yet.
            if not isinstance(weight, Variable) or name not in copy.__dict__:
                continue
            new_value = copy.__dict__[name]
            if new_value is copy.__dict__["_bound_arrays"].get(name):
                continue
            _refuse_trainable(weight, f"{type(original).__name__}.call", name)
            updates[weight] = jnp.asarray(new_value, weight.dtype).reshape(weight.shape)
    for weight, variable in context.variables.items():
        new_value = variable.value
        if new_value is not context.arrays[weight]:
            _refuse_trainable(weight, "call", weight.name)
            updates[weight] = new_value
    return updates


def _refuse_trainable(weight, owner, name):
    if weight.declared_trainable:
        raise ValueError(
            f"{owner} assigned self.{name}, which is trainable: only the optimizer may "
            f"change it. Declare it with add_weight({name!r}, ..., trainable=False)."
        )


def values_of(layer: Layer) -> dict[str, Any]:
    """The current values, {path: array}."""
    return {path: w.value for path, w in layer.weights_by_path().items()}


def carried_values(layer: Layer) -> dict[str, Any]:
    """{path: array} of the states that recurrent layers carry from batch to batch."""
    return {p: w.value for p, w in layer.weights_by_path().items() if w.carried}


def changed_at_rest(layer: Layer) -> dict[str, Variable]:
    """{path: Variable} of the weights that may also change outside of training."""
    table = layer.weights_by_path().items()
    return {p: w for p, w in table if w.carried or w.changes_in_inference}


def apply(
    layer: Layer,
    values: Any,
    *args: Any,
    training: bool = False,
    key: Any = None,
    row_weights: Any = None,
    mask: Any = None,
    trainable: Any = None,
    watch: Callable[[Context], None] | None = None,
    seeds: dict[SeedGenerator, Any] | None = None,
    **kw: Any,
) -> Any:
    """Call `layer` on `values` as a pure function, for jit, grad and vmap.

    Args:
        layer: a built layer or model.
        values: {path: array}, as from `values_of`.
        args: the inputs of `call`.
        training: whether layers such as dropout are in training mode.
        key: a JAX key; needed if a layer uses random numbers.
        row_weights: (batch,) float, 0 for padding rows; None without padding.
        mask: mask of the input, if the layer accepts one.
        trainable: {layer: bool} that overrides the layers' own `trainable`.
        watch: called with the Context, which has the bound copies, before the call.
        seeds: {SeedGenerator: state} to draw seeds from; the call updates the states.
        kw: further keyword arguments of `call`.

    Returns:
        `Applied`: the output `y`, `updates` {path: array} of changed state, the
        `losses` that layers added, the output's `mask`, and, if the last operation was
        an activation, its `logits` and the name of the `activation`.
    """
    table = layer.weights_by_path()
    arrays = {weight: values[path] for path, weight in table.items()}
    kw = kw if mask is None else {**kw, "mask": mask}

    def run():
        context = Context(
            arrays,
            training,
            key,
            row_weights,
            trainable=trainable or {},
            seeds=dict(seeds or {}),
        )
        with running(context):
            bound = context.outermost = bind(layer, context)
            if watch is not None:
                watch(context)
            return bound(*args, **kw), context

    y, context = with_restarts(run)
    for generator, count in context.draws.items():
        if seeds and generator in seeds:
            seeds[generator] = seeds[generator] + np.array([0, count], np.uint32)
    paths = {weight: path for path, weight in table.items()}
    updates = {paths[weight]: v for weight, v in harvest(context).items()}
    if hasattr(y, "shape"):
        attached = context.mask_of(y), *context.before_activation(y)
    else:
        leaves = jax.tree.leaves(y)
        masks = [context.mask_of(leaf) for leaf in leaves]
        activated = [context.before_activation(leaf) for leaf in leaves]
        attached = masks, *([pair[i] for pair in activated] for i in (0, 1))
    return Applied(
        y, updates, context.losses, *attached, graph_values=context.graph_values
    )


def run_eagerly(layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`layer(x)` on arrays: build if needed, run, and store the new state."""
    training = kwargs.get("training", False)
    weights = list(layer.weights_by_path().values())
    scope = stateless_scope.current()
    keyed = scope is not None and scope.is_keyed
    key = scope.call_key() if scope and keyed else jax.random.key(rng.next_seed())
    recorded = bool(open_tapes())
    contexts = []

    def function(values, key, args, kwargs):
        arrays = dict(zip(weights, values, strict=True))

        def run():
            context = Context(arrays, bool(training), key, eager=not keyed)
            eager_masks.pass_on(context, (args, kwargs))
            with running(context):
                return bind(layer, context)(*args, **kwargs), context

        y, context = with_restarts(run)
        updates, leaves = harvest(context), jax.tree.leaves(y)
        activated = [context.before_activation(leaf) for leaf in leaves]
        side = _Side(
            list(updates),
            [name for _, name in activated],
            list(context.losses_of),
            [copy.__dict__["_original"] for copy in context.copies.values()],
        )
        if not recorded:
            contexts.append(context)
        masks = [context.mask_of(leaf) for leaf in leaves]
        logits = [array for array, _ in activated]
        losses = list(context.losses_of.values())
        return y, list(updates.values()), losses, masks, logits, Static(side)

    compiled = None
    depends_on_arrays = not isinstance(training, bool | None)
    if scope is None and not depends_on_arrays and current() is None:
        if not eager_masks.are_attached((args, kwargs)):
            compiled = repeated_calls.of(layer)
    arguments = weights, key, args, kwargs
    results = recording.record(function, arguments, {}, compiled)
    if compiled is not None and not recorded and _hides_mistakes(layer, results[0]):
        results = recording.record(function, arguments, {})
    y, updates, losses, masks, logits, static = results
    changed, names, layers_with_losses, layers = static.value
    if scope is None:
        if not recorded:
            eager_masks.attach(y, masks)
            # A compiled call sets no attributes, and its context is traced.
            if contexts and not isinstance(contexts[-1].key, Tracer):
                _store_attributes(contexts[-1])
        added_losses.store(layers, dict(zip(layers_with_losses, losses, strict=True)))
    else:
        scope.note_losses(layer, [loss for part in losses for loss in part])
        attached = zip(jax.tree.leaves(y), masks, logits, names, strict=True)
        for leaf, mask, *rest in attached:
            scope.note_metadata(leaf, (without_variables(mask), *rest))
    for weight, value in zip(changed, updates, strict=True):
        if scope is None and isinstance(value, Tracer):
            raise RuntimeError(
                f"{type(layer).__name__} has state and was called with training=True "
                "inside jax.jit or jax.grad, where it cannot update it. Write "
                "nbkeras.gradients(function, weights), or stateless_call and pass the "
                "new state on yourself."
            )
        weight.assign(value)
    return y


def _hides_mistakes(layer, y):
    """Whether a compiled call gave NaN in place of an error about values.

    The uncompiled call then raises it, if that is the reason.
    """
    if not any(part.refuses_values for part in layer.walk()):
        return False
    leaves = [leaf for leaf in jax.tree.leaves(y) if isinstance(leaf, jax.Array)]
    return any(
        jnp.issubdtype(leaf.dtype, jnp.floating) and bool(jnp.isnan(leaf).any())
        for leaf in leaves
    )


def penalties(layer: Any) -> list[Any]:
    """The regularization penalties of the trainable weights."""
    return [
        weight.regularizer(weight)
        for weight in layer.trainable_weights
        if weight.regularizer is not None
    ]


def _store_attributes(context):
    """Store the plain attributes that custom layers assigned in an eager `call`."""
    for copy in context.copies.values():
        original, filled = copy.__dict__["_original"], copy.__dict__.get("_filled")
        if filled is None:
            continue
        for name, value in copy.__dict__.items():
            old_value = filled.get(name, copy)
            is_weight = isinstance(original.__dict__.get(name), Variable)
            if value is old_value or is_weight or name == "_filled":
                continue
            leaves = jax.tree.leaves(value)
            if not any(isinstance(leaf, Tracer | BaseLayer) for leaf in leaves):
                original.__dict__[name] = value
