"""Descent: the gradient-descent lab."""

import traitlets

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.optimizer_runs import KINDS, MOST, usual_racer
from nbkeras.notebook.descent import static_picture
from nbkeras.notebook.descent.session import PHASES, Playground, as_state, from_state
from nbkeras.notebook.widget.base import Widget

VIEW = {"gradient": True, "velocity": False, "scale": False, "azimuth": 35, "tilt": 38}
# What a walk depends on; the page sets these, and so may a cell.
SETTINGS = ("start", "racers", "noise", "batch", "seed", "steps")


class Descent(Widget):
    """Optimizers walking down a loss; `nbkeras.descent(...)` makes one.

    Traits the page sets, and a cell may set too:
        formula: name of a built-in function or a formula; empty for what is neither.
        start: first value of each parameter.
        racers: one to six dicts: kind, lr, momentum, more.
        noise: deviation of the noise on each gradient; batch: points a step, 0 for all;
        seed: of both. steps: length of the walks.
        points: [x, y] pairs of a line's ground.
        at: the step that is shown; phase: which of the five; lead: whose.
        view: arrows shown and how the relief is turned.
        ask: counts the page's questions; answered: the last one that was answered.

    Traits that answer: kind, names, limits, surface (float32, rows along the second
    parameter, `across` wide), scale, lowest, noise_most; tables (float32, see
    `playground.table`), rows of each, outcomes, lesson {phase: lines}, code, trouble
    (an error in words).

    Traits of a real model's lab: name; plane, one of planes, and picked, two of the
    weights, both set by the page; recorded (float32 rows a, b of a fit), facts (rows,
    count, explained), busy (what and done, empty when nothing is computed).
    """

    kind = traitlets.Unicode("function").tag(sync=True)
    formula = traitlets.Unicode("").tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    limits = traitlets.List().tag(sync=True)
    surface = traitlets.Bytes(b"").tag(sync=True)
    across = traitlets.Int(1).tag(sync=True)
    scale = traitlets.Dict().tag(sync=True)
    lowest = traitlets.List().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    racers = traitlets.List(traitlets.Dict(), minlen=1, maxlen=MOST).tag(sync=True)
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
    lead = traitlets.Int(0, min=0).tag(sync=True)
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

    def __init__(self, ground, racers, **settings):
        self._ground, self._walked = ground, None
        settings.setdefault("start", list(ground.problem.start))
        super().__init__(
            racers=[as_state(racer) for racer in racers],
            choices={"kinds": list(KINDS), "grounds": _formulas()},
            formula=ground.given or "",
            points=ground.points(),
            **{"kind": ground.problem.kind} | settings,
        )
        with self._gate:
            self._show_ground()
            self._walk()
        self.on_msg(self._heard)
        self.observe(
            self._changed, [*SETTINGS, "at", "lead", "formula", "points", "ask"]
        )

    @property
    def paths(self):
        """The walk of each racer, as `nbkeras.analysis.Path`."""
        return list(self._ground.paths)

    def figure(self, at=None):
        """Map and losses as a Matplotlib figure, up to step `at`; None for all."""
        return static_picture.figure(self._ground, at, self.words)

    def static_picture(self):
        """The map with all walks, and how they went in words."""
        return static_picture.still(self._ground, self.words)

    def _heard(self, _, content, buffers):
        """After a while of quiet the page asks to renew the picture that stays."""
        if isinstance(content, dict) and content.get("do") == "keep":
            self.update_static_picture()

    def _changed(self, change):
        """Answer to what the page or a cell has set; an error is shown, not lost."""
        with self._gate, self.hold_sync():
            try:
                if change.name != "ask":
                    self._follow(change)
                    self.trouble = ""
            except (ValueError, TypeError) as error:
                self.trouble = str(error)
            self.answered = self.ask

    def _follow(self, change):
        if change.name == "formula":
            if change.new:
                self._begin_on(Playground.of_formula(change.new))
        elif change.name == "points":
            self._begin_on(self._ground.with_points(change.new), keep=True)
        elif change.name in SETTINGS:
            self._walk()
        elif change.name in ("at", "lead"):
            self.lesson = self._ground.lesson(self.lead, self.at)

    def _begin_on(self, ground, keep=False):
        """Go to another ground, with the same kinds of optimizers."""
        self._ground = ground
        with self.hold_trait_notifications():
            if not keep:
                kinds = [racer["kind"] for racer in self.racers]
                usual = [usual_racer(kind, ground.problem) for kind in kinds]
                self.racers = [as_state(racer) for racer in usual]
                self.start = list(ground.problem.start)
                self.at = self.phase = 0
        self._show_ground()
        self._walk()

    def _show_ground(self):
        for name, value in self._ground.ground().items():
            setattr(self, name, value)

    def _walk(self):
        ground = self._ground
        racers = [from_state(state, ground.problem) for state in self.racers]
        settings = {name: getattr(self, name) for name in SETTINGS if name != "racers"}
        walked = (id(ground), tuple(map(repr, racers)), repr(settings))
        if walked == self._walked:
            return
        for name, value in ground.walk_all(racers, settings).items():
            setattr(self, name, value)
        self._walked = walked
        self.racers = [as_state(racer) for racer in racers]
        self.at = min(self.at, max(self.rows) - 1)
        self.lesson = ground.lesson(self.lead, self.at)


def _formulas():
    """{name: formula} of the built-in functions."""
    return {name: each.formula for name, each in landscapes.LANDSCAPES.items()}
