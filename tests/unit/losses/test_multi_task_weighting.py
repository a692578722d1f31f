"""Loss weightings, compared with the formulas of their papers in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.losses import multi_task_weighting
from nbkeras.losses.multi_task_weighting import GradNorm, PCGrad, UncertaintyWeighting

KEY = jax.random.key(3)


def start(kind, is_distance):
    """The initial values of a weighting's arrays."""
    declared = kind.variables(is_distance)
    return {name: jnp.asarray(value.initial) for name, value in declared.items()}


def combined(kind, gradients, losses=(1.0, 1.0), **values):
    """(gradient, new values) for {path: array} of each task."""
    gradients = [{p: jnp.asarray(g) for p, g in tree.items()} for tree in gradients]
    values = {**start(kind, [False] * len(gradients)), **values}
    return kind.combine(gradients, jnp.array(losses), values, KEY)


def test_uncertainty_is_the_likelihood_of_a_gaussian_and_of_a_scaled_softmax():
    s, losses = np.array([0.4, -0.7]), np.array([3.0, 2.0])
    values = start(UncertaintyWeighting(), [True, False])
    values["log_variances"] = jnp.asarray(s, jnp.float32)
    total = UncertaintyWeighting().total(jnp.asarray(losses, jnp.float32), values)
    sigma = np.exp(s / 2)
    by_hand = losses[0] / (2 * sigma[0] ** 2) + losses[1] / sigma[1] ** 2
    np.testing.assert_allclose(total, by_hand + np.log(sigma).sum(), rtol=1e-6)


def test_uncertainty_is_least_where_the_variance_is_the_mean_squared_error():
    def total(s):
        values = start(UncertaintyWeighting(), [True, True]) | {"log_variances": s}
        return UncertaintyWeighting().total(jnp.array([0.3, 7.0]), values)

    slope = jax.grad(total)(jnp.log(jnp.array([0.3, 7.0])))
    np.testing.assert_allclose(slope, 0, atol=1e-6)


def test_pcgrad_leaves_two_opposing_gradients_without_their_opposing_parts():
    first, second = np.array([1.0, 0.0], "f"), np.array([-1.0, 2.0], "f")
    gradient, _ = combined(PCGrad(), [{"w": first}, {"w": second}])
    # first . second = -1: each loses its projection on the other.
    by_hand = (first + second / 5) + (second + first)
    np.testing.assert_allclose(gradient["w"], by_hand, rtol=1e-6)


def test_pcgrad_adds_gradients_that_agree():
    gradient, _ = combined(PCGrad(), [{"w": [1.0, 0.5]}, {"w": [0.25, 2.0]}])
    np.testing.assert_allclose(gradient["w"], [1.25, 2.5], rtol=1e-6)


def test_pcgrad_of_three_tasks_is_the_algorithm_of_the_paper():
    tasks = np.random.default_rng(5).normal(size=(3, 7)).astype("f")
    gradient, _ = combined(PCGrad(), [{"w": t} for t in tasks], losses=(1.0,) * 3)
    total = np.zeros(7)
    for own in range(3):
        order = jax.random.permutation(jax.random.fold_in(KEY, own), 3)
        g = tasks[own].astype(np.float64)
        for other in [int(n) for n in order if n != own]:
            along = g @ tasks[other]
            if along < 0:
                g = g - along / (tasks[other] @ tasks[other]) * tasks[other]
        total += g
    np.testing.assert_allclose(gradient["w"], total, rtol=1e-5, atol=1e-6)
    assert not np.allclose(total, tasks.sum(axis=0), rtol=1e-2)


def test_pcgrad_leaves_the_weights_of_a_single_task_as_they_are():
    none = np.zeros(2, "f")
    own = {"trunk": [1.0, 0.0], "head": [30.0, 40.0], "other": none}
    other = {"trunk": [-1.0, 2.0], "head": none, "other": [0.5, -2.0]}
    gradient, _ = combined(PCGrad(), [own, other])
    # The norm of the second gradient is that on the trunk, without its head.
    np.testing.assert_allclose(gradient["trunk"], [0.8, 2.4], rtol=1e-6)
    np.testing.assert_allclose(gradient["head"], [30.0, 40.0])
    np.testing.assert_allclose(gradient["other"], [0.5, -2.0])


def test_pcgrad_projects_weighted_gradients():
    gradient, _ = combined(PCGrad([2.0, 0.5]), [{"w": [1.0, 0.0]}, {"w": [-2.0, 4.0]}])
    first, second = np.array([2.0, 0.0]), np.array([-1.0, 2.0])
    by_hand = (first + second * 2 / 5) + (second + first * 2 / 4)
    np.testing.assert_allclose(gradient["w"], by_hand, rtol=1e-6)


def test_a_task_without_a_gradient_changes_nothing():
    gradient, _ = combined(PCGrad(), [{"w": [1.0, -2.0]}, {"w": [0.0, 0.0]}])
    np.testing.assert_allclose(gradient["w"], [1.0, -2.0])


def test_gradnorm_takes_the_step_of_the_paper():
    tasks = np.array([[3.0, 4.0], [0.0, 1.0]])
    losses, first, w = np.array([2.0, 0.5]), np.array([4.0, 2.0]), np.array([1.2, 0.8])
    gradient, after = combined(
        GradNorm(alpha=1.5, learning_rate=0.01),
        [{"w": t.astype("f")} for t in tasks],
        losses,
        weights=jnp.asarray(w, jnp.float32),
        first_losses=jnp.asarray(first, jnp.float32),
    )
    np.testing.assert_allclose(gradient["w"], w @ tasks, rtol=1e-6)
    norms = np.array([5.0, 1.0])
    progress = losses / first
    targets = (w * norms).mean() * (progress / progress.mean()) ** 1.5
    moved = w - 0.01 * np.sign(w * norms - targets) * norms
    np.testing.assert_allclose(after["weights"], moved * 2 / moved.sum(), rtol=1e-5)
    np.testing.assert_allclose(after["first_losses"], first)


def test_gradnorm_remembers_the_losses_of_the_first_step():
    _, after = combined(GradNorm(), [{"w": [1.0]}, {"w": [2.0]}], losses=(0.7, 9.0))
    np.testing.assert_allclose(after["first_losses"], [0.7, 9.0], rtol=1e-6)


def test_gradnorm_without_favour_makes_the_norms_equal():
    kind, values = GradNorm(alpha=0, learning_rate=0.01), {}
    for _ in range(300):
        _, values = combined(kind, [{"w": [4.0]}, {"w": [1.0]}], **values)
    # Steps are of the size of the slope, so it ends within one of the solution.
    np.testing.assert_allclose(values["weights"], [0.4, 1.6], atol=0.05)


@pytest.mark.parametrize("name", ["uncertainty", "pcgrad", "gradnorm"])
def test_a_weighting_is_the_same_after_saving_its_config(name):
    from nbkeras.core.serialization.configurable import to_config

    kind = multi_task_weighting.get(name)
    again = multi_task_weighting.get(to_config(kind))
    assert type(again) is type(kind)
    assert again.get_config() == kind.get_config()


def test_numbers_are_no_weighting_and_a_misspelt_name_is_helped():
    assert multi_task_weighting.get([1.0, 2.0]) is None
    assert multi_task_weighting.get({"reg": 0.5}) is None
    with pytest.raises(ValueError, match="Did you mean 'uncertainty'"):
        multi_task_weighting.get("uncertanty")


def test_gradnorm_says_which_numbers_it_takes():
    with pytest.raises(ValueError, match="alpha must be a number of at least 0"):
        GradNorm(alpha=-1)
