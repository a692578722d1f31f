import itertools
import threading
import traceback

import pytest

from nbkeras.data import prefetch


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("nbkeras-ahead")]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_results_come_in_order_for_any_number_of_threads(workers):
    gate = threading.Semaphore(workers)

    def work(number):
        with gate:
            return number * number

    with prefetch.map_ahead(work, range(50), workers) as made:
        assert list(made) == [n * n for n in range(50)]
    assert threads() == []


def test_several_items_are_made_at_once():
    meet = threading.Barrier(2, timeout=10)
    with prefetch.map_ahead(lambda n: meet.wait() >= 0, range(4), workers=2) as made:
        assert list(made) == [True] * 4


def test_an_endless_stream_is_read_only_as_far_as_the_depth():
    seen = []
    made = prefetch.map_ahead(seen.append, itertools.count(), workers=1, depth=3)
    next(made)
    made.close()
    assert len(seen) <= 3
    assert threads() == []


def test_an_error_comes_at_its_place_with_its_own_traceback():
    def work(number):
        if number == 2:
            raise ValueError("picture 2 is broken")
        return number

    made = prefetch.map_ahead(work, range(9), workers=2)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ValueError, match="picture 2") as caught:
        next(made)
    assert "in work" in "".join(traceback.format_tb(caught.value.__traceback__))
    assert threads() == []
    assert list(made) == []


def test_ahead_reads_a_generator_on_one_thread_in_order():
    names = set()

    def numbers():
        for n in range(20):
            names.add(threading.current_thread().name)
            yield n

    with prefetch.ahead(numbers()) as made:
        assert list(made) == list(range(20))
    assert len(names) == 1
    assert threads() == []


def test_ahead_with_a_limit_leaves_the_rest_in_the_generator():
    numbers = iter(range(10))
    with prefetch.ahead(numbers, depth=4, limit=3) as made:
        assert list(made) == [0, 1, 2]
    assert next(numbers) == 3


def test_ahead_raises_the_generators_error_after_its_items():
    def numbers():
        yield 1
        raise OSError("the disk is gone")

    made = prefetch.ahead(numbers(), depth=3)
    assert next(made) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(made)
    assert list(made) == []


def test_leaving_early_ends_the_threads():
    with prefetch.ahead(itertools.count()) as made:
        assert next(made) == 0
    assert threads() == []


def test_a_forgotten_reader_lets_its_threads_end():
    made = prefetch.map_ahead(lambda n: n, itertools.count(), workers=2)
    next(made)
    running = threads()
    assert running
    del made
    for thread in running:
        thread.join(10)
    assert not any(thread.is_alive() for thread in running)


def test_close_does_not_wait_for_ever_for_an_item(monkeypatch):
    monkeypatch.setattr(prefetch, "CLOSE_TIMEOUT_S", 0.05)
    gate = threading.Event()
    made = prefetch.map_ahead(lambda n: gate.wait(30), range(3), workers=1)
    threading.Timer(0.05, made.close).start()
    assert list(made) == []
    gate.set()


def test_zero_workers_are_refused():
    with pytest.raises(ValueError, match=r"Write for example map_ahead\(workers=2\)"):
        prefetch.map_ahead(print, [], workers=0)
