"""`nbkeras.descent`: gradient descent on a function or a model, shown on the page."""

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.loss_surface import LossSurface
from nbkeras.analysis.descent.optimizer_runs import as_runs
from nbkeras.analysis.descent.user_input import as_problem
from nbkeras.core import check
from nbkeras.models.model import Model
from nbkeras.notebook.descent.model_session import PLANES, ModelSession
from nbkeras.notebook.descent.model_widget import ModelDescent
from nbkeras.notebook.descent.session import STEPS_MOST, FunctionSession
from nbkeras.notebook.descent.widget import Descent


def descent(
    what=None,
    data=None,
    *,
    points=None,
    optimizers=None,
    start=None,
    limits=None,
    steps=None,
    noise=0.0,
    batch_size=None,
    seed=0,
    **real,
):
    """Open the gradient-descent lab.

    Args:
        what: name of a built-in function ("bowl", "banana", "narrow valley"...), a
            formula such as "x**2 + 10*sin(y)", a Python function of one or two
            numbers written with jax.numpy, or a compiled model.
        data: for a model, what `fit` takes: (x, y), a generator...
        points: pairs (x, y); the loss is then the squared error of a line through
            them (linear regression).
        optimizers: one to six names or optimizers to compare; "sgd" if not given, a
            model's own.
        start: initial value of each parameter.
        limits: (low, high) of each parameter, the range of the plot.
        steps: number of steps, at most 400; 100 if not given, 40 with a model.
        noise: standard deviation of the gradient noise, as from mini-batches.
        batch_size: points or rows a step.
        seed: of the noise, the batches and random planes.
        real: with a model: `plane`, "random" (the usual one), "path" or "weights";
            `path`, a KeepWeights that recorded a fit; `weights`, two texts such as
            "dense/kernel[0, 1]"; `rows` to measure the loss on, 512; `resolution`,
            grid points along each side of the plot, 25.

    Returns:
        The lab, a widget; `.paths` has the optimizers' paths, `.figure()` gives a
        Matplotlib figure. For a model it computes in the background: `.wait()`,
        `.cancel()`.

    Raises:
        ValueError, TypeError: what cannot be minimised, and what to write instead.

    >>> lab = descent("x**2 + 10*sin(y)", optimizers=["sgd", "adam"])
    >>> lab.paths[0].positions.shape
    (101, 2)
    """
    is_model = isinstance(what, Model)
    steps = (40 if is_model else 100) if steps is None else steps
    steps = check.positive_int("descent", "steps", steps, example=100)
    if steps > STEPS_MOST:
        raise ValueError(
            f"descent(steps={steps}): the lab shows at most {STEPS_MOST} steps. For "
            "more, compute the path alone: nbkeras.analysis.walk(problem, optimizer, "
            f"steps={steps})."
        )
    if is_model:
        common = {"batch_size": batch_size, "seed": seed}
        return _on_model(what, data, optimizers, start, steps, common, **real)
    if real or data is not None:
        argument = "data" if data is not None else next(iter(real))
        raise TypeError(
            f"descent({argument}=...) belongs to a model, and {what!r} is none. Write "
            "for example descent(model, (x, y), plane='path')."
        )
    problem = as_problem(what, points=points, start=start, limits=limits)
    noise = check.number("descent", "noise", noise, 0, example=0.5)
    batch = 0
    if batch_size is not None:
        batch = check.positive_int("descent", "batch_size", batch_size, example=1)
    formula = None
    if isinstance(what, str) or (what is None and points is None):
        formula = landscapes.find(what or "bowl") or problem.text
    session = FunctionSession(problem, formula, limits)
    runs = as_runs(optimizers or "sgd", problem)
    return Descent(session, runs, steps=steps, noise=noise, batch=batch, seed=seed)


def _on_model(
    model,
    data,
    optimizers,
    start,
    steps,
    common,
    plane=None,
    path=None,
    weights=None,
    rows=512,
    resolution=25,
):
    """The lab on a real model; arguments as in `descent`."""
    if data is None:
        raise ValueError(
            "descent(model) needs data to measure the loss on. Write for example "
            "descent(model, (x, y))."
        )
    if plane is None:
        plane = "path" if path is not None else "weights" if weights else "random"
    plane = check.choice("descent", "plane", plane, PLANES)
    snapshots = getattr(path, "snapshots", path) or []
    resolution = check.positive_int("descent", "resolution", resolution, example=25)
    count = 4 * max(1, round((resolution - 1) / 4)) + 1
    loss_surface = LossSurface(model, data, rows=rows, **common)
    session = ModelSession(loss_surface, plane, snapshots, weights, count)
    loss_surface.weight_plane(*session.picked)
    runs = as_runs(optimizers or [model.optimizer], session)
    start = [float(value) for value in (start or (0.0, 0.0))]
    return ModelDescent(session, runs, start=start, steps=steps, seed=common["seed"])
