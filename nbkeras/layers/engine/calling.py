"""The wrapper around `call` in a bound copy: dtypes, building, masks, error notes."""

from __future__ import annotations

import inspect
import linecache
import math
import weakref
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from nbkeras.core import sparse_arrays
from nbkeras.core.base_classes import BaseRecorded
from nbkeras.core.errors.structured_errors import LayerMistake, MemoryMistake
from nbkeras.core.gradients import recording
from nbkeras.core.gradients.open_tapes import open_tapes
from nbkeras.core.machine import memory
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization.configurable import created_at
from nbkeras.core.variable import without_variables
from nbkeras.layers.engine import functional_call, input_spec, layer_paths
from nbkeras.layers.engine.shapes import shapes_of

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

# Outputs smaller than this are computed without a look at free memory.
LARGE_BYTES = 2**30


def call(
    copy: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    training: bool | None = None,
    mask: Any = None,
) -> Any:
    """Call the bound copy of a layer on arrays.

    Args:
        copy: the bound copy.
        args: positional arguments of its `call`, trees of arrays.
        kwargs: keyword arguments of its `call`.
        training: for this layer and its sublayers; None to inherit it from the caller.
        mask: mask of the first argument; None for the mask attached to it.
    """
    if open_tapes() and recording.is_traced((args, kwargs)):
        # By a tape that the `call` of an outer layer opened.
        return recording.run(
            lambda args, kwargs: call(copy, args, kwargs, training, mask), args, kwargs
        )
    if not copy._context.building:
        return _called(copy, args, kwargs, training, mask)
    with layer_paths.building_within(copy._original, copy):
        return _called(copy, args, kwargs, training, mask)


def _called(copy, args, kwargs, training, mask):
    context, original = copy._context, copy._original
    if sparse_arrays.holds_sparse((args, kwargs)):
        args, kwargs = sparse_arrays.densified((args, kwargs))
    if context.variables or _holds_recorded((args, kwargs)):
        args, kwargs = without_variables((args, kwargs))
    args, kwargs = _cast(copy, args), dict(kwargs)
    first = args[0] if args else next(iter(kwargs.values()), ())
    outer = context.training
    if training is not None:
        context.training = training
    try:
        shapes = shapes_of(first)
        if context.building and not original.built:
            original._build_once(shapes, named_shapes(type(copy), args, kwargs))
            functional_call.rebind(copy, context)
        elif original.input_spec is not None:
            input_spec.check(original, shapes if isinstance(shapes, list) else [shapes])
        masks = _masks(copy, first, mask)
        _fill_arguments(copy, args, kwargs, masks, mask is not None)
        y = copy.call(*args, **kwargs)
        if context.variables or _holds_recorded(y):
            y = without_variables(y)
    except Exception as error:
        if isinstance(error, AttributeError):
            functional_call.restart_with_variable(error, context)
        _annotate(error, original, (args, kwargs))
        raise
    finally:
        context.training = outer
    _record_output(copy, first, masks, y)
    return context.passed(y)


def _holds_recorded(tree):
    """Whether `tree` holds an array of tf.constant or of a GradientTape."""
    return any(isinstance(leaf, BaseRecorded) for leaf in jax.tree.leaves(tree))


def _refuse_outputs_beyond_memory(layer, y, building):
    """Raise for an output larger than free memory, before anything computes it.

    While a layer is built the batch size is unknown, so one row is counted.
    """
    for output in jax.tree.leaves(y):
        if not isinstance(output, Tracer) or not output.ndim:
            continue
        rows, shape = output.shape[0], output.shape
        size = math.prod(shape) * output.dtype.itemsize
        if building:
            size, shape = size // max(rows, 1), (None, *shape[1:])
        if size < LARGE_BYTES or jax.default_backend() != "cpu":
            continue
        free = memory.available_bytes()
        if size > free:
            raise MemoryMistake(
                type(layer).__name__,
                layer.name,
                f"output {shape}",
                size,
                free,
                "smaller sizes in this layer, or a smaller batch_size",
            )


def _record_output(copy, first, masks, y):
    """Record the output's masks, activity penalty and shape."""
    context = copy._context
    _refuse_outputs_beyond_memory(copy._original, y, context.building)
    if not copy._masks_inside:
        _set_masks(copy, first, masks, y)
    if copy.activity_regularizer is not None:
        for output in jax.tree.leaves(y):
            penalty = copy.activity_regularizer(output)
            context.add_losses(copy._original, [penalty / max(output.shape[0], 1)])
    if context.building:
        context.shapes[copy._original] = jax.tree.map(
            lambda a: (None, *a.shape[1:]) if a.ndim else (), y
        )


def _cast(copy, args):
    """Cast floating-point inputs to the layer's dtype, with their masks.

    As in Keras, a functional model and the outermost layer of a pure call leave this to
    their layers, the first of which may compute in float32.
    """
    is_outermost = copy is copy._context.outermost
    if not copy.autocast or not copy._casts_inputs or is_outermost:
        return args
    context, dtype = copy._context, copy.compute_dtype

    def cast(x):
        if not isinstance(x, jax.Array) or not jnp.issubdtype(x.dtype, jnp.floating):
            return x
        y = x.astype(dtype)
        if y is not x:
            context.set_mask(y, context.mask_of(x))
        return y

    return jax.tree.map(cast, args)


def _masks(copy, first, masks):
    """The masks of the first argument, nested as it is; None if there are none."""
    context = copy._context
    if masks is None:
        masks = jax.tree.map(context.mask_of, first)
    if not jax.tree.leaves(masks):
        return None
    if copy._masks_inside:
        leaves = jax.tree.leaves(first)
        for leaf, mask in zip(leaves, _listed(masks), strict=False):
            context.set_mask(leaf, mask)
    return masks


def _fill_arguments(copy, args, kwargs, masks, is_given):
    """Fill in `training`, `mask` and `<argument>_mask` where `call` accepts them.

    As in Keras, a mask attached to the first argument is passed as `mask` only if no
    other argument holds arrays.
    """
    accepted = call_arguments(type(copy))
    if "training" in accepted:
        kwargs["training"] = copy._context.training
    if masks is not None and "mask" in accepted:
        named = arguments(type(copy), args, kwargs)
        if is_given or sum(map(_holds_arrays, named.values())) == 1:
            kwargs["mask"] = masks
            return
    elif any(name.endswith("_mask") for name in accepted):
        for name, value in arguments(type(copy), args, kwargs).items():
            mask_name = f"{name}_mask"
            if mask_name in accepted and kwargs.get(mask_name) is None:
                mask = jax.tree.map(copy._context.mask_of, value)
                if jax.tree.leaves(mask):
                    kwargs[mask_name] = mask
    needs_mask = _places_of(type(copy))[1]
    if needs_mask and "mask" not in arguments(type(copy), args, kwargs):
        kwargs["mask"] = None


def _set_masks(copy, first, input_masks, y):
    context, leaves = copy._context, jax.tree.leaves(y)
    if leaves and all(context.mask_of(leaf) is not None for leaf in leaves):
        return
    masks = copy.compute_mask(first, input_masks)
    for leaf, mask in zip(leaves, _listed(masks), strict=False):
        if context.mask_of(leaf) is None:
            context.set_mask(leaf, mask)


def _listed(masks):
    if isinstance(masks, dict):
        return [masks[key] for key in sorted(masks)]
    return list(masks) if isinstance(masks, list | tuple) else [masks]


# Weak references, so that a class redefined in a notebook can be freed.
_accepted = weakref.WeakKeyDictionary()


def call_arguments(cls: type) -> Any:
    """The argument names of `cls.call`, in order."""
    if cls not in _accepted:
        parameters = list(inspect.signature(cls.call).parameters.values())[1:]
        kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        _accepted[cls] = {p.name: None for p in parameters if p.kind not in kinds}
    return _accepted[cls]


# {class: (place of `training` if it can be positional, whether `mask` must be given)}
_places = weakref.WeakKeyDictionary()


def _places_of(cls):
    if cls not in _places:
        parameters = list(inspect.signature(cls.call).parameters.values())[1:]
        named = {p.name: p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
        takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        place = list(named).index("training") if "training" in named else 0
        mask = named.get("mask")
        required = mask is not None and mask.default is mask.empty
        _places[cls] = None if takes_any or not place else place, required
    return _places[cls]


def with_named_training(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call with a positional `training`, and those behind it, named.

    So `layer(x, True, mask)` is `layer(x, training=True, mask=mask)`.
    """
    place, names = _places_of(cls)[0], list(call_arguments(cls))
    if place is None or not place < len(args) <= len(names):
        return args, kwargs
    named = dict(zip(names[place:], args[place:], strict=False))
    return args[:place], {**named, **kwargs}


def inputs_first(cls: type) -> bool:
    """Whether `layer(inputs=x)` means the first argument, whatever its name."""
    names = list(call_arguments(cls))
    return bool(names) and (names[0] == "inputs" or "inputs" not in names)


def arguments(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """{name: value} of a call's arguments, the positional ones first."""
    return dict(zip(call_arguments(cls), args, strict=False)) | kwargs


def named_shapes(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """{"query_shape": (None, 4, 8), ...} for the array arguments of a call."""
    return {
        f"{name}_shape": shapes_of(value)
        for name, value in arguments(cls, args, kwargs).items()
        if name != "mask" and _holds_arrays(value)
    }


def build(layer: Layer, shapes: Any, named: Any) -> None:
    """Call `build` with one shape, or with one per named shape argument."""
    names = list(inspect.signature(layer.build).parameters)
    if len(names) > 1 and any(name in named for name in names):
        layer.build(**{name: named[name] for name in names if name in named})
    else:
        layer.build(shapes)


def _holds_arrays(value):
    leaves = jax.tree.leaves(value)
    return bool(leaves) and all(hasattr(leaf, "shape") for leaf in leaves)


def _annotate(error, layer, args):
    """Add a note to an error: the layer, its input, and where it was created."""
    arrays = [a for a in jax.tree.leaves(args) if hasattr(a, "shape")]
    shapes = ", ".join(f"{a.dtype}{tuple(a.shape)}" for a in arrays) or "?"
    note = f"in layer {quoted(layer.name)} ({type(layer).__name__}), input {shapes}"
    place = created_at(layer)
    if place:
        file, line = place
        source = linecache.getline(file, line).strip()
        note += f", created at {file}:{line}" + (f": {source}" if source else "")
    if isinstance(error, LayerMistake):
        error.within(layer.name)
    if "__jax_array__" in str(error) and not getattr(error, "__notes__", []):
        error.add_note(
            "A JAX function received a Variable. Functions of nbkeras.ops accept it; "
            "for JAX pass its value: jnp.sum(self.total.value)."
        )
    if note not in getattr(error, "__notes__", []):
        error.add_note(note)
