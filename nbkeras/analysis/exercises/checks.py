"""Checks of what a trained model does, for any exercise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.outcome import Outcome, at_least, at_most, written
from nbkeras.analysis.exercises.submission import Submission


@dataclass(frozen=True)
class HeldOutAccuracy:
    """The accuracy on samples that the student does not have.

    Args:
        least: the fraction to reach.
        model: name of the answer.
        goal: the line of the report; its slots are {limit} and {model}.
    """

    least: float
    model: str = "model"
    part: ClassVar[str] = "held_out"
    goal: ClassVar[Text] = Text(
        "{model}: held-out accuracy at least {limit}",
        "{model}：留出数据上的准确率至少 {limit}",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Compare the decided classes with the labels."""
        accuracy = submission.accuracy(self.model, self.part)
        goal = self.goal.filled(model=self.model, limit=written(self.least))
        return at_least(goal, accuracy, self.least)


class TrainingAccuracy(HeldOutAccuracy):
    """The accuracy on the student's own training samples."""

    part: ClassVar[str] = "training"
    goal: ClassVar[Text] = Text(
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
    goal_least: ClassVar[Text] = Text(
        "{model}: training accuracy is above held-out accuracy by at least {limit}",
        "{model}：训练准确率比留出准确率至少高 {limit}",
    )
    goal_most: ClassVar[Text] = Text(
        "{model}: training accuracy is above held-out accuracy by at most {limit}",
        "{model}：训练准确率最多比留出准确率高 {limit}",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Measure both accuracies."""
        training = submission.accuracy(self.model, "training")
        gap = training - submission.accuracy(self.model)
        if self.least is not None:
            goal = self.goal_least.filled(model=self.model, limit=written(self.least))
            return at_least(goal, gap, self.least)
        most = self.most or 0.0
        goal = self.goal_most.filled(model=self.model, limit=written(most))
        return at_most(goal, gap, most)


@dataclass(frozen=True)
class NumWeights:
    """How many numbers a model has, trained or not.

    Args:
        most: the budget.
        model: name of the answer.
    """

    most: int
    model: str = "model"
    goal: ClassVar[Text] = Text(
        "{model}: at most {limit} weights", "{model}：最多 {limit} 个参数"
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Count the weights."""
        count = submission.answers[self.model].count_params()
        goal = self.goal.filled(model=self.model, limit=written(self.most, "count"))
        return at_most(goal, count, self.most, "count")


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
    goals: ClassVar[dict[str, Text]] = {
        "absolute": Text(
            "{model}: mean absolute error on held-out data at most {limit}",
            "{model}：留出数据上的平均绝对误差至多 {limit}",
        ),
        "squared": Text(
            "{model}: mean squared error on held-out data at most {limit}",
            "{model}：留出数据上的均方误差至多 {limit}",
        ),
    }

    def __call__(self, submission: Submission) -> Outcome:
        """Compare the predictions with the held-out targets."""
        targets = np.asarray(submission.data.held_out["y"], np.float32)
        predicted = submission.predictions(self.model)
        limit = written(self.most, "number")
        goal = self.goals[self.kind].filled(model=self.model, limit=limit)
        if predicted.size != targets.size:
            return wrong_shape(goal, predicted.shape, targets.shape)
        distance = predicted.reshape(targets.shape) - targets
        squared = self.kind == "squared"
        error = float(np.mean(distance**2 if squared else np.abs(distance)))
        return at_most(goal, error, self.most, "number")


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
