"""The table of data that cannot be used: the error's type and its advice."""

import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from nbkeras.core.errors.structured_errors import ArgumentMistake
from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.adapters import as_batches
from nbkeras.data.checks import values
from nbkeras.data.py_dataset import Sequence

X = np.ones((6, 2), np.float32)
Y = np.arange(6) % 3


def with_value(value, at=(2, 1), dtype="float64"):
    x = np.ones((6, 2), dtype)
    x[at] = value
    return x


def run(x, y=None, w=None, **how):
    for _ in as_batches(x, y, w, **how).epoch(0):
        pass


def gen_function():
    yield X, Y


def of(*items):
    return iter(items)


class NoRows(Sequence):
    def __len__(self):
        return 0

    def __getitem__(self, k):
        return X, Y


class Samples:
    """As a torch data set: one example a number."""

    def __len__(self):
        return 6

    def __getitem__(self, k):
        return X[k], 1


FRAME = pd.DataFrame({"age": [1, 2], "town": ["Rome", "Oslo"]})
ROWS = np.empty(3, dtype=object)
ROWS[:] = [[1, 2], [3], [4, 5]]
STACKS = np.empty(2, dtype=object)
STACKS[:] = [np.ones(3), np.ones(3)]

BAD = [
    # values
    ("NaN in x", lambda: run(with_value(np.nan), Y), ValueError, r"x has 1 value that is NaN, the first at x\[2, 1\].*np\.nan_to_num"),
    ("inf in x", lambda: run(with_value(np.inf), Y), ValueError, r"NaN or infinite, the first at x\[2, 1\]"),
    ("float64 too large", lambda: run(with_value(1e300), Y), ValueError, r"infinite, the first at x\[2, 1\]"),
    ("NaN in y", lambda: run(X, with_value(np.nan)), ValueError, r"y has 1 value that is NaN"),
    ("NaN in an input by name", lambda: run({"a": X, "b": with_value(np.nan)}), ValueError, r"x\['b'\] has 1 value"),
    ("huge x", lambda: run(X * 1e30, Y), ValueError, r"up to 1e\+30; their squares .* Scale them first"),
    ("NaN in a sparse x", lambda: run(scipy.sparse.csr_matrix(with_value(np.nan))), ValueError, r"stored value number 5 of x"),
    ("None in a column", lambda: run(pd.DataFrame({"a": pd.array([1, None], "Int64")})), ValueError, r"1 value that is NaN, the first at x\[1, 0\]"),
    # dtypes
    ("text labels", lambda: run(X[:3], np.array(["cat", "dog", "cat"])), ValueError, r"found: 'cat', 'dog'.*np\.unique\(y, return_inverse=True\).*to_categorical"),
    ("list of text labels", lambda: run(X[:2], ["cat", "dog"]), ValueError, r"found: 'cat', 'dog'.*return_inverse"),
    ("bytes labels", lambda: run(X[:2], np.array([b"a", b"b"])), ValueError, r"labels must be numbers"),
    ("object labels", lambda: run(X[:2], np.array(["cat", "dog"], object)), ValueError, r"found: 'cat', 'dog'"),
    ("many classes", lambda: run(X, list("abcdef")), ValueError, r"'e', \.\.\."),
    ("text x", lambda: run(np.array([["1", "2"]])), ValueError, r"x\.astype\('float32'\).*get_dummies"),
    ("None in a list", lambda: run([1.0, None]), ValueError, r"holds None, first in row 1"),
    ("other objects", lambda: run(np.array([{1}, {2}], object)), ValueError, r"objects of type set, first in row 0"),
    ("rows of objects", lambda: run(STACKS), ValueError, r"np\.stack\(x\)"),
    ("ragged object rows", lambda: run(ROWS), ValueError, r"row 0 has the shape \(2,\), row 1 has \(1,\).*pad_sequences"),
    ("ragged list", lambda: run([[1, 2], [3, 4], [5]]), ValueError, r"row 2 has \(1,\).*pad_sequences\(x\)"),
    ("ragged inside", lambda: run([[[1], [2]], [[1], [2, 3]]]), ValueError, r"Row 1 of x is ragged"),
    ("complex", lambda: run(X + 1j), ValueError, r"complex.*x\.real"),
    ("complex list", lambda: run([1j, 2]), ValueError, r"real numbers are needed"),
    ("int64 beyond 32 bits", lambda: run(np.array([1, 2**40])), ValueError, r"from 1 to 1099511627776.*32-bit"),
    ("uint64 beyond 32 bits", lambda: run(X[:1], np.array([2**63], "uint64")), ValueError, r"32-bit"),
    ("endless integers", lambda: run([2**70, 1]), ValueError, r"largest 32-bit integer"),
    ("dates", lambda: run(np.array(["2020-01-01"], "datetime64[D]")), ValueError, r"np\.timedelta64\(1, 'D'\)"),
    ("named fields", lambda: run(np.zeros(2, [("a", "f4"), ("b", "f4")])), ValueError, r"np\.stack\(\[x\[field\]"),
    ("masked values", lambda: run(np.ma.masked_array([1.0, 2.0], [False, True])), ValueError, r"x\.filled\(0\)"),
    # frames
    ("text column", lambda: run(FRAME), ValueError, r"x\['town'\] holds text \(found: 'Oslo', 'Rome'\)"),
    ("categorical column", lambda: run(pd.DataFrame({"a": [1, 2], "c": pd.Categorical(["u", "v"])})), ValueError, r"x\['c'\] is categorical \(found: 'u', 'v'\).*cat\.codes"),
    ("categorical labels", lambda: run(X[:2], pd.Series(["u", "v"], dtype="category")), ValueError, r"y\.cat\.codes"),
    ("date column", lambda: run(pd.DataFrame({"a": [1], "d": pd.to_datetime(["2020-01-01"])})), ValueError, r"x\['d'\] has the dtype datetime64"),
    ("frame without columns", lambda: run(pd.DataFrame(index=[0, 1])), ValueError, r"axis of length 0"),
    # shapes and numbers of rows
    ("no rows", lambda: run(np.ones((0, 2)), np.ones(0)), ValueError, r"x has no rows: its shape is \(0, 2\)"),
    ("empty list", lambda: run([]), ValueError, r"x has no rows"),
    ("empty dict", lambda: run({}), ValueError, r"empty dict"),
    ("an axis of length 0", lambda: run(np.ones((2, 0))), ValueError, r"axis of length 0: its shape is \(2, 0\)"),
    ("0-d x", lambda: run(np.array(3.0)), ValueError, r"single value.*np\.array\(\[x\]\)"),
    ("a number", lambda: run(3.0), ValueError, r"single value"),
    ("0-d y", lambda: run(X, 1), ValueError, r"y is a single value"),
    ("y too short", lambda: run(X, Y[:4]), ValueError, r"x has 6, y has 4.*x\[:4\], y\[:4\]"),
    ("y the wrong way round", lambda: run(X, np.ones((3, 6))), ValueError, r"y = y\.T"),
    ("weights too short", lambda: run(X, Y, np.ones(5)), ValueError, r"sample_weight has 5"),
    ("inputs of unequal length", lambda: run([X, X[:4]], Y), ValueError, r"x\[0\] has 6, x\[1\] has 4"),
    ("a list of examples", lambda: run([np.ones(4)] * 6, Y), ValueError, r"6 inputs.*np\.stack\(x\)"),
    # kinds
    ("x is None", lambda: run(None, Y), TypeError, r"x is None"),
    ("a function", lambda: run(gen_function), TypeError, r"Call it: write gen_function\(\)"),
    ("a lambda", lambda: run(lambda: X), TypeError, r"call it"),
    ("a class", lambda: run(NoRows), TypeError, r"Write NoRows\(\.\.\.\)"),
    ("a set", lambda: run({1, 2}), TypeError, r"type set"),
    ("a path", lambda: run("data/train"), ValueError, r"image_dataset_from_directory\('data/train'\)"),
    ("an object", lambda: run(object()), TypeError, r"type object, which is not data"),
    # weights
    ("NaN weights", lambda: run(X, Y, [1, np.nan, 1, 1, 1, 1]), ValueError, r"sample_weight has 1 value that is NaN"),
    ("class names as keys", lambda: run(X, Y, class_weight={"cat": 2.0}), ValueError, r"key 'cat'.*class_weight=\{0: 1\.0, 1: 5\.0\}.*class_indices"),
    ("digits as keys", lambda: run(X, Y, class_weight={"0": 2.0}), ValueError, r"keys must be class numbers"),
    ("negative class weight", lambda: run(X, Y, class_weight={0: -2.0}), ValueError, r"at least 0"),
    ("balanced", lambda: run(X, Y, class_weight="balanced"), TypeError, r"np\.bincount\(y\)"),
    ("class_weight without y", lambda: run(X, class_weight={0: 1.0}), ValueError, r"needs labels"),
    ("class_weight with two targets", lambda: run(X, [X, X], class_weight={0: 1.0}), ValueError, r"Give sample_weight"),
    # iterables
    ("y beside a generator", lambda: run(gen_function(), Y), ValueError, r"x is a generator.*yield \(x, y\)"),
    ("weights beside a generator", lambda: run(gen_function(), w=Y), ValueError, r"\(x, y, sample_weight\)"),
    ("empty generator", lambda: run(of()), ValueError, r"yielded no batch"),
    ("four parts", lambda: run(of((X, X, X, X))), ValueError, r"has 4 parts.*yield \(x1, x2\), y"),
    ("unequal rows in a batch", lambda: run(of((X, Y), (X, Y[:2]))), ValueError, r"Batch 1 of the .*x has 6, y has 2"),
    ("text in a batch", lambda: run(of((X, list("abcdef")))), ValueError, r"Batch 0 of the .*labels must be numbers"),
    ("empty batch", lambda: run(of((X[:0], Y[:0]))), ValueError, r"Batch 0 of the .*no rows"),
    ("strings as batches", lambda: run(of("a", "b")), ValueError, r"Batch 0 .*single value"),
    ("a Sequence of length 0", lambda: run(NoRows()), ValueError, r"NoRows has 0 batches.*math\.ceil"),
    ("a data set of samples", lambda: run(Samples()), ValueError, r"DataLoader\(dataset, batch_size=32\)"),
    ("itertools.cycle", lambda: run(itertools.cycle([(X, Y)])), ValueError, r"steps_per_epoch=100"),
    ("endless steps of evaluate", lambda: run(itertools.repeat((X, Y)), owner="evaluate"), ValueError, r"evaluate\(\.\.\., steps=100\)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "error", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
@pytest.mark.filterwarnings("ignore:x is a sparse")
def test_bad_data_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=f"(?s){words}") as caught:
        call()
    assert type(caught.value) in (error, ArgumentMistake)
    assert len(str(caught.value)) < 520


def test_prediction_says_once_that_x_has_nan():
    with pytest.warns(NbkerasNotice, match=r"the first at x\[2, 1\]"):
        run(with_value(np.nan), raise_nonfinite=False)


def test_a_large_array_is_sampled_and_the_index_is_that_of_the_whole(monkeypatch):
    monkeypatch.setattr(values, "FULL_SCAN_BYTES", 100)
    monkeypatch.setattr(values, "SAMPLE_BYTES", 400)
    x = np.ones((1000, 1), np.float32)
    x[990:] = np.nan
    with pytest.raises(ValueError, match=r"at least 1 value .* at x\[990, 0\]"):
        values.finite("x", x)


def test_a_batch_size_beside_a_loader_is_said_to_have_no_effect():
    class Loader:
        batch_size = 2

        def __iter__(self):
            return iter([(X, Y)])

    with pytest.warns(NbkerasNotice, match=r"Loader\(\.\.\., batch_size=8\)"):
        as_batches(Loader(), batch_size=8)
