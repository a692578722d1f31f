"""Ctrl-C: held while a step is under way, and never lost."""

import signal
import threading

import pytest

from nbkeras.train import interrupts as module
from nbkeras.train.control import Control
from nbkeras.train.events import Status
from nbkeras.train.interrupts import Interrupts, interrupts_held


@pytest.fixture
def press():
    """Ctrl-C, as the system sends it."""
    return lambda: signal.raise_signal(signal.SIGINT)


def hold(body):
    """Run `body(interrupts)` while interrupts are held."""
    with interrupts_held(Control()) as interrupts:
        body(interrupts)


def test_a_press_is_held_and_raised_at_the_end(press):
    after = []

    def body(held):
        press()
        after.append(held.control.status)

    with pytest.raises(KeyboardInterrupt):
        hold(body)
    assert after == [Status.INTERRUPTED]


def test_the_handler_from_before_is_back_afterwards(press):
    before = signal.getsignal(signal.SIGINT)
    within = []
    hold(lambda held: within.append(signal.getsignal(signal.SIGINT)))
    assert within != [before]
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ZeroDivisionError):
        hold(lambda held: 1 / 0)
    assert signal.getsignal(signal.SIGINT) is before


def test_waiting_for_data_that_can_be_read_anew_is_cut_at_once(press):
    def source():
        press()
        yield from ()

    got = []
    with pytest.raises(KeyboardInterrupt):
        hold(lambda held: got.append(held.fetch(source(), safe=True)))
    assert got == []


def test_a_generator_is_let_finish_its_batch_at_the_first_press(press):
    def source():
        press()
        yield "batch"

    got = []
    with pytest.raises(KeyboardInterrupt):
        hold(lambda held: got.append(held.fetch(source(), safe=False)))
    assert got == ["batch"]


def test_a_second_press_breaks_into_user_code(press):
    def source():
        press()
        press()
        yield "batch"

    got = []
    with pytest.raises(KeyboardInterrupt):
        hold(lambda held: got.append(held.fetch(source(), safe=False)))
    assert got == []


def test_a_third_press_within_two_seconds_strikes_anywhere(press):
    done = []

    def body(held):
        for number in range(3):
            press()
            done.append(number)

    with pytest.raises(KeyboardInterrupt):
        hold(body)
    assert done == [0, 1]


def test_three_slow_presses_do_not(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    held = Interrupts()
    for _ in range(5):
        held.pressed()
        now[0] += 1.5
    assert held.control.status is Status.INTERRUPTED


def test_another_thread_leaves_signals_alone():
    before, seen = signal.getsignal(signal.SIGINT), []

    def body(held):
        seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=hold, args=(body,))
    thread.start()
    thread.join()
    assert seen == [before]


def test_an_ignored_signal_stays_ignored(press):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hold(lambda held: press())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_press_while_the_control_is_held_does_not_lock_up(press):
    after = []

    def body(held):
        with held.control._changed:
            press()
        after.append(held.control.status)

    with pytest.raises(KeyboardInterrupt):
        hold(body)
    assert after == [Status.INTERRUPTED]
