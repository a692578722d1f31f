"""The state of the lab for a model: planes, loss values and paths."""

import numpy as np

from nbkeras.analysis.descent.color_scale import scale_of
from nbkeras.analysis.descent.optimizer_runs import KINDS
from nbkeras.analysis.descent.update_arithmetic import model_lesson
from nbkeras.notebook.descent.session import table
from nbkeras.notebook.widget import translations

PLANES = ("random", "path", "weights")
# A path whose loss ends at this multiple of the first loss has diverged.
CLIMB = 3.0
KEPT_PATHS = 60


class ModelSession:
    """The lab's session for a model; FunctionSession is its counterpart for functions.

    Args:
        loss_surface: a LossSurface.
        plane: kind of the plane, one of PLANES.
        snapshots: snapshots of a recorded fit, or none.
        picked: names of two weights, for the plane "weights".
        count: grid points along each side of the map.
    """

    kind, lr, lowest, formula = "model", 0.01, (), None

    def __init__(self, loss_surface, plane, snapshots=(), picked=None, count=25):
        self.loss_surface, self.plane_kind, self.count = loss_surface, plane, count
        self.snapshots = list(snapshots)
        self.picked = list(picked or loss_surface.usual_weights())
        self.start, self.limits = (0.0, 0.0), ((-1.0, 1.0), (-1.0, 1.0))
        self.words = translations.table("descent")
        self.text = loss_surface.model.name
        self.runs, self.paths, self.optimizers = [], [], []
        self.plane = self.grid_losses = self.recorded = None
        self.names = self._names()
        self._planes, self._paths = {}, {}

    def _names(self):
        """Names of the map's axes: two weights, or two directions."""
        if self.plane is not None and self.plane.kind == "weights":
            return self.plane.names
        return tuple(self.words["direction"].format(n=n) for n in (1, 2))

    @property
    def problem(self):
        """The session itself, which has names, limits and a grid."""
        return self

    def grid(self, count=None):
        """Axes, and the loss values computed so far."""
        return self.grid_losses.axes, self.grid_losses.preview()

    def work(self, settings, control):
        """Compute for the current settings; yields (task, fraction, traits to set).

        Args:
            settings: plane, picked, runs, start, steps, seed.
            control: a Control; stopping it ends the work soon after.
        """
        key = self._plane_key(settings)
        if key not in self._planes:
            yield from self._make_plane(key, settings, control)
        if control.status is not None:
            return
        self.plane, self.grid_losses, self.recorded = self._planes[key]
        self.limits, self.names = self.grid_losses.limits, self._names()
        yield "surface", 0.0, self.surface_traits()
        if not np.isfinite(self.grid_losses.losses).all():
            for share in self.grid_losses.compute():
                yield "surface", share, self.loss_traits()
                if control.status is not None:
                    return
        yield "surface", 1.0, self.loss_traits()
        yield from self._compute_paths(key, settings, control)

    def _plane_key(self, settings):
        kind = settings["plane"]
        if kind == "random":
            return kind, settings["seed"]
        if kind == "weights":
            return kind, tuple(settings["picked"])
        if self.snapshots:
            return kind, None
        return kind, (repr(settings["runs"][0]), settings["steps"])

    def _make_plane(self, key, settings, control):
        loss_surface, places = self.loss_surface, ()
        if key[0] == "random":
            plane = loss_surface.random_plane(settings["seed"])
        elif key[0] == "weights":
            plane = loss_surface.weight_plane(*settings["picked"])
        else:
            snapshots = self.snapshots
            if not snapshots:
                yield "path", 0.0, {}
                any_plane = loss_surface.random_plane(0)
                run, steps = settings["runs"][0], settings["steps"]
                first = loss_surface.recorder.walk(
                    any_plane, run, (0, 0), steps, control=control
                )
                snapshots = first.snapshots
                if control.status is not None:
                    return
            plane = loss_surface.path_plane(snapshots)
            places = np.array([plane.project(weights) for weights in snapshots])
        recorded = self._recorded(plane) if self.snapshots else b""
        limits = loss_surface.limits(plane, places)
        grid = loss_surface.grid(plane, limits, self.count)
        self._planes[key] = (plane, grid, recorded)

    def _recorded(self, plane):
        """The recorded fit on a plane: float32 rows a, b."""
        places = [plane.project(weights) for weights in self.snapshots]
        return np.array(places, "<f4").tobytes()

    def _compute_paths(self, key, settings, control):
        self.runs = settings["runs"]
        self.optimizers = [run.optimizer() for run in self.runs]
        self.paths = []
        start, steps = tuple(settings["start"]), settings["steps"]
        for i, run in enumerate(self.runs):
            path_key = (key, repr(run), start, steps, settings["seed"])
            if path_key not in self._paths:
                yield "training", i / len(self.runs), {}
                path = self.loss_surface.recorder.walk(
                    self.plane,
                    run,
                    start,
                    steps,
                    seed=settings["seed"],
                    control=control,
                )
                if control.status is not None and path.diverged is None:
                    return
                self._paths[path_key] = path
            self.paths.append(self._paths[path_key])
            yield "training", (i + 1) / len(self.runs), self.path_traits(settings)
        while len(self._paths) > KEPT_PATHS:
            self._paths.pop(next(iter(self._paths)))

    def surface_traits(self):
        """The traits that change with the plane."""
        explained = self.plane.explained
        return {
            "names": list(self.names),
            "limits": [list(pair) for pair in self.limits],
            "recorded": self.recorded,
            "facts": {
                "rows": self.sample_rows,
                "count": self.loss_surface.count,
                "explained": [round(100 * share, 1) for share in explained or ()],
            },
            **self.loss_traits(),
        }

    @property
    def sample_rows(self):
        """Number of examples that losses are computed on."""
        return self.loss_surface.sample.rows

    def loss_traits(self):
        """The traits of the loss values computed so far."""
        losses = self.grid_losses.preview()
        return {
            "loss_values": np.ascontiguousarray(losses, "<f4").tobytes(),
            "across": self.count,
            "scale": scale_of(losses),
        }

    def initial_traits(self, count):
        """The traits before any computation: `count` runs at the start."""
        no_values = np.full((2, 2), np.nan, "<f4").tobytes()
        return {
            "names": list(self.names),
            "limits": [list(pair) for pair in self.limits],
            "loss_values": no_values,
            "across": 2,
            "scale": scale_of([]),
            "tables": self._row(self.start) * count,
            "rows": [1] * count,
            "outcomes": [_waiting()] * count,
        }

    def _row(self, start):
        """The serialised form of a path without steps."""
        first = float(self.paths[0].losses[0]) if self.paths else np.nan
        return np.array([*start, first, *[np.nan] * 6], "<f4").tobytes()

    def path_traits(self, settings):
        """The traits of the paths; those not yet computed stay at the start."""
        pairs = list(zip(self.optimizers, self.paths, strict=False))
        waiting = len(self.runs) - len(pairs)
        row = self._row(settings["start"])
        return {
            "tables": b"".join(table(*pair) for pair in pairs) + row * waiting,
            "rows": [len(path.positions) for path in self.paths] + [1] * waiting,
            "outcomes": [_outcome(path) for path in self.paths]
            + [_waiting()] * waiting,
            "code": self.code(settings),
        }

    def lesson(self, selected, at):
        """{phase: lines} of one run at one step; empty until its path is computed."""
        if not self.paths:
            return {}
        path = self.paths[min(selected, len(self.paths) - 1)]
        counts = {"count": self.loss_surface.count, "rows": self.sample_rows}
        return model_lesson(path, at, **counts, names=self.names, words=self.words)

    def code(self, settings):
        """Code of a cell that opens this lab, and of one that computes its numbers."""
        optimizers = ", ".join(run.code() for run in self.runs)
        classes = ", ".join(sorted({KINDS[run.kind].optimizer for run in self.runs}))
        start, seed = tuple(settings["start"]), settings["seed"]
        options = f"start={start}, steps={settings['steps']}, seed={seed}"
        plane, lines = settings["plane"], ""
        if plane == "weights":
            options += f", weights={tuple(settings['picked'])!r}"
            plane_code = "loss_surface.weight_plane" + repr(tuple(settings["picked"]))
        elif plane == "path":
            lines = "keep = nbkeras.analysis.KeepWeights()  # a callback of your fit\n"
            plane_code = "loss_surface.path_plane(keep.snapshots)"
            options += ", path=keep" if self.snapshots else ""
        else:
            plane_code = f"loss_surface.random_plane({seed})"
        limits = tuple((round(a, 6), round(b, 6)) for a, b in self.limits)
        return (
            f"import nbkeras\nfrom nbkeras.optimizers import {classes}\n\n{lines}"
            f"nbkeras.descent(\n    model, data, plane={plane!r},\n"
            f"    optimizers=[{optimizers}],\n    {options},\n)\n\n"
            "# The same numbers without the lab:\n"
            f"loss_surface = nbkeras.analysis.LossSurface(model, data, seed={seed})\n"
            f"grid = loss_surface.grid({plane_code}, {limits}, {self.count})\n"
            "for share in grid.compute():\n    pass\n"
            "print(grid.losses.min(), grid.losses.max())\n"
        )

    def points(self):
        """Empty: only linear regression has points."""
        return []


def _waiting():
    return {"kind": "waiting", "step": 0, "safe": None}


def _outcome(path):
    if path.diverged is not None:
        return {"kind": "overflow", "step": path.diverged, "safe": None}
    # Losses of small batches fluctuate: only a multiple of the first is divergence.
    times = path.losses[-1] / max(path.losses[0], 1e-12)
    kind = "climbing" if times > CLIMB else "risen" if times > 1 else "descending"
    return {"kind": kind, "step": len(path), "safe": None}
