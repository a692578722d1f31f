"""Call a tree of layers as a pure function of its values: bind, call, harvest.

A *bound copy* is a shallow copy of the tree in which every Variable attribute is the
array itself. `call` runs there, so layers compute with plain arrays, and state that
it assigns is read off afterwards. The user's own objects are never touched.

Where an own layer asks such an array for what only a Variable has, as in
`self.n.assign(...)` or `self.n.value`, the run starts again with a Variable in that
place: one that holds the array, in the copy alone, and whose new value is read off like
the others.
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
from jax.core import Tracer

from nbkeras.core import containers, registry, rng
from nbkeras.core.base_classes import BaseLayer, BaseMetric
from nbkeras.core.gradients import recording, stateless_scope
from nbkeras.core.gradients.links import current as current_links
from nbkeras.core.gradients.open_tapes import open_tapes
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable, tracers_allowed, without_variables
from nbkeras.layers.engine import added_losses, eager_masks

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

_running: contextvars.ContextVar[Any] = contextvars.ContextVar("running", default=None)


class NumberedKey(NamedTuple):
    """The key of a run, and the index of the run in its step."""

    key: Any
    number: Any


class NoKey(RuntimeError):
    """A layer needs a random key in a run that has none."""


class StartAgain(BaseException):
    """A layer asked for a Variable where it was given the array: begin anew with one.

    No Exception, so that nothing on the way takes it for a fault of the user's code.
    """


def current() -> Any:
    """The Context of the current run, or None."""
    return _running.get()


def key_of_run() -> jax.Array | None:
    """A key of the run or of the compiled step that is under way; None outside of both.

    Raises:
        NoKey: the step has none.
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
    # While building: the size of the batch where the inputs have a fixed one.
    batch_size: int | None = None
    # Whether the run is one call on real arrays, outside of any compiled step.
    eager: bool = False
    counter: int = 0
    # {layer: number of draws by its own seed in this run}
    draws: dict = field(default_factory=dict)
    copies: dict = field(default_factory=dict)
    containers: dict = field(default_factory=dict)
    # {Variable: the copy of it that holds its value in this run}
    variables: dict = field(default_factory=dict)
    losses: list = field(default_factory=list)
    # {layer: those of `losses` that it added}
    losses_of: dict = field(default_factory=dict)
    shapes: dict = field(default_factory=dict)
    activated: dict = field(default_factory=dict)
    masks: dict = field(default_factory=dict)
    # While building: the number of axes of each output's mask; None for no mask.
    mask_ndims: list = field(default_factory=list)
    trainable: dict = field(default_factory=dict)
    # {shape as filled in for an abstract run: as it was given}, for messages.
    open_shapes: dict = field(default_factory=dict)

    def next_key(self) -> jax.Array:
        """A new key, different for each call in this run.

        Raises:
            NoKey: this run has none.
        """
        if self.key is None:
            raise NoKey(
                "Random numbers need a key, but this run has none. Write apply(layer, "
                "values, x, key=jax.random.key(0))."
            )
        self.counter += 1
        key = self.key.key if isinstance(self.key, NumberedKey) else self.key
        return jax.random.fold_in(key, self.counter)

    def seeded_key(self, layer: Layer, seed: int) -> jax.Array:
        """The next key of a layer with its own seed.

        New layers of one seed draw the same numbers in the same order, whatever the
        global seed. In `fit` the run's seed and the step count too, so that a run goes
        on after an interrupt as if there had been none.
        """
        if self.eager and rng.in_seed_source():
            number = rng.next_seed()
        elif self.eager:
            number = vars(layer).get("_draws", 0)
            vars(layer)["_draws"] = number + 1
        elif isinstance(self.key, NumberedKey):
            number = self.key.number
        else:
            return jax.random.fold_in(self.next_key(), seed)
        again = self.draws[layer] = self.draws.get(layer, -1) + 1
        key = jax.random.fold_in(jax.random.key(seed), number)
        return key if not again or self.eager else jax.random.fold_in(key, again)

    def add_losses(self, layer: Layer, losses: list[Any]) -> None:
        """Add to the loss of this run, in the name of a layer."""
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
    """The results of a run: output, new state, extra losses, mask, logits.

    Where the output is a list or dict of arrays, `mask`, `logits` and `activation` are
    lists with one entry for each array, in the order of `jax.tree.leaves`.
    """

    y: Any
    updates: dict
    losses: list
    mask: Any
    logits: Any
    activation: Any


def bind(layer: Layer, context: Context) -> Any:
    """The bound copy of `layer`; one copy per layer object, however often used."""
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
        # Arguments are only remembered: layers among them may have been popped since.
        if isinstance(value, Variable):
            arrays[name] = value = _as_computed(original, value, context)
        elif name != "_arguments" and name[:2] != "__":
            value = _swap(value, original, context)
        copy.__dict__[name] = value
    copy.__dict__["_original"], copy.__dict__["_given"] = original, arrays
    copy.__dict__["_context"] = context
    if context.eager and is_own(original):
        copy.__dict__["_filled"] = dict(copy.__dict__)
    if original in context.trainable:
        copy.__dict__["_trainable"] = context.trainable[original]


def _as_computed(layer, weight, context):
    """The weight's array; under a mixed policy, trainable weights are cast for `call`.

    State such as moving statistics keeps its own dtype, as it is assigned back.
    """
    array = context.arrays[weight]
    if weight.whole_in_call and is_own(layer):
        return _variable_of(weight, context)
    mixed = (
        layer.policy_name.startswith("mixed_") and layer.autocast and weight.trainable
    )
    if mixed and jnp.issubdtype(array.dtype, jnp.floating):
        return array.astype(layer.compute_dtype)
    return array


def is_own(layer: Any) -> bool:
    """Whether the layer's class was written by a user of the library."""
    return registry.is_custom(type(layer).__module__)


def _variable_of(weight, context):
    """The Variable that stands for `weight` in this run; it may hold a tracer."""
    variable = context.variables.get(weight)
    if variable is None:
        with tracers_allowed():
            variable = weight.holding(context.arrays[weight])
        variable.in_run = True
        context.variables[weight] = variable
    return variable


def _swap(value, layer, context):
    if isinstance(value, Variable):
        if value.whole_in_call and is_own(layer):
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


def ask_for_variable(error: AttributeError, context: Context) -> None:
    """Begin the run anew if `error` asks the array of a weight for a Variable's part.

    The weights of the library's own layers stay arrays: the error then gets a note.

    Raises:
        StartAgain: from now on that weight is a Variable in `call`.
    """
    if not hasattr(Variable, error.name or "") or not isinstance(error.obj, jax.Array):
        return
    for copy in context.copies.values():
        layer = copy.__dict__["_original"]
        for weight in layer.own_weights():
            if context.arrays[weight] is not error.obj:
                continue
            if is_own(layer) and not weight.whole_in_call:
                weight.whole_in_call = True
                raise StartAgain
            if not is_own(layer):
                kind = type(layer).__name__
                error.add_note(
                    f"{quoted(weight.path)} belongs to a {kind}, and inside `call` it "
                    "is an array. Only a layer's own `call` may change its state: "
                    f"write the change in a subclass of {kind}."
                )


def from_the_start(run: Callable[[], Any]) -> Any:
    """`run()`, again whenever a layer turned out to need a Variable."""
    while True:
        try:
            return run()
        except StartAgain:
            continue


def harvest(context: Context) -> dict[Variable, Any]:
    """The new values of weights that the run assigned: {Variable: array}."""
    updates = {}
    for copy in context.copies.values():
        original = copy.__dict__["_original"]
        for name, weight in original.__dict__.items():
            # A weight that was declared in the run itself is not in the copy yet.
            if not isinstance(weight, Variable) or name not in copy.__dict__:
                continue
            now = copy.__dict__[name]
            if now is copy.__dict__["_given"].get(name):
                continue
            _refuse_trainable(weight, f"{type(original).__name__}.call", name)
            updates[weight] = jnp.asarray(now, weight.dtype).reshape(weight.shape)
    for weight, variable in context.variables.items():
        now = variable.value
        if now is not context.arrays[weight]:
            _refuse_trainable(weight, "call", weight.name)
            updates[weight] = now
    return updates


def _refuse_trainable(weight, where, name):
    if weight.trainable:
        raise ValueError(
            f"{where} assigned self.{name}, which is trainable: only the optimizer may "
            f"change it. Declare it with add_weight({name!r}, ..., trainable=False)."
        )


def values_of(layer: Layer) -> dict[str, Any]:
    """The current values, {path: array}."""
    return {path: w.value for path, w in layer.weights_by_path().items()}


def carried_values(layer: Layer) -> dict[str, Any]:
    """The states that stateful layers carry from batch to batch, {path: array}."""
    return {p: w.value for p, w in layer.weights_by_path().items() if w.carried}


def changed_at_rest(layer: Layer) -> dict[str, Variable]:
    """{path: Variable} of all that also a run that does not train may change."""
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
    **kw: Any,
) -> Any:
    """Call `layer` on `values` as a pure function, for jit, grad and vmap.

    Args:
        layer: a built layer or model.
        values: {path: array}, as from `values_of`.
        args: the inputs of `call`.
        training: whether dropout and its like are at work.
        key: a JAX key; needed where the layer draws random numbers.
        row_weights: (batch,) float, 0 for rows that are only padding; None for none.
        mask: mask of the input, where the layer takes one.
        trainable: {layer: bool} in place of the layers' own `trainable`.
        watch: called with the Context, which has the bound copies, before the call.
        kw: further keywords of `call`.

    Returns:
        `Applied`: the output `y`, `updates` {path: array} of the state that changed,
        `losses` that layers added, the output's `mask`, and the `logits` with the name
        of the `activation` when the last operation was an activation; see there.
    """
    table = layer.weights_by_path()
    arrays = {weight: values[path] for path, weight in table.items()}
    kw = kw if mask is None else {**kw, "mask": mask}

    def run():
        context = Context(arrays, training, key, row_weights, trainable=trainable or {})
        with running(context):
            bound = bind(layer, context)
            if watch is not None:
                watch(context)
            return bound(*args, **kw), context

    y, context = from_the_start(run)
    paths = {weight: path for path, weight in table.items()}
    updates = {paths[weight]: v for weight, v in harvest(context).items()}
    if hasattr(y, "shape"):
        beside = context.mask_of(y), *context.before_activation(y)
    else:
        leaves = jax.tree.leaves(y)
        masks = [context.mask_of(leaf) for leaf in leaves]
        activated = [context.before_activation(leaf) for leaf in leaves]
        beside = masks, *([pair[i] for pair in activated] for i in (0, 1))
    return Applied(y, updates, context.losses, *beside)


def run_eagerly(layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`layer(x)` on arrays: build if needed, run, and store the new state."""
    training = bool(kwargs.get("training", False))
    weights = list(layer.weights_by_path().values())
    scope = stateless_scope.current()
    keyed = scope is not None and scope.is_keyed
    key = scope.call_key() if scope and keyed else jax.random.key(rng.next_seed())
    changed, names, adding, contexts = [], [], [], []

    def function(values, args, kwargs):
        arrays = dict(zip(weights, values, strict=True))

        def run():
            context = Context(arrays, training, key, eager=not keyed)
            eager_masks.take(context, (args, kwargs))
            with running(context):
                return bind(layer, context)(*args, **kwargs), context

        y, context = from_the_start(run)
        updates, leaves = harvest(context), jax.tree.leaves(y)
        activated = [context.before_activation(leaf) for leaf in leaves]
        changed[:], names[:] = updates, [name for _, name in activated]
        adding[:], contexts[:] = context.losses_of, [context]
        masks = [context.mask_of(leaf) for leaf in leaves]
        logits = [array for array, _ in activated]
        losses = list(context.losses_of.values())
        return y, list(updates.values()), losses, masks, logits

    results = recording.run(function, weights, args, kwargs)
    y, updates, losses, masks, logits = results
    if scope is None:
        if not open_tapes():
            eager_masks.keep(contexts[0], y)
            _keep_attributes(contexts[0])
        added_losses.keep(contexts[0], dict(zip(adding, losses, strict=True)))
    else:
        scope.note_losses(layer, [loss for part in losses for loss in part])
        beside = zip(jax.tree.leaves(y), masks, logits, names, strict=True)
        for leaf, mask, *rest in beside:
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


def penalties(layer: Any) -> list[Any]:
    """The regularizers' costs of the weights that are trained."""
    return [
        weight.regularizer(weight)
        for weight in layer.trainable_weights
        if weight.regularizer is not None
    ]


def _keep_attributes(context):
    """Plain attributes that own layers assigned in an eager `call` stay with them."""
    for copy in context.copies.values():
        original, filled = copy.__dict__["_original"], copy.__dict__.get("_filled")
        if filled is None:
            continue
        for name, value in copy.__dict__.items():
            old_value = filled.get(name, copy)
            weight = isinstance(original.__dict__.get(name), Variable)
            if value is old_value or weight or name == "_filled":
                continue
            leaves = jax.tree.leaves(value)
            if not any(isinstance(leaf, Tracer | BaseLayer) for leaf in leaves):
                original.__dict__[name] = value
