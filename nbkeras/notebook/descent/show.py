"""`nbkeras.descent`: the gradient-descent lab on a function or a model."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.keep_weights import KeepWeights
from nbkeras.analysis.descent.loss_surface import LossSurface
from nbkeras.analysis.descent.optimizer_runs import as_runs
from nbkeras.analysis.descent.user_input import as_problem
from nbkeras.core import check
from nbkeras.models.model import Model
from nbkeras.notebook.descent.model_session import PLANES, ModelSession
from nbkeras.notebook.descent.model_widget import ModelDescent
from nbkeras.notebook.descent.session import STEPS_MOST, FunctionSession
from nbkeras.notebook.descent.widget import Descent
from nbkeras.optimizers import Optimizer

# The objective: a name, a formula, a function of one or two numbers, or a model.
Objective: TypeAlias = str | Callable[..., Any] | Model
OptimizerLike: TypeAlias = str | Optimizer


def descent(
    objective: Objective | None = None,
    data: Any = None,
    *,
    points: ArrayLike | None = None,
    optimizers: OptimizerLike | Sequence[OptimizerLike] | None = None,
    start: ArrayLike | None = None,
    limits: ArrayLike | None = None,
    steps: int | None = None,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
    plane: Literal["random", "path", "weights"] | None = None,
    path: KeepWeights | None = None,
    weights: tuple[str, str] | None = None,
    rows: int | None = None,
    resolution: int | None = None,
) -> Descent:
    """Open the gradient-descent lab.

    Args:
        objective: name of a built-in function ("bowl", "banana", "narrow valley"...), a
            formula such as "x**2 + 10*sin(y)", a Python function of one or two
            numbers written with jax.numpy, or a compiled model.
        data: for a model, the data as for `fit`: (x, y), a generator...
        points: pairs (x, y) for linear regression; the loss is the mean squared error
            of the line.
        optimizers: one to six names or optimizers to compare; by default "sgd", or the
            model's own.
        start: initial value of each parameter.
        limits: (low, high) of each parameter, the range of the plot.
        steps: number of steps, at most 400; by default 100, or 40 for a model.
        noise: standard deviation of the gradient noise, as from mini-batches.
        batch_size: points or rows per step.
        seed: seed of the noise, the batches and random planes.
        plane: plane through a model's weights: "random" (default), "path", "weights".
        path: a KeepWeights that recorded a fit; its path then defines the plane.
        weights: two weights such as "dense/kernel[0, 1]", for the plane "weights".
        rows: number of examples that a model's loss is computed on; 512 by default.
        resolution: grid points along each side of a model's plot; 25 by default.

    Returns:
        The lab, a widget; `.paths` has the optimizers' paths, `.figure()` returns a
        Matplotlib figure. For a model, computations run in the background; see
        `.wait()` and `.cancel()`.

    Raises:
        ValueError, TypeError: the objective or another argument is invalid.

    >>> lab = descent("x**2 + 10*sin(y)", optimizers=["sgd", "adam"])
    >>> lab.paths[0].positions.shape
    (101, 2)
    """
    is_model = isinstance(objective, Model)
    steps = (40 if is_model else 100) if steps is None else steps
    steps = check.positive_int("descent", "steps", steps, example=100)
    if steps > STEPS_MOST:
        raise ValueError(
            f"descent(steps={steps}): the lab shows at most {STEPS_MOST} steps. For "
            "more, compute the path alone: nbkeras.analysis.walk(problem, optimizer, "
            f"steps={steps})."
        )
    if is_model:
        session = _model_session(
            objective, data, batch_size, seed, plane, path, weights, rows, resolution
        )
        runs = as_runs(optimizers or [objective.optimizer], session)
        place = [0.0, 0.0] if start is None else [float(value) for value in start]
        return ModelDescent(session, runs, start=place, steps=steps, seed=seed)
    options = {"data": data, "plane": plane, "path": path, "weights": weights}
    options |= {"rows": rows, "resolution": resolution}
    for name, value in options.items():
        if value is not None:
            raise TypeError(
                f"descent({name}=...) requires a model, and {objective!r} is not one. "
                "Write for example descent(model, (x, y), plane='path')."
            )
    problem = as_problem(objective, points=points, start=start, limits=limits)
    noise = check.number("descent", "noise", noise, 0, example=0.5)
    batch = 0
    if batch_size is not None:
        batch = check.positive_int("descent", "batch_size", batch_size, example=1)
    formula = None
    if isinstance(objective, str) or (objective is None and points is None):
        formula = landscapes.find(objective or "bowl") or problem.text
    session = FunctionSession(problem, formula, limits)
    runs = as_runs(optimizers or "sgd", problem)
    return Descent(session, runs, steps=steps, noise=noise, batch=batch, seed=seed)


def _model_session(
    model, data, batch_size, seed, plane, path, weights, rows, resolution
):
    """The ModelSession of a model; arguments as in `descent`."""
    if data is None:
        raise ValueError(
            "descent(model) needs data to measure the loss on. Write for example "
            "descent(model, (x, y))."
        )
    if plane is None:
        plane = "path" if path is not None else "weights" if weights else "random"
    plane = check.choice("descent", "plane", plane, PLANES)
    snapshots = getattr(path, "snapshots", path) or []
    resolution = 25 if resolution is None else resolution
    resolution = check.positive_int("descent", "resolution", resolution, example=25)
    count = 4 * max(1, round((resolution - 1) / 4)) + 1
    rows = 512 if rows is None else rows
    loss_surface = LossSurface(model, data, batch_size=batch_size, rows=rows, seed=seed)
    session = ModelSession(loss_surface, plane, snapshots, weights, count)
    loss_surface.weight_plane(*session.picked)
    return session
