"""Descent: the gradient-descent lab."""

import traitlets

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.optimizer_runs import KINDS, MOST, default_run
from nbkeras.analysis.descent.update_arithmetic import PHASES
from nbkeras.notebook.descent import static_picture
from nbkeras.notebook.descent.session import FunctionSession, as_state, from_state
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.widget.base import Widget

VIEW = {"gradient": True, "velocity": False, "scale": False}
VIEW |= {"surface": False, "azimuth": 35, "tilt": 38}
# Traits that paths depend on, set by the page or a cell.
SETTINGS = ("start", "runs", "noise", "batch", "seed", "steps")


class Descent(Widget):
    """Optimizers on a loss surface; `nbkeras.descent(...)` opens it.

    Input traits, set by the page or a cell:
        formula: name of a built-in function or a formula; empty otherwise.
        start: initial value of each parameter.
        runs: one to six dicts: kind, lr, momentum, more.
        noise: standard deviation of the gradient noise. batch: points per step, 0 for
            all. seed: seed of both. steps: length of the paths.
        points: [x, y] pairs of a linear regression.
        at: displayed step. phase: displayed phase, of five. selected: selected run.
        view: displayed arrows; whether the 3-D surface is open, and its rotation.
        ask: number of requests from the page; answered: number of the last response.

    Output traits: kind, names, limits, loss_values (float32, rows along the second
    parameter, `across` wide), scale, lowest, noise_most; tables (float32, see
    `session.table`), rows of each, outcomes, lesson {phase: lines}, code, trouble
    (an error message).

    Traits of the lab for a model: name; plane, one of planes, and picked, two of the
    weights, both set by the page; recorded (float32 rows a, b of a fit), facts (rows,
    count, explained), busy (what and done, empty when idle).
    """

    kind = traitlets.Unicode("function").tag(sync=True)
    formula = traitlets.Unicode("").tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    limits = traitlets.List().tag(sync=True)
    loss_values = traitlets.Bytes(b"").tag(sync=True)
    across = traitlets.Int(1).tag(sync=True)
    scale = traitlets.Dict().tag(sync=True)
    lowest = traitlets.List().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    runs = traitlets.List(traitlets.Dict(), minlen=1, maxlen=MOST).tag(sync=True)
    noise = traitlets.Float(0.0, min=0.0).tag(sync=True)
    noise_most = traitlets.Float(1.0).tag(sync=True)
    batch = traitlets.Int(0, min=0).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    steps = traitlets.Int(100, min=1, max=400).tag(sync=True)
    points = traitlets.List().tag(sync=True)
    tables = traitlets.Bytes(b"").tag(sync=True)
    rows = traitlets.List(traitlets.Int()).tag(sync=True)
    outcomes = traitlets.List().tag(sync=True)
    at = traitlets.Int(0, min=0).tag(sync=True)
    phase = traitlets.Int(0, min=0, max=len(PHASES) - 1).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)
    lesson = traitlets.Dict().tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    trouble = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    planes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    plane = traitlets.Unicode("").tag(sync=True)
    picked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weights = traitlets.List(traitlets.Unicode()).tag(sync=True)
    recorded = traitlets.Bytes(b"").tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)
    busy = traitlets.Dict().tag(sync=True)
    ask = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, session, runs, **settings):
        self._session, self._computed = session, None
        settings.setdefault("start", list(session.problem.start))
        super().__init__(
            runs=[as_state(run) for run in runs],
            choices={"kinds": list(KINDS), "functions": _formulas()},
            formula=session.formula or "",
            points=session.points(),
            **{"kind": session.problem.kind} | settings,
        )
        with self._gate:
            self._publish_surface()
            self._compute_paths()
        self.on_msg(self._on_message)
        self.observe(
            self._on_change, [*SETTINGS, "at", "selected", "formula", "points", "ask"]
        )

    @property
    def paths(self):
        """The path of each run, as `nbkeras.analysis.Path`."""
        return list(self._session.paths)

    def figure(self, at=None):
        """Loss surface and loss curves up to step `at` (None: all), by Matplotlib."""
        return static_picture.figure(self._session, at, self.words)

    def static_picture(self):
        """(svg, caption): the loss surface with all paths, and how they ended."""
        return static_picture.still(self._session, self.words)

    def _on_message(self, _, content, buffers):
        """Update the static picture when the page requests it after user input."""
        if isinstance(content, dict) and content.get("do") == "keep":
            self.update_static_picture()

    def _on_change(self, change):
        """Apply a change made by the page or a cell; show errors on the page."""
        with self._gate, self.hold_sync():
            try:
                if change.name != "ask":
                    self._apply(change)
                    self.trouble = ""
            except (ValueError, TypeError) as error:
                self.trouble = translate(str(error))
            self.answered = self.ask

    def _apply(self, change):
        if change.name == "formula":
            if change.new:
                self._switch_to(FunctionSession.of_formula(change.new))
        elif change.name == "points":
            self._switch_to(self._session.with_points(change.new), keep=True)
        elif change.name in SETTINGS:
            self._compute_paths()
        elif change.name in ("at", "selected"):
            self.lesson = self._session.lesson(self.selected, self.at)

    def _switch_to(self, session, keep=False):
        """Switch to another session, keeping the kinds of optimizers."""
        self._session = session
        with self.hold_trait_notifications():
            if not keep:
                kinds = [run["kind"] for run in self.runs]
                defaults = [default_run(kind, session.problem) for kind in kinds]
                self.runs = [as_state(run) for run in defaults]
                self.start = list(session.problem.start)
                self.at = self.phase = 0
        self._publish_surface()
        self._compute_paths()

    def _publish_surface(self):
        for name, value in self._session.surface_traits().items():
            setattr(self, name, value)

    def _compute_paths(self):
        session = self._session
        runs = [from_state(state, session.problem) for state in self.runs]
        settings = {name: getattr(self, name) for name in SETTINGS if name != "runs"}
        key = (id(session), tuple(map(repr, runs)), repr(settings))
        if key == self._computed:
            return
        for name, value in session.path_traits(runs, settings).items():
            setattr(self, name, value)
        self._computed = key
        self.runs = [as_state(run) for run in runs]
        self.at = min(self.at, max(self.rows) - 1)
        self.lesson = session.lesson(self.selected, self.at)


def _formulas():
    """{name: formula} of the built-in functions."""
    return {
        name: landscape.formula for name, landscape in landscapes.LANDSCAPES.items()
    }
