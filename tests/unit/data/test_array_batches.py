"""Cutting arrays into batches, and their order."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.core import rng
from nbkeras.data.array_batches import ArrayBatches, take
from nbkeras.data.batches import first


def rows(batches, epoch=0):
    return [batch.x.tolist() for batch in batches.epoch(epoch)]


def test_the_last_batch_keeps_the_rows_that_are_left():
    assert rows(ArrayBatches(np.arange(7), batch_size=3)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_batches_without_shuffling_are_those_of_keras():
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    x, y = np.arange(22, dtype="float32").reshape(11, 2), np.arange(11)
    theirs = list(ArrayDataAdapter(x, y, batch_size=4).get_numpy_iterator())
    ours = list(ArrayBatches(x, y, batch_size=4).epoch(0))
    assert len(ours) == len(theirs) == 3
    for mine, (their_x, their_y) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine.x, their_x)
        np.testing.assert_array_equal(mine.y, their_y)


@given(
    n=st.integers(1, 40),
    size=st.integers(1, 12),
    shuffle=st.sampled_from([0, 1, "batch"]),
)
@settings(max_examples=10)
def test_each_row_comes_once_in_an_epoch(n, size, shuffle):
    shuffle = bool(shuffle) if shuffle != "batch" else shuffle
    found = rows(ArrayBatches(np.arange(n), batch_size=size, shuffle=shuffle, seed=3))
    assert sorted(itertools.chain(*found)) == list(range(n))
    assert [len(each) for each in found[:-1]] == [size] * (len(found) - 1)


def test_the_order_is_a_permutation_drawn_from_seed_and_epoch():
    wanted = rng.generator(5, "shuffle", 2).permutation(10)
    found = rows(ArrayBatches(np.arange(10), batch_size=4, shuffle=True, seed=5), 2)
    assert list(itertools.chain(*found)) == wanted.tolist()


def test_the_same_epoch_has_the_same_order_whatever_was_drawn_in_between():
    batches = ArrayBatches(np.arange(50), batch_size=8, shuffle=True, seed=5)
    before = rows(batches, 3)
    np.random.default_rng().random(5)
    rows(batches, 1)
    assert rows(batches, 3) == before


def test_two_epochs_have_different_orders():
    batches = ArrayBatches(np.arange(50), batch_size=8, shuffle=True, seed=5)
    assert rows(batches, 0) != rows(batches, 1)


def test_the_global_generator_of_numpy_is_left_alone():
    before = np.random.get_state()[1].copy()
    rows(ArrayBatches(np.arange(50), batch_size=8, shuffle=True))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_shuffle_batch_keeps_neighbours_together_and_the_short_batch_last():
    found = rows(ArrayBatches(np.arange(22), batch_size=4, shuffle="batch", seed=1))
    assert found[-1] == [20, 21]
    assert sorted(found[:-1]) == [list(range(k, k + 4)) for k in range(0, 20, 4)]
    assert found != sorted(found)


def test_an_epoch_can_be_joined_at_a_later_batch():
    batches = ArrayBatches(np.arange(10), batch_size=4, shuffle=True, seed=2)
    assert [b.x.tolist() for b in batches.epoch(1, start=1)] == rows(batches, 1)[1:]


def test_x_y_and_weight_stay_together_when_shuffled():
    x = {"a": np.arange(9), "b": np.arange(9)[:, None] * 2}
    batches = ArrayBatches(x, np.arange(9) * 3, np.arange(9) * 4, shuffle=True)
    batch = next(batches.epoch(0))
    np.testing.assert_array_equal(batch.x["b"][:, 0], batch.x["a"] * 2)
    np.testing.assert_array_equal(batch.y, batch.x["a"] * 3)
    np.testing.assert_array_equal(batch.weight, batch.x["a"] * 4)


def test_first_looks_without_using_up():
    batches = ArrayBatches(np.arange(4), batch_size=2)
    assert first(batches).x.tolist() == [0, 1]
    assert rows(batches) == [[0, 1], [2, 3]]


def test_rows_of_a_jax_array_are_taken_by_slice_and_by_number():
    x = jnp.arange(5)
    assert take(x, slice(1, 3)).tolist() == [1, 2]
    assert take(x, np.array([4, 0])).tolist() == [4, 0]


def test_small_batches_gathered_together_are_those_gathered_one_by_one(monkeypatch):
    x = np.arange(2300).reshape(23, 100)

    def batches(together):
        monkeypatch.setattr("nbkeras.data.array_batches.GATHERED_BYTES", together)
        made = ArrayBatches(x, x[:, :1], batch_size=4, shuffle=True, seed=3)
        return [made.epoch(2), made.epoch(0, 1), made.epoch(1, 5)]

    alone, together = batches(1), batches(3 * 4 * 101 * x.itemsize)
    for one, other in zip(alone, together, strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.rows == b.rows
            np.testing.assert_array_equal(a.x, b.x)
            np.testing.assert_array_equal(a.y, b.y)


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
def test_rows_that_are_kept_on_the_device_come_in_the_same_batches(shuffle):
    x, y = np.arange(22, dtype="float32").reshape(11, 2), np.arange(11, dtype="int32")
    options = {"batch_size": 4, "shuffle": shuffle, "seed": 3}
    on_host = ArrayBatches(x, {"a": y}, **options)
    on_device = ArrayBatches(x, {"a": y}, **options)
    assert on_device.keep_on_device(x.nbytes + y.nbytes)
    pairs = zip(on_host.epoch(1), on_device.epoch(1), strict=True)
    for theirs, ours in pairs:
        assert isinstance(ours.x, jax.Array)
        assert isinstance(ours.y["a"], jax.Array)
        assert ours.rows == theirs.rows
        np.testing.assert_array_equal(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.y["a"], theirs.y["a"])


def test_rows_that_have_no_room_on_the_device_or_no_numbers_stay_on_the_host():
    x = np.zeros((8, 2), "float32")
    too_large, text = ArrayBatches(x), ArrayBatches(np.array(["a", "b"]))
    assert not too_large.keep_on_device(x.nbytes - 1)
    assert not text.keep_on_device(1 << 20)
    assert too_large.data[0] is x
    assert isinstance(next(iter(text.epoch(0))).x, np.ndarray)
