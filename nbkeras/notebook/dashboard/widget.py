"""Dashboard: the widget that shows a training run and its controls."""

import traitlets

from nbkeras.core.check import did_you_mean
from nbkeras.notebook.dashboard import static_picture
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.time_travel import NOTHING
from nbkeras.notebook.widget.base import Widget
from nbkeras.train.events import Status

VIEW = {"log": False, "smooth": 0, "zoom": None, "steps": False}
VIEW |= {"table": False, "code": False, "travel": False, "layers": False}


class Dashboard(Widget):
    """Curves, progress and controls of one fit; see `run_state.RunState.traits`.

    Traits:
        status: a word of `train.events.Status`.
        active_statuses: those of them in which the run can be steered.
        progress: numbers of the moment: epoch, step, seconds, learning rate...
        metrics: names of the charts, in order.
        step_table, epoch_table: float32 columns, x (steps taken) first, then those
            named in step_columns and epoch_columns; at most 13 kB together.
        moves: [step, name, value] of what was steered by hand.
        code: a cell that repeats those moves.
        can: {"rate" or "validate": why this run cannot do it}.
        asked: what was pressed and is not yet done.
        kept: the epochs to go back to, see `time_travel.TimeTravel.summary`.
        then: what the model gave for one example as of them, see its `answer`.
        layers: a look into a step, as `notebook.xray.sentences.picture_of` gives it,
            with a `message`; `can` says whether there is a panel at all.
        reached: whether the page was heard while the kernel was busy.
        height: of a chart, in pixels; more than four charts are lower.
        view: how the reader set scale, zoom and smoothing; set by the page.
    """

    status = traitlets.Enum([*Status], Status.STARTING.value).tag(sync=True)
    active_statuses = traitlets.List(
        [status.value for status in Status if status.is_active], read_only=True
    ).tag(sync=True)
    progress = traitlets.Dict(RunState().progress()).tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    step_table = traitlets.Bytes(b"").tag(sync=True)
    step_columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    epoch_table = traitlets.Bytes(b"").tag(sync=True)
    epoch_columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    moves = traitlets.List().tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    can = traitlets.Dict().tag(sync=True)
    asked = traitlets.Unicode("").tag(sync=True)
    kept = traitlets.Dict(NOTHING).tag(sync=True)
    then = traitlets.Dict().tag(sync=True)
    layers = traitlets.Dict().tag(sync=True)
    reached = traitlets.Bool(False).tag(sync=True)
    height = traitlets.Int(190, min=80, max=1000).tag(sync=True)
    view = traitlets.Dict(VIEW).tag(sync=True)

    @traitlets.validate("view")
    def _known_settings(self, proposal):
        for name in proposal["value"]:
            if name not in VIEW:
                raise traitlets.TraitError(
                    f"view has no setting {name!r}.{did_you_mean(name, VIEW)} "
                    f"Its settings are: {', '.join(VIEW)}."
                )
        return VIEW | proposal["value"]

    @property
    def is_active(self) -> bool:
        """Whether the run that it shows goes on."""
        return Status(self.status).is_active

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the learning curves, and the run in words."""
        return static_picture.draw(self.get_state())
