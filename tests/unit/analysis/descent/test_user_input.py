"""What a learner may give to the lab, and what is said when it cannot be used."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.analysis import as_problem


def test_a_python_function_is_minimised_with_its_own_names():
    problem = as_problem(lambda u, v: (u - 1) ** 2 + v**4, limits=(-2, 3))
    assert problem.names == ("u", "v")
    assert problem.limits == ((-2.0, 3.0), (-2.0, 3.0))
    loss, slope = problem.slope((3.0, 1.0))
    assert loss == pytest.approx(5.0)
    np.testing.assert_allclose(slope, [4.0, 4.0], rtol=1e-6)


def test_textbook_names_are_known():
    rosenbrock = as_problem("Rosenbrock")
    assert float(rosenbrock.values([[1.0, 1.0]])[0]) == 0.0
    assert float(as_problem("himmelblau").values([[3.0, 2.0]])[0]) == 0.0


def test_points_may_be_pairs_or_two_arrays():
    pairs = as_problem(points=[(1, 2), (2, 4), (3, 5)])
    arrays = as_problem(points=(np.array([1, 2, 3]), np.array([2, 4, 5])))
    np.testing.assert_array_equal(pairs.y, arrays.y)
    low, high = np.array(pairs.limits).T
    assert (low < pairs.lowest[0]).all()
    assert (high > pairs.lowest[0]).all()
    assert (low < 0).all()
    assert (high > 0).all()


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"objective": "bowll"}, "Did you mean 'bowl'"),
        ({"objective": lambda: 1}, "Write for example descent"),
        ({"objective": lambda a, b, c: a}, "takes 3 arguments"),
        ({"objective": 3}, "descent.int.: give a formula"),
        ({"objective": lambda x: np.sin(x)}, "Write jnp.sin instead of np.sin"),
        ({"objective": lambda x: math.sin(x)}, "jnp.sin instead of math.sin"),
        ({"objective": lambda x: x if x > 0 else -x}, "Write jnp.where instead of if"),
        ({"objective": lambda x: jnp.stack([x, x])}, "must give one number"),
        ({"objective": "bowl", "start": (1, 2, 3)}, "start needs 2 numbers"),
        ({"objective": "bowl", "limits": (3, -3)}, r"limits=\(-5, 5\)"),
        ({"points": [(1, 2)]}, "at least 2 points"),
        ({"points": [(1, 2), (1, 3)]}, "different x"),
        ({"points": [(1, 2), (2, math.nan)]}, "NaN or infinity"),
        ({"points": [1, 2, 3]}, "must be pairs"),
        ({"points": [(1, 2), (2, 3)], "objective": "bowl"}, "not both"),
    ],
)
def test_what_cannot_be_minimised_is_refused_with_advice(given, advice):
    with pytest.raises((ValueError, TypeError), match=advice):
        as_problem(given.pop("objective", None), **given)
