import numpy as np
import pytest
from scipy import stats

from nbkeras.data.array_batches import ArrayBatches
from nbkeras.data.batches import pad
from nbkeras.data.poisson_batches import PoissonBatches

X = np.arange(200, dtype="float32")


def poisson(rows=200, size=20, seed=0):
    x = X[:rows]
    return PoissonBatches(ArrayBatches(x, 2 * x, batch_size=size, seed=seed))


def drawn(batches, epochs):
    return [b for epoch in range(epochs) for b in batches.epoch(epoch)]


def test_the_sizes_of_batches_are_binomial():
    sizes = [batch.rows for batch in drawn(poisson(), 200)]
    assert len(sizes) == 2000
    edges = [0, 12, 15, 17, 19, 20, 21, 23, 25, 28, 201]
    counts = np.histogram(sizes, edges)[0]
    below = stats.binom(200, 0.1).cdf(np.array(edges) - 1)
    wanted = np.diff(below) * len(sizes)
    assert stats.chisquare(counts, wanted * counts.sum() / wanted.sum()).pvalue > 0.01


def test_each_example_is_in_a_batch_as_often_as_any_other_and_never_twice():
    batches = drawn(poisson(), 200)
    counts = np.zeros(200)
    for batch in batches:
        assert len(set(batch.x.tolist())) == batch.rows
        counts[batch.x.astype(int)] += 1
    assert stats.chisquare(counts).pvalue > 0.01


def test_two_examples_meet_as_often_as_chance_says():
    together = sum({3.0, 4.0} <= set(b.x.tolist()) for b in drawn(poisson(), 200))
    assert stats.binomtest(together, 2000, 0.01).pvalue > 0.01


def test_targets_stay_with_their_examples():
    for batch in poisson().epoch(3):
        np.testing.assert_array_equal(batch.y, 2 * batch.x)


def test_an_epoch_is_the_same_each_time_and_can_be_entered_midway():
    batches = poisson()
    whole = [b.x.tolist() for b in batches.epoch(5)]
    assert whole == [b.x.tolist() for b in batches.epoch(5)]
    assert whole[4:] == [b.x.tolist() for b in batches.epoch(5, start=4)]
    assert whole != [b.x.tolist() for b in batches.epoch(6)]
    assert whole != [b.x.tolist() for b in poisson(seed=1).epoch(5)]


def test_a_batch_without_examples_is_one_row_of_padding():
    empty = [b for b in drawn(poisson(rows=4, size=1), 20) if b.rows == 0]
    assert empty
    batch, valid = pad(empty[0], 3)
    assert batch.x.shape == (3,)
    assert valid.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("rows", "size", "room"), [(200, 20, 64), (200, 2, 11), (200, 500, 200), (5, 3, 5)]
)
def test_the_room_is_six_deviations_above_the_expected_size(rows, size, room):
    batches = poisson(rows=rows, size=size)
    assert batches.batch_size == room
    assert batches.peek().rows == room
    assert max(batch.rows for batch in batches.epoch(0)) <= room
