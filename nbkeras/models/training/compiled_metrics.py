"""What `compile` was told to watch, as metrics with a state of their own.

The built-in steps have the running sums in the training state; at the end of an epoch
and of a run, the objects take them over. An own `train_step`, `compute_metrics` or loop
asks `model.metrics` for these.
"""

from typing import Any

import jax
import numpy as np

from nbkeras.core import containers
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.gradients.stateless_scope import StatelessScope
from nbkeras.core.variable import without_variables
from nbkeras.metrics import Mean, Metric
from nbkeras.models.training.output_heads import Outputs

# Attributes with what `compile` or the constructor was given.
_ASIDE = ("_arguments", "_compile_arguments", "_objective")


class CompileMetrics(Metric):
    """All metrics of `compile` as one: `result` gives {name: value}.

    Args:
        objective: of the compiled model, settled.
    """

    def __init__(self, objective: Any) -> None:
        super().__init__("compile_metrics")
        self._objective = objective

    @property
    def metrics(self) -> list[Metric]:
        """The single metrics."""
        return [m for head in self._objective.heads for m, _ in head.members]

    @property
    def variable_paths(self) -> list[str]:
        """The paths of `variables`: those of the single metrics, with their names."""
        return [
            f"{metric.name}/{variable.name}"
            for metric in self.metrics
            for variable in metric.variables
        ]

    def init(self) -> Any:
        """The state of each output's metrics, before any data."""
        return [head.init() for head in self._objective.heads]

    def update(
        self, state: Any, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """The states after a batch."""
        return self._objective.updated_metrics(state, y_true, y_pred, sample_weight)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch: targets and outputs as the model has them."""
        data = without_variables((y_true, y_pred, sample_weight))
        self._settle(*data[:2])
        if self._sums is None:
            self._begin()
        self._keep(self.update(self._sums_now(), *data))

    def _settle(self, y_true, y_pred):
        """In an own step that chose the metrics' data itself: choose their forms."""
        objective = self._objective
        if not objective.settled:
            outputs = Outputs([None] * len(jax.tree.leaves(y_pred)))
            objective.settle(y_true, y_pred, objective.outputs or outputs)

    def reset_state(self) -> None:
        """Reset the state, and that of the single metrics."""
        super().reset_state()
        for metric in self.metrics:
            metric.reset_state()

    def result_of(self, state: Any) -> Any:
        """{name: value} from the states."""
        return self._objective.metric_results(state)


class CompiledMetrics:
    """The loss tracker and the metrics of a compiled model.

    Args:
        objective: what the model was compiled with.
    """

    def __init__(self, objective: Any) -> None:
        self._objective = objective
        self.loss = Mean("loss")
        self.compiled = CompileMetrics(objective)
        self.begin()

    def begin(self) -> None:
        """The objective was settled for data of other shapes: states begin anew."""
        self.parts = [Mean(name) for name in self._objective.loss_names]
        self.compiled._sums = None

    def hold(self, sums: Any) -> None:
        """Take over the running sums of the built-in steps; see `Objective.init`."""
        total, count = sums["loss"]
        self.loss.hold((total, count))
        for tracker, part in zip(self.parts, sums["parts"], strict=True):
            tracker.hold((part, count))
        self.compiled.hold(sums["metrics"])
        for head, states in zip(self._objective.heads, sums["metrics"], strict=True):
            for (metric, _), state in zip(head.members, states, strict=True):
                metric.hold(state)

    def all(self) -> list[Metric]:
        """In the order of Keras."""
        watched = [self.compiled] if self._objective.watches else []
        return [self.loss, *watched, *self.parts]


def fresh_values(model: Any, variables: list[Any]) -> list[jax.Array]:
    """What `model.reset_metrics()` gives the variables, as arrays of their own."""
    with jax.ensure_compile_time_eval(), StatelessScope() as scope:
        model.reset_metrics()
    values = [scope.values.get(v, v.value) for v in variables]
    return jax.device_put([np.array(value) for value in values])


def metrics_within(model: Any) -> list[Metric]:
    """The metrics that are attributes of a model or its layers, also within lists."""
    metrics: dict[int, Metric] = {}

    def visit(value: Any, seen: set[int]) -> None:
        if isinstance(value, Metric):
            metrics.setdefault(id(value), value)
        elif isinstance(value, containers.KINDS) and id(value) not in seen:
            seen.add(id(value))
            for entry in containers.entries(value):
                visit(entry, seen)

    for layer in model.walk():
        if layer is model or not isinstance(layer, BaseModel):
            for name, value in vars(layer).items():
                if name not in _ASIDE:
                    visit(value, set())
    return list(metrics.values())
