"""Dashboard: the widget that shows a training run and its controls."""

import ipywidgets
import traitlets

from nbkeras.core.check import did_you_mean
from nbkeras.notebook.dashboard import static_picture
from nbkeras.notebook.dashboard.past_views import NOTHING as PAST
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.time_travel import NOTHING
from nbkeras.notebook.inside.widget import Inside
from nbkeras.notebook.widget.base import Widget
from nbkeras.train.events import Status

VIEW = {"log": False, "smooth": 0, "zoom": None, "steps": False}
VIEW |= {"table": False, "code": False, "travel": False, "layers": False}
VIEW |= {"confusion": False, "inside": False}


class Dashboard(Widget):
    """Curves, progress and controls of one fit; see `run_state.RunState.traits`.

    Traits:
        status: a value of `train.events.Status`.
        active_statuses: statuses in which the run can be controlled.
        progress: current numbers: epoch, step, seconds, learning rate...
        metrics: names of the charts, in order.
        step_table, epoch_table: float32 columns, x (steps taken) first, then those
            named in step_columns and epoch_columns; at most 13 kB together.
        moves: [step, name, value] of manual changes; of a loss weight also its output.
        code: code of a cell that repeats those changes.
        can: {"rate", "loss_weight" or "validate": reason why it is unavailable in this
            run}.
        asked: pending request of a button.
        kept: the kept epochs, see `time_travel.TimeTravel.summary`.
        then: past outputs for one example, see `time_travel.TimeTravel.answer`.
        past: the confusion matrix as of an epoch, see `past_views.PastViews`; and the
            epoch and example that `inside` shows.
        inside: the inside view as of an epoch, made when it is first opened.
        layers: statistics of a step from `notebook.xray.sentences.picture_of`, with a
            `message`; `can` says whether there is a layer panel.
        reached: whether a message of the page arrived while the kernel was busy.
        height: height of a chart in pixels; smaller with more than four charts.
        view: scale, zoom and smoothing chosen by the reader; set by the page.
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
    past = traitlets.Dict(PAST).tag(sync=True)
    inside = traitlets.Instance(Inside, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
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
        """Whether the displayed run is still going on."""
        return Status(self.status).is_active

    def static_picture(self) -> tuple[str, str]:
        """(svg, caption): the learning curves, and a description of the run."""
        return static_picture.draw(self.get_state())
