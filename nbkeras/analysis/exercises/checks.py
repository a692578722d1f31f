"""Checks of what a trained model does, for any exercise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.outcome import (
    NOT_FINITE,
    Outcome,
    Unit,
    at_least,
    at_most,
    written,
)
from nbkeras.analysis.exercises.submission import Submission


@dataclass(frozen=True)
class HeldOutAccuracy:
    """The accuracy on samples that the student does not have.

    Args:
        least: the fraction to reach.
        model: name of the answer.
    """

    least: float
    model: str = "model"
    part: ClassVar[str] = "held_out"
    template: ClassVar[Text] = Text(
        "{model}: held-out accuracy at least {limit}",
        "{model}：留出数据上的准确率至少 {limit}",
    )

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return self.template.filled(model=self.model, limit=written(self.least))

    def __call__(self, submission: Submission) -> Outcome:
        """Compare the decided classes with the labels."""
        accuracy = submission.accuracy(self.model, self.part)
        return at_least(self.goal, accuracy, self.least)


class TrainingAccuracy(HeldOutAccuracy):
    """The accuracy on the student's own training samples."""

    part: ClassVar[str] = "training"
    template: ClassVar[Text] = Text(
        "{model}: training accuracy at least {limit}",
        "{model}：训练数据上的准确率至少 {limit}",
    )


@dataclass(frozen=True)
class OverfittingGap:
    """Training accuracy minus held-out accuracy.

    Args:
        least: the gap to exceed, or None.
        most: the gap to stay below, or None.
        model: name of the answer.
    """

    least: float | None = None
    most: float | None = None
    model: str = "model"
    at_least: ClassVar[Text] = Text(
        "{model}: training accuracy is above held-out accuracy by at least {limit}",
        "{model}：训练准确率比留出准确率至少高 {limit}",
    )
    at_most: ClassVar[Text] = Text(
        "{model}: training accuracy is above held-out accuracy by at most {limit}",
        "{model}：训练准确率最多比留出准确率高 {limit}",
    )

    @property
    def goal(self) -> Text:
        """The line of the report."""
        limit = self.most or 0.0 if self.least is None else self.least
        template = self.at_most if self.least is None else self.at_least
        return template.filled(model=self.model, limit=written(limit))

    def __call__(self, submission: Submission) -> Outcome:
        """Measure both accuracies."""
        training = submission.accuracy(self.model, "training")
        gap = training - submission.accuracy(self.model)
        if self.least is not None:
            return at_least(self.goal, gap, self.least)
        return at_most(self.goal, gap, self.most or 0.0)


@dataclass(frozen=True)
class NumWeights:
    """How many numbers a model has, trained or not.

    Arrays that are stored beside the weights count too, such as a matrix that the graph
    multiplies with.

    Args:
        most: the budget.
        model: name of the answer.
    """

    most: int
    model: str = "model"
    template: ClassVar[Text] = Text(
        "{model}: at most {limit} weights", "{model}：最多 {limit} 个参数"
    )

    @property
    def goal(self) -> Text:
        """The line of the report."""
        limit = written(self.most, "count")
        return self.template.filled(model=self.model, limit=limit)

    def __call__(self, submission: Submission) -> Outcome:
        """Count the weights and the constants."""
        model = submission.answers[self.model]
        count = model.count_params() + _num_constants(_config(model))
        return at_most(self.goal, count, self.most, "count")


LONGEST_SETTING = 16  # numbers in a list, such as the sizes of a kernel


def _config(model):
    try:
        return model.get_config()
    except Exception:  # of a class of the student's own, which cannot be handed in
        return {}


def _num_constants(config):
    """The numbers in arrays of a configuration."""
    if isinstance(config, dict):
        return sum(map(_num_constants, config.values()))
    if not isinstance(config, list | tuple):
        return 0
    try:
        values = np.array(config)
    except ValueError:  # lists of several lengths
        values = np.array(None)
    if values.dtype.kind in "biuf":
        return values.size if values.size > LONGEST_SETTING else 0
    return sum(map(_num_constants, config))


@dataclass(frozen=True)
class HeldOutError:
    """The mean absolute or mean squared error on held-out samples.

    Args:
        most: the limit, in the units of y, or their square.
        kind: "absolute" or "squared".
        model: name of the answer.
    """

    most: float
    kind: str = "absolute"
    model: str = "model"
    templates: ClassVar[dict[str, Text]] = {
        "absolute": Text(
            "{model}: mean absolute error on held-out data at most {limit}",
            "{model}：留出数据上的平均绝对误差至多 {limit}",
        ),
        "squared": Text(
            "{model}: mean squared error on held-out data at most {limit}",
            "{model}：留出数据上的均方误差至多 {limit}",
        ),
    }

    @property
    def goal(self) -> Text:
        """The line of the report."""
        limit = written(self.most, "number")
        return self.templates[self.kind].filled(model=self.model, limit=limit)

    def __call__(self, submission: Submission) -> Outcome:
        """Compare the predictions with the held-out targets."""
        targets = np.asarray(submission.data.held_out["y"], np.float32)
        predicted = submission.predictions(self.model)
        if predicted.size != targets.size:
            return wrong_shape(self.goal, predicted.shape, targets.shape)
        distance = predicted.reshape(targets.shape) - targets
        squared = self.kind == "squared"
        error = float(np.mean(distance**2 if squared else np.abs(distance)))
        return at_most(self.goal, error, self.most, "number")


def wrong_shape(
    goal: Text, predicted: tuple[int, ...], targets: tuple[int, ...]
) -> Outcome:
    """The outcome of predictions that cannot be compared with the targets."""
    measured = Text(
        "predictions of shape {predicted}, and y has the shape {targets}",
        "预测的形状是 {predicted}，而 y 的形状是 {targets}",
    )
    measured = measured.filled(predicted=predicted, targets=targets)
    return Outcome(False, goal, measured)


@dataclass(frozen=True)
class Measured:
    """A goal for one number that is measured on the answers.

    Args:
        template: the line of the report; its slot is {limit}.
        measure: from a submission to the number.
        least: from which value on it passes, or None.
        most: up to which value it passes, where `least` is None.
        unit: how numbers are written: "share" as per cent, "count" or "number".
    """

    template: Text
    measure: Callable[[Submission], float]
    least: float | None = None
    most: float = 0.0
    unit: Unit = "share"

    @property
    def goal(self) -> Text:
        """The line of the report."""
        limit = self.most if self.least is None else self.least
        return self.template.filled(limit=written(limit, self.unit))

    def __call__(self, submission: Submission) -> Outcome:
        """Measure it."""
        value = float(self.measure(submission))
        if self.least is None:
            return at_most(self.goal, value, self.most, self.unit)
        return at_least(self.goal, value, self.least, self.unit)


@dataclass(frozen=True)
class Returned:
    """One of the arrays that a function returns for arguments it has not seen.

    Args:
        function: name of the answer.
        template: the line of the report; its slot is {name}.
        expected: from the held-out values, by name, to the right arrays.
        arguments: names of the held-out values that the function is called with.
        names: of the arrays that it returns; one for a function of a single array.
        index: which of them.
        tolerance: how far it may be from the right one, as a share of its size.
        case: tells checks with other arguments apart.
        change: makes the arguments of such a case from the held-out ones.
    """

    function: str
    template: Text
    expected: Callable[..., Sequence[Any]]
    arguments: tuple[str, ...]
    names: tuple[str, ...]
    index: int = 0
    tolerance: float = 1e-3
    case: int = 0
    change: Callable[[dict[str, Any]], dict[str, Any]] = dict

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return self.template.filled(name=self.names[self.index])

    def __call__(self, submission: Submission) -> Outcome:
        """Compare with the right array."""
        held_out = submission.data.held_out
        arguments = self.change({name: held_out[name] for name in self.arguments})
        returned = submission.returned(self.function, arguments, self.case)
        if len(self.names) == 1:
            returned = (returned,)
        if not isinstance(returned, tuple | list) or len(returned) != len(self.names):
            return Outcome(False, self.goal, self._several())
        if returned[self.index] is None:
            return Outcome(False, self.goal, Text("not written yet", "还没有写"))
        expected = np.asarray(self.expected(**arguments)[self.index], float)
        return self._compared(np.asarray(returned[self.index], float), expected)

    def _several(self):
        return Text(
            "`{function}` returns {n} arrays: return {names}",
            "`{function}` 要返回 {n} 个数组：return {names}",
        ).filled(function=self.function, n=len(self.names), names=", ".join(self.names))

    def _compared(self, value, expected):
        if value.shape != expected.shape:
            shapes = Text(
                "its shape is {value}, and it should be {expected}",
                "形状是 {value}，应该是 {expected}",
            ).filled(value=value.shape, expected=expected.shape)
            return Outcome(False, self.goal, shapes)
        distance = np.linalg.norm(value - expected)
        distance = float(distance / max(np.linalg.norm(expected), 1e-6))
        if distance < self.tolerance:
            return Outcome(True, self.goal, Text("right", "正确"))
        if not np.isfinite(distance):
            return Outcome(False, self.goal, NOT_FINITE)
        off = Text("off by {share:.0f} % of its size", "相差它自身大小的 {share:.0f} %")
        return Outcome(False, self.goal, off.filled(share=100 * distance))
