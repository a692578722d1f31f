"""`nbkeras.ops.mean`, `.concatenate`, ...: functions as in keras.ops.

On arrays they compute with JAX at once. On symbolic tensors they note themselves as one
more node of the model; `TABLE` says how a file of Keras names them.
"""

import functools
import inspect
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nbkeras.ops import activations, more_functions


class Function(NamedTuple):
    """One function.

    Args:
        name: under which users find it.
        run: what computes it, called as `run(*arrays, **settings)`.
        module: the module of keras.src.ops that names it in files.
        arrays: names of the arguments that may be symbolic.
        settings: {name: default} of the others; `...` for no default.
        rows: "each" if it works value by value, "axis" if rows stay alone unless the
            setting `axis` takes in the batch axis, else None.
    """

    name: str
    run: object
    module: str
    arrays: tuple
    settings: dict
    rows: str | None

    @property
    def class_name(self):
        """The name of its class in Keras's files."""
        special = {"isin": "IsIn", "one_hot": "OneHot"}
        parts = (part[0].upper() + part[1:] for part in self.name.split("_"))
        return special.get(self.name) or "".join(parts)

    @property
    def signature(self):
        """The arguments in order."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        empty = inspect.Parameter.empty
        optional = {"x1": None, "x2": None} if self.name == "where" else {}
        found = [
            inspect.Parameter(n, kind, default=optional.get(n, empty))
            for n in self.arrays
        ]
        found += [
            inspect.Parameter(n, kind, default=empty if v is ... else v)
            for n, v in self.settings.items()
        ]
        return inspect.Signature(found)


def _get_item(x, key):
    return x[tuple(key) if isinstance(key, list) else key]


def _one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    del sparse
    hot = jax.nn.one_hot(x, num_classes, axis=axis)
    return hot.astype(dtype or "float32")


def _normalize(x, axis=-1, order=2, epsilon=None):
    size = jnp.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    return x / jnp.maximum(size, 1e-7 if epsilon is None else epsilon)


def _divide_no_nan(x1, x2):
    safe = jnp.where(x2 == 0, 1, x2)
    return jnp.where(x2 == 0, 0, x1 / safe)


def _top_k(x, k, sorted=True):
    del sorted
    return list(jax.lax.top_k(x, k))


_OWN = {
    "get_item": _get_item,
    "one_hot": _one_hot,
    "normalize": _normalize,
    "divide_no_nan": _divide_no_nan,
    "top_k": _top_k,
    "cast": lambda x, dtype: jnp.asarray(x).astype(dtype),
    "convert_to_tensor": lambda x, dtype=None, **_: jnp.asarray(x, dtype),
    "stop_gradient": jax.lax.stop_gradient,
    "reshape": lambda x, newshape: jnp.reshape(x, newshape),
    "clip": lambda x, x_min, x_max: jnp.clip(x, x_min, x_max),
    "tile": lambda x, repeats: jnp.tile(x, repeats),
    "erf": jax.scipy.special.erf,
    "rsqrt": jax.lax.rsqrt,
    "logsumexp": jax.scipy.special.logsumexp,
    "gelu": lambda x, approximate=True: jax.nn.gelu(x, approximate),
    "log_sigmoid": jax.nn.log_sigmoid,
    "glu": jax.nn.glu,
    "split": lambda x, **how: list(jnp.split(x, **how)),
}

# (module, array arguments, settings, rows, names); "!" marks one without a default.
_GROUPS = [
    (
        "numpy",
        "x",
        {},
        "each",
        "abs absolute arccos arccosh arcsin arcsinh arctan arctanh ceil conj cos cosh "
        "deg2rad exp exp2 expm1 floor imag isfinite isinf isnan log log10 log1p log2 "
        "logical_not negative rad2deg real reciprocal sign sin sinh sqrt square tan "
        "tanh trunc",
    ),
    ("numpy", "x", {}, None, "ravel"),
    (
        "numpy",
        "x1 x2",
        {},
        "each",
        "add arctan2 divide divide_no_nan equal floor_divide greater greater_equal "
        "less less_equal logaddexp logical_and logical_or logical_xor maximum minimum "
        "mod multiply not_equal power subtract true_divide",
    ),
    ("numpy", "x1 x2", {}, None, "dot matmul outer"),
    ("numpy", "condition x1 x2", {}, "each", "where"),
    ("numpy", "x key", {}, None, "get_item"),
    (
        "numpy",
        "x",
        {"axis": None, "keepdims": False},
        "axis",
        "all amax amin any argmax argmin mean median std sum var",
    ),
    (
        "numpy",
        "x",
        {"axis": None, "keepdims": False, "initial": None},
        "axis",
        "max min",
    ),
    ("numpy", "x", {"axis": None, "keepdims": False, "dtype": None}, "axis", "prod"),
    ("numpy", "x", {"axis": None, "dtype": None}, "axis", "cumprod cumsum"),
    ("numpy", "x", {"axis": -1}, "axis", "argsort sort"),
    ("numpy", "x", {"axis": ...}, "axis", "expand_dims"),
    ("numpy", "x", {"axis": None}, "axis", "flip squeeze"),
    ("numpy", "x", {"shift": ..., "axis": None}, "axis", "roll"),
    ("numpy", "x", {"repeats": ..., "axis": None}, "axis", "repeat"),
    ("numpy", "x", {"indices_or_sections": ..., "axis": 0}, "axis", "split"),
    ("numpy", "xs", {"axis": 0}, "axis", "concatenate"),
    ("numpy", "x", {"axis": 0}, "axis", "stack"),
    ("numpy", "x", {"newshape": ...}, None, "reshape"),
    ("numpy", "x", {"axes": None}, None, "transpose"),
    ("numpy", "x", {"shape": ...}, None, "broadcast_to"),
    ("numpy", "x", {"repeats": ...}, None, "tile"),
    ("numpy", "x", {"source": ..., "destination": ...}, None, "moveaxis"),
    ("numpy", "x", {"axis1": ..., "axis2": ...}, None, "swapaxes"),
    ("numpy", "x", {"x_min": ..., "x_max": ...}, "each", "clip"),
    ("numpy", "x", {"decimals": 0}, "each", "round"),
    ("numpy", "x", {"dtype": None}, "each", "ones_like zeros_like"),
    ("numpy", "x", {"k": 0}, None, "tril triu"),
    ("numpy", "x indices", {"axis": None}, None, "take take_along_axis"),
    (
        "nn",
        "x",
        {},
        "each",
        "hard_sigmoid hard_silu hard_tanh log_sigmoid relu relu6 selu sigmoid silu "
        "softplus softsign tanh_shrink",
    ),
    ("nn", "x", {"alpha": 1.0}, "each", "celu elu"),
    ("nn", "x", {"negative_slope": 0.2}, "each", "leaky_relu"),
    ("nn", "x", {"approximate": True}, "each", "gelu"),
    ("nn", "x", {"axis": -1}, "axis", "glu log_softmax softmax sparsemax"),
    (
        "nn",
        "x",
        {"num_classes": ..., "axis": -1, "dtype": None, "sparse": False},
        "axis",
        "one_hot",
    ),
    ("nn", "x", {"axis": -1, "order": 2, "epsilon": None}, "axis", "normalize"),
    ("core", "x", {"dtype": ...}, "each", "cast"),
    ("core", "x", {"dtype": None}, "each", "convert_to_tensor"),
    ("core", "variable", {}, "each", "stop_gradient"),
    ("math", "x", {}, "each", "erf rsqrt"),
    ("math", "x", {"axis": None, "keepdims": False}, "axis", "logsumexp"),
    ("math", "x", {"k": ..., "sorted": True}, None, "top_k"),
]


def _runner(name, module):
    own = _OWN.get(name)
    if own is None and module == "nn":
        own = activations.registry.lookup(name)
    return own or getattr(jnp, name)


TABLE = {
    name: Function(
        name, _runner(name, module), module, tuple(arrays.split()), settings, rows
    )
    for module, arrays, settings, rows, names in _GROUPS
    for name in names.split()
}

# What makes arrays or tells about them needs no node.
_PLAIN = {
    "arange": jnp.arange,
    "einsum": jnp.einsum,
    "eye": jnp.eye,
    "full": jnp.full,
    "linspace": jnp.linspace,
    "ndim": jnp.ndim,
    "ones": lambda shape, dtype="float32": jnp.ones(shape, dtype),
    "shape": lambda x: tuple(x.shape),
    "zeros": lambda shape, dtype="float32": jnp.zeros(shape, dtype),
}


def _public(function):
    """What users call: on arrays it computes, on symbolic tensors it notes a node."""
    signature = function.signature

    def call(*args, **kwargs):
        for leaf in jax.tree.leaves((args, kwargs)):
            if hasattr(leaf, "symbolic_call"):
                return leaf.symbolic_call(function.name, args, kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        arrays = [given.pop(name) for name in function.arrays]
        return function.run(*arrays, **given)

    call.__name__ = call.__qualname__ = function.name
    call.__signature__ = signature
    call.__doc__ = (
        f"As keras.ops.{function.name}, on arrays or symbolic tensors.\n\n"
        f"Args: {', '.join(signature.parameters)}."
    )
    return call


@functools.cache
def find(name):
    """The public function called `name`, or None."""
    if name in TABLE:
        return _public(TABLE[name])
    return _PLAIN.get(name) or more_functions.TABLE.get(name)


def names():
    """All public names."""
    return sorted([*TABLE, *_PLAIN, *more_functions.TABLE])
