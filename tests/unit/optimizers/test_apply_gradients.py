"""Steps by hand that repeat are compiled, and follow changed settings."""

import copy
import pickle

import numpy as np
import pytest

from nbkeras import Variable, optimizers

REPEATS = 12  # more than run uncompiled


def stepped(optimizer, variable, steps=1):
    for _ in range(steps):
        optimizer.apply([np.array([0.5, -1.0], "float32")], [variable])
    return variable.numpy()


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_repeated_steps_end_where_uncompiled_steps_do(name):
    ends = []
    for uncompiled in (False, True):
        optimizer = getattr(optimizers, name)(0.1)
        variable = Variable([1.0, 2.0])
        for _ in range(REPEATS * 2):
            stepped(optimizer, variable)
            if uncompiled:
                vars(optimizer).pop("_compiled_update")
        ends.append(variable.numpy())
    np.testing.assert_allclose(*ends, rtol=1e-5)


def test_a_new_learning_rate_is_used():
    optimizer, variable = optimizers.SGD(0.1), Variable([1.0, 2.0])
    before = stepped(optimizer, variable, REPEATS)
    optimizer.learning_rate = 1.0
    np.testing.assert_allclose(
        stepped(optimizer, variable), before - [0.5, -1.0], rtol=1e-5
    )


def test_a_replaced_setting_is_used():
    optimizer, variable = optimizers.SGD(1.0), Variable([1.0, 2.0])
    before = stepped(optimizer, variable, REPEATS)
    optimizer.clipvalue = 0.1
    np.testing.assert_allclose(
        stepped(optimizer, variable), before - [0.1, -0.1], rtol=1e-5
    )


def test_a_schedule_moves_on():
    schedule = optimizers.schedules.PiecewiseConstantDecay([REPEATS], [1.0, 0.0])
    optimizer, variable = optimizers.SGD(schedule), Variable([1.0, 2.0])
    before = stepped(optimizer, variable, REPEATS + 1)
    np.testing.assert_array_equal(stepped(optimizer, variable), before)


def test_a_schedule_of_ones_own_may_read_what_it_likes():
    rate = [1.0]

    class Own(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return rate[0]

    optimizer, variable = optimizers.SGD(Own()), Variable([1.0, 2.0])
    before = stepped(optimizer, variable, REPEATS)
    rate[0] = 0.0
    np.testing.assert_array_equal(stepped(optimizer, variable), before)


def test_the_inner_optimizer_of_loss_scaling_follows_its_settings():
    inner = optimizers.SGD(1.0)
    optimizer = optimizers.LossScaleOptimizer(inner, initial_scale=1.0)
    variable = Variable([1.0, 2.0])
    before = stepped(optimizer, variable, REPEATS)
    inner.clipvalue = 0.1
    np.testing.assert_allclose(
        stepped(optimizer, variable), before - [0.1, -0.1], rtol=1e-5
    )


def test_an_optimizer_can_be_copied_and_pickled_afterwards():
    optimizer, variable = optimizers.Adam(0.1), Variable([1.0, 2.0])
    stepped(optimizer, variable, REPEATS)
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert int(other.iterations) == REPEATS
