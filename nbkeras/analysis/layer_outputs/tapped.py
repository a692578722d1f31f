"""Run a model as a pure function with taps at inner layers, at any nesting depth.

A tap reads a layer's output and may add an array to it: the derivative with respect to
that array is the derivative with respect to the output. Taps are set on the layer's
bound copy, so Sequential, functional, nested and subclassed models all work alike.
"""

from typing import Any, NamedTuple

import jax

try:
    from jax.extend.core import get_opaque_trace_state
except ImportError:  # older versions of JAX
    from jax.core import get_opaque_trace_state

from nbkeras.layers.engine.functional_call import (
    Context,
    bind,
    running,
    with_restarts,
)
from nbkeras.layers.engine.introspection import original
from nbkeras.layers.engine.layer import Layer


class Tapped(NamedTuple):
    """The results of a run with taps.

    Args:
        outputs: list of the model's outputs.
        logits: for each output, the input of its activation; None without one.
        activations: names of these activations, or None.
        taken: {layer: its output in its last call}, in the order of the calls.
    """

    outputs: list[Any]
    logits: list[Any]
    activations: list[Any]
    taken: dict[Layer, Any]


def run_tapped(
    model: Any,
    values: dict[str, Any],
    x: Any,
    layers: Any = (),
    added: dict[Layer, Any] | None = None,
) -> Tapped:
    """Call `model` on `values`, and read the outputs of `layers` inside it.

    Args:
        model: a built model.
        values: {path: array}, as from `model.current_values()`.
        x: its input, an array or a tree of arrays.
        layers: layers at any depth; layers that are not called, or only inside a loop
            such as that of a recurrent layer, are missing from `taken`.
        added: {layer: array} to add to the outputs of layers in `layers`.
    """
    weights = model.weights_by_path()
    arrays = {weight: values[path] for path, weight in weights.items()}
    tapped, added = set(layers), added or {}

    def run():
        taken: dict[Layer, Any] = {}
        trace = _trace()
        context = Context(arrays, key=jax.random.key(0))
        with running(context):
            bound = bind(model, context)
            for layer in model.walk() if tapped else ():
                copy = bind(layer, context)
                if layer in tapped:
                    _tap(copy, taken, added.get(layer), trace)
                if not tapped.isdisjoint(layer.walk()):
                    # Keep taps out of the loop over micro-batches.
                    copy.__dict__["treats_rows_alone"] = _not_alone
            y = bound(model.as_inputs(x))
        return y, taken, context

    y, taken, context = with_restarts(run)
    leaves = jax.tree.leaves(y)
    before = [context.before_activation(leaf) for leaf in leaves]
    return Tapped(leaves, [z for z, _ in before], [name for _, name in before], taken)


def _tap(copy, taken, extra, trace):
    call, layer = copy.call, original(copy)

    def tapped_call(*args, **kwargs):
        y = call(*args, **kwargs)
        if _trace() != trace:
            return y
        if extra is not None:
            y = y + extra
        taken.pop(layer, None)
        taken[layer] = y
        return y

    copy.__dict__["call"] = tapped_call


def _trace():
    """The current trace; inside a loop it is that of the loop body."""
    return get_opaque_trace_state(convention="nnx")


def _not_alone(promise: str = "") -> bool:
    return False


def output_specs(model: Any, x: Any, layers: Any) -> dict[Layer, Any]:
    """{layer: ShapeDtypeStruct or tree of them} of inner layers, in call order.

    The model is only traced, not run.
    """
    order: list[Layer] = []

    def run(values, x):
        taken = run_tapped(model, values, x, layers).taken
        order[:] = taken
        return list(taken.values())

    specs = jax.eval_shape(run, model.current_values(), x)
    return dict(zip(order, specs, strict=True))
