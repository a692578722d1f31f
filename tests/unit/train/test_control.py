"""Requests to a running fit: taken up in order, before a step, from any thread."""

import threading

import pytest

from nbkeras.train.control import Control, Move
from nbkeras.train.events import Status
from nbkeras.train.pacing import Tempo


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


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), "fast", True])
def test_a_speed_that_is_no_speed_is_refused_where_it_is_asked(bad):
    control = Control()
    with pytest.raises(ValueError, match=r"Write for example set_speed\(2\)"):
        control.set_speed(bad)
    assert control.next_move() is None


def test_steps_are_as_far_apart_as_the_speed_says():
    now = 0.0
    tempo = Tempo(lambda: now)
    tempo.go()
    assert tempo.left() == 0
    tempo.speed = 4
    assert tempo.left() == 0.25
    now = 0.1
    assert tempo.left() == pytest.approx(0.15)
    now = 3.0  # a slow step is followed by the next at once, and none is made up for
    assert tempo.left() == 0
    tempo.go()
    assert tempo.left() == 0.25


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda control: control.set_speed(None), Move("speed", None)),
        (lambda control: control.pause(), Move("pause")),
        (lambda control: control.stop(), None),
    ],
)
def test_a_slow_run_waits_for_its_time_and_hears_requests_at_once(ask, answer):
    # On a clock that stands still, only a request ends the wait for the second step.
    control, seen = Control(clock=lambda: 0.0), []
    control.set_speed(0.001)
    assert control.next_move() == Move("speed", 0.001)
    assert control.next_move() is None
    assert not control.unattended
    thread = threading.Thread(target=lambda: seen.append(control.next_move()))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    assert not control.paused
    ask(control)
    thread.join(10)
    assert seen == [answer]


def test_a_step_by_hand_does_not_wait_for_the_time_of_a_slow_run():
    control = Control(clock=lambda: 0.0)
    control.set_speed(0.001)
    assert control.next_move() == Move("speed", 0.001)
    assert control.next_move() is None
    control.step()
    assert control.next_move() == Move("step")
    assert control.next_move() is None


def test_a_run_says_what_it_cannot_do():
    control = Control({"validate": "No data. Give validation_data."})
    with pytest.raises(ValueError, match="Give validation_data"):
        control.validate_now()
    control.set_learning_rate(1)
    assert control.next_move() == Move("learning_rate", 1.0)


def test_a_loss_weight_is_asked_for_by_the_name_of_its_output():
    control = Control()
    control.losses = ("digit", "slant")
    control.set_loss_weight("slant", 2)
    assert control.next_move() == Move("loss_weight", ("slant", 2.0))
    with pytest.raises(ValueError, match=r"set_loss_weight\('digit', 0\.5\)"):
        control.set_loss_weight("digits", 1.0)
    with pytest.raises(ValueError, match="finite number of at least 0"):
        control.set_loss_weight("digit", -0.1)


def test_a_run_with_one_loss_refuses_to_weigh_it():
    control = Control(refuses={"loss_weight": "There is one loss."})
    with pytest.raises(ValueError, match="There is one loss"):
        control.set_loss_weight("digit", 1.0)
