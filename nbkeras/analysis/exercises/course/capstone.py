"""A teacher's knowledge in a small network, and what the whole course was for."""

from __future__ import annotations

import functools

import numpy as np

from nbkeras.analysis.exercises.answers import ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, Measured, NumWeights
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.course.data import shifted
from nbkeras.analysis.exercises.course.training import HeldOutLogLoss
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data, Submission
from nbkeras.layers import Dense, Flatten, Input
from nbkeras.models import Sequential

NUM_HIDDEN = 300


@functools.cache
def _teacher_weights():
    """Random features, and the scores that fit all digits best; no training."""
    images, labels = samples.small_digits()
    rng = np.random.default_rng(11)
    kernel = rng.normal(0, np.sqrt(2 / 196), (196, NUM_HIDDEN))
    bias = rng.normal(0, 0.3, NUM_HIDDEN)
    hidden = np.maximum(images.reshape(-1, 196) @ kernel + bias, 0)
    hidden = np.concatenate([hidden, np.ones((len(hidden), 1))], axis=1)
    square = hidden.T @ hidden + np.eye(NUM_HIDDEN + 1)
    top = np.linalg.solve(square, hidden.T @ (10.0 * np.eye(10)[labels]))
    return [kernel, bias, top[:-1], top[-1]]


def teacher() -> Sequential:
    """A model of 62,110 weights from pictures to ten scores, the same for everybody."""
    model = Sequential(
        [
            Input((14, 14, 1)),
            Flatten(),
            Dense(NUM_HIDDEN, activation="relu"),
            Dense(10),
        ],
        name="teacher",
    )
    model.set_weights(_teacher_weights())
    return model


def _unlabelled(rng, held_out_rng):
    data = samples.digit_parts(rng, held_out_rng, 1500, 800)
    kernel, bias, top, top_bias = _teacher_weights()
    x = data.held_out["x"]
    hidden = np.maximum(x.reshape(-1, 196) @ kernel + bias, 0)
    decided = (hidden @ top + top_bias).argmax(axis=1)
    return Data(
        {"x": data.variables["x"], "teacher": teacher()}, {"x": x, "y": decided}
    )


LEARN_FROM_A_TEACHER = Exercise(
    name="learn_from_a_teacher",
    topic=Text("Transfer learning", "迁移学习"),
    title=Text("What a large network knows", "大网络知道的事"),
    task=Text(
        "The cell gets digits x (1500, 14, 14, 1) without labels, and a `teacher`: a "
        "model of 62,110 weights that gives ten scores. Train a `model` of at most "
        "2,000 weights that decides as the teacher does for at least 87 % of held-out "
        "pictures.",
        "单元里已有没有标签的数字图片 x (1500, 14, 14, 1)，以及一个给出十个得分、"
        "有 62,110 个参数的模型 `teacher`。请训练一个参数最多 2,000 个的 `model`，"
        "对至少 87 % 的留出图片，它的判断与 `teacher` 相同。",
    ),
    data=_unlabelled,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.87), NumWeights(2000)),
    hints=(
        Text(
            "There are no labels, but there is somebody to ask. What does "
            "teacher.predict(x) give you?",
            "没有标签，却有人可以问。teacher.predict(x) 会给你什么？",
        ),
        Text(
            "The classes that the teacher decides for are labels. Its scores say more: "
            "also which other digit a picture resembles.",
            "教师判定的类别可以当标签。它的得分说得更多：还有这张图像别的哪个数字。",
        ),
        Text(
            "Too few right with 2,000 weights? A convolution spends them better than "
            "one Dense layer on all pixels.",
            "2,000 个参数不够准？卷积比接在所有像素上的 Dense 层更会花参数。",
        ),
    ),
)


def _moved(rng, held_out_rng):
    data = samples.digit_parts(rng, held_out_rng, 3000, 1000)
    x = data.held_out["x"]
    steps = held_out_rng.choice([-1, 1], (len(x), 2))
    moved = np.stack([shifted(image, *by) for image, by in zip(x, steps, strict=True)])
    return Data(data.variables, {**data.held_out, "moved": moved})


def accuracy_when_moved(submission: Submission) -> float:
    """The accuracy on held-out digits that are moved by a pixel."""
    held_out = submission.data.held_out
    predicted = submission.answers["model"].predict(held_out["moved"], verbose=0)
    return float(np.mean(np.asarray(predicted).argmax(axis=-1) == held_out["y"]))


ALL_TOGETHER = Exercise(
    name="all_together",
    topic=Text("Capstone", "综合项目"),
    title=Text("Small, right, honest and steady", "小巧、准确、诚实、稳当"),
    task=Text(
        "The cell gets digits x (3000, 14, 14, 1) from 0 to 1 and labels y (3000,). "
        "Train a `model` that ends in ten probabilities, with under 20,000 weights, "
        "that reads at least 95 % of held-out digits, and 90 % of them when they are "
        "moved by one pixel, with a log loss of at most 0.25.",
        "单元里已有数字图片 x (3000, 14, 14, 1)，值为 0 到 1，标签 y (3000,)。"
        "请训练一个以十个概率为输出、参数少于 20,000 个的 `model`："
        "留出的数字至少认对 95 %，移动一个像素后至少认对 90 %，"
        "对数损失至多 0.25。",
    ),
    data=_moved,
    answers={"model": ModelAnswer()},
    checks=(
        HeldOutAccuracy(0.95),
        NumWeights(19_999),
        Measured(
            Text(
                "moved by one pixel, at least {limit} are right",
                "移动一个像素后，至少认对 {limit}",
            ),
            accuracy_when_moved,
            least=0.9,
        ),
        HeldOutLogLoss(0.25),
    ),
    hints=(
        Text(
            "Which goal is missing? Weights: smaller pictures before Dense. Moved: "
            "augmentation. Log loss: stop before the network is too sure.",
            "缺的是哪个目标？参数：在 Dense 之前把图变小。移动：数据增强。"
            "对数损失：在网络过于自信之前停下。",
        ),
        Text(
            "Keep 500 rows to validate on and look at their curve. What does it say at "
            "the end?",
            "留出 500 行做验证，看它们的曲线。结束时曲线说了什么？",
        ),
        Text(
            "Two convolutions with pooling in between read more than two Dense layers "
            "of ten times the weights.",
            "两个卷积、中间加池化，比参数多十倍的两个 Dense 层认得更准。",
        ),
    ),
)
