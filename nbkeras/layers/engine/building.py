"""Build layers by an abstract run on input shapes, without computing anything."""

from __future__ import annotations

import contextlib
import contextvars
import copy
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from nbkeras.core.annotations import DTypeLike
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.errors.structured_errors import LayerMistake, MemoryMistake
from nbkeras.core.gradients.open_tapes import recording_on
from nbkeras.core.machine import memory
from nbkeras.core.variable import contains
from nbkeras.layers.engine import functional_call, layer_paths, text_ids
from nbkeras.layers.engine.eager import eager_masks

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

# Sizes substituted for unknown axes (None) in two runs, to see which axes depend on
# them.
BATCH_SIZES = (2, 3)
OPEN_SIZES = (128, 192)
# Weights smaller than this are initialized without checking free memory.
SMALL_BYTES = 64 * 2**20


_declare_only = contextvars.ContextVar("declare_only", default=False)


@contextlib.contextmanager
def declared_only() -> Iterator[Any]:
    """A context in which weights are declared but not initialized, for loading."""
    token = _declare_only.set(True)
    try:
        yield
    finally:
        _declare_only.reset(token)


def marks_built(build: Any) -> Any:
    """A decorator of `build`: mark the layer as built when the outermost call ends.

    So calling `layer.build(shape)` has the same effect as building on the first call,
    and `super().build(shape)` within a subclass's `build` has no effect of its own.
    """

    @functools.wraps(build)
    def marked(self, *args, **kwargs):
        if args and isinstance(args[0], list) and args[0] and is_shape(tuple(args[0])):
            args = (tuple(args[0]), *args[1:])
        if "_is_building" in self.__dict__:
            return build(self, *args, **kwargs)
        self.__dict__["_is_building"] = True
        try:
            with layer_paths.building_within(self):
                build(self, *args, **kwargs)
        finally:
            del self.__dict__["_is_building"]
        return self._settle_build(args[0] if args else kwargs)

    return marked


def by_hand() -> bool:
    """Whether `build` was called by the user, not by an abstract run."""
    return functional_call.current() is None


def is_complete(layer: Layer) -> bool:
    """Whether `layer` and all its sublayers are built."""
    if not layer.built:
        return False
    if layer.__dict__.get("_built_by_hand"):
        if not all(sublayer.built for sublayer in layer.walk()):
            return False
        vars(layer)["_built_by_hand"] = False
    return True


def initialize_missing(layer: Layer, weights: Any) -> None:
    """Initialize the weights without a value, unless a file will provide them.

    Raises:
        MemoryMistake: they need more memory than is free; none is initialized.
    """
    if _declare_only.get():
        return
    missing = [weight for weight in weights if not weight.is_initialised()]
    _refuse_weights_beyond_memory(layer, missing)
    for weight in missing:
        weight.initialise()


def _refuse_weights_beyond_memory(layer, weights):
    sizes = [weight.nbytes for weight in weights]
    # Initializing a weight needs two more arrays of its size.
    needed = sum(sizes) + 2 * max(sizes, default=0)
    if needed < SMALL_BYTES:
        return
    free = memory.available_bytes()
    if needed > free:
        largest = max(weights, key=lambda weight: weight.nbytes)
        owner: Any = layer
        while _is_model(owner):
            owners = [
                child
                for child in owner.children()
                if any(contains(part.own_weights(), largest) for part in child.walk())
            ]
            if not owners:
                break
            owner = owners[0]
        weight_text = f"weight {largest.name} {largest.shape}"
        raise MemoryMistake(
            type(owner).__name__, owner.name, weight_text, sum(sizes), free
        )


def is_shape(x: Any) -> bool:
    """Whether `x` is one shape: a tuple of integers and None."""
    return isinstance(x, tuple) and all(n is None or isinstance(n, int) for n in x)


class Spec:
    """Shape (None for unknown sizes) and dtype of one input.

    `rows` is the batch size if it is known, also for an array whose batch axis is None
    in `shape`. `mask_ndim` is the number of axes of the mask attached to it, None for
    no mask.
    """

    def __init__(
        self,
        shape: Any,
        dtype: DTypeLike = "float32",
        rows: Any = None,
        mask_ndim: int | None = None,
    ) -> None:
        self.shape = tuple(shape)
        self.dtype = dtype
        self.mask_ndim = mask_ndim
        self.rows = self.shape[0] if rows is None and self.shape else rows

    def filled(self, run: Any) -> Any:
        """A `ShapeDtypeStruct` with all sizes filled in, for abstract run 0 or 1."""
        sizes = [
            n if n is not None else (BATCH_SIZES[run] if axis == 0 else OPEN_SIZES[run])
            for axis, n in enumerate(self.shape)
        ]
        return jax.ShapeDtypeStruct(tuple(sizes), text_ids.computed(self.dtype))

    @property
    def has_open_axes(self) -> bool:
        """Whether an axis other than the batch is unknown."""
        return any(n is None for n in self.shape[1:])


def spec_of(array: jax.Array) -> Spec:
    """The Spec of an array, with an unknown batch size."""
    shape = tuple(array.shape)
    dtype = str(jax.dtypes.canonicalize_dtype(array.dtype))
    if not shape:
        return Spec(shape, dtype)
    mask = eager_masks.of(array)
    mask_ndim = None if mask is None else mask.ndim
    return Spec((None, *shape[1:]), dtype, rows=shape[0], mask_ndim=mask_ndim)


def build(
    layer: Layer,
    specs: Any,
    kwargs: dict[str, Any] | None = None,
    initialise: bool = True,
) -> Any:
    """Build `layer` and its sublayers for inputs of `specs`; returns output specs.

    Args:
        layer: any layer or model.
        specs: the first argument of `call`: a Spec, or a list or dict of Specs; or a
            tuple with all positional arguments.
        kwargs: keyword arguments of `call`, with Specs instead of arrays.
        initialise: whether to initialize the weights; False if a file provides them.

    Raises:
        MemoryMistake: the weights need more memory than is free.
    """
    try:
        output, shapes = _output(layer, specs, kwargs)
    except OverflowError:
        # A size beyond 32 bits: an error about memory is clearer than one about
        # overflow.
        _refuse_weights_beyond_memory(layer, layer.weights_by_path().values())
        raise
    for original, shape in shapes.items():
        original.__dict__["_output_shape"] = shape
    if initialise:
        initialize_missing(layer, layer.weights_by_path().values())
    return output


def unbuilt_copy(layer: Layer) -> Layer:
    """A layer to find output shapes with, so that `layer` itself stays unbuilt.

    It is a copy that shares the weights that exist; `layer` itself if it is built, is
    being called, or cannot be copied.
    """
    if layer._context is not None or is_complete(layer):
        return layer
    memo: dict[int, Any] = {id(w): w for w in layer.weights_by_path().values()}
    try:
        return copy.deepcopy(layer, memo)
    except (TypeError, ValueError, RecursionError):
        return layer


def output_specs(layer: Layer, specs: Any, kwargs: dict[str, Any] | None = None) -> Any:
    """The output Specs for inputs of `specs`, without computing anything."""
    return _output(layer, specs, kwargs)[0]


def _output(layer, specs, kwargs):
    """(Specs of the output, {layer: output shape}) by one or two abstract runs."""
    args = specs if isinstance(specs, tuple) else (specs,)
    input_specs = [
        leaf for leaf in jax.tree.leaves((args, kwargs)) if isinstance(leaf, Spec)
    ]
    first, context = _run(layer, args, kwargs, 0)
    second = first
    # A single axis may be the batch axis, or another after a sum over the batch.
    is_flat = any(output.ndim == 1 for output in jax.tree.leaves(first))
    is_open = any(None in spec.shape for spec in input_specs)
    if (is_flat and is_open) or any(spec.has_open_axes for spec in input_specs):
        try:
            second, _ = _run(layer, args, kwargs, 1)
        except LayerMistake as error:
            raise _needs_sizes(layer, input_specs) from error
        except Exception as error:
            error.add_note(str(_needs_sizes(layer, input_specs)))
            raise
    batches = {spec.shape[0] for spec in input_specs if spec.shape}
    has_fixed_batch = second is not first or (len(batches) <= 1 and None not in batches)
    opened = jax.tree.map(lambda a, b: _opened(a, b, has_fixed_batch), first, second)
    for spec, axes in zip(jax.tree.leaves(opened), context.mask_ndims, strict=True):
        spec.mask_ndim = axes
    return opened, context.shapes


def _needs_sizes(layer, input_specs):
    return LayerMistake(
        type(layer).__name__,
        layer.name,
        _shown(input_specs),
        "sizes that are not left open",
        "all sizes in Input(shape=(28, 28, 1))",
        "GlobalAveragePooling2D() instead of Flatten()",
    )


def _run(layer, args, kwargs, run):
    """One abstract run, with Specs instead of arrays."""
    leaves, tree = jax.tree.flatten((args, kwargs or {}))
    spec_indices = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Spec)]
    contexts = []

    def abstract(arrays, key):
        context = functional_call.Context(_Zeros(), False, key, building=True)
        contexts.append(context)
        context.batch_size = _common_rows(leaves[place] for place in spec_indices)
        context.open_shapes = {
            (None, *array.shape[1:]): leaves[place].shape
            for place, array in zip(spec_indices, arrays, strict=True)
            if leaves[place].has_open_axes
        }
        filled = list(leaves)
        for place, array in zip(spec_indices, arrays, strict=True):
            filled[place] = array
        args, kwargs = tree.unflatten(filled)
        for place, array in zip(spec_indices, arrays, strict=True):
            axes = leaves[place].mask_ndim
            if axes is not None:
                context.set_mask(array, jnp.ones(array.shape[:axes], bool))
        # Nothing of an abstract run is for a GradientTape that is open around it.
        with functional_call.running(context), recording_on(()):
            y = functional_call.bind(layer, context)(*args, **kwargs)
        for weight in functional_call.harvest(context):
            weight.changes_in_inference = True
        masks = map(context.mask_of, jax.tree.leaves(y))
        context.mask_ndims = [None if mask is None else mask.ndim for mask in masks]
        return y

    filled = [leaves[i].filled(run) for i in spec_indices]
    out = functional_call.with_restarts(
        lambda: jax.eval_shape(abstract, filled, _abstract_key())
    )
    return out, contexts[-1]


def _is_model(layer: Any) -> bool:
    """Whether `layer` is a model; hides `isinstance` narrowing from type checkers."""
    return isinstance(layer, BaseModel)


@functools.cache
def _abstract_key():
    """An abstract random key."""
    return jax.eval_shape(lambda: jax.random.key(0))


def _common_rows(specs):
    """The batch size if it is the same for all inputs, else None."""
    sizes = {spec.rows for spec in specs if spec.shape}
    return sizes.pop() if len(sizes) == 1 else None


class _Zeros(dict):
    """{Variable: zeros}, created on demand: weight values in an abstract run."""

    def __missing__(self, weight):
        self[weight] = jnp.zeros(weight.shape, weight.dtype)
        return self[weight]


def _opened(one, two, fixed_batch):
    shape = tuple(
        a if a == b and (axis > 0 or fixed_batch) else None
        for axis, (a, b) in enumerate(zip(one.shape, two.shape, strict=True))
    )
    return Spec(shape, str(one.dtype))


def _shown(specs):
    return ", ".join(str(spec.shape) for spec in specs)
