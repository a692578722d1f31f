"""Walks beside NumPy by hand, optax and real Keras, to one part in a million."""

import keras
import numpy as np
import optax
import pytest

from nbkeras import optimizers
from nbkeras.analysis import LANDSCAPES, as_problem, walk
from nbkeras.analysis.descent.optimizer_memory import arrows
from nbkeras.analysis.descent.outcome import outcome

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

CLOSE = {"rtol": 1e-6, "atol": 1e-6}
WAVES = "x**2 + 10*sin(y)"
STEPS = 40


def waves_slope(place):
    x, y = place
    return np.array([2 * x, 10 * np.cos(y)])


def by_hand(rule, start=(3.0, 1.0), slope=waves_slope, steps=STEPS):
    """Positions of a rule `(g, t, memory) -> change`, in float64."""
    places, memory = [np.array(start, np.float64)], {}
    for t in range(1, steps + 1):
        places.append(places[-1] + rule(slope(places[-1]), t, memory))
    return np.array(places)


def plain(g, t, memory):
    return -0.1 * g


def momentum(g, t, memory):
    memory["v"] = 0.8 * memory.get("v", 0) - 0.03 * g
    return memory["v"]


def nesterov(g, t, memory):
    memory["v"] = 0.8 * memory.get("v", 0) - 0.03 * g
    return 0.8 * memory["v"] - 0.03 * g


def adam(g, t, memory):
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
    memory["s"] = 0.999 * memory.get("s", 0) + 0.001 * g * g
    # Keras takes these powers in float32, which is 6e-5 off at the first step.
    one, two = (1 - np.power(np.float32([0.9, 0.999]), np.float32(t))).astype(float)
    lr = 0.1 * np.sqrt(two) / one
    return -lr * memory["m"] / (np.sqrt(memory["s"]) + 1e-7)


def rmsprop(g, t, memory):
    memory["s"] = 0.9 * memory.get("s", 0) + 0.1 * g * g
    return -0.02 * g / np.sqrt(memory["s"] + 1e-7)


def adagrad(g, t, memory):
    memory["s"] = memory.get("s", 0.1) + g * g
    return -0.5 * g / np.sqrt(memory["s"] + 1e-7)


@pytest.mark.parametrize(
    ("optimizer", "rule"),
    [
        (optimizers.SGD(0.1), plain),
        (optimizers.SGD(0.03, momentum=0.8), momentum),
        (optimizers.SGD(0.03, momentum=0.8, nesterov=True), nesterov),
        (optimizers.Adam(0.1), adam),
        (optimizers.RMSprop(0.02), rmsprop),
        (optimizers.Adagrad(0.5), adagrad),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_positions_are_those_of_the_rule_worked_out_by_hand(optimizer, rule):
    path = walk(as_problem(WAVES), optimizer, (3.0, 1.0), STEPS)
    np.testing.assert_allclose(path.positions, by_hand(rule), **CLOSE)
    x, y = path.positions.astype(np.float64).T
    np.testing.assert_allclose(path.losses, x**2 + 10 * np.sin(y), **CLOSE)
    slopes = np.stack([2 * x, 10 * np.cos(y)], 1)[:-1]
    np.testing.assert_allclose(path.gradients, slopes, **CLOSE)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"momentum": 0.9}),
        ("Adam", {}),
        ("AdamW", {"weight_decay": 0.1}),
        ("Adamax", {}),
        ("Nadam", {}),
        ("RMSprop", {"momentum": 0.5, "centered": True}),
        ("Adagrad", {}),
        ("Lion", {}),
    ],
)
def test_positions_are_those_of_real_keras(name, settings):
    given = {"learning_rate": 0.05, **settings}
    theirs = getattr(keras.optimizers, name)(**given)
    place = keras.Variable(np.array([3.0, 1.0], np.float32))
    theirs.build([place])
    expected = [np.asarray(place.value)]
    for _ in range(25):
        gradient = waves_slope(np.asarray(place.value)).astype(np.float32)
        theirs.apply([keras.ops.convert_to_tensor(gradient)])
        expected.append(np.asarray(place.value))
    ours = getattr(optimizers, name)(**given)
    path = walk(as_problem(WAVES), ours, (3.0, 1.0), 25)
    # Nadam's momentum schedule takes 0.96**t in float32, where the last bit is free.
    close = 1e-5 if name == "Nadam" else 2e-6
    np.testing.assert_allclose(path.positions, expected, rtol=close, atol=close)


def test_an_optax_transformation_has_a_path_too():
    rule = optax.sgd(0.05, momentum=0.9)
    place, expected = np.array([3.0, 1.0], np.float32), []
    state = rule.init(place)
    for _ in range(10):
        change, state = rule.update(waves_slope(place).astype(np.float32), state, place)
        place = optax.apply_updates(place, change)
        expected.append(np.asarray(place))
    path = walk(as_problem(WAVES), rule, (3.0, 1.0), 10)
    np.testing.assert_allclose(path.positions[1:], expected, **CLOSE)


def test_a_line_through_points_is_found_as_by_hand_and_by_least_squares():
    x, y = np.array([1.0, 2, 3, 5]), np.array([2.1, 3.9, 6.2, 9.7])
    problem = as_problem(points=list(zip(x, y, strict=True)))

    def slope(place):
        error = place[0] * x + place[1] - y
        return np.array([2 * np.mean(error * x), 2 * np.mean(error)])

    path = walk(problem, optimizers.SGD(0.05), (0, 0), STEPS)
    expected = by_hand(lambda g, t, m: -0.05 * g, (0, 0), slope)
    np.testing.assert_allclose(path.positions, expected, **CLOSE)
    far = walk(problem, optimizers.SGD(0.05), (0, 0), 1500).positions[-1]
    np.testing.assert_allclose(far, np.polyfit(x, y, 1), atol=1e-5)
    np.testing.assert_allclose(problem.lowest[0], np.polyfit(x, y, 1), atol=1e-6)


def test_batches_of_points_give_the_slope_of_those_points_only():
    points = [(1.0, 2.0), (2.0, 3.0), (4.0, 9.0)]
    problem = as_problem(points=points)
    path = walk(problem, optimizers.SGD(0.01), (0.5, 0.1), 6, batch_size=1, seed=3)
    of_one = {
        tuple(np.round([2 * e * x, 2 * e], 4))
        for x, y in points
        for e in [0.5 * x + 0.1 - y]
    }
    assert tuple(np.round(np.float64(path.gradients[0]), 4)) in of_one
    again = walk(problem, optimizers.SGD(0.01), (0.5, 0.1), 6, batch_size=1, seed=3)
    np.testing.assert_array_equal(path.positions, again.positions)
    other = walk(problem, optimizers.SGD(0.01), (0.5, 0.1), 6, batch_size=1, seed=4)
    assert not np.array_equal(path.positions, other.positions)


def test_noise_is_added_to_the_slope_and_to_nothing_else():
    problem = as_problem(WAVES)
    path = walk(problem, optimizers.SGD(0.01), (3, 1), 400, noise=0.5, seed=1)
    x, y = path.positions[:-1].astype(np.float64).T
    noise = path.gradients - np.stack([2 * x, 10 * np.cos(y)], 1)
    assert noise.std() == pytest.approx(0.5, rel=0.1)
    assert abs(noise.mean()) < 0.06
    moved = path.positions[:-1] - np.float32(0.01) * path.gradients
    np.testing.assert_allclose(path.positions[1:], moved, **CLOSE)
    np.testing.assert_allclose(path.losses[:-1], x**2 + 10 * np.sin(y), **CLOSE)


def test_a_new_learning_rate_or_start_compiles_nothing_new():
    problem = as_problem("x**2 + 9*sin(y)")
    for rate, x in ((0.1, 3.0), (0.2, 1.0), (0.3, -2.0)):
        walk(problem, optimizers.Adam(rate), (x, 0), 3)
    (step,) = problem.steps.values()
    assert step._cache_size() == 1
    again = as_problem("x**2 + 9*sin(y)", start=(1, 1), limits=(-1, 1))
    walk(again, optimizers.Adam(0.5), steps=3)
    assert again.steps is problem.steps
    assert len(problem.steps) == 1
    assert (problem.start, again.start) == ((4.0, 3.0), (1.0, 1.0))


def test_points_that_move_or_come_compile_nothing_new():
    problem = as_problem(points=[(1, 2), (2, 3), (4, 9)])
    moved = problem.with_points([1, 2, 4, 5], [2, 3, 8, 9])
    for line in (problem, moved):
        path = walk(line, optimizers.SGD(0.01), (0.5, 0.1), 3)
        error = 0.5 * line.x.astype(float) + 0.1 - line.y
        expected = [2 * np.mean(error * line.x), 2 * np.mean(error)]
        np.testing.assert_allclose(path.gradients[0], expected, rtol=1e-6)
        assert path.losses[0] == pytest.approx(np.mean(error**2), rel=1e-6)
    (step,) = problem.steps.values()
    assert step._cache_size() == problem._values._cache_size() == 1
    far = problem.with_points([1, 2, 4], [200, 300, 900])
    assert far.limits != problem.limits


def test_the_optimizer_of_a_path_is_not_changed():
    optimizer = optimizers.Adam(0.1)
    walk(as_problem(WAVES), optimizer, (3, 1), 5)
    assert optimizer.state is None
    assert int(optimizer.iterations) == 0


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.02),
        optimizers.SGD(0.02, momentum=0.9),
        optimizers.SGD(0.02, momentum=0.9, nesterov=True),
        optimizers.RMSprop(0.02),
        optimizers.RMSprop(0.02, momentum=0.5, centered=True),
        optimizers.Adagrad(0.2),
        optimizers.Adam(0.02),
        optimizers.Adam(0.02, amsgrad=True),
        optimizers.Adamax(0.02),
        optimizers.Nadam(0.02),
    ],
    ids=lambda o: o.name,
)
def test_velocity_and_scale_together_are_the_step_that_was_taken(optimizer):
    path = walk(as_problem(WAVES), optimizer, (3.0, 1.0), 12)
    for at in (0, 1, 11):
        seen = arrows(optimizer, path, at)
        velocity, scale = seen.velocity, seen.scale
        if velocity is None:
            velocity = path.rates[at] * seen.downhill
            velocity = velocity * (1 if scale is None else scale)
        elif not isinstance(optimizer, optimizers.RMSprop | optimizers.SGD):
            velocity = velocity * scale
        np.testing.assert_allclose(velocity, path.moves[at], rtol=1e-4, atol=1e-6)
    assert arrows(optimizer, path, 12) is None


def test_a_rate_above_two_over_the_curvature_diverges_and_below_it_does_not():
    bowl = as_problem("x**2 + 10*y**2")  # curvatures 2 and 20
    below, above = optimizers.SGD(0.099), optimizers.SGD(0.101)
    assert outcome(bowl, above, walk(bowl, above, steps=5)).safe_lr == pytest.approx(
        0.1
    )
    assert outcome(bowl, below, walk(bowl, below, steps=800)).kind == "converged"
    assert outcome(bowl, above, walk(bowl, above, steps=400)).kind == "climbing"
    wild = optimizers.SGD(5.0)
    path = walk(bowl, wild, (1.0, 1.0), 100)
    seen = outcome(bowl, wild, path)
    # y grows by 99 a step: 1e38 is reached in 20 steps.
    assert (seen.kind, seen.step) == ("overflow", 20)
    assert len(path) == 20
    heavy = optimizers.SGD(0.1, momentum=0.5)
    assert outcome(bowl, heavy, walk(bowl, heavy, steps=2)).safe_lr == pytest.approx(
        0.15
    )


def test_the_ways_to_end_are_told_apart():
    def kind(what, optimizer, start, steps):
        problem = as_problem(what)
        return outcome(problem, optimizer, walk(problem, optimizer, start, steps)).kind

    assert kind("x**2", optimizers.SGD(1.0), (1.0,), 40) == "oscillating"
    assert kind("x**2 - y**2", optimizers.SGD(0.1), (1.0, 0.0), 80) == "saddle"
    assert kind("x**2", optimizers.SGD(0.001), (1.0,), 40) == "descending"
    assert kind("x**2", optimizers.SGD(0.1), (1.0,), 80) == "converged"


@pytest.mark.parametrize("name", sorted(LANDSCAPES))
def test_the_lowest_places_of_the_built_in_functions_are_lowest(name):
    problem = as_problem(name)
    axes, losses = problem.grid(401)
    least = problem.values(np.array(problem.lowest))
    assert (least <= losses.min() + 2e-3 * np.ptp(losses)).all()
    assert np.ptp(least) < 1e-3
    for place in problem.lowest:
        assert np.linalg.norm(problem.slope(place)[1]) < 2e-3
    assert losses.shape == (401,) * len(problem.names)
    row = [axis[7 + 3 * i] for i, axis in enumerate(axes)]
    at = losses[7] if len(row) == 1 else losses[10, 7]
    assert float(problem.values(np.array([row]))[0]) == pytest.approx(
        float(at), rel=1e-5
    )
