"""Exercises on losses and on data: outliers, raw columns, wrong labels, shifts."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, HeldOutError, Measured
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data, Submission


def _with_outliers(rng, held_out_rng):
    slope, phase = rng.uniform(1.0, 2.0), rng.uniform(0, 6)

    def measured(rng, count, share_spoilt):
        x = rng.uniform(-1, 1, (count, 1))
        clean = slope * x[:, 0] + np.sin(3 * x[:, 0] + phase)
        y = clean + rng.normal(0, 0.1, count)
        spoilt = rng.random(count) < share_spoilt
        y = np.where(spoilt, y + rng.uniform(6, 12, count), y)
        return x, y.astype(np.float32)

    return samples.parts(measured(rng, 250, 0.2), measured(held_out_rng, 250, 0.0))


ROBUST_LOSS = Exercise(
    name="robust_loss",
    topic=Text("Losses", "损失函数"),
    title=Text("A loss that is not misled", "不受误导的损失"),
    task=Text(
        "The cell gets x (250, 1) and measurements y (250,). A fifth of them are far "
        "too large: the instrument was faulty. Train a `model` on all of them whose "
        "mean absolute error on correct, held-out measurements is at most 0.4. Plot "
        "y against x first.",
        "单元里已有 x (250, 1) 和测量值 y (250,)。其中五分之一远远偏大："
        "仪器出了故障。请用全部数据训练一个 `model`，在正确的留出测量上，"
        "平均绝对误差至多 0.4。先画出 y 随 x 的图看看。",
    ),
    data=_with_outliers,
    answers={"model": ModelAnswer()},
    checks=(HeldOutError(0.4),),
    hints=(
        Text(
            "Draw your predictions over the points. Do they lie between the correct "
            "values and the faulty ones?",
            "把预测画到点图上。它是不是落在正确值和故障值之间？",
        ),
        Text(
            "The squared error counts a point ten times as far away a hundred times. "
            "What would make every point pull equally hard?",
            "平方误差会把十倍远的点算成一百倍。怎样才能让每个点的拉力一样大？",
        ),
        Text(
            "The mean follows outliers, the median does not. Which loss is smallest at "
            "the median?",
            "平均数跟着离群值走，中位数不会。哪种损失在中位数处最小？",
        ),
    ),
)


def _raw_table(rng, held_out_rng):
    scale = np.array([30_000.0, 0.02, 12.0]) * rng.uniform(0.7, 1.4, 3)
    offset = np.array([90_000.0, 5.0, 40.0]) * rng.uniform(0.8, 1.2, 3)
    weights = np.array([1.0, -1.2, 0.8]) * rng.choice([-1, 1], 3)

    def drawn(rng, count):
        size = rng.normal(size=(count, 3))
        y = (size @ weights + rng.normal(0, 0.2, count) > 0).astype(int)
        return size * scale + offset, y

    return samples.parts(drawn(rng, 500), drawn(held_out_rng, 400))


RAW_COLUMNS = Exercise(
    name="raw_columns",
    topic=Text("Data first", "数据第一"),
    title=Text("Columns of very different sizes", "大小悬殊的各列"),
    task=Text(
        "The cell gets a table x (500, 3), whose columns are about 90,000, 5 and 40, "
        "and classes y (500,). Train a `model` with a held-out accuracy of at least "
        "90 %. The model is given the columns as they are.",
        "单元里已有表格 x (500, 3)，三列的大小约为 90,000、5 和 40，类别 y (500,)。"
        "请训练一个 `model`，留出准确率至少 90 %。检查时给模型的是未经处理的各列。",
    ),
    data=_raw_table,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.90),),
    hints=(
        Text(
            "What are x.mean(axis=0) and x.std(axis=0)? Which column can a network of "
            "usual weights see at all?",
            "x.mean(axis=0) 和 x.std(axis=0) 是多少？"
            "权重大小正常的网络，看得见哪一列？",
        ),
        Text(
            "Good while training and bad here? Then the scaling is in the notebook and "
            "not in the model. Whoever uses the model has only the raw columns.",
            "训练时好，这里却差？那是因为缩放写在笔记本里，而不在模型里。"
            "用模型的人手里只有原始的各列。",
        ),
        Text(
            "There is a layer that measures mean and variance with `adapt`, before "
            "training.",
            "有一个层在训练前用 `adapt` 量出均值和方差。",
        ),
    ),
)

NUM_ROWS, NUM_WRONG = 1000, 50


def _mislabelled(rng, held_out_rng):
    data = samples.digit_parts(rng, held_out_rng, NUM_ROWS, NUM_ROWS)

    def spoilt(rng, part):
        wrong = rng.choice(NUM_ROWS, NUM_WRONG, replace=False)
        labels = part["y"].copy()
        labels[wrong] = (labels[wrong] + rng.integers(1, 10, NUM_WRONG)) % 10
        return {"x": part["x"], "y": labels}, np.sort(wrong)

    variables, _ = spoilt(rng, data.variables)
    held_out, wrong = spoilt(held_out_rng, data.held_out)
    return Data(variables, {**held_out, "wrong": wrong})


def found(submission: Submission) -> tuple[set[int], set[int]]:
    """(rows that the answer `suspects` returns, rows whose labels were changed)."""
    held_out = submission.data.held_out
    rows = submission.returned("suspects", {name: held_out[name] for name in "xy"})
    return set(map(int, np.ravel(rows))), set(held_out["wrong"].tolist())


def found_share(submission: Submission) -> float:
    """How many of the wrong labels are found."""
    rows, wrong = found(submission)
    return len(rows & wrong) / len(wrong)


def right_share(submission: Submission) -> float:
    """How many of the rows that are returned are wrong labels."""
    rows, wrong = found(submission)
    return len(rows & wrong) / max(len(rows), 1)


FIND_WRONG_LABELS = Exercise(
    name="find_wrong_labels",
    topic=Text("Data first", "数据第一"),
    title=Text("Find the wrong labels", "找出错误的标签"),
    task=Text(
        "The cell gets digits x (1000, 14, 14, 1) and labels y (1000,). Fifty of the "
        "labels are wrong. Let a network find them: write a function `suspects(x, y)` "
        "that trains one, within 10 seconds, and returns the numbers of the rows that "
        "it believes are wrong. It is tried on other digits.",
        "单元里已有数字图片 x (1000, 14, 14, 1) 和标签 y (1000,)。"
        "其中五十个标签是错的。让网络来找：请写函数 `suspects(x, y)`，"
        "在 10 秒内训练一个网络，返回它认为标错的行号。检查时会换一批数字。",
    ),
    data=_mislabelled,
    answers={"suspects": FunctionAnswer("def {name}(x, y): ...")},
    checks=(
        Measured(
            Text(
                "it finds at least {limit} of the wrong labels",
                "找出至少 {limit} 的错误标签",
            ),
            found_share,
            least=0.6,
        ),
        Measured(
            Text(
                "at least {limit} of the rows that it returns are wrong labels",
                "返回的行中至少 {limit} 确实是错误标签",
            ),
            right_share,
            least=0.6,
        ),
    ),
    hints=(
        Text(
            "Which labels surprise a network that reads most digits well? The loss of "
            "each single row says how surprised it is.",
            "大部分数字都认得准的网络，会对哪些标签感到意外？"
            "每一行的损失就是它意外的程度。",
        ),
        Text(
            "A network that has learned the labels by heart is surprised by none of "
            "them. Is its training accuracy near 100 %?",
            "把标签全背下来的网络，对哪个都不意外。它的训练准确率接近 100 % 吗？",
        ),
        Text(
            "Ask a network about rows that it was not trained on: train on one half, "
            "look at the other, and swap.",
            "拿没有用来训练的行去问网络：用一半训练，看另一半，然后交换。",
        ),
    ),
)

MOST_SHIFT = 3


def _shifted(rng, held_out_rng):
    data = samples.digit_parts(rng, held_out_rng, 1000, 500)
    moved = np.zeros_like(data.held_out["x"])
    for row, (down, right) in enumerate(
        held_out_rng.integers(-MOST_SHIFT, MOST_SHIFT + 1, (len(moved), 2))
    ):
        moved[row] = shifted(data.held_out["x"][row], down, right)
    return Data(data.variables, {"x": moved, "y": data.held_out["y"]})


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """An image (height, width, channels) moved by whole pixels, zeros moving in.

    >>> shifted(np.arange(4.0).reshape(2, 2, 1), 1, 0)[..., 0].tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    height, width, _ = image.shape
    moved = np.zeros_like(image)
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    from_rows = slice(max(-down, 0), height + min(-down, 0))
    from_columns = slice(max(-right, 0), width + min(-right, 0))
    moved[rows, columns] = image[from_rows, from_columns]
    return moved


SHIFTED_DIGITS = Exercise(
    name="shifted_digits",
    topic=Text("Augmentation", "数据增强"),
    title=Text("Digits that are not in the middle", "不在正中的数字"),
    task=Text(
        "The cell gets digits x (1000, 14, 14, 1) in the middle of their pictures, and "
        "labels y (1000,). The held-out digits are moved by up to 3 pixels in each "
        "direction. Train a `model` that reads at least 70 % of them.",
        "单元里已有位于图片正中的数字 x (1000, 14, 14, 1) 和标签 y (1000,)。"
        "留出的数字在各个方向上移动了最多 3 个像素。"
        "请训练一个 `model`，至少认对其中的 70 %。",
    ),
    data=_shifted,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.70),),
    hints=(
        Text(
            "Move some of your own pictures with np.roll and evaluate your model on "
            "them. How much accuracy is lost?",
            "用 np.roll 移动几张你自己的图，再评估模型。准确率掉了多少？",
        ),
        Text(
            "A network can only ignore what it has seen vary. Which layer varies the "
            "position, in training only?",
            "网络只会忽略它见过在变化的东西。哪个层只在训练时改变位置？",
        ),
        Text(
            "Three of 14 pixels is about a fifth of the width. Pictures that change "
            "every epoch need more epochs, too.",
            "14 个像素中的 3 个约为宽度的五分之一。"
            "每轮都在变的图片，也需要更多轮训练。",
        ),
    ),
)
