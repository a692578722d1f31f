"""The lab for a model: the same widget, computed in the background."""

from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.core.throttle import Throttle
from nbkeras.notebook.descent.model_session import PLANES
from nbkeras.notebook.descent.session import as_state, from_state
from nbkeras.notebook.descent.widget import SETTINGS, Descent
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.train.control import Control

SECONDS_BETWEEN = 0.2


class ModelDescent(Descent):
    """Optimizers on the loss surface of a real model; see `Descent` for traits.

    Each request is computed on a thread of its own. A newer request stops the previous
    one; finished results are kept.
    """

    def __init__(self, session, runs, **settings):
        self._job = None
        super().__init__(
            session,
            runs,
            kind="model",
            planes=list(PLANES),
            plane=session.plane_kind,
            picked=session.picked,
            weights=sorted(session.loss_surface.weights),
            name=session.text,
            **session.initial_traits(len(runs)) | settings,
        )
        self.observe(self._on_change, ["plane", "picked"])

    def wait(self, timeout=None):
        """Wait until everything is computed; returns whether it is complete."""
        job = self._job
        if job is not None:
            job.thread.join(timeout)
        return not self.busy

    def cancel(self):
        """Stop computing, and keep the results so far."""
        if self._job is not None:
            self._job.control.stop()

    def close(self):
        """Stop computing and close the widget."""
        self.cancel()
        super().close()

    def static_picture(self):
        """The loss surface and the paths computed so far."""
        return super().static_picture() if self._session.paths else None

    def figure(self, at=None):
        """Loss surface and loss curves up to step `at` (None: all), by Matplotlib.

        Waits for the computation.

        Raises:
            RuntimeError: the computation was stopped before it finished.
        """
        self.wait()
        if not self._session.paths:
            reason = self.trouble or "the computation was stopped"
            raise RuntimeError(
                f"lab.figure(): there is no path to draw ({reason}). Set lab.steps to "
                "another number to compute again, or reopen the lab: "
                "nbkeras.descent(model, (x, y))."
            )
        return super().figure(at)

    def _publish_surface(self):
        """Do nothing: the surface is published once the plane is computed."""

    def _apply(self, change):
        if change.name in ("plane", "picked"):
            if change.name == "picked":
                self._session.loss_surface.weight_plane(*self.picked)
            with self.hold_trait_notifications():
                self.start, self.at, self.phase = [0.0, 0.0], 0, 0
            self._compute_paths()
        else:
            super()._apply(change)

    def _compute_paths(self):
        """Start a job for the current settings if they have changed."""
        session = self._session
        runs = [from_state(state, session) for state in self.runs]
        settings = {name: getattr(self, name) for name in (*SETTINGS, "plane")}
        settings |= {"runs": runs, "picked": list(self.picked)}
        key = repr(settings)
        if key == self._computed:
            return
        self._computed = key
        self.runs = [as_state(run) for run in runs]
        self._begin(settings)

    def _begin(self, settings):
        self.cancel()
        self.busy = {"what": "waiting", "done": 0.0}
        self._job = _Job(self, settings, after=self._job)
        self._job.thread.start()

    def _on_message(self, widget, content, buffers):
        request = content.get("do") if isinstance(content, dict) else None
        if request == "cancel":
            self.cancel()
        elif request == "compute":
            self._computed = None
            self._compute_paths()
        else:
            super()._on_message(widget, content, buffers)


class _Job:
    """A computation on its own thread, started after the previous one has ended."""

    def __init__(self, lab, settings, after):
        self.lab, self.settings, self.control = lab, settings, Control()
        self._after, self._updates = after, Throttle(SECONDS_BETWEEN)
        self.thread = BackgroundThread(
            self._run, "nbkeras-lab", cancel=self.control.stop
        )

    def _run(self):
        if self._after is not None:
            self._after.thread.join()
            self._after = None
        lab, ended = self.lab, {"busy": {}}
        try:
            for task, done, traits in lab._session.work(self.settings, self.control):
                if self.control.status is not None:
                    break
                self._show(task, done, traits)
        except Exception as error:
            ended["trouble"] = f"{type(error).__name__}: {translate(str(error))}"
        if self.control.status is not None:
            ended["busy"] = {"what": "stopped", "done": 0.0}
        if lab._job is self:
            lesson = lab._session.lesson(lab.selected, lab.at)
            lab.publish(**ended, lesson=lesson)
            lab.update_static_picture()

    def _show(self, task, done, traits):
        """Publish progress a few times per second, and every finished result."""
        lab = self.lab
        whole = done in (0.0, 1.0) or "tables" in traits
        if whole or self._updates.due():
            self._updates.restart()
            if "tables" in traits:
                traits["lesson"] = lab._session.lesson(lab.selected, lab.at)
            lab.publish(**traits, busy={"what": task, "done": done})
