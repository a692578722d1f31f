"""Build by an abstract run: every layer meets the shapes it will really receive."""

import contextlib
import contextvars

import jax
import jax.numpy as jnp

from nbkeras.layers import bind

# Sizes put in for axes that are left open (None); two, to see which axes follow them.
BATCHES = (2, 3)
OPEN = (128, 192)


_declare_only = contextvars.ContextVar("declare_only", default=False)


@contextlib.contextmanager
def declared_only():
    """Build without drawing initial values: a file will bring them."""
    token = _declare_only.set(True)
    try:
        yield
    finally:
        _declare_only.reset(token)


class Spec:
    """Shape (None for open axes) and dtype of one input."""

    def __init__(self, shape, dtype="float32"):
        self.shape = tuple(shape)
        self.dtype = dtype

    def filled(self, run):
        """The same with numbers in all places, for abstract run 0 or 1."""
        sizes = [
            n if n is not None else (BATCHES[run] if axis == 0 else OPEN[run])
            for axis, n in enumerate(self.shape)
        ]
        return jax.ShapeDtypeStruct(tuple(sizes), jnp.dtype(self.dtype))

    @property
    def has_open_axes(self):
        """Whether an axis other than the batch is open."""
        return any(n is None for n in self.shape[1:])


def spec_of(array):
    """The Spec of a real array: the batch axis is left open."""
    shape = tuple(array.shape)
    dtype = str(jax.dtypes.canonicalize_dtype(array.dtype))
    return Spec((None, *shape[1:]) if shape else shape, dtype)


def shapes_of(specs):
    """The shapes in a tree of Specs, in the form that `build` gets."""
    if isinstance(specs, Spec):
        return specs.shape
    if isinstance(specs, dict):
        return {key: shapes_of(each) for key, each in specs.items()}
    return [shapes_of(each) for each in specs]


def build(layer, specs, kwargs=None, initialise=True):
    """Build `layer` and all in it for inputs of `specs`; returns the output's specs.

    Args:
        layer: any layer or model.
        specs: one Spec, or a list or dict of them: the first argument of `call`.
        kwargs: further arguments of `call`.
        initialise: draw initial values; False when a file will bring them.
    """
    first, shapes = _run(layer, specs, 0, kwargs)
    if any(s.has_open_axes for s in _leaves(specs)):
        try:
            second, _ = _run(layer, specs, 1, kwargs)
        except Exception as error:
            error.add_note(
                f"The input shape {shapes_of(specs)} leaves sizes open, and this layer "
                "needs them fixed. Give all sizes in Input(shape=...), or put a "
                "GlobalAveragePooling2D() before the layer."
            )
            raise
    else:
        second = first
    output = jax.tree.map(_opened, first, second)
    for original, shape in shapes.items():
        original.__dict__["_output_shape"] = shape
    if initialise and not _declare_only.get():
        for weight in layer.weights:
            if not weight.is_initialised():
                weight.initialise()
    return output


def output_specs(layer, specs, kwargs=None):
    """The output's Specs for inputs of `specs`, without any arithmetic."""
    return jax.tree.map(
        _opened,
        _run(layer, specs, 0, kwargs)[0],
        _run(layer, specs, 1, kwargs)[0],
    )


def _run(layer, specs, run, kwargs):
    contexts = []

    def abstract(inputs, key):
        context = bind.Context(_Zeros(), False, key, building=True)
        contexts.append(context)
        return bind.bind(layer, context)(inputs, **(kwargs or {}))

    filled = jax.tree.map(
        lambda s: s.filled(run), specs, is_leaf=lambda s: isinstance(s, Spec)
    )
    key = jax.eval_shape(lambda: jax.random.key(0))
    out = jax.eval_shape(abstract, filled, key)
    return out, contexts[0].shapes


class _Zeros(dict):
    """Stands for the values of any weight during an abstract run."""

    def __missing__(self, weight):
        self[weight] = jnp.zeros(weight.shape, weight.dtype)
        return self[weight]


def _opened(one, two):
    shape = tuple(
        a if a == b and axis > 0 else None
        for axis, (a, b) in enumerate(zip(one.shape, two.shape, strict=True))
    )
    return Spec(shape, str(one.dtype))


def _leaves(specs):
    return jax.tree.leaves(specs, is_leaf=lambda s: isinstance(s, Spec))
