"""Exercises on what a network computes, and on building one."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import (
    HeldOutAccuracy,
    HeldOutError,
    NumWeights,
    Returned,
)
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data


def _distance(rng, held_out_rng):
    c = round(float(rng.uniform(-2, 2)), 2)
    x = held_out_rng.uniform(-4, 4, (200, 1)).astype(np.float32)
    return Data({"c": c}, {"x": x, "y": np.abs(x[:, 0] - c)})


DISTANCE_BY_HAND = Exercise(
    name="distance_by_hand",
    topic=Text("What a network is", "什么是网络"),
    title=Text("Seven weights, set by hand", "亲手设定七个参数"),
    task=Text(
        "The cell gets a number c. Build a `model` of at most 7 weights and set them "
        "with set_weights, without training, so that its output for x (n, 1) is the "
        "distance |x - c|. It is tried on x from -4 to 4.",
        "单元里已有一个数 c。请搭一个参数最多 7 个的 `model`，不训练，"
        "用 set_weights 设定参数，使它对 x (n, 1) 的输出就是距离 |x - c|。"
        "检查时 x 从 -4 到 4。",
    ),
    data=_distance,
    answers={"model": ModelAnswer()},
    checks=(HeldOutError(0.001), NumWeights(7)),
    hints=(
        Text(
            "Draw |x - c|: two straight pieces. What does one unit with relu draw?",
            "画出 |x - c|：两段直线。一个带 relu 的单元画出的是什么？",
        ),
        Text(
            "One unit can be zero to the left of c, another to the right of it. What "
            "do the two add up to?",
            "一个单元在 c 左边为零，另一个在 c 右边为零。两个相加是什么？",
        ),
        Text(
            "[w.shape for w in model.get_weights()] lists the shapes in which "
            "set_weights takes them. Where does relu(w * x + b) begin to rise?",
            "[w.shape for w in model.get_weights()] 列出 set_weights 要的形状。"
            "relu(w * x + b) 从哪里开始上升？",
        ),
    ),
)


def _layers(rng):
    shapes = {"x": (6, 4), "w1": (4, 5), "b1": (5,), "w2": (5, 3), "b2": (3,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def forward(x, w1, b1, w2, b2) -> tuple[np.ndarray]:
    """Class probabilities (n, classes) of a network with one hidden relu layer."""
    scores = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True),)


def _forward_check(goal, **changes):
    arguments = ("x", "w1", "b1", "w2", "b2")
    return Returned("forward", goal, forward, arguments, ("p",), **changes)


FORWARD_PASS = Exercise(
    name="forward_pass",
    topic=Text("What a network is", "什么是网络"),
    title=Text("What predict computes", "predict 算的是什么"),
    task=Text(
        "The cell gets x (6, 4) and a network w1 (4, 5), b1 (5,), w2 (5, 3), b2 (3,): "
        "a Dense layer with relu, then one with softmax. Write a function `forward(x, "
        "w1, b1, w2, b2)` in NumPy that returns the probabilities of the three classes "
        "for each row. It is tried on other numbers, also on very large ones.",
        "单元里已有 x (6, 4) 和一个网络 w1 (4, 5)、b1 (5,)、w2 (5, 3)、b2 (3,)："
        "先是带 relu 的 Dense 层，再是带 softmax 的。请用 NumPy 写函数 "
        "`forward(x, w1, b1, w2, b2)`，返回每一行属于三个类别的概率。"
        "检查时会换一组数，也会换成很大的数。",
    ),
    data=samples.alike(_layers),
    answers={"forward": FunctionAnswer("def {name}(x, w1, b1, w2, b2): ...")},
    checks=(
        _forward_check(Text("the probabilities are right", "概率正确")),
        _forward_check(
            Text("with b2 larger by 2,000, too", "b2 大 2,000 时也正确"),
            case=1,
            change=lambda arguments: {**arguments, "b2": 2000 + arguments["b2"]},
        ),
    ),
    hints=(
        Text(
            "softmax turns scores into shares: each is exp(score), divided by the sum "
            "of the row. Do your rows add up to 1?",
            "softmax 把得分变成份额：exp(得分) 除以这一行的总和。"
            "你的每行加起来是 1 吗？",
        ),
        Text(
            "The sum goes over the classes of one row. Which axis is that, and what "
            "does keepdims=True do?",
            "求和是在同一行的各个类别上。那是哪个轴？keepdims=True 有什么用？",
        ),
        Text(
            "exp(1000) is infinite. Subtract the same number from all scores of a row: "
            "what changes in the shares?",
            "exp(1000) 是无穷大。把一行的得分都减去同一个数，份额会变吗？",
        ),
    ),
)


def _pictures_and_numbers(rng, held_out_rng):
    digits = samples.digit_parts(rng, held_out_rng, 1500, 800)

    def compared(rng, part):
        number = rng.integers(0, 9, (len(part["y"]), 1)).astype(np.float32)
        return part["x"], number, (part["y"] > number[:, 0]).astype(int)

    picture, number, y = compared(rng, digits.variables)
    unseen, limit, is_larger = compared(held_out_rng, digits.held_out)
    return Data(
        {"picture": picture, "number": number, "y": y},
        {"x": [unseen, limit], "y": is_larger},
    )


PICTURE_AND_NUMBER = Exercise(
    name="picture_and_number",
    topic=Text("Build a network", "搭建网络"),
    title=Text("A network with two inputs", "有两个输入的网络"),
    task=Text(
        "The cell gets pictures of digits, picture (1500, 14, 14, 1), numbers from 0 "
        "to 8, number (1500, 1), and y (1500,): 1 where the digit in the picture is "
        "larger than the number. Train a `model` with these two inputs, in this order, "
        "that is right for at least 82 % of the held-out pairs.",
        "单元里已有数字图片 picture (1500, 14, 14, 1)、0 到 8 的数 number (1500, 1)，"
        "以及 y (1500,)：图片里的数字大于那个数时为 1。"
        "请按这个顺序用两个输入训练一个 `model`，对留出的数据至少答对 82 %。",
    ),
    data=_pictures_and_numbers,
    answers={
        "model": ModelAnswer("{name} = nbkeras.Model([picture_in, number_in], output)")
    },
    checks=(HeldOutAccuracy(0.82),),
    hints=(
        Text(
            "About 73 % can be had from the number alone. Does your network look at "
            "the picture?",
            "只看那个数就能答对约 73 %。你的网络看图片了吗？",
        ),
        Text(
            "A Sequential has one input. Model([a, b], output) has two, and "
            "layers.Concatenate joins what is known about both.",
            "Sequential 只有一个输入。Model([a, b], output) 有两个；"
            "layers.Concatenate 把两边的信息接在一起。",
        ),
        Text(
            "What is joined must still be compared: give the network a hidden layer "
            "after the joint, and both sides values of a similar size.",
            "接起来之后还要比较：接点之后放一个隐藏层，并让两边的数值大小相近。",
        ),
    ),
)
