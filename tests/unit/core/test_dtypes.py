"""Names of dtypes and of their mixtures: those of real Keras."""

import itertools

import keras
import ml_dtypes
import numpy as np
import pytest

from nbkeras import backend, utils
from nbkeras.core import dtypes

GIVEN = [
    *dtypes.ALLOWED,
    None,
    int,
    float,
    bool,
    complex,
    str,
    "int",
    "float",
    "nonsense",
    np.float16,
    np.dtype("uint8"),
    np.dtype(ml_dtypes.bfloat16),
]


def outcome(function, *args):
    try:
        return function(*args)
    except ValueError:
        return ValueError


@pytest.mark.parametrize("dtype", GIVEN, ids=str)
def test_one_dtype_has_the_name_and_kind_that_keras_gives_it(dtype):
    for name in ("standardize_dtype", "is_float_dtype", "is_int_dtype"):
        ours = outcome(getattr(backend, name), dtype)
        assert ours == outcome(getattr(keras.backend, name), dtype), name


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_mixture_of_dtypes_has_the_type_that_keras_gives_it(count):
    rows = itertools.combinations_with_replacement(
        [*dtypes.ALLOWED, None, int, float], count
    )
    for given in rows:
        ours = outcome(backend.result_type, *given)
        assert ours == outcome(keras.backend.result_type, *given), given


def test_an_unknown_dtype_is_answered_with_those_known():
    with pytest.raises(ValueError, match=r"'flot32'. Give one of .*float32"):
        utils.standardize_dtype("flot32")


def test_uids_count_for_each_prefix_and_begin_anew_with_the_session():
    backend.clear_session()
    assert [backend.get_uid("dense") for _ in range(3)] == [1, 2, 3]
    assert backend.get_uid("conv") == 1
    backend.clear_session()
    assert backend.get_uid("dense") == 1
