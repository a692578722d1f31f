"""The lab on a real model: the same page, its numbers computed in the background."""

import threading
import time

from nbkeras.notebook.descent.model_session import PLANES
from nbkeras.notebook.descent.session import as_state, from_state
from nbkeras.notebook.descent.widget import SETTINGS, Descent
from nbkeras.train.control import Control

SECONDS_BETWEEN = 0.2


class ModelDescent(Descent):
    """Optimizers walking down the loss of a real model; see `Descent` for traits.

    What is asked for is computed on a thread that ends with it. A newer question
    stops the one before; what was computed is kept.
    """

    def __init__(self, ground, racers, **settings):
        self._job = None
        super().__init__(
            ground,
            racers,
            kind="model",
            planes=list(PLANES),
            plane=ground.chosen,
            picked=ground.picked,
            weights=sorted(ground.terrain.weights),
            name=ground.text,
            **ground.unknown(len(racers)) | settings,
        )
        self.observe(self._changed, ["plane", "picked"])

    def wait(self, timeout=None):
        """Wait until everything is computed; returns whether it is."""
        job = self._job
        if job is not None:
            job.thread.join(timeout)
        return not self.busy

    def cancel(self):
        """Stop computing; what is there stays."""
        if self._job is not None:
            self._job.control.stop()

    def close(self):
        """Stop computing and leave the page."""
        self.cancel()
        super().close()

    def static_picture(self):
        """The map and the walks, as far as there are any."""
        return super().static_picture() if self._ground.paths else None

    def _show_ground(self):
        """Nothing to show before the plane is known."""

    def _follow(self, change):
        if change.name in ("plane", "picked"):
            if change.name == "picked":
                self._ground.terrain.weight_plane(*self.picked)
            with self.hold_trait_notifications():
                self.start, self.at, self.phase = [0.0, 0.0], 0, 0
            self._walk()
        else:
            super()._follow(change)

    def _walk(self):
        """Begin a job for what is set now, if it is something else than before."""
        ground = self._ground
        racers = [from_state(state, ground) for state in self.racers]
        settings = {name: getattr(self, name) for name in (*SETTINGS, "plane")}
        settings |= {"racers": racers, "picked": list(self.picked)}
        asked = repr(settings)
        if asked == self._walked:
            return
        self._walked = asked
        self.racers = [as_state(racer) for racer in racers]
        self._begin(settings)

    def _begin(self, settings):
        self.cancel()
        self.busy = {"what": "waiting", "done": 0.0}
        self._job = _Job(self, settings, after=self._job)
        self._job.thread.start()

    def _heard(self, widget, content, buffers):
        asked = content.get("do") if isinstance(content, dict) else None
        if asked == "cancel":
            self.cancel()
        elif asked == "compute":
            self._walked = None
            self._walk()
        else:
            super()._heard(widget, content, buffers)


class _Job:
    """One piece of work on a thread of its own, after the one before it has ended."""

    def __init__(self, lab, settings, after):
        self.lab, self.settings, self.control = lab, settings, Control()
        self._after, self._shown = after, 0.0
        self.thread = threading.Thread(
            target=self._run, name="nbkeras-lab", daemon=True
        )

    def _run(self):
        if self._after is not None:
            self._after.thread.join()
            self._after = None
        lab, ended = self.lab, {"busy": {}}
        try:
            for what, done, traits in lab._ground.work(self.settings, self.control):
                if self.control.status is not None:
                    break
                self._show(what, done, traits)
        except Exception as error:
            ended["trouble"] = f"{type(error).__name__}: {error}"
        if self.control.status is not None:
            ended["busy"] = {"what": "stopped", "done": 0.0}
        if lab._job is self:
            lesson = lab._ground.lesson(lab.lead, lab.at)
            lab.publish(**ended, lesson=lesson)
            lab.update_static_picture()

    def _show(self, what, done, traits):
        """Publish progress a few times a second; a finished piece always."""
        now = time.monotonic()
        whole = done in (0.0, 1.0) or "tables" in traits
        if whole or now - self._shown > SECONDS_BETWEEN:
            self._shown = now
            if "tables" in traits:
                traits["lesson"] = self.lab._ground.lesson(self.lab.lead, self.lab.at)
            self.lab.publish(**traits, busy={"what": what, "done": done})
