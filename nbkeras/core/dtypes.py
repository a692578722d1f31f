"""Dtypes: standard names, and type promotion."""

import functools
from typing import Any

from nbkeras.core import settings

INTEGERS = (
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
)
FLOATS = ("float16", "bfloat16", "float32", "float64")
EIGHT_BITS = ("float8_e4m3fn", "float8_e5m2")
COMPLEX = ("complex64", "complex128")
ALLOWED = (*INTEGERS, *FLOATS, *EIGHT_BITS, *COMPLEX, "bool", "string")

_PYTHON = {
    bool: "bool",
    int: "int32",
    float: "float32",
    complex: "complex64",
    str: "string",
    "int": "int32",
}
# JAX computes in 32 bits unless 64 are enabled.
_IN_32_BITS = {
    "int64": "int32",
    "uint64": "uint32",
    "float64": "float32",
    "complex128": "complex64",
}
# The promotion lattice: each dtype with its direct successors. "int" and "float" are
# Python scalars (weak types), which adopt the dtype of any array of their kind.
_SUCCESSORS = {
    "bool": ("int",),
    "int": ("uint8", "int8", "complex64"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}


def compute_dtype(dtype: Any) -> str:
    """The compute dtype that a `dtype=` argument denotes.

    Args:
        dtype: a dtype, the name of a policy, or a policy; None is floatx.

    >>> compute_dtype("mixed_bfloat16"), compute_dtype(None)
    ('bfloat16', 'float32')
    """
    dtype = getattr(dtype, "compute_dtype", dtype)
    if isinstance(dtype, str):
        dtype = dtype.removeprefix("mixed_")
    return standardize_dtype(dtype)


def standardize_dtype(dtype: Any) -> str:
    """The standard name of a dtype in any form.

    Args:
        dtype: a name, a NumPy or JAX dtype, a Python type; None is floatx.

    Raises:
        ValueError: `dtype` is not a dtype.

    >>> standardize_dtype(int), standardize_dtype(None)
    ('int32', 'float32')
    """
    if dtype is None:
        return settings.floatx()
    try:
        name = _PYTHON.get(dtype, dtype)
    except TypeError:
        name = dtype
    name = getattr(name, "name", getattr(name, "__name__", name))
    # A torch dtype has no name, only the text "torch.float32".
    name = str(name).rpartition(".")[2]
    if name not in ALLOWED:
        raise ValueError(
            f"Invalid dtype: {dtype!r}. Give one of {', '.join(sorted(ALLOWED))}."
        )
    return name


def is_float_dtype(dtype: Any) -> bool:
    """Whether `dtype` is a floating-point type.

    >>> is_float_dtype("bfloat16"), is_float_dtype("int32")
    (True, False)
    """
    return standardize_dtype(dtype) in (*FLOATS, *EIGHT_BITS)


def is_int_dtype(dtype: Any) -> bool:
    """Whether `dtype` is an integer type, signed or unsigned."""
    return standardize_dtype(dtype) in INTEGERS


def result_type(*dtypes: Any) -> str:
    """The dtype that `dtypes` are promoted to, at most 32 bits wide.

    Args:
        *dtypes: as for `standardize_dtype`; `int` and `float` stand for Python scalars,
            which adopt the dtype of the arrays.

    Raises:
        ValueError: a dtype is unknown, or is never promoted implicitly (8-bit floats).

    >>> result_type("bfloat16", int), result_type("int32", "float16")
    ('bfloat16', 'float16')
    """
    names = [standardize_dtype(dtype) for dtype in dtypes] or [settings.floatx()]
    for name in names:
        if name in EIGHT_BITS:
            raise ValueError(
                f"result_type: {name} is never promoted implicitly. Cast it, for "
                'example ops.cast(x, "float32").'
            )
    weak = [dtype is int or dtype is float for dtype in dtypes]
    if all(weak) or len(set(names)) == 1:
        dtype_name = _least_upper_bound(frozenset(names))
    else:
        pairs = zip(names, weak, strict=True)
        dtype_name = _least_upper_bound(
            frozenset(n.rstrip("0123456789") if w else n for n, w in pairs)
        )
    if dtype_name in ("int", "float") or (weak and all(weak)):
        dtype_name = dtype_name.rstrip("0123456789") + settings.floatx()[-2:]
    return _IN_32_BITS.get(dtype_name, dtype_name)


@functools.cache
def _promotions(name: str) -> frozenset[str]:
    """`name` and all dtypes that it can be promoted to."""
    return frozenset({name}.union(*map(_promotions, _SUCCESSORS[name])))


@functools.cache
def _least_upper_bound(names: frozenset[str]) -> str:
    """The least upper bound: the smallest dtype that all of `names` promote to."""
    if len(names) == 1:
        return next(iter(names))
    unknown = names - _SUCCESSORS.keys()
    if unknown:
        raise ValueError(
            f"result_type: {' and '.join(sorted(unknown))} cannot be mixed with other "
            "dtypes. Convert it to numbers first."
        )
    promotions = [_promotions(name) for name in names]
    common = promotions[0].intersection(*promotions)
    return next(name for name in common if common <= _promotions(name))
