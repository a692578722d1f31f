"""fit: check the data, check out the weights, train, and return the weights."""

import math
from typing import Any

import jax
import numpy as np

from nbkeras.callbacks.event_adapter import CallbackSink
from nbkeras.callbacks.history import History
from nbkeras.callbacks.steering import Steering
from nbkeras.core import notices, rng
from nbkeras.core.machine import memory, processes
from nbkeras.data import array_batches
from nbkeras.data.batches import first, has_random_sizes, reseed
from nbkeras.data.steps_per_epoch import read_from
from nbkeras.distribution import parallel
from nbkeras.distribution.placement import placement_of
from nbkeras.distribution.processes import agree, fingerprint
from nbkeras.models import advisers
from nbkeras.models.training import compile_ahead, private_training, text_inputs
from nbkeras.models.training.batch_preparation import (
    PreparedBatches,
    check_validation_data,
    first_batch,
    prepare,
)
from nbkeras.models.training.displays import observers
from nbkeras.models.training.fit_plan import plan_fit
from nbkeras.models.training.frame_columns import in_trained_order, remember
from nbkeras.models.training.kept_epochs import KeptEpochs
from nbkeras.models.training.steps.own_step_probe import (
    results_of,
    settle_evaluation,
    settle_training,
)
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.models.training.steps.stateful_steps import StatefulStep
from nbkeras.models.training.steps.steps_per_execution import multi_step_dispatch
from nbkeras.models.training.weight_checkout import WeightCheckout, refuse_if_training
from nbkeras.train import evaluation, events, loop, sinks
from nbkeras.train.background_fit import Run
from nbkeras.train.control import Control
from nbkeras.train.event_dispatch import dispatch_events
from nbkeras.train.interrupts import interrupt_policy, interrupts_held
from nbkeras.train.pacing import stopwatch
from nbkeras.train.record import Recorder

# Minimum seconds between two returns of freed memory to the operating system.
GIVE_BACK_EVERY_S = 1.0
# Share of a device's free memory that the data may take.
DEVICE_SHARE = 0.25


def fit(model, arguments, background=False):
    """Train the model, which stays consistent however the run ends.

    Args:
        model: a compiled model.
        arguments: the arguments of `fit` by name.
        background: whether to train on a thread.

    Returns:
        The History; with `background`, a `Run`, immediately.
    """
    processes.refuse_after_fork("fit")
    control, run = Control(), None
    if not background:
        interrupt_policy.before_fit()
    try:
        with interrupts_held(control) as interrupts:
            arguments = in_trained_order(model, arguments)
            plan = plan_fit(
                text_inputs.numbered(model, arguments),
                class_numbers=model._objective.takes_class_numbers,
                missing_targets=model._objective.takes_missing_targets,
            )
            plan = private_training.with_poisson_batches(model, plan)
            control.refuses.update(_refusals(model, plan))
            run = Fit(model, plan, control, interrupts).begin()
            remember(model, arguments)
            if not background:
                return run.go()
            run.appear()
    except BaseException as error:
        if run is None:
            raise
        run.checkout.close()
        interrupted = isinstance(error, KeyboardInterrupt)
        if not interrupted or not interrupt_policy.swallows(run.history.status):
            raise
        return run.history
    return Run(run.go, control, run.history, run.rate).start()


def _refusals(model, plan):
    """{request: reason} of the requests that `Control` refuses in this run."""
    refusals = {}
    if plan.validation is None:
        refusals["validate"] = (
            "This run has no validation data. Write fit(..., validation_data=(x_val, "
            "y_val))."
        )
    fixed = model.optimizer.why_fixed()
    if fixed:
        refusals["learning_rate"] = fixed
    return refusals


def _offer_validation_data(plan):
    """Set `validation_data` of callbacks as Keras 2 did: [inputs, targets, weights].

    Only arrays are offered; a callback that has data of its own keeps it.
    """
    x, y, weight = getattr(plan.validation, "data", None) or (None, None, None)
    if y is None:
        return
    inputs, targets = jax.tree.leaves(x), jax.tree.leaves(y)
    weights = [np.ones(len(targets[0]), "float32") if weight is None else weight]
    for callback in plan.callbacks:
        was_offered = getattr(callback, "_data_was_offered", False)
        if was_offered or getattr(callback, "validation_data", 0) is None:
            callback.validation_data = [*inputs, *targets, *weights]
            callback._data_was_offered = True


class Fit(loop.Plan):
    """One run of `fit`: `begin` validates everything, `go` trains."""

    # A Cell and a loop.Training during the run; None afterwards.
    cell: Any
    training: Any

    def __init__(self, model, plan, control, interrupts):
        self.model, self.plan, self.control = model, plan, control
        self.interrupts = interrupts
        self.history = History(Steering())
        self.history.model = model
        self._event_sinks = None
        if plan.keep_epochs and not processes.are_several():
            self.history.kept = KeptEpochs(model, control, plan.keep_epochs)
        self.parallel = parallel.distribution()
        parallel.say_if_idle()
        self.initial_epoch, self.initial_batch = plan.initial_epoch, 0
        self.clock = stopwatch()

    def begin(self):
        """Validate, build, and check out the weights; returns self."""
        model, plan = self.model, self.plan
        try:
            refuse_if_training(model, model.variables_in_training())
            model.run_seed()  # drawn before the weights
            batch = first_batch(plan.train, "fit")
            prepare(model, batch, plan.arrays())
            if has_random_sizes(plan.train):
                private_training.begin(model, plan.train)
            self.prepared_validation = None
            if plan.validation is not None and (
                validation_batch := first(plan.validation)
            ):
                check_validation_data(
                    model, validation_batch, getattr(plan.validation, "data", None)
                )
                self.prepared_validation = PreparedBatches(
                    model,
                    plan.validation,
                    validation_batch,
                    begin="In validation_data: ",
                )
            _offer_validation_data(plan)
            # Without initial_epoch, the sequence of row orders continues.
            self._shift = 0 if self.initial_epoch else model._epochs_begun
            self._restore()
            reseed(plan.train, rng.derive(model.run_seed(), "shuffle"))
            self.prepared = PreparedBatches(model, plan.train, batch)
            settle_training(model, self.prepared.shapes)
            if self.prepared_validation is not None:
                settle_evaluation(model, self.prepared_validation.shapes)
            _check_processes_agree(model, plan, self.prepared)
            self._keep_data_on_device()
            self._offer_loss_weights()
            if self.parallel is not None:
                weights = model.weights_by_path().items()
                self.parallel.check_weights({path: w.shape for path, w in weights})
            self.checkout = WeightCheckout(model)
            self.cell = self.checkout.open()
        except BaseException:
            plan.close()
            raise
        model.stop_training = False
        model.history = self.history
        advisers.fitting(model, plan, batch)
        return self

    def _keep_data_on_device(self):
        """Copy data in arrays to a device with memory of its own, if there is room."""
        keep = getattr(self.plan.train, "keep_on_device", None)
        # Several steps in one call are given batches that were joined on the host.
        is_stepwise = self.model._steps_per_execution in ("auto", 1)
        if keep is None or self.parallel is not None or not is_stepwise:
            return
        free = array_batches.free_device_bytes()
        if free is not None:
            keep(int(free * DEVICE_SHARE))

    def _offer_loss_weights(self):
        """Tell `Control` whose weights it can set; the outputs are known now."""
        control, reason = self.control, self.model.why_loss_weights_fixed()
        if reason is not None:
            control.refuses["loss_weight"] = reason
        else:
            control.losses = tuple(self.model.current_loss_weights)

    def _restore(self):
        """Resume from a backup, if a callback has one."""
        for callback in self.plan.callbacks:
            progress = getattr(callback, "restore", _no_backup)(self.model)
            if progress is None:
                continue
            self.initial_epoch, self.initial_batch, self.initial_metrics = progress
            if self.initial_metrics is not None:
                self.initial_logs = results_of(self.model, self.initial_metrics)
            begun = self.model._epochs_begun - (self.initial_batch > 0)
            self._shift = begun - self.initial_epoch

    def appear(self):
        """Show the displays on the caller's thread, before the run's thread starts."""
        self._event_sinks = self._make_sinks()
        event = self.started(self.clock())
        for sink in self._event_sinks:
            sinks.appear(sink, event)

    def go(self):
        """Run the training loop; returns the History."""
        # Set again here: a background thread does not inherit the caller's context.
        with parallel.fixed(self.parallel):
            return self._go()

    def _go(self):
        model, control, interrupts = self.model, self.control, self.interrupts
        try:
            with self.checkout:
                event_sinks = self._event_sinks or self._make_sinks()
                multi = multi_step_dispatch(
                    model, self.plan, self.prepared, self._callbacks
                )
                kind = "multi_step" if multi else "train"
                model._compiled_steps.wait_for(kind, self.prepared.shapes)
                validates = self.plan.validation is not None
                self.training = loop.Training(
                    cell=self.cell,
                    step=model._compiled_steps.get("train"),
                    plan=self,
                    control=control,
                    fresh_metrics=model.first_sums,
                    validate=self._validate if validates else None,
                    set_rate=self._set_rate,
                    diverged=self._diverged,
                    interrupts=interrupts,
                    clock=self.clock,
                    multi_step=multi,
                    set_loss_weight=model.set_loss_weight,
                )
                stream = self.training.run()
                dispatch_events(stream, event_sinks, control, interrupts, self._ended)
                self.cell.finish(model.optimizer.finalize)
        finally:
            self.plan.close()
            if self.history.kept is not None:
                self.history.kept.ended()
            self.cell = self.training = None  # they refer to arrays and to this run
            model._compiled_steps.release_memory()
            memory.release_free_memory()
        return self.history

    def rate(self):
        """The learning rate of the next step."""
        return float(getattr(self.model.optimizer, "learning_rate", math.nan))

    # Read by the loop, in addition to initial_epoch and initial_batch.

    @property
    def looks(self):
        """Whether to check for NaN at timed intervals; not with several processes."""
        return not processes.are_several()

    @property
    def epochs(self):
        """The number of the last epoch."""
        return self.plan.epochs

    @property
    def rereadable(self):
        """Whether waiting for data can be interrupted immediately."""
        return getattr(self.plan.train, "rereadable", True)

    def validates(self, epoch):
        """Whether validation runs after `epoch`."""
        return self.plan.validates_after(epoch)

    def batches(self, epoch, start):
        """Iterate over (batch, rows) of `epoch` from batch number `start` on."""
        number = epoch + self._shift
        self.model._epochs_begun = number + 1
        source = read_from(self.plan.train, number, start)
        return self.prepared.through(source, epoch, start)

    def started(self, seconds):
        """The first event."""
        model, plan = self.model, self.plan
        return events.FitStarted(
            seconds=seconds,
            epochs=plan.epochs,
            initial_epoch=self.initial_epoch,
            steps=plan.steps,
            metrics=model.log_names,
            batch_size=self.prepared.size,
            validation=plan.validation is not None,
            learning_rate=self.rate(),
            epochs_done=model._epochs_done,
            steps_done=model._steps_done,
            seed=model.run_seed(),
            loss_weights=model.current_loss_weights,
            privacy=private_training.spent_before(model),
        )

    def _ended(self, status, logs, error):
        epochs_done, steps = self.training.epochs_done, self.training.step_number
        stopped_by_user = self.control.cut_short and status is not events.Status.FAILED
        return events.FitEnded(
            self.clock(), status, logs, error, epochs_done, steps, stopped_by_user
        )

    def _set_rate(self, value):
        self.model.optimizer.learning_rate = value

    def _diverged(self, epoch, batch):
        where = f"epoch {epoch + 1}"
        if batch is not None:
            where = f"batch {batch} of {where} (batches count from 0)"
        notices.once(
            ("diverged", id(self)),
            f"The loss is NaN or infinite since {where}. Training stops, and the model "
            "keeps the last finite weights that were saved. Try a smaller learning "
            f"rate (it was {self.rate():.3g}), inputs scaled to about 0..1, or "
            "clipnorm=1.0 in the optimizer.",
        )

    def _validate(self, at_step):
        model, validation = self.model, self.plan.validation
        if self.prepared_validation is None:
            return {}
        model.stop_evaluating = False
        data = evaluation.Pass(
            self.prepared_validation.through(validation.epoch(0)),
            self.control,
            self.plan.validation_steps,
            at_step,
            getattr(validation, "rereadable", True),
            self.interrupts,
            self.clock,
            is_ended=lambda: model.stop_evaluating,
        )
        step = StatefulStep(model, "eval")  # keeps its states apart from training's
        sums = parallel.whole(model.first_eval_sums())
        model._compiled_steps.wait_for("eval", self.prepared_validation.shapes)
        logs = yield from evaluation.evaluate(self._values, step, data, sums)
        step.keep(carried=False)
        return logs

    def _values(self):
        """{path: array} of all weights, as of the last step."""
        return {**self.cell.ts.params, **self.cell.ts.state}

    def _make_sinks(self):
        plan = self.plan
        params = {
            "epochs": plan.epochs,
            "steps": plan.steps,
            "verbose": plan.verbose,
            "do_validation": plan.validation is not None,
        }
        self._callbacks = CallbackSink(plan.callbacks, self.model, self.control, params)
        internal_sinks = [
            CountEpochs(self.model),
            HoldMetrics(self),
            TrimMemory(),
        ]
        if self.parallel is not None:
            internal_sinks.append(RecordPlacement(self))
        if optimizer := private_training.private_optimizer(self.model):
            internal_sinks.append(private_training.AccountPrivacy(optimizer))
        if self.prepared_validation is not None and not owns_training(self.model):
            internal_sinks.append(
                CompileValidation(self.model, self.prepared_validation)
            )
        displays = observers(plan, self.control, self.model)
        kept = []
        if self.history.kept is not None:
            if any(isinstance(sink, Recorder) for sink in plan.sinks):
                self.history.kept.turn_on()
            self.history.kept.begin(whole=not self.initial_batch)
            kept = [self.history.kept]
        # After the callbacks: what they change belongs to the epoch.
        return [*internal_sinks, self._callbacks, *kept, self.history, *displays]


class HoldMetrics:
    """A sink that copies each epoch's sums to the metrics, before the callbacks.

    It reads the cell from the run, which lets go of it at the end: a traceback of a
    failed run would keep every array otherwise.
    """

    def __init__(self, run):
        self._run = run

    def __call__(self, event):
        """Handle one event."""
        model = self._run.model
        if isinstance(event, events.EpochEnded) and not owns_training(model):
            model.compiled_objective.trackers.hold(self._run.cell.metrics())


class CountEpochs:
    """A sink that counts the completed epochs of a model."""

    def __init__(self, model):
        self._model = model

    def __call__(self, event):
        """Handle one event."""
        if isinstance(event, events.EpochEnded):
            self._model._epochs_done += 1


class RecordPlacement:
    """A sink that records in the history where the first step's arrays are."""

    def __init__(self, run):
        self._run = run

    def __call__(self, event):
        """Handle one event."""
        run = self._run
        if isinstance(event, events.StepEnded) and run.history.placement is None:
            weights = {**run.cell.ts.params, **run.cell.ts.state}
            run.history.placement = placement_of(
                run.parallel, run.prepared.first_placed, weights
            )


class TrimMemory:
    """A sink that returns freed memory to the operating system.

    It does so after the first step, whose compilation used memory, and between epochs.
    Freed memory stays in the allocator's arena of the thread that allocated it, where
    other threads cannot use it.
    """

    def __init__(self):
        self._trimmed_s = 0.0

    def __call__(self, event):
        """Handle one event."""
        if isinstance(event, events.StepEnded) and event.step == 0:
            memory.release_free_memory()
        elif isinstance(event, events.EpochStarted):
            if event.seconds - self._trimmed_s > GIVE_BACK_EVERY_S:
                self._trimmed_s = event.seconds
                memory.release_free_memory()


class CompileValidation:
    """A sink that starts compiling the validation step after the first step."""

    def __init__(self, model, prepared):
        self._model, self._prepared = model, prepared

    def __call__(self, event):
        """Handle one event."""
        if isinstance(event, events.StepEnded) and event.step == 0:
            compile_ahead.compile_validation(self._model, self._prepared)


def _check_processes_agree(model, plan, prepared):
    """Check that all processes that train a model have equal data and weights.

    Raises:
        ValueError: they differ; raised in every process, naming the difference.
    """
    if prepared.parallel is None or not processes.are_several():
        return
    weights = model.weights_by_path().values()
    agree(
        {
            "the batches of an epoch": plan.steps or 0,
            "the rows of a step": prepared.size,
            "the weights (a checksum)": fingerprint(w.value for w in weights),
        }
    )


def _no_backup(model):
    return None
