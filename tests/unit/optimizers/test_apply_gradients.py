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


def _averaging(kind):
    def sgd():
        return optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)

    if kind == "plain":
        return sgd()
    if kind == "loss scale":
        return optimizers.LossScaleOptimizer(sgd(), initial_scale=1.0)
    return optimizers.MultiOptimizer(optimizers.OptimizerMap(sgd(), {"second": sgd()}))


@pytest.mark.parametrize("kind", ["plain", "loss scale", "several"])
def test_finalize_variable_values_sets_weights_to_their_averages(kind):
    weights = [
        Variable(np.float32([1, 2]), name="first"),
        Variable(np.ones((2, 2), "float32"), name="second"),
    ]
    optimizer = _averaging(kind)
    gradients = [np.float32([1, -1]), np.ones((2, 2), "float32")]
    for _ in range(2):
        optimizer.apply(gradients, weights)
    # By hand: 1 -> 0.5 -> 0; the average is 0.5 after a step, then (0.5 + 0) / 2.
    optimizer.finalize_variable_values(weights)
    np.testing.assert_allclose(weights[0], [0.25, 2.75])
    np.testing.assert_allclose(weights[1], np.full((2, 2), 0.25))


def test_finalize_variable_values_names_a_weight_without_average_and_sets_none():
    weight, other = Variable(np.float32([1])), Variable(np.float32([3]), name="other")
    optimizer = _averaging("plain")
    optimizer.apply([np.float32([1])], [weight])
    with pytest.raises(ValueError, match=r"no average of 'other'. Write optimizer"):
        optimizer.finalize_variable_values([weight, other])
    np.testing.assert_array_equal(weight, [0.5])


def test_finalize_variable_values_without_averages_changes_nothing():
    weight, optimizer = Variable(np.float32([1])), optimizers.SGD(0.5)
    optimizer.apply([np.float32([1])], [weight])
    optimizer.finalize_variable_values([weight])
    np.testing.assert_array_equal(weight, [0.5])


def test_own_variables_go_through_a_store_and_another_number_is_told():
    weight, optimizer = Variable(np.float32([1, 2])), optimizers.Adam()
    optimizer.apply([np.float32([1, 3])], [weight])
    store = {}
    optimizer.save_own_variables(store)
    other = optimizers.Adam()
    with pytest.warns(UserWarning, match=r"4 were saved, so none is loaded"):
        other.load_own_variables(store)
    other.build([weight])
    other.load_own_variables(store)
    for mine, theirs in zip(other.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_overridden_methods_of_saving_are_refused_in_words():
    class Adam(optimizers.Adam):
        def save_own_variables(self, store):
            store["mine"] = np.zeros(1)

    with pytest.raises(TypeError, match="overrides save_own_variables, which training"):
        Adam().adopt({"w": Variable(np.float32([1]))})
