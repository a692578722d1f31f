"""The lab's numbers, without a page: grounds, walks, lesson and code of one state."""

import numpy as np

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.color_scale import scale_of
from nbkeras.analysis.descent.optimizer_memory import arrows
from nbkeras.analysis.descent.optimizer_runs import KINDS, Racer, usual_racer
from nbkeras.analysis.descent.outcome import outcome
from nbkeras.analysis.descent.update_arithmetic import PHASES, lesson
from nbkeras.analysis.descent.user_input import as_problem, split_points
from nbkeras.analysis.descent.walks import walk

# Points of a map that are sent, by the number of parameters: 61 by 61 are 15 kB.
GRID = {1: 301, 2: 61}
STEPS_MOST = 400


class Playground:
    """One ground and the walks on it; holds no trait and draws nothing.

    Args:
        problem: a FunctionProblem or LineProblem.
        given: the text that names it, or None.
        limits: those that the user asked for, for the code.
    """

    def __init__(self, problem, given=None, limits=None):
        self.problem, self.given, self.limits = problem, given, limits
        self.paths = []

    @classmethod
    def of_formula(cls, text):
        """The ground of a built-in name or a formula."""
        problem = as_problem(text)
        return cls(problem, landscapes.find(text) or problem.text)

    def with_points(self, points):
        """The ground of a line through other points; compiles little or nothing."""
        x, y = split_points(points)
        return Playground(self.problem.with_points(x, y))

    def points(self):
        """The pairs [x, y] of a line's ground; none on others."""
        if self.problem.kind != "line":
            return []
        pairs = np.stack([self.problem.x, self.problem.y], 1)
        return [[float(x), float(y)] for x, y in pairs]

    def ground(self):
        """The traits that change with the ground alone."""
        problem = self.problem
        axes, values = problem.grid(GRID[len(problem.names)])
        return {
            "kind": problem.kind,
            "names": list(problem.names),
            "limits": [list(pair) for pair in problem.limits],
            "surface": np.ascontiguousarray(values, "<f4").tobytes(),
            "across": len(axes[0]),
            "scale": scale_of(values),
            "lowest": [[float(x) for x in place] for place in problem.lowest],
            "noise_most": _rounded(np.linalg.norm(problem.slope(problem.start)[1])),
        }

    def walk_all(self, racers, settings):
        """Walk every racer; returns the traits that change with the walks.

        Args:
            racers: list of Racer.
            settings: start, steps, noise, batch (0 for all), seed.
        """
        self.racers = racers
        self.optimizers = [racer.optimizer() for racer in racers]
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

    def lesson(self, lead, at):
        """{phase: lines} of one racer at one step."""
        lead = min(lead, len(self.paths) - 1)
        return lesson(self.problem, self.optimizers[lead], self.paths[lead], at)

    def code(self, settings):
        """A cell that opens the same lab, and one that gives the same numbers."""
        start = tuple(settings["start"])
        more = [f"start={start}", f"steps={settings['steps']}"]
        more += [f"noise={settings['noise']:g}"] if settings["noise"] else []
        more += [f"batch_size={settings['batch']}"] if settings["batch"] else []
        more += [f"seed={settings['seed']}"] if len(more) > 2 else []
        made = ", ".join(racer.code() for racer in self.racers)
        names = ", ".join(sorted({KINDS[r.kind].optimizer for r in self.racers}))
        what, setup = self._what()
        limits = [f"limits={self.limits!r}"] if self.limits is not None else []
        head = f"import nbkeras\nfrom nbkeras.optimizers import {names}\n\n{setup}"
        lab = (
            f"nbkeras.descent(\n    {what},\n    optimizers=[{made}],\n"
            f"    {', '.join([*more, *limits])},\n)\n"
        )
        walked = (
            "\n# The same numbers without the lab:\n"
            "from nbkeras.analysis import as_problem, walk\n\n"
            f"path = walk(as_problem({what}), {self.racers[0].code()}, "
            f"{', '.join(more)})\n"
            "print(path.positions[-1], path.losses[-1])\n"
        )
        return head + lab + walked

    def _what(self):
        """(argument, lines before) that stand for the ground."""
        if self.problem.kind == "line":
            pairs = ", ".join(f"({x:.7g}, {y:.7g})" for x, y in self.points())
            return "points=points", f"points = [{pairs}]\n"
        if isinstance(self.given, str):
            return repr(self.given), ""
        names = ", ".join(self.problem.names)
        return (
            self.problem.text,
            f"# {self.problem.text} is your function of {names}.\n",
        )


def table(optimizer, path):
    """One walk as float32 rows: position, loss, downhill, velocity, scale, each (d).

    NaN stands where an optimizer has no velocity or scale, and after the last step.
    """
    rows, d = path.positions.shape
    full = np.full((rows, 4 * d + 1), np.nan, "<f4")
    full[:, :d], full[:, d] = path.positions, path.losses
    for at in range(rows - 1):
        seen = arrows(optimizer, path, at)
        parts = (seen.downhill, seen.velocity, seen.scale)
        for i, part in enumerate(parts):
            if part is not None:
                full[at, d + 1 + i * d : d + 1 + (i + 1) * d] = part
    return full.tobytes()


def as_state(racer):
    """A Racer as the plain data of a trait."""
    return {
        "kind": racer.kind,
        "lr": racer.lr,
        "momentum": racer.momentum,
        "more": dict(racer.more),
        "steers": KINDS[racer.kind].momentum is not None,
    }


def from_state(state, problem):
    """The Racer that a trait says; one without a rate gets what suits the problem."""
    kind = state.get("kind")
    if kind not in KINDS or state.get("lr") is None:
        return usual_racer(kind, problem)
    momentum = min(max(float(state.get("momentum", 0.0)), 0.0), 0.999)
    rate = min(max(float(state["lr"]), 1e-8), 1e4)
    return Racer(kind, rate, momentum, dict(state.get("more", {})))


def _rounded(value):
    """A number of one digit near `value`, above 0."""
    value = float(value)
    return float(f"{value:.0e}") if np.isfinite(value) and value > 0 else 1.0


def _outcome(problem, optimizer, path):
    found = outcome(problem, optimizer, path)
    return {"kind": found.kind, "step": found.step, "safe": found.safe_lr}


__all__ = ["PHASES", "Playground", "as_state", "from_state"]
