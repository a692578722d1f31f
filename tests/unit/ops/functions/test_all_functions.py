"""Every function of keras.ops: values, dtypes, gradients and symbolic shapes as there."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import ops_cases
import pytest
from tolerances import assert_close_sums

import nbkeras
from nbkeras import ops
from nbkeras.ops.functions import all_functions

SUBJECTS = ("numpy", "nn", "image", "linalg")
CASES = [
    pytest.param(call, arrays, id=f"{name}-{number}")
    for name, rows in ops_cases.CASES.items()
    for number, (call, arrays) in enumerate(rows)
]
# Decided by rounding alone: factors are unique up to a sign or a turn, and decoded
# labels have no slope.
UP_TO_SIGN = ("eig", "eigh", "svd", "qr")
# Keras's sparsemax departs from its paper; ours is tested against the paper.
OTHER_VALUES = ("sparsemax",)
NO_GRADIENT = (
    "argpartition ctc_decode digitize eig extract_patches histogram in_top_k lstsq "
    "nextafter pinv switch svd top_k unique view while_loop jvp qr matrix_rank lu_factor "
    "eigh size"
).split()
# What Keras says of symbolic tensors here is not what it gives on arrays; ours is held
# against the arrays.
OTHER_SYMBOLIC = {
    "adaptive_average_pool": "Keras keeps a spatial axis for an output size of two",
    "adaptive_max_pool": "Keras keeps a spatial axis for an output size of two",
    "associative_scan": "Keras unrolls it over a length that it must know",
    "bincount": "Keras gives a length of `minlength`, ours is open",
    "corrcoef": "Keras gives the shape of the data",
    "ctc_decode": "Keras leaves the batch open",
    "eig": "Keras says float32, though eigenvalues are complex",
    "histogram": "Keras says int32 for the counts",
    "image.scale_and_translate": "Keras believes `output_shape` on other axes too",
    "jvp": "Keras asks for a function of several arguments",
    "lu_factor": "Keras says float32 for the exchanged rows",
    "multi_hot": "Keras says int32",
    "polar": "Keras says float32, though the numbers are complex",
    "scan": "Keras takes no symbolic first value that is a slice",
    "slogdet": "Keras gives one sign for all matrices",
    "unique": "Keras gives a list in place of a tuple",
}
VALUES_DECIDE = ("bincount", "nonzero", "unique")
# Cases without a gradient in JAX: products in places that may repeat.
NO_GRADIENT_CASES = ("scatter_update-4", "segment_prod-0")
# Which argument's gradient is compared only in part: the last two numbers of a map are a
# division, which Keras does with TensorFlow alone.
PART_OF_GRADIENT = {"image.affine_transform": (1, np.s_[:, :6])}


def leaves(result):
    return jax.tree.leaves(result)


def public(module):
    return {n for n in dir(module) if not n.startswith("_")} - set(SUBJECTS)


@pytest.mark.parametrize("subject", [None, *SUBJECTS])
def test_the_names_are_those_of_keras(subject):
    theirs = keras.ops if subject is None else getattr(keras.ops, subject)
    assert set(all_functions.names(subject)) == public(theirs)


@pytest.mark.parametrize(
    "name", [*all_functions.names(), *all_functions.names("image")]
)
def test_arguments_have_the_names_order_and_defaults_of_keras(name):
    theirs = getattr(keras.ops, name, None) or getattr(keras.ops.image, name)
    ours = all_functions.find(name) or all_functions.find_in("image", name)
    found, wanted = (
        [(p.name, p.default, p.kind) for p in inspect.signature(f).parameters.values()]
        for f in (ours, theirs)
    )
    assert found == wanted


def test_every_name_has_a_case():
    known = {name.removeprefix("image.") for name in ops_cases.CASES}
    every = {*all_functions.names(), *all_functions.names("image")}
    assert every == known | set(ops_cases.MAKING)


def is_float(array):
    return jnp.asarray(array).dtype == jnp.float32


def slope(call, module, arrays):
    """The gradient of a weighed sum of all floating results."""

    def total(*floating):
        given = iter(floating)
        mixed = [next(given) if a.dtype.kind == "f" else a for a in arrays]
        results = [y for y in leaves(call(module, *mixed)) if y.dtype.kind in "fV"]
        weighed = [
            jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape)) for y in results
        ]
        return sum(weighed)

    floating = [jnp.asarray(a) for a in arrays if a.dtype.kind == "f"]
    return jax.grad(total, argnums=tuple(range(len(floating))))(*floating)


@pytest.mark.parametrize(("call", "arrays"), CASES)
def test_values_dtypes_and_gradients_are_those_of_keras(call, arrays, request):
    case = request.node.callspec.id
    name = case.rsplit("-", 1)[0]
    found = leaves(call(ops, *arrays))
    # Keras wants arrays of the engine in a few places where ours takes any.
    wanted = leaves(call(keras.ops, *map(jnp.asarray, arrays)))
    assert [str(jnp.asarray(x).dtype) for x in found] == [
        str(jnp.asarray(x).dtype) for x in wanted
    ]
    if name in OTHER_VALUES:
        return
    for a, b in zip(found, wanted, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        if name in UP_TO_SIGN:
            a, b = np.abs(a), np.abs(b)
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)
    floating = [x for x in (found, arrays) if any(is_float(a) for a in x)]
    has_gradient = name not in NO_GRADIENT and case not in NO_GRADIENT_CASES
    if len(floating) == 2 and has_gradient:
        given = [jnp.asarray(a) for a in arrays]
        slopes = (slope(call, module, given) for module in (ops, keras.ops))
        for number, (a, b) in enumerate(zip(*slopes, strict=True)):
            place, part = PART_OF_GRADIENT.get(name, (number, ...))
            part = part if place == number else ...
            np.testing.assert_allclose(a[part], b[part], rtol=1e-4, atol=1e-4)


def tensors(maker, arrays, open_batch):
    batch = {len(a) for a in arrays if a.ndim > 1}
    for a in arrays:
        is_batch = open_batch and a.ndim > 1 and len(batch) == 1
        shape = (None, *a.shape[1:]) if is_batch else a.shape
        yield maker(shape, str(jax.dtypes.canonicalize_dtype(a.dtype)))


def ours_symbolic(shape, dtype):
    return nbkeras.Input(batch_shape=shape, dtype=dtype)


def theirs_symbolic(shape, dtype):
    return keras.KerasTensor(shape, dtype=dtype)


@pytest.mark.parametrize("open_batch", [False, True])
@pytest.mark.parametrize(("call", "arrays"), CASES)
def test_symbolic_shapes_and_dtypes_are_those_of_keras(
    call, arrays, open_batch, request
):
    name = request.node.callspec.id.rsplit("-", 2)[0]
    found = leaves(call(ops, *tensors(ours_symbolic, arrays, open_batch)))
    real = leaves(jax.tree.map(jnp.asarray, call(ops, *arrays)))
    assert [str(y.dtype) for y in found] == [str(y.dtype) for y in real]
    if name not in VALUES_DECIDE:
        for y, array in zip(found, real, strict=True):
            assert len(y.shape) == array.ndim
            assert all(
                n == m or (n is None and open_batch)
                for n, m in zip(y.shape, array.shape, strict=True)
            )
    try:
        wanted = leaves(call(keras.ops, *tensors(theirs_symbolic, arrays, open_batch)))
    except (TypeError, ValueError, AttributeError):
        return
    if name not in OTHER_SYMBOLIC:
        assert [tuple(y.shape) for y in found] == [tuple(y.shape) for y in wanted]
        assert [str(y.dtype) for y in found] == [str(y.dtype) for y in wanted]


@pytest.mark.parametrize("name", ops_cases.MAKING)
def test_arrays_that_are_made_are_those_of_keras(name):
    found, wanted = (leaves(ops_cases.MAKING[name](o)) for o in (ops, keras.ops))
    for a, b in zip(found, wanted, strict=True):
        assert_close_sums(np.asarray(a), np.asarray(b), rtol=1e-6)
        assert getattr(a, "dtype", None) == getattr(b, "dtype", None)


ELEMENTWISE = [
    name
    for name, function in all_functions.TABLE.items()
    if function.module == "numpy"
    and function.rows in ("each", "axis")
    and function.arrays in (("x",), ("x1", "x2"))
    and ... not in function.settings.values()
]
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "float16", "bfloat16", "float32")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_dtypes_are_promoted_as_in_keras(name):
    count = len(all_functions.TABLE[name].arrays)
    pairs = [(d,) for d in DTYPES]
    if count == 2:
        pairs = [(a, b) for a in DTYPES for b in (a, "int32", "float16", "float32")]
    for dtypes in pairs:
        arrays = [jnp.ones((2, 2), dtype) for dtype in dtypes]
        try:
            wanted = getattr(keras.ops, name)(*arrays)
        except (TypeError, ValueError):
            continue
        found = getattr(ops, name)(*arrays)
        assert [str(x.dtype) for x in leaves(found)] == [
            str(x.dtype) for x in leaves(wanted)
        ], dtypes
