"""Recorded operations that repeat are compiled, and give what they gave before."""

import jax
import numpy as np
import pytest

from nbkeras import GradientTape, Variable, config, ops
from nbkeras.core.gradients.compiled_calls import CompiledCalls, Program, kind_of

REPEATS = 12  # more than run uncompiled


def test_a_program_has_the_outputs_and_gradients_of_its_function():
    def pure(values, others):
        return [values[0] * others[0]], others[0] + 1

    program = Program(pure)
    outputs, pullback, others = program([np.array([2.0, 3.0])], [np.array([5.0, 7.0])])
    np.testing.assert_allclose(outputs[0], [10.0, 21.0])
    np.testing.assert_allclose(others, [6.0, 8.0])
    np.testing.assert_allclose(pullback([np.ones(2, "float32")])[0], [5.0, 7.0])


def test_an_output_without_a_gradient_counts_as_zeros():
    def pure(values, others):
        return [values[0] * 2, values[0] * 3], ()

    _, pullback, _ = Program(pure)([np.array(1.0)], [])
    assert float(pullback([None, np.float32(1.0)])[0]) == 3.0


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0.0, -0.0), (slice(1), slice(2))]
)
def test_arguments_that_select_a_computation_make_different_kinds(one, other):
    structure = jax.tree.structure(0)
    assert kind_of(structure, [one], []) != kind_of(structure, [other], [])


def test_a_global_setting_makes_another_kind():
    structure, before = jax.tree.structure(0), config.epsilon()
    one = kind_of(structure, [1], [])
    config.set_epsilon(1e-3)
    try:
        assert kind_of(structure, [1], []) != one
    finally:
        config.set_epsilon(before)


def test_a_function_or_an_array_of_texts_is_not_compiled():
    structure = jax.tree.structure(0)
    assert kind_of(structure, [lambda x: x], []) is None
    assert kind_of(structure, [np.array(["a"])], []) is None


def test_the_kinds_that_are_remembered_are_bounded():
    calls = CompiledCalls(after=1)
    for i in range(1000):
        calls.program(i, lambda: None)
    assert len(calls._kinds) <= 64


def test_operators_with_a_number_that_changes_give_its_product():
    x = Variable(3.0)
    for i in range(REPEATS):
        with GradientTape() as tape:
            y = x * float(i) + i
        assert float(tape.gradient(y, x)) == i


def test_a_repeated_index_takes_the_values_of_the_new_array():
    for i in range(REPEATS):
        x = Variable(np.arange(6.0).reshape(2, 3) + i)
        with GradientTape() as tape:
            y = ops.sum(x[:, 1:])
        np.testing.assert_array_equal(
            tape.gradient(y, x).numpy(), [[0, 1, 1], [0, 1, 1]]
        )
        assert float(y) == 12 + 4 * i


def test_what_depends_on_values_runs_uncompiled():
    for i in range(REPEATS):
        x = Variable(np.arange(4.0) - i % 3)
        with GradientTape() as tape:
            y = ops.sum(x[ops.convert_to_numpy(x) > 0])
        expected = (np.arange(4.0) - i % 3) > 0
        np.testing.assert_array_equal(tape.gradient(y, x).numpy(), expected)


def test_gradients_of_repeated_operations_are_those_of_jax():
    rng = np.random.default_rng(0)
    for _ in range(REPEATS):
        value = rng.normal(size=(3, 4)).astype("float32")
        x = Variable(value)
        with GradientTape() as tape:
            y = ops.mean(ops.log(ops.softmax(x * 2.0)) ** 2)
        exact = jax.grad(lambda v: (jax.nn.log_softmax(v * 2.0) ** 2).mean())(value)
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), exact, rtol=1e-4)


def test_a_repeated_jacobian_is_right():
    x = Variable([1.0, 2.0])
    for _ in range(REPEATS):
        with GradientTape() as tape:
            y = ops.square(x)
        jacobian = tape.jacobian(y, x).numpy()
    np.testing.assert_allclose(jacobian, [[2, 0], [0, 4]])


def test_a_loss_that_repeats_is_compiled_for_its_settings():
    from nbkeras import losses

    x, y = Variable(np.array([[0.3, -0.7]], "float32")), np.array([[1.0, 0.0]])
    gradients = {}
    for from_logits in (True, False, True):
        loss = losses.BinaryCrossentropy(from_logits=from_logits)
        for _ in range(REPEATS):
            with GradientTape() as tape:
                value = loss(y, ops.sigmoid(x))
            gradients.setdefault(from_logits, []).append(tape.gradient(value, x))
    for all_gradients in gradients.values():
        for gradient in all_gradients:
            np.testing.assert_allclose(gradient, all_gradients[0], rtol=1e-6)
    assert not np.allclose(gradients[True][0], gradients[False][0])
