"""Exercises on what convolutions see, and on pictures that come in other ways."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, Measured, NumWeights
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data, Submission

SIDE = 32


def _windows(rng, held_out_rng):
    size = int(rng.choice([7, 9, 11, 13]))
    x = held_out_rng.normal(size=(4, SIDE, SIDE, 1)).astype(np.float32)
    return Data({"size": size}, {"x": x, "size": size})


def window_side(submission: Submission) -> int:
    """How many rows of a picture the middle of the output depends on, measured."""
    pictures = submission.data.held_out["x"]
    changed = np.repeat(pictures[None], SIDE, axis=0)
    for row in range(SIDE):
        changed[row, :, row] += 3.0
    model = submission.answers["model"]
    outputs = np.asarray(model.predict(changed.reshape(-1, SIDE, SIDE, 1), verbose=0))
    usual = submission.predictions()
    if usual.ndim != 4:
        return SIDE
    middle = (slice(None), usual.shape[1] // 2, usual.shape[2] // 2)
    outputs = outputs.reshape(SIDE, *usual.shape)[:, *middle]
    moved = np.abs(outputs - usual[middle]).max(axis=(1, 2)) > 1e-7
    rows = np.flatnonzero(moved)
    return int(rows[-1] - rows[0] + 1) if rows.size else 0


def largest_kernel(submission: Submission) -> int:
    """The largest side of a convolution's kernel, 0 if there is none."""
    weights = submission.answers["model"].get_weights()
    return max((max(w.shape[:2]) for w in weights if w.ndim == 4), default=0)


WINDOW_OF_PIXELS = Exercise(
    name="window_of_pixels",
    topic=Text("Inside a CNN", "卷积网络内部"),
    title=Text("How far a network sees", "网络看得多远"),
    task=Text(
        "The cell gets a number, size. Build a `model` for pictures (32, 32, 1) in "
        "which each value of the output, of shape (height, width, channels), depends "
        "on a window of exactly size by size pixels, with kernels of at most 3 by 3 "
        "and at most 1,000 weights. It need not be trained: the window is measured by "
        "changing pixels.",
        "单元里已有一个数 size。请为 (32, 32, 1) 的图片搭一个 `model`，"
        "输出的形状是（高, 宽, 通道），每个值恰好取决于 size×size 个像素的窗口；"
        "卷积核最大 3×3，参数最多 1,000 个。不需要训练：检查时会改动像素来量窗口。",
    ),
    data=_windows,
    answers={"model": ModelAnswer()},
    checks=(
        Measured(
            Text(
                "the side of the window differs from `size` by {limit} pixels",
                "窗口边长与 `size` 相差 {limit} 个像素",
            ),
            lambda s: abs(window_side(s) - s.data.held_out["size"]),
            most=0,
            unit="count",
        ),
        Measured(
            Text("kernels of at most {limit} pixels a side", "卷积核边长最多 {limit}"),
            largest_kernel,
            most=3,
            unit="count",
        ),
        NumWeights(1000),
    ),
    hints=(
        Text(
            "One convolution of 3 by 3 sees three rows. How many does a second one see "
            "that reads the output of the first?",
            "一个 3×3 卷积看得到三行。第二个读第一个的输出，又能看到几行？",
        ),
        Text(
            "Each further layer adds the same number of rows. Is `size` among what you "
            "can reach?",
            "每多一层，增加的行数都一样。`size` 在能达到的数里吗？",
        ),
        Text(
            "Too many weights? The filters need not be many. A stride, pooling or a "
            "dilation makes windows grow faster.",
            "参数太多？卷积核不需要很多个。步幅、池化或空洞会让窗口长得更快。",
        ),
    ),
)

CROSSES = (np.eye(5, dtype=bool) | np.eye(5, dtype=bool)[::-1], np.zeros((5, 5), bool))
CROSSES[1][2], CROSSES[1][:, 2] = True, True


def _crosses(rng, held_out_rng):
    def drawn(rng, count, first_column):
        x = rng.normal(0, 0.25, (count, 16, 16, 1))
        y = rng.integers(0, 2, count)
        rows, columns = rng.integers(0, 11, count), rng.integers(0, 4, count)
        for picture, kind, row, column in zip(x, y, rows, columns, strict=True):
            left = first_column + column
            picture[row : row + 5, left : left + 5, 0] += CROSSES[kind]
        return x, y

    return samples.parts(drawn(rng, 300, 0), drawn(held_out_rng, 400, 8))


ANYWHERE = Exercise(
    name="anywhere",
    topic=Text("Inside a CNN", "卷积网络内部"),
    title=Text("The same cross somewhere else", "换了位置的同一个十字"),
    task=Text(
        "The cell gets pictures x (300, 16, 16, 1) and y (300,): 0 for a cross like x, "
        "1 for one like +. All crosses are in the left half. Train a `model` that is "
        "right for at least 95 % of held-out pictures, in which they are in the right "
        "half. Moving pictures about is not needed.",
        "单元里已有图片 x (300, 16, 16, 1) 和 y (300,)：叉形为 0，十字形为 1。"
        "所有的形状都在左半边。请训练一个 `model`，对留出的图片至少答对 95 %，"
        "而那些图片里的形状都在右半边。不需要移动图片。",
    ),
    data=_crosses,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.95),),
    hints=(
        Text(
            "About 50 %: to a Dense layer on all pixels the right half is a place "
            "where nothing has ever happened.",
            "只有 50 % 左右：对接在所有像素上的 Dense 层来说，"
            "右半边是从来没有发生过什么的地方。",
        ),
        Text(
            "A convolution looks for the same thing everywhere. Which layer after it "
            "still knows where something was?",
            "卷积在各处找同样的东西。它后面的哪个层还记得东西在哪里？",
        ),
        Text(
            "What matters is how strongly a filter answers at its best place, wherever "
            "that is.",
            "重要的是一个卷积核在最合适的位置反应有多强，不管那是哪里。",
        ),
    ),
)


def _flags(rng, held_out_rng):
    def drawn(rng, count, share_upside_down):
        x = rng.normal(0, 0.25, (count, 12, 12, 1))
        y = rng.integers(0, 2, count)
        poles = rng.integers(4, 8, count)
        for picture, side, pole in zip(x, y, poles, strict=True):
            picture[1:11, pole, 0] += 1.0
            for row, width in enumerate((3, 2, 1)):
                left = pole + 1 if side else pole - width
                picture[1 + row, left : left + width, 0] += 1.0
        turned = rng.random(count) < share_upside_down
        x[turned] = x[turned, ::-1]
        return x, y

    return samples.parts(drawn(rng, 100, 0.0), drawn(held_out_rng, 500, 0.8))


WHICH_FLIP = Exercise(
    name="which_flip",
    topic=Text("Augmentation", "数据增强"),
    title=Text("The flip that keeps the answer", "不改变答案的翻转"),
    task=Text(
        "The cell gets only 100 pictures of flags x (100, 12, 12, 1) and y (100,): 0 "
        "where the flag is on the left of its pole, 1 on the right. Among held-out "
        "pictures most are upside down. Train a `model` that is right for at least 90 "
        "% of them.",
        "单元里只有 100 张旗子的图片 x (100, 12, 12, 1) 和 y (100,)："
        "旗子在杆的左边为 0，右边为 1。留出的图片大多上下颠倒。"
        "请训练一个 `model`，至少答对其中的 90 %。",
    ),
    data=_flags,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.90),),
    hints=(
        Text(
            "Turn one of your pictures upside down, and mirror another. Which of them "
            "still has its label?",
            "把一张图上下颠倒，另一张左右镜像。哪一张的标签还是对的？",
        ),
        Text(
            "A layer that flips in both directions says of half of the flags that they "
            "are on the wrong side. It takes an argument.",
            "两个方向都翻的层，会把一半的旗子说成在另一边。它有一个参数。",
        ),
        Text(
            "A hundred pictures are few steps an epoch, and each is now seen in two "
            "ways: give it more epochs.",
            "一百张图一轮没有几步，而且每张现在有两种样子：多训练几轮。",
        ),
    ),
)
