"""The thinning table: first and last kept, order kept, bound kept."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.notebook.widget.charts.series import MISSING, Series

numbers = st.lists(st.floats(width=32), min_size=1, max_size=300)


@given(numbers, st.integers(6, 80), st.integers(3, 40))
def test_first_and_last_stay_in_order_within_the_bound(values, budget, most):
    series = Series(budget, most)
    for i, value in enumerate(values):
        series.add(i, {"loss": value})
        xs = [x for x, _ in series.rows]
        assert xs[0] == 0
        assert xs[-1] == i
        assert xs == sorted(set(xs))
        assert len(xs) <= max(3, min(most, budget // 2))
    for x, kept in series.rows:
        np.testing.assert_equal(kept["loss"], values[x])


@given(st.integers(1, 3000))
def test_rows_are_spread_evenly_but_for_the_last(count):
    series = Series(10**6, 50)
    for i in range(count):
        series.add(i, {"loss": 0.0})
    gaps = np.diff([x for x, _ in series.rows])
    assert len(set(gaps[:-1])) <= 1
    assert len(series.rows) >= min(count, 25)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=200), st.integers(3, 30))
def test_rows_that_the_stride_leaves_out_need_not_be_given(gaps, most):
    all_given, some_given = Series(10**6, most), Series(10**6, most)
    last = sum(gaps)
    for index in range(last + 1):
        all_given.add(index, {"loss": index}, index)
        if index % some_given.stride == 0 or index == last:
            some_given.add(index, {"loss": index}, index)
    assert all_given.rows == some_given.rows


@given(st.lists(st.integers(1, 50), min_size=1, max_size=200), st.integers(3, 30))
def test_gaps_in_the_numbering_keep_first_last_order_and_bound(gaps, most):
    series, index = Series(10**6, most), 0
    for gap in gaps:
        series.add(index, {"loss": 0.0}, index)
        index += gap
    xs = [x for x, _ in series.rows]
    assert (xs[0], xs[-1]) == (0, index - gaps[-1])
    assert xs == sorted(set(xs))
    assert len(xs) <= most


def test_every_value_of_a_short_run_is_kept():
    series = Series(3000)
    for i in range(500):
        series.add(i, {"loss": i * 0.5, "accuracy": -i})
    x, loss = series.column("loss")
    np.testing.assert_array_equal(x, np.arange(500))
    np.testing.assert_array_equal(loss, np.arange(500) * 0.5)


def test_a_column_that_comes_late_is_empty_above():
    series = Series(100)
    series.add(1, {"loss": 2.0})
    series.add(2, {"loss": 1.0, "val_loss": 3.0})
    wanted = np.float32([[1, 2], [2, 1], [MISSING, 3]])
    np.testing.assert_array_equal(series.array(), wanted)
    assert series.pack() == wanted.tobytes()
    np.testing.assert_array_equal(series.column("val_loss"), [[2], [3]])


def test_nan_and_infinity_are_values():
    series = Series(100)
    for i, value in enumerate([math.nan, math.inf, 1e300]):
        series.add(i, {"loss": value})
    np.testing.assert_array_equal(series.array()[1], [math.nan, math.inf, math.inf])


def test_more_columns_mean_fewer_rows_and_the_bytes_stay_bounded():
    series = Series(3000)
    for i in range(2000):
        series.add(i, {f"m{j}": i for j in range(1 if i < 500 else 200)})
    assert len(series.pack()) <= 3000 * 4
    assert series.rows[0][0] == 0
    assert series.rows[-1][0] == 1999
