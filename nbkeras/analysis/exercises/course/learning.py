"""Exercises on what a network is, gradient descent, backpropagation and building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, NumWeights, Returned
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.outcome import Outcome
from nbkeras.analysis.exercises.submission import Data, Submission
from nbkeras.analysis.playground.datasets import circle


def ring(rng: np.random.Generator, held_out_rng: np.random.Generator) -> Data:
    """A disc of class 1 in a ring of class 0: 300 points, and 400 held out."""
    centre = rng.uniform(-0.3, 0.3, 2)  # each student's ring has its own place

    def drawn(rng, count):
        points, classes = circle(rng, count, 0.0)
        order = rng.permutation(count)
        return points[order] / 5 + centre, classes[order]

    return samples.parts(drawn(rng, 300), drawn(held_out_rng, 400))


FIRST_NETWORK = Exercise(
    name="first_network",
    topic=Text("What a network is", "什么是网络"),
    title=Text("A network that bends its line", "让分界线弯起来"),
    task=Text(
        "The cell gets points x (300, 2) and their classes y (300,): a disc of class 1 "
        "in a ring of class 0. Train a small `model` that tells them apart, with at "
        "most 60 weights.",
        "单元里已有点 x (300, 2) 和类别 y (300,)：类别 1 是一个圆盘，类别 0 是围着它"
        "的圆环。请训练一个小的 `model` 把两类分开，参数最多 60 个。",
    ),
    data=ring,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.95), NumWeights(60)),
    hints=(
        Text(
            "About 50 to 65 % right is what one straight line gives. How many straight "
            "lines does it take to enclose a disc?",
            "一条直线大约能分对 50 到 65 %。要用几条直线才能围住一个圆盘？",
        ),
        Text(
            "Each unit of a hidden layer draws one line, and its activation decides "
            "whether the lines can bend the border. Without an activation two layers "
            "are still one line.",
            "隐藏层的每个单元画一条线；有了激活函数，分界线才弯得起来。"
            "没有激活函数，两层仍然只是一条直线。",
        ),
        Text(
            "Does the loss still fall when `fit` ends? Then train longer, or with a "
            "larger learning rate.",
            "`fit` 结束时损失还在下降吗？那就多训练几轮，或调大学习率。",
        ),
    ),
)


NUM_TABLES = 3


def _tables(rng, held_out_rng):
    def drawn(rng):
        x = rng.normal(size=(60, 3)) * rng.uniform(0.5, 3.0, 3)
        return {"x": x, "y": x @ rng.normal(size=3) + rng.normal(0, 0.1, 60)}

    tables = [drawn(held_out_rng) for _ in range(NUM_TABLES)]
    held_out = {name: np.stack([table[name] for table in tables]) for name in "xy"}
    return Data(drawn(rng), held_out)


def descends(x: np.ndarray, y: np.ndarray, rate: float, steps: int = 600) -> bool:
    """Whether gradient descent on the mean squared error of `x @ w` converges.

    Args:
        x: (n, features).
        y: (n,).
        rate: the learning rate.
        steps: of full batches, from w = 0.
    """
    w = np.zeros(x.shape[1])
    first = np.mean(y**2)
    for _ in range(steps):
        residual = x @ w - y
        w = w - rate * 2 * x.T @ residual / len(x)
        if not np.abs(w).max() < 1e9:
            return False
    return bool(np.mean((x @ w - y) ** 2) < first)


@dataclass(frozen=True)
class Converges:
    """Gradient descent with the rates of the answer must arrive."""

    goal: ClassVar[Text] = Text(
        "on other tables, gradient descent with `rate(x, y)` converges",
        "在别的表格上，用 `rate(x, y)` 的梯度下降收敛",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Run it, and with smaller rates to say how far off it is."""
        tables = rates(submission)
        if any(rate <= 0 for _, _, rate in tables):
            uphill = Text("a rate is above 0", "学习率要大于 0")
            return Outcome(False, self.goal, uphill)
        diverging = [table for table in tables if not descends(*table)]
        if not diverging:
            return Outcome(True, self.goal, Text("it does", "收敛了"))
        if all(descends(x, y, rate / 3) for x, y, rate in diverging):
            near = Text(
                "it diverges, but a third of the rate would not",
                "发散了，但三分之一的学习率不会发散",
            )
            return Outcome(False, self.goal, near)
        far = Text(
            "it diverges, and so would a third of the rate",
            "发散了，三分之一的学习率也会发散",
        )
        return Outcome(False, self.goal, far)


def rates(submission: Submission) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """(x, y, rate that the answer gives) of each held-out table."""
    held_out = submission.data.held_out
    tables = list(zip(held_out["x"], held_out["y"], strict=True))
    return [
        (x, y, float(submission.returned("rate", {"x": x, "y": y}, number)))
        for number, (x, y) in enumerate(tables)
    ]


@dataclass(frozen=True)
class NearTheLimit:
    """Rates slightly larger than those of the answer must diverge.

    Args:
        factor: how much larger.
    """

    factor: float = 1.15
    goal: ClassVar[Text] = Text(
        "with a rate 15 % larger, it diverges", "学习率再大 15 %，就发散"
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Run it with larger and larger rates."""
        converging = [
            (x, y, rate)
            for x, y, rate in rates(submission)
            if rate > 0 and descends(x, y, self.factor * rate)
        ]
        if not converging:
            return Outcome(True, self.goal, Text("it does", "发散了"))
        for times in (10, 3):
            if any(descends(x, y, times * rate) for x, y, rate in converging):
                measured = Text(
                    "it still converges with a rate {times} times as large",
                    "学习率大到 {times} 倍仍然收敛",
                ).filled(times=times)
                return Outcome(False, self.goal, measured)
        close = Text(
            "it still converges, but the limit is less than 3 times away",
            "仍然收敛，但离极限已不到 3 倍",
        )
        return Outcome(False, self.goal, close)


FASTEST_RATE = Exercise(
    name="fastest_rate",
    topic=Text("Gradient descent", "梯度下降"),
    title=Text("Which learning rate diverges?", "多大的学习率会发散？"),
    task=Text(
        "The cell gets x (60, 3) and y (60,). Gradient descent minimises the mean of "
        "(x @ w - y)**2, with all 60 rows in each step. Write a function `rate(x, y)` "
        "that returns the largest learning rate with which it converges, within 15 %. "
        "It is tried on other tables of this shape.",
        "单元里已有 x (60, 3) 和 y (60,)。梯度下降使 (x @ w - y)**2 的均值最小，"
        "每一步都用全部 60 行。请写函数 `rate(x, y)`，返回还能收敛的最大学习率，"
        "误差 15 % 以内。检查时会换成同样大小的别的表格。",
    ),
    data=_tables,
    answers={"rate": FunctionAnswer("def {name}(x, y): ...")},
    checks=(Converges(), NearTheLimit()),
    hints=(
        Text(
            "Take ten steps in a loop and print the loss. Does it rise?",
            "用循环走十步并打印损失。损失变大了吗？",
        ),
        Text(
            "Two rates enclose the limit: one that converges and one that diverges. "
            "Try the middle, and repeat. A function can do that for any table.",
            "一个收敛、一个发散的学习率，把极限夹在中间。试试正中间，再重复。"
            "这件事可以写成函数，对任何表格都能做。",
        ),
        Text(
            "The lesson on gradient descent has a formula too: the limit for a slope "
            "that changes by c per unit. Here c is the largest eigenvalue of a 3 by 3 "
            "matrix.",
            "也有公式，就在梯度下降那一课：斜率每单位变化 c 时极限是多少。"
            "这里的 c 是一个 3×3 矩阵的最大特征值。",
        ),
    ),
)

PARAMETERS = ("w1", "b1", "w2", "b2")


def _small_network(rng):
    shapes = {"x": (8, 3), "y": (8, 1), "w1": (3, 5), "b1": (5,), "w2": (5, 1)}
    shapes["b2"] = (1,)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def network_loss(parameters, x, y):
    """Mean squared error of relu(x @ w1 + b1) @ w2 + b2."""
    w1, b1, w2, b2 = parameters
    hidden = jnp.maximum(x @ w1 + b1, 0)
    return jnp.mean((hidden @ w2 + b2 - y) ** 2)


network_gradients = jax.jit(jax.grad(network_loss))


def _right_gradients(x, y, **parameters):
    values = tuple(jnp.asarray(parameters[name]) for name in PARAMETERS)
    return network_gradients(values, x, y)


BACKPROP_BY_HAND = Exercise(
    name="backprop_by_hand",
    topic=Text("Backpropagation", "反向传播"),
    title=Text("Backpropagation by hand", "亲手做一次反向传播"),
    task=Text(
        "The cell gets x (8, 3), y (8, 1) and a network w1 (3, 5), b1 (5,), w2 (5, 1), "
        "b2 (1,). Its prediction is np.maximum(x @ w1 + b1, 0) @ w2 + b2, its loss the "
        "mean squared error. Write a function `gradients(x, y, w1, b1, w2, b2)` that "
        "returns the gradients of the loss: dw1, db1, dw2, db2. It is tried on other "
        "numbers.",
        "单元里已有 x (8, 3)、y (8, 1) 和一个网络 w1 (3, 5)、b1 (5,)、w2 (5, 1)、"
        "b2 (1,)。它的预测是 np.maximum(x @ w1 + b1, 0) @ w2 + b2，损失是均方误差。"
        "请写函数 `gradients(x, y, w1, b1, w2, b2)`，返回损失的四个梯度："
        "dw1, db1, dw2, db2。检查时会换一组数。",
    ),
    data=samples.alike(_small_network),
    answers={"gradients": FunctionAnswer("def {name}(x, y, w1, b1, w2, b2): ...")},
    checks=tuple(
        Returned(
            "gradients",
            Text("the gradient of {name}", "{name} 的梯度").filled(name=name),
            _right_gradients,
            ("x", "y", *PARAMETERS),
            ("dw1", "db1", "dw2", "db2"),
            index,
        )
        for index, name in enumerate(PARAMETERS)
    ),
    hints=(
        Text(
            "Begin at the end. How much does the loss grow if one prediction grows a "
            "little? The loss is a mean over all rows.",
            "从末端开始：一个预测值稍微变大，损失变大多少？别忘了损失是各行的平均。",
        ),
        Text(
            "A gradient has the shape of its parameter. b2 is added to every row, so "
            "the rows add up in its gradient.",
            "梯度的形状与参数相同。b2 加到了每一行上，所以它的梯度是各行之和。",
        ),
        Text(
            "Where the hidden unit was below zero, relu gave 0 whatever its input was. "
            "What passes back through such a place?",
            "隐藏单元小于零的地方，无论输入是多少 relu 都输出 0。那里能往回传递什么？",
        ),
    ),
)


UNDER_BUDGET = Exercise(
    name="under_budget",
    topic=Text("Build a network", "搭建网络"),
    title=Text("Read digits on a budget", "精打细算认数字"),
    task=Text(
        "The cell gets digits x (2500, 14, 14, 1) from 0 to 1 and labels y (2500,). "
        "Build and train a `model` that reads at least 90 % of the held-out digits, "
        "with at most 1,500 weights. One Dense(10) on all pixels has 1,970 already.",
        "单元里已有数字图片 x (2500, 14, 14, 1)，值为 0 到 1，标签 y (2500,)。"
        "请搭建并训练一个 `model`，留出的数字至少认对 90 %，参数最多 1,500 个。"
        "在所有像素上接一个 Dense(10) 就已有 1,970 个。",
    ),
    data=lambda rng, held_out_rng: samples.digit_parts(rng, held_out_rng, 2500, 1500),
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.90), NumWeights(1500)),
    hints=(
        Text(
            "model.summary() says which layer spends the budget. Is it the last one?",
            "model.summary() 会告诉你参数花在哪一层。是最后一层吗？",
        ),
        Text(
            "A convolution uses the same few weights at every place. What makes the "
            "picture smaller before the Dense layer costs nothing.",
            "卷积在每个位置都用同样的几个参数。在 Dense 之前把图变小的层不花参数。",
        ),
        Text(
            "Within the budget but too inaccurate? Fewer positions and more filters is "
            "one way, longer training another.",
            "参数够省但不够准？一个办法是位置少一些、卷积核多一些；"
            "另一个办法是训练久一些。",
        ),
    ),
)
