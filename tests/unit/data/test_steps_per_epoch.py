"""A fixed number of batches an epoch: going on, starting again, evaluating once."""

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.adapters import as_batches
from nbkeras.data.py_dataset import Sequence


def batch(k, rows=2):
    return np.full((rows, 1), k, "float32"), np.full(rows, k)


def numbers(batches, epoch=0):
    return [int(b.x[0, 0]) for b in batches.epoch(epoch)]


class Numbered(Sequence):
    def __init__(self, count=5, **base):
        super().__init__(**base)
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, k):
        return batch(k)


def test_a_sequence_goes_on_in_the_next_epoch_and_starts_again_at_its_end():
    batches = as_batches(Numbered(5), steps=3)
    found = [numbers(batches, e) for e in range(3)]
    assert found == [[0, 1, 2], [3, 4, 0], [1, 2, 3]]


def test_a_sequence_shorter_than_steps_is_started_again_with_one_notice():
    with pytest.warns(NbkerasNotice, match="has 2 batches, so it is restarted") as said:
        batches = as_batches(Numbered(2), steps=5)
    assert numbers(batches, 0) == [0, 1, 0, 1, 0]
    assert numbers(batches, 1) == [1, 0, 1, 0, 1]
    assert len(said) == 1


def test_a_loader_without_length_is_started_again_too():
    class Loader:
        def __iter__(self):
            return (batch(k) for k in range(2))

    with pytest.warns(NbkerasNotice, match="as in Keras 2"):
        assert numbers(as_batches(Loader(), steps=3)) == [0, 1, 0]


def test_a_pass_that_gives_nothing_is_an_error_and_not_an_endless_loop():
    class Loader:
        def __iter__(self):
            return iter(())

    with pytest.raises(ValueError, match="got no batch from the data"):
        numbers(as_batches(Loader(), steps=3))


def test_arrays_with_steps_go_on_where_the_last_epoch_stopped():
    batches = as_batches(np.arange(5.0)[:, None], batch_size=1, steps=3)
    assert [numbers(batches, e) for e in range(2)] == [[0, 1, 2], [3, 4, 0]]


def test_a_later_epoch_is_the_same_with_and_without_the_earlier_ones():
    def make():
        return as_batches(
            np.arange(7.0)[:, None], batch_size=1, steps=4, shuffle=True, seed=6
        )

    whole = make()
    unbroken = [numbers(whole, e) for e in range(4)]
    assert numbers(make(), 3) == unbroken[3]


def test_each_pass_over_shuffled_arrays_has_every_row_once():
    batches = as_batches(
        np.arange(6.0)[:, None], batch_size=1, steps=4, shuffle=True, seed=1
    )
    found = [k for e in range(3) for k in numbers(batches, e)]
    assert sorted(found[:6]) == sorted(found[6:]) == list(range(6))


def test_steps_without_batch_size_divide_the_rows_as_keras_does():
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    x = np.ones((10, 1))
    batches = as_batches(x, steps=3)
    assert batches.batch_size == ArrayDataAdapter(x, steps=3)._batch_size == 4


def test_evaluation_begins_at_the_first_batch_each_time():
    batches = as_batches(Numbered(5), steps=3, continuous=False)
    assert [numbers(batches, e) for e in range(2)] == [[0, 1, 2]] * 2


def test_evaluation_uses_no_batch_twice():
    with pytest.warns(NbkerasNotice, match="has only 2 batches; each is used once"):
        batches = as_batches(Numbered(2), steps=5, continuous=False, owner="evaluate")
    assert numbers(batches) == [0, 1]
    assert batches.num_batches == 2


def test_an_error_in_an_epoch_with_steps_does_not_spoil_the_next():
    class Flaky(Numbered):
        broken = True

        def __getitem__(self, k):
            if k == 1 and self.broken:
                raise OSError("gone")
            return batch(k)

    source = Flaky(4)
    batches = as_batches(source, steps=2)
    with pytest.raises(OSError, match="gone"):
        numbers(batches)
    source.broken = False
    assert numbers(batches) == [0, 1]


def test_class_weights_and_steps_work_together():
    source = [(np.ones((2, 1)), np.array([0, 1]))] * 3
    batches = as_batches(source, steps=2, class_weight={0: 1.0, 1: 7.0})
    found = [b.weight.tolist() for e in range(2) for b in batches.epoch(e)]
    assert found == [[1, 7]] * 4


def test_a_stranger_with_the_protocol_is_joined_at_the_right_batch():
    class Stranger:
        num_batches, batch_size = 4, 2

        def epoch(self, epoch):
            for k in range(4):
                yield next(as_batches([batch(10 * epoch + k)]).epoch(0))

    batches = as_batches(Stranger(), steps=3)
    assert numbers(batches, 2) == [12, 13, 20]
