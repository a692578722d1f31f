"""Exercises on stopping in time, rare classes, and overfitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nbkeras.analysis.exercises.answers import HistoryAnswer, ModelAnswer, NumberAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import (
    HeldOutAccuracy,
    OverfittingGap,
    TrainingAccuracy,
)
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.outcome import Outcome, at_least, at_most
from nbkeras.analysis.exercises.submission import Data, Submission


def _direction(rng, num_features):
    """A vector of length 1, from the middle of one cloud towards that of the other."""
    direction = rng.normal(size=num_features)
    return direction / np.linalg.norm(direction)


def _two_clouds(rng, count, direction, noise):
    """Points (x, y) of two overlapping clouds; the share `noise` of y is wrong."""
    y = rng.integers(0, 2, count)
    x = rng.normal(size=(count, len(direction)))
    x += np.outer(2 * y - 1, direction) * 1.5
    return x.astype(np.float32), np.where(rng.random(count) < noise, 1 - y, y)


def _few_points(rng, held_out_rng):
    direction = _direction(rng, 10)
    x, y = _two_clouds(rng, 160, direction, 0.1)
    x_val, y_val = _two_clouds(rng, 200, direction, 0.1)
    unseen, labels = _two_clouds(held_out_rng, 1000, direction, 0.1)
    return Data(
        {"x": x, "y": y, "x_val": x_val, "y_val": y_val}, {"x": unseen, "y": labels}
    )


@dataclass(frozen=True)
class PassedTheMinimum:
    """The curve of the validation loss must show its minimum.

    Args:
        rise: by how much it must have risen above its minimum at some later epoch.
    """

    rise: float = 0.02
    self_reported: ClassVar[bool] = True
    goal: ClassVar[Text] = Text(
        "`history` shows where the validation loss begins to rise",
        "`history` 显示出验证损失从哪里开始上升",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Compare the minimum with the largest later value."""
        losses = submission.answers["history"].history.get("val_loss", [])
        if not losses:
            absent = Text(
                "it has no val_loss: give fit validation_data=(x_val, y_val)",
                "其中没有 val_loss：请给 fit 传入 validation_data=(x_val, y_val)",
            )
            return Outcome(False, self.goal, absent)
        best = int(np.argmin(losses))
        rise = max(losses[best:]) / losses[best] - 1
        if rise >= self.rise:
            seen = Text("after epoch {n}", "第 {n} 轮之后").filled(n=best + 1)
            return Outcome(True, self.goal, seen)
        falling = Text(
            "up to epoch {n} it never rises clearly above its lowest value",
            "到第 {n} 轮为止，它从未明显高过最低值",
        ).filled(n=len(losses))
        return Outcome(False, self.goal, falling)


@dataclass(frozen=True)
class AtItsBest:
    """The model must be as good as at its best epoch.

    Args:
        factor: how much worse its loss may be than the smallest of the history.
    """

    factor: float = 1.02
    self_reported: ClassVar[bool] = True
    goal: ClassVar[Text] = Text(
        "`model` is as good on (x_val, y_val) as at its best epoch",
        "`model` 在 (x_val, y_val) 上与最好的一轮一样好",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Compare its log loss with the history's smallest."""
        losses = submission.answers["history"].history.get("val_loss", [])
        variables = submission.data.variables
        predicted = submission.answers["model"].predict(variables["x_val"], verbose=0)
        loss = log_loss(np.asarray(predicted), variables["y_val"])
        if not losses:
            unknown = Text("the best epoch is not known", "还不知道哪一轮最好")
            return Outcome(False, self.goal, unknown)
        times = loss / min(losses)
        if times <= self.factor:
            return Outcome(True, self.goal, Text("it is", "是的"))
        worse = Text(
            "its loss is {times:.2f} times that of the best epoch",
            "它的损失是最好一轮的 {times:.2f} 倍",
        ).filled(times=times)
        return Outcome(False, self.goal, worse)


def log_loss(predicted: np.ndarray, y: np.ndarray) -> float:
    """The mean of -log(probability of the true class), for one output or two.

    >>> round(log_loss(np.array([[0.5], [0.5]]), np.array([0, 1])), 3)
    0.693
    """
    if predicted.shape[-1] == 1:
        predicted = np.concatenate([1 - predicted, predicted], axis=-1)
    chosen = predicted[np.arange(len(y)), y]
    return float(np.mean(-np.log(np.clip(chosen, 1e-7, 1))))


@dataclass(frozen=True)
class HeldOutLogLoss:
    """The log loss on held-out samples, which grows when a model is too sure.

    Args:
        most: the limit.
    """

    most: float

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return Text(
            "log loss on held-out data at most {limit:g}",
            "留出数据上的对数损失至多 {limit:g}",
        ).filled(limit=self.most)

    def __call__(self, submission: Submission) -> Outcome:
        """Measure it; this needs no history, so nothing can be made up."""
        loss = log_loss(submission.predictions(), submission.data.held_out["y"])
        return at_most(self.goal, loss, self.most, "number")


STOP_IN_TIME = Exercise(
    name="stop_in_time",
    topic=Text("Live training", "边训练边看"),
    title=Text("Stop in time", "停得及时"),
    task=Text(
        "The cell gets a few points x (160, 10), y (160,) in two classes, and others "
        "x_val, y_val to validate on. Train a `model` that ends in probabilities until "
        "its validation loss rises, and hand in the model as it was at its best epoch. "
        "Keep what fit returns as `history`.",
        "单元里已有少量的点 x (160, 10)、y (160,)，分为两类，另有 x_val、y_val "
        "用于验证。请训练一个以概率为输出的 `model`，直到验证损失上升，"
        "而交出的是最好那一轮的模型。把 fit 的返回值存为 `history`。",
    ),
    data=_few_points,
    answers={"model": ModelAnswer(), "history": HistoryAnswer()},
    checks=(
        PassedTheMinimum(),
        AtItsBest(),
        HeldOutAccuracy(0.75),
        HeldOutLogLoss(0.6),
    ),
    hints=(
        Text(
            "Plot history.history['val_loss']. Where is its lowest point, and where is "
            "the model now?",
            "画出 history.history['val_loss']。最低点在哪里？模型现在又在哪里？",
        ),
        Text(
            "When `fit` ends, the model is as the last epoch left it. A callback can "
            "wait for a better epoch, and go back.",
            "`fit` 结束时，模型停在最后一轮。有一个回调会等待更好的一轮，"
            "等不到就退回去。",
        ),
        Text(
            "That callback goes back only if it is asked to: look at the arguments of "
            "EarlyStopping.",
            "那个回调只有在要求时才会退回去：看看 EarlyStopping 的参数。",
        ),
    ),
)


def _rare_class(rng, held_out_rng):
    direction = 3.0 * _direction(rng, 5)

    def drawn(rng):
        y = (rng.random(3000) < 0.06).astype(int)
        return rng.normal(size=(3000, 5)) + np.outer(y, direction), y

    return samples.parts(drawn(rng), drawn(held_out_rng))


@dataclass(frozen=True)
class RareClass:
    """Recall or precision of class 1, where the prediction exceeds `threshold`.

    Args:
        least: the fraction to reach.
        kind: "recall" or "precision".
    """

    least: float
    kind: str
    goals: ClassVar[dict[str, Text]] = {
        "recall": Text(
            "recall: an alarm for at least {share:.0%} of the ill",
            "召回率：至少 {share:.0%} 的病人得到警报",
        ),
        "precision": Text(
            "precision: at least {share:.0%} of the alarms are right",
            "精确率：至少 {share:.0%} 的警报是对的",
        ),
    }

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return self.goals[self.kind].filled(share=self.least)

    def __call__(self, submission: Submission) -> Outcome:
        """Count hits among the ill, or among the alarms."""
        predicted = submission.predictions()
        is_ill = np.asarray(submission.data.held_out["y"]) == 1
        if predicted.ndim > 1 and predicted.shape[-1] == 2:
            predicted = predicted[:, 1]
        alarms = predicted.reshape(len(is_ill)) > float(submission.answers["threshold"])
        among = is_ill if self.kind == "recall" else alarms
        value = np.sum(alarms & is_ill) / max(np.sum(among), 1)
        return at_least(self.goal, float(value), self.least)


RARE_CLASS = Exercise(
    name="rare_class",
    topic=Text("Evaluation", "评估"),
    title=Text("The rare class", "罕见的那一类"),
    task=Text(
        "The cell gets measurements x (3000, 5) of people and y (3000,): 1 for the 6 % "
        "who are ill. Train a `model` with one output and choose a `threshold`: an "
        "alarm is given where the prediction is above it. At least 80 % of the ill "
        "must be found, and at least 45 % of the alarms must be right.",
        "单元里已有人群的测量值 x (3000, 5) 和 y (3000,)：1 表示病人，只占 6 %。"
        "请训练一个单输出的 `model`，并选定 `threshold`：预测值超过它就发出警报。"
        "至少要找出 80 % 的病人，而警报至少 45 % 是对的。",
    ),
    data=_rare_class,
    answers={"model": ModelAnswer(), "threshold": NumberAnswer()},
    checks=(RareClass(0.8, "recall"), RareClass(0.45, "precision")),
    hints=(
        Text(
            "A model that never gives an alarm is right for 94 % of the people. "
            "Count alarms and hits yourself instead of looking at the accuracy.",
            "从不报警的模型，对 94 % 的人也是对的。"
            "别看准确率，自己数一数警报数和命中数。",
        ),
        Text(
            "A lower threshold finds more of the ill and gives more false alarms. Both "
            "goals meet only if the model ranks people well: has its loss settled?",
            "阈值越低，找出的病人越多，误报也越多。模型把人排得好，"
            "两个目标才能同时达到：损失已经稳定了吗？",
        ),
        Text(
            "Keep a part of your rows for choosing: draw precision and recall for "
            "every threshold from 0 to 1.",
            "留出一部分数据用来选阈值：对 0 到 1 的每个阈值画出精确率和召回率。",
        ),
    ),
)


def _noisy(rng, held_out_rng):
    direction = _direction(rng, 20)
    return samples.parts(
        _two_clouds(rng, 120, direction, 0.12),
        _two_clouds(held_out_rng, 1000, direction, 0.0),
    )


@dataclass(frozen=True)
class BetterThan:
    """One model must be more accurate on held-out data than another.

    Args:
        least: by how much.
        model, other: names of the answers.
    """

    least: float
    model: str = "cured"
    other: str = "overfit"

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return Text(
            "{model} is better on held-out data than {other} by {least:g} points",
            "{model} 的留出准确率比 {other} 高 {least:g} 个百分点",
        ).filled(model=self.model, other=self.other, least=100 * self.least)

    def __call__(self, submission: Submission) -> Outcome:
        """Measure both."""
        gain = submission.accuracy(self.model) - submission.accuracy(self.other)
        return at_least(self.goal, gain, self.least)


@dataclass(frozen=True)
class AsLargeAs:
    """The cure must not be a smaller model."""

    goal: ClassVar[Text] = Text(
        "cured has at least 90 % of the weights of overfit",
        "cured 的参数至少是 overfit 的 90 %",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Count both."""
        counts = {name: m.count_params() for name, m in submission.answers.items()}
        share = counts["cured"] / max(counts["overfit"], 1)
        return at_least(self.goal, share, 0.9)


OVERFIT_AND_CURE = Exercise(
    name="overfit_and_cure",
    topic=Text("Overfitting", "过拟合"),
    title=Text("Make it overfit, then cure it", "先让它过拟合，再治好它"),
    task=Text(
        "The cell gets only 120 points x (120, 20), y (120,), and an eighth of the "
        "labels are wrong. First train `overfit`, which learns all of them by heart. "
        "Then train `cured`, of the same size, which does not, and which is better on "
        "held-out points.",
        "单元里只有 120 个点 x (120, 20)、y (120,)，而且八分之一的标签是错的。"
        "先训练 `overfit`，让它把所有标签都背下来；再训练同样大小的 `cured`，"
        "它不死记，在留出的点上更好。",
    ),
    data=_noisy,
    answers={"overfit": ModelAnswer(), "cured": ModelAnswer()},
    checks=(
        TrainingAccuracy(0.99, "overfit"),
        OverfittingGap(least=0.1, model="overfit"),
        AsLargeAs(),
        OverfittingGap(most=0.06, model="cured"),
        BetterThan(0.04),
    ),
    hints=(
        Text(
            "To learn 120 labels by heart takes many weights and many epochs. Do you "
            "have both?",
            "背下 120 个标签，需要很多参数和很多轮训练。两样都有了吗？",
        ),
        Text(
            "A cure makes learning by heart expensive: large weights can cost "
            "something, units can fail at random, or training can end early.",
            "治法是让死记变得昂贵：让大的权重付出代价，让单元随机失灵，或提早结束训练。",
        ),
        Text(
            "The gap is smaller but not small? More of the same cure: the factor of a "
            "regularizer is changed in steps of ten.",
            "差距小了但还不够小？把药加重：正则化系数要十倍十倍地试。",
        ),
    ),
)
