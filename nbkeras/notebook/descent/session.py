"""The state of the lab for a function: loss values, paths, lesson and code."""

import numpy as np

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.color_scale import scale_of
from nbkeras.analysis.descent.optimizer_memory import arrows
from nbkeras.analysis.descent.optimizer_runs import KINDS, OptimizerRun, default_run
from nbkeras.analysis.descent.outcome import outcome
from nbkeras.analysis.descent.paths import walk
from nbkeras.analysis.descent.update_arithmetic import lesson
from nbkeras.analysis.descent.user_input import as_problem, split_points

# Grid points per axis, by number of parameters: 61 x 61 points are 15 kB.
GRID = {1: 301, 2: 61}
STEPS_MOST = 400


class FunctionSession:
    """A function or linear regression with its optimizer paths, without any drawing.

    Args:
        problem: a FunctionProblem or LineProblem.
        formula: the formula or name that the user entered, or None.
        limits: limits that the user entered, for the code.
    """

    def __init__(self, problem, formula=None, limits=None):
        self.problem, self.formula, self.limits = problem, formula, limits
        self.runs, self.optimizers, self.paths = [], [], []

    @classmethod
    def of_formula(cls, text):
        """The session for a built-in function or a formula."""
        problem = as_problem(text)
        return cls(problem, landscapes.find(text) or problem.text)

    def with_points(self, points):
        """The session for other regression points; rarely recompiles."""
        x, y = split_points(points)
        return FunctionSession(self.problem.with_points(x, y))

    def points(self):
        """The pairs [x, y] of a regression; empty for a function."""
        if self.problem.kind != "line":
            return []
        pairs = np.stack([self.problem.x, self.problem.y], 1)
        return [[float(x), float(y)] for x, y in pairs]

    def surface_traits(self):
        """The traits that depend only on the loss surface."""
        problem = self.problem
        axes, values = problem.grid(GRID[len(problem.names)])
        return {
            "kind": problem.kind,
            "names": list(problem.names),
            "limits": [list(pair) for pair in problem.limits],
            "loss_values": np.ascontiguousarray(values, "<f4").tobytes(),
            "across": len(axes[0]),
            "scale": scale_of(values),
            "lowest": [[float(x) for x in place] for place in problem.lowest],
            "noise_most": _rounded(np.linalg.norm(problem.slope(problem.start)[1])),
        }

    def path_traits(self, runs, settings):
        """Compute the path of every run and return the traits that depend on the paths.

        Args:
            runs: list of OptimizerRun.
            settings: start, steps, noise, batch (0 for all), seed.
        """
        self.runs = runs
        self.optimizers = [run.optimizer() for run in runs]
        self.paths = [
            walk(
                self.problem,
                optimizer,
                settings["start"],
                settings["steps"],
                noise=settings["noise"],
                batch_size=settings["batch"] or None,
                seed=settings["seed"],
            )
            for optimizer in self.optimizers
        ]
        pairs = list(zip(self.optimizers, self.paths, strict=True))
        return {
            "tables": b"".join(table(*pair) for pair in pairs),
            "rows": [len(path.positions) for path in self.paths],
            "outcomes": [_outcome(self.problem, *pair) for pair in pairs],
            "code": self.code(settings),
        }

    def lesson(self, selected, at):
        """{phase: lines} of one run at one step."""
        i = min(selected, len(self.paths) - 1)
        return lesson(self.problem, self.optimizers[i], self.paths[i], at)

    def code(self, settings):
        """Code of a cell that opens this lab, and of one that computes its numbers."""
        start = tuple(settings["start"])
        options = [f"start={start}", f"steps={settings['steps']}"]
        options += [f"noise={settings['noise']:g}"] if settings["noise"] else []
        options += [f"batch_size={settings['batch']}"] if settings["batch"] else []
        options += [f"seed={settings['seed']}"] if len(options) > 2 else []
        optimizers = ", ".join(run.code() for run in self.runs)
        classes = ", ".join(sorted({KINDS[run.kind].optimizer for run in self.runs}))
        argument, setup = self._argument()
        limits = [f"limits={self.limits!r}"] if self.limits is not None else []
        head = f"import nbkeras\nfrom nbkeras.optimizers import {classes}\n\n{setup}"
        lab = (
            f"nbkeras.descent(\n    {argument},\n    optimizers=[{optimizers}],\n"
            f"    {', '.join([*options, *limits])},\n)\n"
        )
        numbers = (
            "\n# The same numbers without the lab:\n"
            "from nbkeras.analysis import as_problem, walk\n\n"
            f"path = walk(as_problem({argument}), {self.runs[0].code()}, "
            f"{', '.join(options)})\n"
            "print(path.positions[-1], path.losses[-1])\n"
        )
        return head + lab + numbers

    def _argument(self):
        """(argument of `descent`, lines of code before it)."""
        if self.problem.kind == "line":
            pairs = ", ".join(f"({x:.7g}, {y:.7g})" for x, y in self.points())
            return "points=points", f"points = [{pairs}]\n"
        if isinstance(self.formula, str):
            return repr(self.formula), ""
        names = ", ".join(self.problem.names)
        return (
            self.problem.text,
            f"# {self.problem.text} is your function of {names}.\n",
        )


def table(optimizer, path):
    """A path as float32 rows: position, loss, downhill, velocity, scale.

    NaN marks a missing velocity or scale, and the row after the last step.
    """
    rows, d = path.positions.shape
    columns = np.full((rows, 4 * d + 1), np.nan, "<f4")
    columns[:, :d], columns[:, d] = path.positions, path.losses
    for at in range(rows - 1):
        step = arrows(optimizer, path, at)
        for i, part in enumerate((step.downhill, step.velocity, step.scale)):
            if part is not None:
                columns[at, d + 1 + i * d : d + 1 + (i + 1) * d] = part
    return columns.tobytes()


def as_state(run):
    """An OptimizerRun as the plain data of a trait."""
    return {
        "kind": run.kind,
        "lr": run.lr,
        "momentum": run.momentum,
        "more": dict(run.more),
        "steers": KINDS[run.kind].momentum is not None,
    }


def from_state(state, problem):
    """The OptimizerRun of a trait's data; a missing rate is replaced by the default."""
    kind = state.get("kind")
    if kind not in KINDS or state.get("lr") is None:
        return default_run(kind, problem)
    momentum = min(max(float(state.get("momentum", 0.0)), 0.0), 0.999)
    rate = min(max(float(state["lr"]), 1e-8), 1e4)
    return OptimizerRun(kind, rate, momentum, dict(state.get("more", {})))


def _rounded(value):
    """`value` rounded to one significant digit; positive."""
    value = float(value)
    return float(f"{value:.0e}") if np.isfinite(value) and value > 0 else 1.0


def _outcome(problem, optimizer, path):
    result = outcome(problem, optimizer, path)
    return {"kind": result.kind, "step": result.step, "safe": result.safe_lr}
