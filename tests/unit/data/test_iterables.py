"""Generators, Sequences, loaders: batches that the user makes."""

import itertools
import threading

import keras
import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data import iterables
from nbkeras.data.adapters import as_batches
from nbkeras.data.array_batches import ArrayBatches
from nbkeras.data.batches import first
from nbkeras.data.py_dataset import PyDataset, Sequence


def batch(k, rows=2):
    return np.full((rows, 1), k, "float32"), np.full(rows, k)


def numbers(batches, epoch=0):
    return [int(b.x[0, 0]) for b in batches.epoch(epoch)]


class Numbered(Sequence):
    def __init__(self, count=5, **base):
        super().__init__(**base)
        self.count, self.log = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, k):
        return batch(k)

    def on_epoch_begin(self):
        self.log.append("begin")

    def on_epoch_end(self):
        self.log.append("end")


def endless():
    for k in itertools.count():
        yield batch(k)


def test_a_generator_is_read_on_from_epoch_to_epoch():
    batches = as_batches(endless(), steps=3)
    assert [numbers(batches, e) for e in range(2)] == [[0, 1, 2], [3, 4, 5]]
    assert batches.num_batches == 3


def refilled():
    """One buffer, as many generators of pictures use it."""
    x, y = np.empty((2, 1), "float32"), np.empty(2, "int32")
    for k in range(4):
        x[:], y[:] = k, k
        yield x, y


class Refilled(Sequence):
    x = np.empty((2, 1), "float32")

    def __len__(self):
        return 4

    def __getitem__(self, k):
        self.x[:] = k
        return self.x, np.full(2, k)


@pytest.mark.parametrize("make", [refilled, Refilled])
def test_a_batch_stays_when_its_buffer_is_filled_again(make):
    batches = list(as_batches(make()).epoch(0))
    assert [int(b.x[0, 0]) for b in batches] == [0, 1, 2, 3]


def test_exactly_steps_batches_are_taken_from_a_generator():
    source = endless()
    numbers(as_batches(source, steps=3))
    assert next(source)[1][0] == 3


def test_looking_at_the_first_batch_of_a_generator_does_not_lose_it():
    batches = as_batches(endless(), steps=2)
    assert first(batches).y[0] == first(batches).y[0] == 0
    assert numbers(batches) == [0, 1]


def test_a_generator_that_runs_dry_ends_with_one_notice_that_counts():
    batches = as_batches((batch(k) for k in range(5)), steps=3, epochs_hint=4)
    assert numbers(batches) == [0, 1, 2]
    with pytest.warns(NbkerasNotice, match=r"after 5 batches; fit needs 4 x 3 = 12"):
        assert numbers(batches) == [3, 4]
    assert numbers(batches) == []
    assert batches.exhausted


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (None, r"ran out after 3 batches, and 4 epochs need them again"),
        (2, r"ran out after 3 batches, and 4 epochs of validation_steps=2 need 8"),
    ],
)
def test_a_validation_generator_that_runs_dry_is_named_as_such(steps, words):
    source = as_batches(
        (batch(k) for k in range(3)), steps=steps, epochs_hint=4, continuous=False
    )
    words = rf"The generator given as validation_data {words}.*list\(generator\)"
    assert len(numbers(source)) == (steps or 3)
    with pytest.warns(NbkerasNotice, match=words):
        numbers(source)


def test_an_empty_validation_generator_is_named_as_such():
    source = as_batches((batch(k) for k in range(0)), continuous=False)
    with pytest.raises(ValueError, match="given as validation_data yielded no batch"):
        numbers(source)


def test_a_list_of_the_batches_is_read_in_each_epoch():
    source = as_batches(list(batch(k) for k in range(3)), steps=2, continuous=False)
    assert numbers(source) == numbers(source) == [0, 1]


def test_a_finite_generator_without_steps_is_one_epoch():
    batches = as_batches(batch(k) for k in range(4))
    assert numbers(batches) == [0, 1, 2, 3]


def test_a_used_up_generator_is_told_to_be_made_anew():
    source = (batch(k) for k in range(0))
    with pytest.raises(
        ValueError, match="create a new one by calling its function again"
    ):
        numbers(as_batches(source))


def test_an_endless_generator_without_steps_says_so_once(monkeypatch):
    seconds = itertools.count()
    monkeypatch.setattr(iterables.time, "monotonic", lambda: next(seconds))
    items = as_batches(endless()).epoch(0)
    words = r"31 batches came from the generator in 30 s.*steps_per_epoch=100"
    with pytest.warns(NbkerasNotice, match=words) as said:
        list(itertools.islice(items, 50))
    assert len(said) == 1


def test_a_long_epoch_of_a_known_length_passes_without_a_word(monkeypatch):
    seconds = itertools.count(step=100)
    monkeypatch.setattr(iterables.time, "monotonic", lambda: next(seconds))
    assert len(numbers(as_batches(endless(), steps=20))) == 20


def test_an_error_in_a_generator_keeps_its_traceback_and_tells_the_batch():
    def broken():
        yield batch(0)
        raise KeyError("lost.png")

    with pytest.raises(KeyError, match=r"lost\.png") as caught:
        numbers(as_batches(broken()))
    assert caught.value.__notes__ == ["while reading batch 1 of the generator"]
    assert caught.traceback[-1].name == "broken"


@pytest.mark.parametrize(
    ("item", "has_y", "has_weight"),
    [
        (np.ones((2, 1)), False, False),
        ((np.ones((2, 1)),), False, False),
        ((np.ones((2, 1)), np.ones(2)), True, False),
        ([np.ones((2, 1)), np.ones(2)], True, False),
        ((np.ones((2, 1)), np.ones(2), np.ones(2)), True, True),
        ({"a": np.ones((2, 1))}, False, False),
        ((np.ones((2, 1)), None), False, False),
    ],
)
def test_a_batch_may_have_one_two_or_three_parts(item, has_y, has_weight):
    found = next(as_batches(iter([item])).epoch(0))
    assert (found.y is not None, found.weight is not None) == (has_y, has_weight)
    assert found.rows == 2


def test_batches_of_a_generator_get_the_dtypes_of_jax():
    found = next(as_batches(iter([(np.ones((2, 1)), np.ones(2, "int64"))])).epoch(0))
    assert (found.x.dtype, found.y.dtype) == (np.float32, np.int32)


@pytest.mark.parametrize("cls", [Sequence, PyDataset])
def test_the_constructor_of_a_sequence_is_that_of_keras(cls):
    import inspect

    def arguments(function):
        signature = inspect.signature(function)
        return [(each.name, each.default) for each in signature.parameters.values()]

    assert arguments(cls.__init__) == arguments(keras.utils.PyDataset.__init__)


def test_a_sequence_is_read_in_order():
    assert numbers(as_batches(Numbered())) == [0, 1, 2, 3, 4]


def test_a_shuffled_sequence_changes_the_order_of_its_batches_by_seed_and_epoch():
    batches = as_batches(Numbered(20), shuffle=True, seed=4)
    found = numbers(batches, 1)
    assert sorted(found) == list(range(20))
    assert found != numbers(batches, 2)
    assert found == numbers(as_batches(Numbered(20), shuffle=True, seed=4), 1)


def test_a_sequence_hears_when_an_epoch_begins_and_ends():
    source = Numbered()
    batches = as_batches(source)
    numbers(batches)
    numbers(batches)
    assert source.log == ["begin", "end"] * 2


def test_every_epoch_of_some_steps_begins_and_ends_for_a_sequence():
    source = Numbered(4)
    batches = as_batches(source, steps=2)
    assert [numbers(batches, epoch) for epoch in range(3)] == [[0, 1], [2, 3], [0, 1]]
    assert source.log == ["begin", "end"] * 3


def test_a_sequence_with_workers_keeps_its_order_and_leaves_no_thread():
    before = threading.active_count()
    batches = as_batches(Numbered(30, workers=4, max_queue_size=6))
    assert numbers(batches) == list(range(30))
    half = batches.epoch(1)
    next(half)
    half.close()
    assert threading.active_count() == before


def test_multiprocessing_is_accepted_and_explained():
    with pytest.warns(NbkerasNotice, match="use_multiprocessing=False"):
        numbers(as_batches(Numbered(use_multiprocessing=True)))


def test_a_subclass_that_does_not_call_super_works():
    class Old(Sequence):
        def __init__(self):
            pass

        def __len__(self):
            return 2

        def __getitem__(self, k):
            return batch(k)

    assert numbers(as_batches(Old())) == [0, 1]


def test_a_dataset_of_keras_itself_works():
    class Theirs(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, k):
            return batch(k)

    assert numbers(as_batches(Theirs(workers=2))) == [0, 1, 2]


def test_a_sequence_iterates_over_its_batches():
    assert [y[0] for _, y in Numbered(3)] == [0, 1, 2]


def test_an_endless_dataset_works_with_steps():
    class Endless(PyDataset):
        num_batches = None

        def __getitem__(self, k):
            return batch(k)

    batches = as_batches(Endless(), steps=2)
    assert [numbers(batches, e) for e in range(2)] == [[0, 1], [2, 3]]
    assert numbers(as_batches(Endless(), steps=2), 3) == [6, 7]


def test_a_list_of_batches_is_read_in_order():
    assert numbers(as_batches([batch(k) for k in range(3)])) == [0, 1, 2]


def test_a_loader_is_started_anew_each_epoch():
    class Loader:
        batch_size = 2

        def __len__(self):
            return 3

        def __iter__(self):
            return (list(batch(k)) for k in range(3))

    batches = as_batches(Loader())
    assert (batches.num_batches, batches.batch_size) == (3, 2)
    assert [numbers(batches, e) for e in range(2)] == [[0, 1, 2]] * 2


def test_an_iterable_without_length_knows_it_after_one_pass():
    class Loader:
        def __iter__(self):
            return (batch(k) for k in range(3))

    batches = as_batches(Loader())
    assert batches.num_batches is None
    numbers(batches)
    assert batches.num_batches == 3


def test_a_tf_like_data_set_is_read_through_its_numpy_iterator():
    class DataSet:
        def as_numpy_iterator(self):
            return iter([batch(k) for k in range(2)])

        def cardinality(self):
            return np.int64(2)

    assert numbers(as_batches(DataSet())) == [0, 1]


def test_an_object_with_the_protocol_is_passed_through():
    own = ArrayBatches(np.ones((3, 1)))
    assert as_batches(own) is own


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_data_set_without_a_queue_gives_all_its_batches(workers):
    batches = as_batches(Numbered(4, workers=workers, max_queue_size=0))
    assert len(list(batches.epoch(0))) == 4
