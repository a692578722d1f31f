"""A learner's formula: what it means, and what is refused."""

import jax
import numpy as np
import pytest

from nbkeras.analysis.descent.expression import Expression

PLACES = np.random.default_rng(1).uniform(-3, 3, (20, 2)).astype("float32")


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [
        ("x**2 + 10*sin(y)", lambda x, y: x**2 + 10 * np.sin(y)),
        ("-x + +y/2 - 3", lambda x, y: -x + y / 2 - 3),
        ("max(x, y) * min(x, 1)", lambda x, y: np.maximum(x, y) * np.minimum(x, 1)),
        ("exp(-x**2) * cos(pi*y)", lambda x, y: np.exp(-(x**2)) * np.cos(np.pi * y)),
        ("np.tanh(x) - math.sqrt(abs(y))", lambda x, y: np.tanh(x) - np.sqrt(abs(y))),
        ("x**-2 + abs(y)**1.5", lambda x, y: x**-2.0 + abs(y) ** 1.5),
        ("x³ − 2×y²", lambda x, y: x**3 - 2 * y**2),
        ("log(x**2 + e) + arctan(y)", lambda x, y: np.log(x**2 + np.e) + np.arctan(y)),
    ],
)
def test_a_formula_has_the_value_of_the_same_numpy(text, by_hand):
    formula = Expression(text)
    assert formula.names == ("x", "y")
    ours = [float(formula(*place)) for place in PLACES]
    x, y = PLACES.astype("float64").T
    np.testing.assert_allclose(ours, by_hand(x, y), rtol=2e-5, atol=2e-6)


def test_variables_are_in_alphabetical_order_whatever_comes_first():
    assert Expression("10*sin(y) + x**2").names == ("x", "y")
    assert Expression("w2 * w1").names == ("w1", "w2")
    assert Expression("(b - 3)**2").names == ("b",)


def test_the_slope_of_a_whole_power_is_exact_at_zero_and_below():
    slope = jax.grad(Expression("x**4 - 3*x**2"))
    for x in (-2.0, 0.0, 1.5):
        assert float(slope(x)) == pytest.approx(4 * x**3 - 6 * x, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("x^2", r"Write 'x\*\*2'"),
        ("2x + y", r"Write 2\*x"),
        ("3(x + y)", r"Write 2\*x"),
        ("x +", "not a formula"),
        ("", "not a formula"),
        ("x = 3", "not a formula"),
        ("sen(x)", "Did you mean 'sin'"),
        ("x + foo", "Variables are single letters"),
        ("x + y + z", "one or two"),
        ("3 + 4", "found: none|variables: none"),
        ("max(x)", r"Write max\(x, y\)"),
        ("x if y else 2", "is not allowed in a formula"),
        ("[x, y]", "is not allowed in a formula"),
        ("x < y", "is not allowed in a formula"),
        ("'a' + x", "is not allowed in a formula"),
        ("True + x", "is not allowed in a formula"),
        ("x" + "+x" * 300, "Write a Python function"),
        ("-" * 100 + "x", "nested more than"),
    ],
)
def test_what_is_no_formula_is_refused_with_advice(text, advice):
    with pytest.raises(ValueError, match=advice):
        Expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "(lambda: x)()",
        "[y for y in (x,)][0]",
        "exec('x')",
        "np.load(x)",
        "np.random.seed(x)",
        "f'{x}'",
        "x := 3",
        "globals()",
    ],
)
def test_nothing_but_arithmetic_can_be_reached(text):
    with pytest.raises(ValueError, match=r"formula|function|Variables|variables"):
        Expression(text)


def test_a_tower_of_powers_costs_nothing():
    assert float(Expression("9**9**9**9 + 0*x")(1.0)) == np.inf
