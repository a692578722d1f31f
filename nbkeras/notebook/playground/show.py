"""`nbkeras.playground`: train a small network on points of a plane."""

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from nbkeras.analysis.playground import datasets
from nbkeras.analysis.playground.datasets import DRAWN, OWN
from nbkeras.analysis.playground.settings import Settings
from nbkeras.core import check
from nbkeras.notebook.playground.widget import Playground
from nbkeras.optimizers import Optimizer


def playground(
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    data: str | None = None,
    points: Sequence[Any] | None = None,
    problem: Literal["classification", "regression"] | None = None,
    layers: Sequence[int] = (4, 2),
    activation: str = "tanh",
    features: Sequence[str] = ("x1", "x2"),
    optimizer: str | Optimizer = "sgd",
    learning_rate: float | None = None,
    regularization: Literal["none", "l1", "l2"] = "none",
    regularization_rate: float = 0.0,
    noise: float = 0.0,
    train_ratio: float = 0.5,
    batch_size: int = 10,
    seed: int = 0,
    show_test: bool = False,
    discretize: bool = False,
    steps: int = 0,
    changes: Sequence[tuple[int, str, float]] = (),
) -> Playground:
    """Open a playground: a small network that learns points of a plane as you watch.

    Every unit is shown as a map of its output over the plane, and every weight as a
    line. Units, layers, features and single weights can be changed, and data can be
    drawn with the mouse. Training is the real `fit`, in the background.

    Args:
        x: your own data, numbers (n, 2), at most 2000 rows; None for a made data set.
            Each column is scaled to -5 to 5.
        y: (n,) class numbers or names, two to eight of them, or numbers to predict.
        data: "circle", "xor", "gaussians", "spiral"; for regression "plane" or
            "gaussians".
        points: points drawn by hand, rows of x1, x2 (-6 to 6), class number or target;
            [] opens an empty plane to draw on.
        problem: "classification" or "regression"; for your own y by default regression
            exactly if it has fractions.
        layers: units of the hidden layers, at most six layers of ten.
        activation: of the hidden layers, such as "relu", "tanh", "sigmoid", "linear".
        features: inputs of the network: "x1", "x2", "x1_squared", "x2_squared",
            "x1_x2", "sin_x1", "sin_x2".
        optimizer: name or instance, such as "adam" or SGD(0.01, momentum=0.9).
        learning_rate: by default that of the optimizer instance, 0.03 for "sgd".
        regularization: penalty on the kernels: "none", "l1" or "l2".
        regularization_rate: its factor.
        noise: of a made data set, 0 to 0.5.
        train_ratio: fraction of the points that are trained on, 0.1 to 0.9.
        batch_size: points per step.
        seed: of the data, the split, the weights and the order of the points.
        show_test: whether to show the test points too.
        discretize: whether to show only the sign of the output.
        steps: number of steps to train before the playground opens.
        changes: what was changed during these steps: (step, "learning_rate" or a
            weight such as "hidden_1/kernel[0, 2]", value).

    Returns:
        The playground, a widget: `.train(steps)`, `.play()`, `.pause()`; `.maps` has
        the unit maps and losses, `.model` the network, `.code` one line that opens the
        same playground, `.keras_code` the network for Keras 3, `.figure()` a Matplotlib
        figure.

    Raises:
        ValueError, TypeError: an argument is invalid.

    >>> lab = playground(data="xor", layers=[3], steps=20)
    >>> lab.code
    "nbkeras.playground(data='xor', layers=[3], steps=20)"
    >>> lab.close()
    """
    own = None
    if (x is None) != (y is None):
        missing = "y" if y is None else "x"
        raise ValueError(
            f"playground(x, y) needs both, and {missing} is missing. Write "
            "playground(x, y)."
        )
    if x is not None:
        if data not in (None, OWN) or points is not None:
            raise ValueError(
                "playground(x, y, ...) shows your data, so leave out data and points. "
                "Write playground(x, y)."
            )
        own, data = (x, y), OWN
        plane = datasets.own(x, y, problem)
        problem = "regression" if plane.is_regression else "classification"
    elif points is not None:
        data = DRAWN
    settings = Settings.of(
        problem=problem,
        data=data,
        points=points,
        noise=noise,
        train_ratio=train_ratio,
        batch_size=batch_size,
        features=features,
        layers=layers,
        activation=activation,
        regularization=regularization,
        regularization_rate=regularization_rate,
        optimizer=optimizer,
        learning_rate=learning_rate,
        seed=seed,
        changes=changes,
    )
    steps = check.whole("playground", "steps", steps, example=500)
    view = {"show_test": bool(show_test), "discretize": bool(discretize)}
    return Playground(settings, own=own, steps=steps, view=view)
