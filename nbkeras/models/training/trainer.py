"""Trainer: the methods that compile, fit, evaluate and predict.

The signatures and their documentation are here; the implementations are in the other
modules of this folder.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Unpack, overload

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras import optimizers
from nbkeras.callbacks.history import History
from nbkeras.compat.methods import OldMethods
from nbkeras.core import rng
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.machine import processes
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.recurrent.stateful import reset_carried
from nbkeras.losses.multi_task_weighting import LossWeighting
from nbkeras.metrics import Metric
from nbkeras.models import advisers
from nbkeras.models.training import (
    compile_ahead,
    evaluate_predict,
    fit_plan,
    fitting,
    on_batch,
)
from nbkeras.models.training.compile_arguments import (
    refuse_unknown,
    suggest_compile_line,
)
from nbkeras.models.training.compiled_metrics import metrics_within
from nbkeras.models.training.fit_plan import FitPlan, OldFitArguments
from nbkeras.models.training.loss_weighting_state import TaskWeights
from nbkeras.models.training.objective import Objective, outputs_of
from nbkeras.models.training.steps import (
    default_steps,
)
from nbkeras.models.training.steps import (
    steps_per_execution as call_sizes,
)
from nbkeras.models.training.steps.compiled_steps import CompiledSteps
from nbkeras.models.training.steps.own_steps import built_in, owns_training
from nbkeras.models.training.trainable_flags import TrainableFlags
from nbkeras.models.training.weight_checkout import (
    WeightCheckout,
    refuse_during_run,
)
from nbkeras.optimizers.multi import with_loss_scale
from nbkeras.train.background_compile import Compiling
from nbkeras.train.state import Cell
from nbkeras.utils import compile_cache

# Any accepted data: arrays, lists or dicts of arrays, DataFrames, tensors, or an
# iterable of batches.
Data = Any
Verbose = Literal["auto", 0, 1, 2] | bool
Task = Literal["fit", "evaluate", "predict"]
Logs = dict[str, float]

# Methods of Keras's Model that create the loop over batches, which cannot be replaced.
OWN_LOOPS = ("make_train_function", "make_test_function", "make_predict_function")


class Trainer(OldMethods, BaseModel, Layer):
    """The part of a model that learns: compile, fit, evaluate, predict.

    It holds the optimizer, the losses and metrics, the compiled steps, the history and
    the counts of steps and epochs.
    """

    not_read_in_call = frozenset(
        {
            "_checkout",
            "_execution_flags",
            "_compile_arguments",
            "_compiled_steps",
            "_epochs_begun",
            "_epochs_done",
            "_frame_columns",
            "_objective",
            "_seed",
            "_steps_done",
            "_steps_per_execution",
            "_trainable_flags",
            "history",
            "optimizer",
            "stop_evaluating",
            "stop_predicting",
            "stop_training",
        }
    )

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history = History()
        self.optimizer: Any = None
        self._objective: Objective | None = None
        self._compile_arguments: dict[str, Any] | None = None
        self._trainable_flags = TrainableFlags(self)
        self._compiled_steps = CompiledSteps(self)
        self._steps_per_execution: int | Literal["auto"] = "auto"
        self._execution_flags = {"run_eagerly": False, "jit_compile": True}
        self._checkout: WeightCheckout | None = None
        self._seed: int | None = None
        self._steps_done = 0
        self._epochs_done = 0
        self._epochs_begun = 0
        self._frame_columns: dict[str, list[str]] = {}

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: float
        | Sequence[float]
        | Mapping[str, float]
        | Literal["uncertainty", "pcgrad", "gradnorm"]
        | LossWeighting
        | None = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | Literal["auto"] = "auto",
        jit_compile: bool | Literal["auto"] = "auto",
        auto_scale_loss: bool = True,
        **unknown: Any,
    ) -> None:
        """Choose the optimizer, the loss and the metrics for training.

        Args:
            optimizer: name, instance or optax transformation.
            loss: name, function, class or instance; for several outputs one for all, or
                a list or dict with one per output (None for an output without a loss).
            metrics: list of names, functions or instances, computed without sample
                weights. For several outputs a list of lists, or a dict.
            loss_weights: a factor for the loss; a list or dict for several outputs. Or
                how several losses are weighed in training: "uncertainty", "gradnorm" or
                "pcgrad", or an object of `nbkeras.losses.multi_task_weighting`.
            weighted_metrics: metrics that use sample weights.
            run_eagerly: accepted as in Keras; steps are always compiled.
            steps_per_execution: number of steps in one call to the device; "auto"
                chooses it. Batch hooks of callbacks are called for each step in any
                case.
            jit_compile: accepted as in Keras; steps are always compiled.
            auto_scale_loss: whether a model of dtype policy "mixed_float16" gets its
                optimizer in a `LossScaleOptimizer`, so that gradients do not underflow.
            unknown: raises TypeError, with the argument that was probably meant.

        Raises:
            ValueError: the name of an optimizer, loss or metric is unknown; the model
                is then unchanged.
            TypeError: `compile` has no such argument.
            RuntimeError: the model is in training.
        """
        refuse_during_run(self, "compile")
        parameters = list(inspect.signature(Trainer.compile).parameters)[1:-1]
        refuse_unknown(unknown, parameters)
        compile_cache.turn_on()
        num_steps = call_sizes.checked_steps_per_execution(steps_per_execution)
        named = {
            "optimizer": optimizer,
            "loss": loss,
            "metrics": metrics,
            "loss_weights": loss_weights,
        }
        with suggest_compile_line(named):
            new_optimizer = optimizers.get(optimizer)
            if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
                new_optimizer = with_loss_scale(new_optimizer)
            objective = Objective(
                loss, metrics, weighted_metrics, loss_weights, outputs_of(self, None)
            )
        if objective.weighting is not None:
            self._refuse_with_own_steps(objective.weighting)
        self.optimizer, self._objective = new_optimizer, objective
        self._trainable_flags.record()
        self._compiled_steps = self._compiled_steps.renewed()
        self._steps_per_execution = num_steps
        self.run_eagerly = run_eagerly
        self.jit_compile = bool(jit_compile) and not run_eagerly
        self._steps_done = 0
        self._compile_arguments = {
            "optimizer": new_optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": False,
            "steps_per_execution": 1 if num_steps == "auto" else num_steps,
            "jit_compile": False,
        }
        advisers.compiled(self)

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        return self._objective is not None

    @property
    def run_eagerly(self) -> bool:
        """As passed to `compile`, or set; steps are compiled in any case."""
        return self._execution_flags["run_eagerly"]

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._execution_flags["run_eagerly"] = bool(value)

    @property
    def jit_compile(self) -> bool:
        """As passed to `compile`, or set; steps are compiled in any case."""
        return self._execution_flags["jit_compile"]

    @jit_compile.setter
    def jit_compile(self, value: bool) -> None:
        self._execution_flags["jit_compile"] = bool(value)

    @property
    def steps_per_execution(self) -> int:
        """Steps in one call to the device; 1 where `fit` chooses the number.

        Set between two runs, it applies to the next.
        """
        steps = self._steps_per_execution
        return 1 if steps == "auto" else steps

    @steps_per_execution.setter
    def steps_per_execution(self, value: int) -> None:
        self._steps_per_execution = call_sizes.checked_steps_per_execution(value)

    @property
    def loss(self) -> Any:
        """The loss as passed to `compile`."""
        return (self._compile_arguments or {}).get("loss")

    @property
    def metrics_names(self) -> list[str]:
        """The names of the values that `evaluate` returns.

        Before the first batch, "loss" alone where the outputs are not known yet.
        """
        if self._objective is None:
            return []
        compile_ahead.settle_objective(self)
        return list(self._objective.names)

    @property
    def metric_directions(self) -> dict[str, Literal["up", "down"]]:
        """{name in the logs: "up" or "down"}: whether higher or lower is better.

        Metrics without a known direction are omitted.
        """
        return self._objective.directions if self._objective is not None else {}

    @property
    def epochs_done(self) -> int:
        """Number of completed training epochs, over all calls of `fit`."""
        return self._epochs_done

    def fit(
        self,
        x: Data = None,
        y: Data = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbose = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Data = None,
        shuffle: bool | Literal["batch"] = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Data = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
        background: bool = False,
        keep_epochs: bool | Literal["auto"] = "auto",
        record: str | PathLike[str] | None = None,
        **old: Unpack[OldFitArguments],
    ) -> Any:
        """Train for a number of epochs; returns the History.

        A second `fit` continues from the weights, the optimizer's state and the row
        order of the first: 2 + 2 epochs give the same result as 4.

        Args:
            x: array, list or dict of arrays, DataFrame, generator, Sequence, or any
                iterable of batches (x, y) or (x, y, sample_weight).
            y: targets, unless x yields them.
            batch_size: rows per step; 32 by default.
            epochs: number of the last epoch (the first is `initial_epoch`).
            verbose: 0 for no output, 1 for a progress line, 2 for one line per epoch;
                "auto" chooses the display for the notebook or terminal.
            callbacks: list of Callback.
            validation_split: fraction of the rows, from the end, to validate on.
            validation_data: (x, y), (x, y, weights) or an iterable of batches.
            shuffle: whether the rows are shuffled in each epoch.
            class_weight: {class number: factor of the loss of its samples}.
            sample_weight: (rows,) factors of the loss of each sample.
            initial_epoch: number of the first epoch, to resume an earlier fit.
            steps_per_epoch: batches per epoch; all by default.
            validation_steps: batches per validation; all by default.
            validation_batch_size: rows per validation step; `batch_size` by default.
            validation_freq: number of epochs between validations, or a list of epochs
                after which to validate.
            background: True trains on a thread and immediately returns a `train.Run`
                with pause, resume, step, stop, wait and learning_rate. Meanwhile
                `predict` uses the weights of the last completed step.
            keep_epochs: True stores the whole state at the end of each epoch, for
                `history.model_at(epoch)` and `history.go_back(epoch)`; "auto" does so
                if the dashboard is shown or the run is recorded, in at most 3 % of the
                time. Memory and disk use are bounded: when space is short, every
                second epoch is dropped.
            record: folder in which to record this run in a new file, for
                `nbkeras.runs(folder)`; or the name of a .jsonl file.
            old: arguments of Keras 1 and 2, such as nb_epoch.

        Returns:
            The `History` of the run; a `Run` with `background=True`.

        Raises:
            ValueError: the data or an argument is invalid; raised before any step.
            KeyboardInterrupt: after Ctrl-C, between two steps; model, optimizer and
                `model.history` stay consistent, and `fit` can continue.
        """
        arguments = _own_arguments(locals())
        self.require_compiled("fit")
        return fitting.fit(self, arguments, background)

    @property
    def current_loss_weights(self) -> dict[str, float]:
        """{output: factor of its loss} at this moment; empty without several losses.

        During a fit it is that of the next step, also if it is learned.
        """
        return {} if self.task_weights is None else self.task_weights.factors

    def set_loss_weight(self, output: str, value: float) -> None:
        """Set the factor of one of several losses, from the next step on.

        It may be called at any time, also by a callback; steps are not compiled again.
        `fit(..., callbacks=[Steering(...)])` repeats such changes.

        Args:
            output: name of the output, a key of `current_loss_weights`.
            value: a finite number of at least 0.

        Raises:
            ValueError: there is no such loss, the value is no such number, or the
                weights cannot be set, because they are learned or there is one loss.
        """
        self.require_compiled("set_loss_weight")
        if (reason := self.why_loss_weights_fixed()) is not None:
            raise ValueError(reason)
        assert self.task_weights is not None
        self.task_weights.set_factor(output, value)

    def why_loss_weights_fixed(self) -> str | None:
        """Why `set_loss_weight` cannot be used, or None if it can."""
        if owns_training(self):
            return (
                f"{type(self).__name__} has its own training step, so the weights of "
                "its losses cannot be set during training. Keep them in a variable, "
                "self.weight = self.add_weight(shape=(), trainable=False), and assign "
                "to it."
            )
        if self.task_weights is None:
            return (
                "This model has one loss, whose weight would only scale the learning "
                "rate. Set that: model.optimizer.learning_rate = 0.001."
            )
        return self.task_weights.why_fixed()

    def compile_ahead(
        self,
        x: Data = None,
        y: Data = None,
        batch_size: int | None = None,
        tasks: Task | Sequence[Task] = "fit",
    ) -> Compiling:
        """Start to compile the steps of `fit` on a thread; returns immediately.

        A following `fit` with data of these shapes and dtypes uses the compiled step,
        or waits until it is compiled; for other shapes it compiles another. Results are
        the same either way. With sample weights, `fit` compiles another step.

        Args:
            x: the data, of which only shape, dtype and number of rows are used, or a
                `jax.ShapeDtypeStruct`; by default floats of the shape of the model's
                `Input`.
            y: targets, in the same forms; by default as the loss expects for the
                outputs.
            batch_size: rows per step; 32 by default.
            tasks: "fit", "evaluate" or "predict", or a list of these.

        Returns:
            A handle with `status` ("waiting", "compiling", "ready", "failed" or
            "cancelled"), `error`, `wait(timeout)` and `cancel()`. If compilation fails,
            nothing is raised and `fit` compiles the step itself.

        Raises:
            ValueError, TypeError: the shapes cannot be determined from the arguments.
        """
        if tasks != "predict":
            self.require_compiled("compile_ahead")
        return compile_ahead.compile_ahead(self, x, y, batch_size, tasks)

    @overload
    def evaluate(
        self,
        x: Data = None,
        y: Data = None,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        sample_weight: Data = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: Literal[False] = False,
        **old: Any,
    ) -> float | list[float]: ...

    @overload
    def evaluate(
        self,
        x: Data = None,
        y: Data = None,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        sample_weight: Data = None,
        steps: int | None = None,
        callbacks: Any = None,
        *,
        return_dict: Literal[True],
        **old: Any,
    ) -> Logs: ...

    def evaluate(
        self,
        x: Data = None,
        y: Data = None,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        sample_weight: Data = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **old: Any,
    ) -> float | list[float] | Logs:
        """Compute the loss and the metrics on data.

        Args:
            x: inputs, in any form that `fit` accepts.
            y: targets, unless x yields them.
            batch_size: rows per step; 32 by default.
            verbose: as in `fit`.
            sample_weight: (rows,) factors of the loss of each sample.
            steps: number of batches to read; all by default.
            callbacks: list of Callback.
            return_dict: True returns {name: value}.
            old: arguments of Keras 1 and 2.

        Returns:
            The loss if there are no metrics; else a list in the order of
            `metrics_names`. With `return_dict`, a dict.

        Raises:
            ValueError: the data or an argument is invalid.
        """
        arguments = _own_arguments(locals())
        self.require_compiled("evaluate")
        logs = evaluate_predict.evaluate(self, arguments)
        return logs if return_dict else self._in_order(logs)

    def predict(
        self,
        x: Data,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **old: Any,
    ) -> Any:
        """Compute the outputs for `x` as NumPy arrays; the model need not be compiled.

        Args:
            x: inputs, in any form that `fit` accepts.
            batch_size: rows per step; 32 by default.
            verbose: as in `fit`.
            steps: number of batches to read; all by default.
            callbacks: list of Callback.
            old: arguments of Keras 1 and 2.

        Shapes:
            x (rows, ...) -> (rows, ...), the shape of the model's output; a list or
            dict of arrays if the model returns one.

        Raises:
            ValueError: the data does not match the model's inputs.
        """
        arguments = _own_arguments(locals())
        self._refuse_own_loops("predict")
        return evaluate_predict.predict(self, arguments)

    def train_on_batch(
        self,
        x: Data,
        y: Data = None,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | Logs:
        """Run one optimisation step on one batch; returns its loss and metrics."""
        self.require_compiled("train_on_batch")
        logs = on_batch.train(self, x, y, sample_weight, class_weight)
        return logs if return_dict else self._in_order(logs)

    def test_on_batch(
        self,
        x: Data,
        y: Data = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | Logs:
        """Compute the loss and the metrics of one batch."""
        self.require_compiled("test_on_batch")
        logs = on_batch.test(self, x, y, sample_weight)
        return logs if return_dict else self._in_order(logs)

    def predict_on_batch(self, x: Data) -> Any:
        """Compute the outputs of one batch as NumPy arrays."""
        self._refuse_own_loops("predict_on_batch")
        return on_batch.predict(self, x)

    def reset_weights(self) -> None:
        """Reinitialize the weights; reset the optimizer's state and the epoch count."""
        super().reset_weights()
        self._steps_done = self._epochs_done = self._epochs_begun = 0
        self._frame_columns = {}
        if self.optimizer is not None:
            self.optimizer.detach(None)
        if self.task_weights is not None:
            self.task_weights.reset()

    def reset_state(self) -> None:
        """Set the states of all stateful recurrent layers to zero."""
        reset_carried(self)

    @built_in
    def reset_metrics(self) -> None:
        """Reset the state of all metrics; `fit` and `evaluate` do so themselves."""
        for metric in self.metrics:
            metric.reset_state()

    # Methods that a custom step may override or call.

    @property
    @built_in
    def metrics(self) -> list[Metric]:
        """The loss tracker, the metrics of `compile`, and those that are attributes.

        A class may override it to list the metrics that are reset at each epoch.
        """
        own = metrics_within(self)
        return [*self._objective.trackers.all(), *own] if self._objective else own

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of all `metrics`, in order."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @built_in
    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss of one batch, a scalar: the losses of `compile` plus `self.losses`.

        A class may override it; `fit` and `evaluate` then use its loss.

        Args:
            x: inputs.
            y: targets.
            y_pred: outputs of the model for `x`.
            sample_weight: factors of the loss of each sample.
            training: False in evaluation.
        """
        return default_steps.loss(self, y, y_pred, sample_weight)

    @built_in
    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Update the metrics of `compile` with a batch; returns {name: value}."""
        return default_steps.metrics(self, y, y_pred, sample_weight)

    @built_in
    def get_metrics_result(self) -> dict[str, Any]:
        """{name: value so far} of all metrics."""
        return default_steps.results(self)

    @built_in
    def train_step(self, *state_and_data: Any) -> Any:
        """One optimisation step; a class may override it in either of two forms.

        As in Keras on JAX, a pure function of state: `train_step(self, state, data)`,
        where state is (trainable_variables, non_trainable_variables,
        optimizer_variables, metrics_variables), lists of arrays; it returns (logs,
        state). As in tf.keras: `train_step(self, data)`, which changes weights and
        metrics in place and returns the logs, {name: number}. In both, data is x, (x,
        y) or (x, y, sample_weight).
        """
        return default_steps.train_step(self, *state_and_data)

    @built_in
    def test_step(self, *state_and_data: Any) -> Any:
        """Evaluate one batch; it has the same two forms as `train_step`.

        The state has no optimizer variables.
        """
        return default_steps.test_step(self, *state_and_data)

    @built_in
    def predict_step(self, *state_and_data: Any) -> Any:
        """Compute the outputs for one batch; it has the same two forms as `train_step`.

        The state is (trainable_variables, non_trainable_variables), and the result
        (outputs, non_trainable_variables).
        """
        return default_steps.predict_step(self, *state_and_data)

    @built_in
    def compute_loss_and_updates(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Any = None,
    ) -> Any:
        """The loss as a pure function of the weights' values, for `jax.grad`.

        Returns:
            (loss scaled for the optimizer, (loss, outputs, non-trainable values,
            metrics' values)).
        """
        return default_steps.loss_and_updates(
            self,
            trainable_variables,
            non_trainable_variables,
            metrics_variables,
            (x, y, sample_weight),
            training,
            optimizer_variables,
        )

    @property
    def compiled_loss(self) -> Callable[..., Any]:
        """The losses of `compile` as in tf.keras: `self.compiled_loss(y, y_pred)`."""
        return default_steps.CompiledLoss(self)

    @property
    def compiled_metrics(self) -> Metric:
        """The metrics of `compile` as in tf.keras, to `update_state(y, y_pred)`."""
        return self.compiled_objective.trackers.compiled

    def first_sums(self) -> Any:
        """The running sums at the beginning of an epoch."""
        if not owns_training(self):
            return self.compiled_objective.init()
        return self._compiled_steps.own.fresh_sums()

    def first_eval_sums(self) -> Any:
        """The running sums at the beginning of an evaluation."""
        if not owns_training(self):
            return self.compiled_objective.init()
        own = self._compiled_steps.own
        return {"metrics": own.fresh_sums(), "others": own.first_others()}

    @property
    def log_names(self) -> tuple[str, ...]:
        """The names in the logs of `fit`, as far as known before training."""
        if owns_training(self):
            return self._compiled_steps.own.names
        return self.compiled_objective.training_names

    # Access for the analysis tools.

    @property
    def compiled_objective(self) -> Objective:
        """Losses and metrics as pure functions; raises RuntimeError if not compiled."""
        if self._objective is None:
            raise RuntimeError(
                f"{quoted(self.name)} is not compiled. Write first: "
                "model.compile(optimizer='adam', loss='mse')."
            )
        return self._objective

    @property
    def compiled_steps(self) -> CompiledSteps:
        """The jitted steps of training, evaluation and prediction."""
        return self._compiled_steps

    @property
    def trainable_flags(self) -> TrainableFlags:
        """Which layers are trained, also if other models share them."""
        return self._trainable_flags

    def run_seed(self) -> int:
        """The seed of this model's runs, drawn once and saved with the model."""
        if self._seed is None:
            self._seed = rng.next_seed()
        return self._seed

    def running_cell(self) -> Cell | None:
        """The Cell of a running fit, or None."""
        return None if self._checkout is None else self._checkout.cell

    def between_steps(self) -> contextlib.AbstractContextManager[Any]:
        """A context in which a background run does not step, for consistent reads."""
        cell = self.running_cell()
        return contextlib.nullcontext() if cell is None else cell.lock

    def current_values(self) -> dict[str, jax.Array]:
        """{path: array} of all weights, during a fit as of its last completed step."""
        processes.refuse_after_fork("Using a model's weights")
        if (cell := self.running_cell()) is not None:
            return cell.values()
        return {path: w.value for path, w in self.variables_in_training().items()}

    @property
    def task_weights(self) -> TaskWeights | None:
        """The weights of several losses, if the built-in steps use them."""
        if self._objective is None or owns_training(self):
            return None
        return self._objective.task_weights

    def variables_in_training(self) -> dict[str, Variable]:
        """{path: Variable} of what a fit holds: all weights, and the loss weights."""
        table, task_weights = self.weights_by_path(), self.task_weights
        return table if task_weights is None else {**table, **task_weights.variables}

    def as_inputs(self, x: Any) -> Any:
        """Convert inputs to JAX arrays; float64 becomes float32."""
        return jax.tree.map(_floating, x)

    def require_compiled(self, caller: str) -> None:
        """Raise unless the model is compiled and does not define its own training loop.

        Args:
            caller: name of the calling function, for messages.

        Raises:
            RuntimeError: the model is not compiled, or this process was forked from
                one that has used JAX.
            TypeError: its class defines its own loop over batches.
        """
        processes.refuse_after_fork(caller)
        self._refuse_own_loops(caller)
        if not self.compiled:
            raise RuntimeError(
                f"{caller} needs a compiled model, and {quoted(self.name)} is not "
                "compiled. Write first: model.compile(optimizer='adam', "
                "loss='categorical_crossentropy', metrics=['accuracy'])."
            )

    def _refuse_with_own_steps(self, weighting: LossWeighting) -> None:
        """Raise if the class overrides a step, which would not use the weighting."""
        if owns_training(self):
            raise ValueError(
                f"loss_weights={weighting!r} is applied by the built-in training step, "
                f"and {type(self).__name__} overrides it or a part of it. Compile with "
                "numbers, loss_weights=[1.0, 0.5], or weigh the losses in your step."
            )

    def _refuse_own_loops(self, caller: str) -> None:
        """Raise if the class defines its own loop over batches, which is not called."""
        for maker in OWN_LOOPS:
            if hasattr(type(self), maker):
                step = maker.removeprefix("make_").replace("function", "step")
                raise TypeError(
                    f"{type(self).__name__} has its own {maker}, and {caller} would "
                    "not call it: the loop over batches is always the library's. Write "
                    f"one step, def {step}(self, data): ..., which it calls for each "
                    "batch. See docs/functional.md."
                )

    def __getstate__(self) -> dict[str, Any]:
        """The state to copy or pickle, without compiled steps and a running fit."""
        dropped = ("_compiled_steps", "_checkout", "history")
        return {name: v for name, v in vars(self).items() if name not in dropped}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        vars(self)["_compiled_steps"] = CompiledSteps(self)
        vars(self)["_checkout"], vars(self)["history"] = None, History()

    def _in_order(self, logs: Logs) -> float | list[float]:
        names = [name for name in self.metrics_names if name in logs]
        names += sorted(name for name in logs if name not in names)
        values = [logs[name] for name in names]
        return values[0] if len(values) == 1 else values


def fit_plan_of(*args: Any, seed: int = 0, **kwargs: Any) -> FitPlan:
    """The FitPlan of `model.fit(*args, **kwargs)`, without training."""
    return fit_plan.plan_fit(_bound(Trainer.fit, args, kwargs), seed)


def evaluate_plan_of(*args: Any, **kwargs: Any) -> FitPlan:
    """The FitPlan of `model.evaluate(*args, **kwargs)`, without running it."""
    return fit_plan.plan_evaluate(_bound(Trainer.evaluate, args, kwargs))


def predict_plan_of(*args: Any, **kwargs: Any) -> FitPlan:
    """The FitPlan of `model.predict(*args, **kwargs)`, without running it."""
    return fit_plan.plan_predict(_bound(Trainer.predict, args, kwargs))


# Arguments that affect only how the result is returned.
_NOT_PLANNED = ("self", "background", "return_dict")


def _own_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a method by name, from its `locals()` at the first line."""
    return {k: v for k, v in arguments.items() if k not in _NOT_PLANNED}


def _bound(
    method: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of a call by name, with defaults filled in."""
    bound = inspect.signature(method).bind(None, *args, **kwargs)
    bound.apply_defaults()
    return _own_arguments(bound.arguments)


def _floating(x: ArrayLike) -> jax.Array:
    array = jnp.asarray(x)
    return array.astype(jnp.float32) if array.dtype == np.float64 else array
