"""Test functions of one and two parameters: a bowl, a narrow valley, a saddle..."""

from dataclasses import dataclass

from nbkeras.core.check import did_you_mean


@dataclass(frozen=True)
class Landscape:
    """A test function to minimise.

    Args:
        formula: text for `Expression`.
        limits: (low, high) of each parameter, the range of a plot.
        start: initial value of each parameter.
        lowest: the positions of the global minima within the limits.
        lr: a learning rate with which plain gradient descent converges.
    """

    formula: str
    limits: tuple
    start: tuple
    lowest: tuple
    lr: float = 0.1


LANDSCAPES = {
    "parabola": Landscape("x**2", ((-5, 5),), (4.0,), ((0.0,),)),
    "two valleys": Landscape(
        "x**4/4 - 2*x**2 + x", ((-3.2, 3.2),), (0.5,), ((-2.1149,),), 0.05
    ),
    "ripples": Landscape("x**2/10 + sin(3*x)", ((-6, 6),), (4.5,), ((-0.5121,),), 0.1),
    "bowl": Landscape("x**2 + y**2", ((-5, 5), (-5, 5)), (4.0, 3.0), ((0, 0),)),
    "narrow valley": Landscape(
        "x**2/20 + y**2", ((-10, 10), (-4, 4)), (-9.0, 3.0), ((0, 0),), 0.3
    ),
    "waves": Landscape(
        "x**2 + 10*sin(y)",
        ((-5, 5), (-6, 6)),
        (3.0, 1.0),
        ((0, -1.5707963), (0, 4.712389)),
    ),
    "saddle": Landscape(
        "x**2 - y**2 + y**4/8", ((-3, 3), (-3, 3)), (2.5, 0.01), ((0, 2), (0, -2))
    ),
    "four valleys": Landscape(
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        ((-5, 5), (-5, 5)),
        (-0.5, -0.5),
        ((3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)),
        0.01,
    ),
    "banana": Landscape(
        "(1 - x)**2 + 100*(y - x**2)**2",
        ((-2, 2), (-1, 3)),
        (-1.5, 2.0),
        ((1, 1),),
        0.001,
    ),
    "beale": Landscape(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        ((-4.5, 4.5), (-4.5, 4.5)),
        (1.0, 1.5),
        ((3, 0.5),),
        0.01,
    ),
    "egg box": Landscape(
        "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)",
        ((-3, 3), (-3, 3)),
        (2.3, 1.7),
        ((0, 0),),
        0.002,
    ),
    "plateau": Landscape(
        "1 - exp(-(x**2 + y**2)/2)", ((-4, 4), (-4, 4)), (2.0, 2.2), ((0, 0),), 0.5
    ),
}

# Names that textbooks use.
OTHER_NAMES = {
    "rosenbrock": "banana",
    "himmelblau": "four valleys",
    "rastrigin": "egg box",
    "quadratic": "parabola",
    "sphere": "bowl",
    "ravine": "narrow valley",
}


def find(name):
    """The name of a built-in function, looked up by any of its names, or None."""
    key = " ".join(str(name).lower().replace("_", " ").split())
    return key if key in LANDSCAPES else OTHER_NAMES.get(key)


def near(name):
    """' Did you mean ...?' for a misspelt name, else ''."""
    return did_you_mean(str(name).lower(), (*LANDSCAPES, *OTHER_NAMES))
