"""Requests to a running fit: taken up in order, before a step, from any thread."""

import threading

import pytest

from nbkeras.train.control import Control, Move
from nbkeras.train.events import Status


def test_nothing_asked_means_train_on():
    assert Control().next_move() is None


def test_requests_come_out_in_the_order_they_were_made():
    control = Control()
    control.set_learning_rate(0.5)
    control.pause()
    control.resume()
    control.validate_now()
    moves = [control.next_move() for _ in range(5)]
    assert moves == [
        Move("learning_rate", 0.5),
        Move("pause"),
        Move("resume"),
        Move("validate"),
        None,
    ]


def test_a_step_lets_one_batch_through_and_holds_again():
    control = Control()
    control.step()
    assert control.next_move() == Move("step")
    assert control.next_move() is None
    control.step()
    assert control.next_move() == Move("step")
    assert control.next_move() is None
    control.resume()
    assert control.next_move() == Move("resume")
    assert control.next_move() is None
    assert control.next_move() is None


def test_a_step_is_not_lost_to_a_request_made_before_it_ran():
    control = Control()
    control.step()
    control.set_learning_rate(0.1)
    assert [control.next_move() for _ in range(3)] == [
        Move("step"),
        Move("learning_rate", 0.1),
        None,
    ]


def test_a_held_run_waits_until_another_thread_lets_it_go():
    control, seen = Control(), []
    control.pause()

    def loop():
        while (move := control.next_move()) is not None:
            seen.append(move.name)

    thread = threading.Thread(target=loop)
    thread.start()
    while not control.paused:
        pass
    control.resume()
    thread.join(10)
    assert not thread.is_alive()
    assert seen == ["pause", "resume"]


def test_stop_ends_a_pause():
    control = Control()
    control.pause()
    control.next_move()
    threading.Timer(0.01, control.stop).start()
    assert control.next_move() is None
    assert control.status is Status.STOPPED
    assert not control.paused


def test_stop_drops_what_was_asked_before_and_after():
    control = Control()
    control.pause()
    control.stop()
    control.pause()
    assert control.next_move() is None


def test_the_first_stop_counts():
    control = Control()
    control.stop()
    control.stop(Status.FAILED)
    assert control.status is Status.STOPPED


def test_a_stop_at_the_epochs_end_can_still_be_cut_short():
    control = Control()
    control.stop(finish=True)
    assert (control.status, control.cut_short) == (Status.STOPPED, False)
    control.stop(Status.INTERRUPTED)
    assert (control.status, control.cut_short) == (Status.INTERRUPTED, True)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "fast", None, True])
def test_a_rate_that_is_no_rate_is_refused_where_it_is_asked(bad):
    control = Control()
    with pytest.raises(ValueError, match=r"Write for example set_learning_rate\(0"):
        control.set_learning_rate(bad)
    assert control.next_move() is None


def test_a_run_says_what_it_cannot_do():
    control = Control({"validate": "No data. Give validation_data."})
    with pytest.raises(ValueError, match="Give validation_data"):
        control.validate_now()
    control.set_learning_rate(1)
    assert control.next_move() == Move("learning_rate", 1.0)
