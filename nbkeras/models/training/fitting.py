"""fit: from settled arguments to a driven event stream."""

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.callbacks.steering import Steering
from nbkeras.core import memory, notices, processes, rng
from nbkeras.data.batches import first, reseed
from nbkeras.data.steps_per_epoch import read_from
from nbkeras.distribution import parallel
from nbkeras.models import advisers
from nbkeras.models.training import compile_ahead, process_agreement
from nbkeras.models.training.batch_preparation import (
    Feed,
    check_held,
    first_batch,
    prepare,
)
from nbkeras.models.training.displays import observers
from nbkeras.models.training.fit_plan import settle_fit
from nbkeras.models.training.multi_step import stretches
from nbkeras.models.training.weight_checkout import Session, refuse_if_training
from nbkeras.train import evaluation, events, loop, sinks
from nbkeras.train.background import Run
from nbkeras.train.control import Control
from nbkeras.train.drive import drive
from nbkeras.train.history import History
from nbkeras.train.interrupts import interrupt_policy, interrupts_held
from nbkeras.train.pacing import stopwatch

# How often, at most, free memory goes back to the system at the edge of an epoch.
GIVE_BACK_EVERY_S = 1.0


def fit(model, given, background=False):
    """Train; the model is whole at any end, and as it was if an argument is wrong.

    Args:
        model: compiled.
        given: the arguments of `fit`.
        background: whether to train on a thread.

    Returns:
        The History; with `background`, at once, a `Run`.
    """
    control, run = Control(), None
    if not background:
        interrupt_policy.before_fit()
    try:
        with interrupts_held(control) as interrupts:
            plan = settle_fit(**given)
            control.refuses.update(_refusals(model, plan))
            run = Fit(model, plan, control, interrupts).begin()
            if not background:
                return run.go()
            run.appear()
    except BaseException as error:
        if run is None:
            raise
        run.session.close()
        interrupted = isinstance(error, KeyboardInterrupt)
        if not interrupted or not interrupt_policy.swallows(run.history.status):
            raise
        return run.history
    return Run(run.go, control, run.history, run.rate).start()


def _refusals(model, plan):
    """What `Control` cannot do in this run, and why."""
    found = {}
    if plan.validation is None:
        found["validate"] = (
            "There is no validation data to validate on. Give "
            "fit(..., validation_data=(x_val, y_val))."
        )
    fixed = model.optimizer.why_fixed()
    if fixed:
        found["learning_rate"] = fixed
    return found


class Fit(loop.Plan):
    """One run of `fit`: `begin` finds all that can be wrong, `go` trains."""

    def __init__(self, model, plan, control, interrupts):
        self.model, self.plan, self.control = model, plan, control
        self.interrupts = interrupts
        self.history = History(Steering())
        self.history.model = model
        self._watching = None
        self.parallel = parallel.distribution()
        parallel.say_if_idle()
        self.initial_epoch, self.initial_batch = plan.initial_epoch, 0
        self.clock = stopwatch()
        self._gave_back_s = 0.0

    def begin(self):
        """Check, build and take the weights; returns self."""
        model, plan = self.model, self.plan
        try:
            refuse_if_training(model, model.weights_by_path())
            model._run_seed()  # drawn before the weights are
            head = first_batch(plan.train, "fit")
            prepare(model, head, plan.arrays())
            self.held = None
            if plan.validation is not None and (held := first(plan.validation)):
                check_held(model, held, getattr(plan.validation, "data", None))
                self.held = Feed(model, plan.validation, held)
            # Without a number to begin from, the orders of rows go on.
            self._shift = 0 if self.initial_epoch else model._epochs_begun
            self._restore()
            reseed(plan.train, rng.derive(model._run_seed(), "shuffle"))
            self.feed = Feed(model, plan.train, head)
            process_agreement.check(model, plan, self.feed)
            self.session = Session(model)
            self.cell = self.session.open()
        except BaseException:
            plan.close()
            raise
        model.stop_training = False
        model.history = self.history
        advisers.fitting(model, plan, head)
        return self

    def _restore(self):
        """Go on where a backup was made, if a callback has one."""
        for callback in self.plan.callbacks:
            found = getattr(callback, "restore", _nothing)(self.model)
            if found is None:
                continue
            self.initial_epoch, self.initial_batch, self.initial_metrics = found
            if self.initial_metrics is not None:
                self.initial_logs = self.model._objective.results(self.initial_metrics)
            begun = self.model._epochs_begun - (self.initial_batch > 0)
            self._shift = begun - self.initial_epoch

    def appear(self):
        """Before a thread begins the run: let displays be shown by the caller's."""
        self._watching = self._sinks()
        event = self.started(self.clock())
        for each in self._watching:
            sinks.appear(each, event)

    def go(self):
        """Train to the end; returns the History."""
        # On a thread of its own too, whatever the caller uses meanwhile.
        with parallel.fixed(self.parallel):
            return self._go()

    def _go(self):
        model, control, interrupts = self.model, self.control, self.interrupts
        try:
            with self.session:
                watching = self._watching or self._sinks()
                together = stretches(model, self.plan, self.feed, watching[1])
                kind = "stretch" if together else "train"
                model._functions.join(kind, self.feed.shapes)
                self.training = loop.Training(
                    self.cell,
                    model._functions.get("train"),
                    self,
                    control,
                    model._objective.init,
                    self._validate if self.plan.validation is not None else None,
                    self._set_rate,
                    self._diverged,
                    interrupts,
                    self.clock,
                    together,
                )
                stream = self.training.run()
                drive(stream, watching, control, interrupts, self._ended)
                self.cell.finish(model.optimizer.finalize)
        finally:
            self.plan.close()
            self.cell = self.training = None  # they hold arrays, and this run
            memory.give_back()
        return self.history

    def rate(self):
        """The learning rate of the next step."""
        return float(self.model.optimizer.learning_rate)

    # What the loop reads, besides initial_epoch and initial_batch.

    @property
    def looks(self):
        """Whether to look for NaN by the clock: several processes have one each."""
        return not processes.are_several()

    @property
    def epochs(self):
        """Number of the last epoch."""
        return self.plan.epochs

    @property
    def rereadable(self):
        """Whether waiting for data may be interrupted at once."""
        return getattr(self.plan.train, "rereadable", True)

    def validates(self, epoch):
        """Whether `epoch` ends with a validation."""
        return self.plan.validation_epochs(epoch)

    def batches(self, epoch, start):
        """Iterator of (batch, rows) from batch number `start` on."""
        number = epoch + self._shift
        self.model._epochs_begun = number + 1
        return self.feed.through(read_from(self.plan.train, number, start))

    def started(self, seconds):
        """The first event."""
        model, plan = self.model, self.plan
        return events.FitStarted(
            seconds,
            plan.epochs,
            self.initial_epoch,
            plan.steps,
            model._objective.names,
            self.feed.size,
            plan.validation is not None,
            self.rate(),
            model._epochs_done,
            model._steps_done,
            model._run_seed(),
        )

    def _ended(self, status, logs, error):
        done, steps = self.training.epochs_done, self.training.step_number
        asked = self.control.cut_short and status is not events.Status.FAILED
        return events.FitEnded(self.clock(), status, logs, error, done, steps, asked)

    def _set_rate(self, value):
        self.model.optimizer.learning_rate = value

    def _diverged(self, epoch, batch):
        where = f"epoch {epoch + 1}"
        if batch is not None:
            where = f"batch {batch} of {where} (batches count from 0)"
        notices.once(
            ("diverged", id(self)),
            f"The loss is no longer a number since {where}. Training stops, and the "
            "weights are the last ones kept that were finite. Try a smaller learning "
            f"rate (it was {self.rate():.3g}), inputs scaled to about 0..1, or "
            "clipnorm=1.0 in the optimizer.",
        )

    def _validate(self, at_step):
        model, held = self.model, self.plan.validation
        if self.held is None:
            return {}
        data = evaluation.Pass(
            self.held.through(held.epoch(0)),
            self.control,
            self.plan.validation_steps,
            at_step,
            getattr(held, "rereadable", True),
            self.interrupts,
            self.clock,
        )
        values = {**self.cell.ts.params, **self.cell.ts.state}
        step = model._functions.get("eval")
        sums = parallel.whole(model._objective.init())
        model._functions.join("eval", self.held.shapes)
        return (yield from evaluation.evaluate(values, step, data, sums))

    def _sinks(self):
        plan = self.plan
        params = {
            "epochs": plan.epochs,
            "steps": plan.steps,
            "verbose": plan.verbose,
            "do_validation": plan.validation is not None,
        }
        callbacks = CallbackSink(plan.callbacks, self.model, self.control, params)
        watching = observers(plan, self.control, self.model)
        return [self._count, callbacks, self.history, *watching]

    def _count(self, event):
        if isinstance(event, events.EpochEnded):
            self.model._epochs_done += 1
        elif isinstance(event, events.EpochStarted):
            # What was freed lies in the arenas of other threads than want it next.
            if event.seconds - self._gave_back_s > GIVE_BACK_EVERY_S:
                self._gave_back_s = event.seconds
                memory.give_back()
        elif isinstance(event, events.StepEnded) and event.step == 0:
            memory.give_back()  # what compiling the step left behind
            if self.held is not None:
                compile_ahead.held_out(self.model, self.held)


def _nothing(model):
    return None
