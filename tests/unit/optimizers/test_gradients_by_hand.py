"""Gradients applied by hand, and learning rates that are functions."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax.experimental import sparse

import nbkeras as nk
from nbkeras import optimizers

ONES = np.ones(2, "float32")


def pair_of_variables():
    return nk.Variable(ONES, name="moving"), nk.Variable(ONES, name="still")


def test_a_weight_without_a_gradient_stays_as_it_is():
    moving, still = pair_of_variables()
    with pytest.warns(UserWarning, match="Gradients do not exist for 'still'"):
        optimizers.SGD(1.0).apply_gradients([(ONES, moving), (None, still)])
    np.testing.assert_array_equal(moving.numpy(), [0.0, 0.0])
    np.testing.assert_array_equal(still.numpy(), [1.0, 1.0])


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_slots_of_a_weight_without_a_gradient_are_kept():
    moving, still = pair_of_variables()
    optimizer = optimizers.SGD(1.0, momentum=0.5)
    optimizer.apply_gradients([(ONES, moving), (ONES, still)])
    optimizer.apply_gradients([(ONES, moving), (None, still)])
    optimizer.apply_gradients([(0 * ONES, moving), (0 * ONES, still)])
    # Velocities: -1, -1.5, -0.75 and -1, none, -0.5.
    np.testing.assert_allclose(moving.numpy(), [-2.25, -2.25])
    np.testing.assert_allclose(still.numpy(), [-0.5, -0.5])


def test_gradients_that_are_all_none_are_refused():
    moving, still = pair_of_variables()
    with pytest.raises(ValueError, match="does not depend on these weights"):
        optimizers.SGD(1.0).apply_gradients([(None, moving), (None, still)])


def test_a_function_without_arguments_is_a_learning_rate():
    (moving, _), optimizer = pair_of_variables(), optimizers.SGD(lambda: 0.25)
    assert float(optimizer.learning_rate) == 0.25
    optimizer.apply_gradients([(ONES, moving)])
    np.testing.assert_allclose(moving.numpy(), [0.75, 0.75])


SPARSE = {
    "SGD": {},
    "Adam": {},
    "Adagrad": {},
    "RMSprop": {"momentum": 0.05},
    "Adadelta": {},
    "Ftrl": {},
    "Lion": {},
}


@pytest.mark.parametrize(("name", "settings"), SPARSE.items())
def test_a_sparse_gradient_moves_the_weights_as_in_keras(name, settings):
    rows = sparse.BCOO(
        (0.5 * jnp.ones((3, 4)), jnp.array([[0], [2], [4]])), shape=(5, 4)
    )

    def moved(package):
        weight = package.Variable(np.ones((5, 4), "float32"))
        optimizer = getattr(package.optimizers, name)(**settings)
        for _ in range(3):
            optimizer.apply([rows], [weight])
        state = [v.value for v in optimizer.variables]
        values, _ = optimizer.stateless_apply(state, [rows], [weight.value])
        return weight.numpy(), values[0]

    for ours, theirs in zip(moved(nk), moved(keras), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_file_has_the_state_of_an_optimizer_that_was_stepped_by_hand(tmp_path):
    def stepped(library, path):
        layers = [library.Input((2,)), library.layers.Dense(1)]
        model = library.Sequential(layers)
        model.set_weights([np.float32([[1.0], [2.0]]), np.float32([0.5])])
        model.compile(library.optimizers.Adam(0.1), library.losses.MeanSquaredError())
        weights = model.trainable_variables
        grads = [np.full(w.shape, 1.0 + i, "float32") for i, w in enumerate(weights)]
        for _ in range(3):
            model.optimizer.apply(grads, weights)
        model.save(path)
        loaded = library.models.load_model(path)
        return model, loaded, grads

    model, loaded, grads = stepped(nk, tmp_path / "ours.keras")
    _, theirs, _ = stepped(keras, tmp_path / "theirs.keras")
    state = [np.asarray(variable) for variable in loaded.optimizer.variables]
    for found, wanted in zip(state, theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(found, np.asarray(wanted), rtol=1e-6)
    for trained in (model, loaded):
        trained.optimizer.apply(grads, trained.trainable_variables)
        trained.fit(np.eye(2, dtype="float32"), ONES, verbose=0)
    for found, wanted in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_a_schedule_counts_the_steps_of_gradient_accumulation_as_in_keras():
    def rates_and_weight(library):
        schedule = library.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
        optimizer = library.optimizers.SGD(schedule, gradient_accumulation_steps=2)
        weight, rates = library.Variable(ONES), []
        for _ in range(4):
            optimizer.apply([ONES], [weight])
            rates.append(float(np.asarray(optimizer.learning_rate)))
        return [*rates, float(weight.numpy()[0])]

    found = rates_and_weight(nk)
    np.testing.assert_allclose(found, rates_and_weight(keras), rtol=1e-6)
    # The two updates use the rates of the second and of the fourth step.
    np.testing.assert_allclose(found, [0.5, 0.25, 0.125, 0.0625, 1 - 0.5 - 0.125])
