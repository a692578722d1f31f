"""The lab's ground under a real model: planes, losses and walks, piece by piece."""

import numpy as np

from nbkeras.analysis.descent.color_scale import scale_of
from nbkeras.analysis.descent.optimizer_runs import KINDS
from nbkeras.analysis.descent.update_arithmetic import model_lesson
from nbkeras.notebook.descent.session import table

PLANES = ("random", "path", "weights")
# A walk that ends this many times as high as it began has diverged.
CLIMB = 3.0


class ModelGround:
    """What a Playground is for functions; its work is done by `steps`, in pieces.

    Args:
        terrain: a Terrain.
        plane: one of PLANES.
        snapshots: of a recorded fit, or none.
        picked: two texts that name weights, for the plane "weights".
        count: places along each side of the map.
    """

    kind, lr, lowest, given = "model", 0.01, (), None

    def __init__(self, terrain, plane, snapshots=(), picked=None, count=25):
        self.terrain, self.chosen, self.count = terrain, plane, count
        self.snapshots = list(snapshots)
        self.picked = list(picked or terrain.usual_weights())
        self.start, self.limits = (0.0, 0.0), ((-1.0, 1.0), (-1.0, 1.0))
        self.names, self.text = ("α", "β"), terrain.model.name
        self.racers, self.paths, self.optimizers = [], [], []
        self.plane = self.surface = self.recorded = None
        self._planes, self._walks = {}, {}

    @property
    def problem(self):
        """Itself: it has names, limits and a grid."""
        return self

    def grid(self, count=None):
        """Axes and what is known of the losses."""
        return self.surface.axes, self.surface.preview()

    def work(self, settings, control):
        """Do what the settings ask for; yields (what, share done, traits to set).

        Args:
            settings: plane, picked, racers, start, steps, seed.
            control: a Control; the work ends soon after it was stopped.
        """
        key = self._plane_key(settings)
        if key not in self._planes:
            yield from self._make_plane(key, settings, control)
        if control.status is not None:
            return
        self.plane, self.surface, self.recorded = self._planes[key]
        self.limits, self.names = self.surface.limits, self.plane.names
        yield "surface", 0.0, self.ground()
        if not np.isfinite(self.surface.losses).all():
            for share in self.surface.compute():
                yield "surface", share, self.heights()
                if control.status is not None:
                    return
        yield "surface", 1.0, self.heights()
        yield from self._walk_all(key, settings, control)

    def _plane_key(self, settings):
        of = {"random": settings["seed"], "weights": tuple(settings["picked"])}
        lead = settings["racers"][0]
        of["path"] = None if self.snapshots else (repr(lead), settings["steps"])
        return settings["plane"], of[settings["plane"]]

    def _make_plane(self, key, settings, control):
        terrain, places = self.terrain, ()
        if key[0] == "random":
            plane = terrain.random_plane(settings["seed"])
        elif key[0] == "weights":
            plane = terrain.weight_plane(*settings["picked"])
        else:
            snapshots = self.snapshots
            if not snapshots:
                yield "path", 0.0, {}
                helper = terrain.random_plane(0)
                racer, steps = settings["racers"][0], settings["steps"]
                first = terrain.walker.walk(
                    helper, racer, (0, 0), steps, control=control
                )
                snapshots = first.snapshots
                if control.status is not None:
                    return
            plane = terrain.path_plane(snapshots)
            places = np.array([plane.project(each) for each in snapshots])
        recorded = self._recorded(plane) if self.snapshots else b""
        limits = terrain.limits(plane, places)
        surface = terrain.surface(plane, limits, self.count)
        self._planes[key] = (plane, surface, recorded)

    def _recorded(self, plane):
        """The recorded fit on a plane: float32 rows a, b."""
        places = [plane.project(each) for each in self.snapshots]
        return np.array(places, "<f4").tobytes()

    def _walk_all(self, key, settings, control):
        self.racers = settings["racers"]
        self.optimizers = [racer.optimizer() for racer in self.racers]
        self.paths = []
        start, steps = tuple(settings["start"]), settings["steps"]
        for i, racer in enumerate(self.racers):
            asked = (key, repr(racer), start, steps, settings["seed"])
            if asked not in self._walks:
                yield "walk", i / len(self.racers), {}
                path = self.terrain.walker.walk(
                    self.plane,
                    racer,
                    start,
                    steps,
                    seed=settings["seed"],
                    control=control,
                )
                if control.status is not None and path.diverged is None:
                    return
                self._walks[asked] = path
            self.paths.append(self._walks[asked])
            yield "walk", (i + 1) / len(self.racers), self.walked(settings)
        while len(self._walks) > 60:
            self._walks.pop(next(iter(self._walks)))

    def ground(self):
        """The traits that change with the plane."""
        explained = self.plane.explained
        return {
            "names": list(self.names),
            "limits": [list(pair) for pair in self.limits],
            "recorded": self.recorded,
            "facts": {
                "rows": self.sample_rows,
                "count": self.terrain.count,
                "explained": [round(100 * each, 1) for each in explained or ()],
            },
            **self.heights(),
        }

    @property
    def sample_rows(self):
        """How many examples losses are measured on."""
        return self.terrain.sample.rows

    def heights(self):
        """The traits of the map as far as it is computed."""
        losses = self.surface.preview()
        return {
            "surface": np.ascontiguousarray(losses, "<f4").tobytes(),
            "across": self.count,
            "scale": scale_of(losses),
        }

    def unknown(self, count):
        """The traits before anything is known: `count` racers at the start."""
        nothing = np.full((2, 2), np.nan, "<f4").tobytes()
        return {
            "names": list(self.names),
            "limits": [list(pair) for pair in self.limits],
            "surface": nothing,
            "across": 2,
            "scale": scale_of([]),
            "tables": self._row(self.start) * count,
            "rows": [1] * count,
            "outcomes": [_waiting()] * count,
        }

    def _row(self, start):
        """A walk that has not begun, as it is on the wire."""
        first = float(self.paths[0].losses[0]) if self.paths else np.nan
        return np.array([*start, first, *[np.nan] * 6], "<f4").tobytes()

    def walked(self, settings):
        """The traits of the walks that are done; the others stand at the start."""
        done = list(zip(self.optimizers, self.paths, strict=False))
        waiting = len(self.racers) - len(done)
        row = self._row(settings["start"])
        return {
            "tables": b"".join(table(*each) for each in done) + row * waiting,
            "rows": [len(path.positions) for path in self.paths] + [1] * waiting,
            "outcomes": [_outcome(path) for path in self.paths]
            + [_waiting()] * waiting,
            "code": self.code(settings),
        }

    def lesson(self, lead, at):
        """{phase: lines} of one racer at one step; empty before it has walked."""
        if not self.paths:
            return {}
        path = self.paths[min(lead, len(self.paths) - 1)]
        return model_lesson(path, at, self.terrain.count, self.sample_rows)

    def code(self, settings):
        """A cell that opens the same lab, and one that gives the same numbers."""
        made = ", ".join(racer.code() for racer in self.racers)
        names = ", ".join(sorted({KINDS[r.kind].optimizer for r in self.racers}))
        start, seed = tuple(settings["start"]), settings["seed"]
        more = f"start={start}, steps={settings['steps']}, seed={seed}"
        plane, lines = settings["plane"], ""
        if plane == "weights":
            more += f", weights={tuple(settings['picked'])!r}"
            made_plane = "terrain.weight_plane" + repr(tuple(settings["picked"]))
        elif plane == "path":
            lines = "keep = nbkeras.analysis.KeepWeights()  # a callback of your fit\n"
            made_plane = "terrain.path_plane(keep.snapshots)"
            more += ", path=keep" if self.snapshots else ""
        else:
            made_plane = f"terrain.random_plane({seed})"
        limits = tuple((round(a, 6), round(b, 6)) for a, b in self.limits)
        return (
            f"import nbkeras\nfrom nbkeras.optimizers import {names}\n\n{lines}"
            f"nbkeras.descent(\n    model, data, plane={plane!r},\n"
            f"    optimizers=[{made}],\n    {more},\n)\n\n"
            "# The same numbers without the lab:\n"
            f"terrain = nbkeras.analysis.Terrain(model, data, seed={seed})\n"
            f"surface = terrain.surface({made_plane}, {limits}, {self.count})\n"
            "for share in surface.compute():\n    pass\n"
            "print(surface.losses.min(), surface.losses.max())\n"
        )

    def points(self):
        """None: only lines have points."""
        return []


def _waiting():
    return {"kind": "waiting", "step": 0, "safe": None}


def _outcome(path):
    if path.diverged is not None:
        return {"kind": "overflow", "step": path.diverged, "safe": None}
    # Small batches make a loss go up and down; only a multiple of it is a climb.
    times = path.losses[-1] / max(path.losses[0], 1e-12)
    kind = "climbing" if times > CLIMB else "risen" if times > 1 else "walking"
    return {"kind": kind, "step": len(path), "safe": None}
