"""Exercises on attention and on forecasts."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import Measured, Returned
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Submission


def _words(rng):
    shapes = {"query": (6, 4), "key": (6, 4), "value": (6, 3)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def attention(query, key, value) -> tuple[np.ndarray]:
    """Scaled dot-product attention (positions, features) that never looks ahead.

    Source: Vaswani et al., "Attention Is All You Need" (2017).
    """
    scores = query @ key.T / np.sqrt(query.shape[1])
    scores = np.where(np.tri(len(query), dtype=bool), scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True) @ value,)


def _attention_check(goal, **changes):
    arguments = ("query", "key", "value")
    return Returned("attention", goal, attention, arguments, ("output",), **changes)


def _other_last_word(arguments):
    key, value = arguments["key"].copy(), arguments["value"].copy()
    key[-1], value[-1] = 2 - key[-1], 5 - value[-1]
    return {**arguments, "key": key, "value": value}


ATTENTION_BY_HAND = Exercise(
    name="attention_by_hand",
    topic=Text("Sequences", "序列"),
    title=Text("Attention by hand", "亲手写注意力"),
    task=Text(
        "The cell gets query (6, 4), key (6, 4) and value (6, 3) of a sentence of six "
        "words. Write a function `attention(query, key, value)` in NumPy that returns "
        "for each word a mean of the values (6, 3), weighted by softmax of query . key "
        "divided by the square root of 4, over this word and those before it: no word "
        "looks ahead. It is tried on other numbers.",
        "单元里已有一句六个词的 query (6, 4)、key (6, 4) 和 value (6, 3)。"
        "请用 NumPy 写函数 `attention(query, key, value)`，"
        "为每个词返回 value 的加权平均 (6, 3)："
        "权重是 query·key 除以 4 的平方根后的 softmax，"
        "只在这个词和它前面的词上计算，谁也不看后面。检查时会换一组数。",
    ),
    data=samples.alike(_words),
    answers={"attention": FunctionAnswer("def {name}(query, key, value): ...")},
    checks=(
        _attention_check(Text("the output is right", "输出正确")),
        _attention_check(
            Text("also with another last word", "换掉最后一个词时也正确"),
            case=1,
            change=_other_last_word,
        ),
    ),
    hints=(
        Text(
            "Begin with the scores of all pairs, (6, 6). Which row is one word, and "
            "over which axis do its weights add up to 1?",
            "先算所有词对的得分 (6, 6)。哪一行是一个词？它的权重在哪个轴上加起来是 1？",
        ),
        Text(
            "The first word sees only itself. Is the first row of your result the "
            "first row of value?",
            "第一个词只看得到自己。结果的第一行就是 value 的第一行吗？",
        ),
        Text(
            "What score gives a weight of exactly 0? It must be there before softmax; "
            "np.tri makes the triangle.",
            "什么得分的权重恰好是 0？要在 softmax 之前放好；np.tri 可以做出三角形。",
        ),
    ),
)

WINDOW = 14


def _visitors(rng, held_out_rng):
    week = rng.permuted([40.0, 55.0, 60.0, 70.0, 85.0, 130.0, 150.0])

    def days(rng, count):
        number = np.arange(count + WINDOW)
        ups_and_downs = np.convolve(rng.normal(0, 3, len(number) + 9), np.ones(10))
        level = 100 + 20 * np.sin(number / 50) + ups_and_downs[9 : 9 + len(number)]
        series = level + week[number % 7] - 80 + rng.normal(0, 4, len(number))
        x = np.lib.stride_tricks.sliding_window_view(series[:-1], WINDOW)
        return x, series[WINDOW:].astype(np.float32)

    return samples.parts(days(rng, 400), days(held_out_rng, 200))


def compared_with_yesterday(submission: Submission) -> float:
    """The mean absolute error, as a share of that of "as yesterday"."""
    held_out = submission.data.held_out
    y, predicted = held_out["y"], submission.predictions()
    error = np.abs(predicted.reshape(y.shape) - y).mean()
    return float(error / np.abs(held_out["x"][:, -1] - y).mean())


BETTER_THAN_YESTERDAY = Exercise(
    name="better_than_yesterday",
    topic=Text("Sequences", "序列"),
    title=Text("Better than yesterday", "比昨天强"),
    task=Text(
        "The cell gets how many visitors a museum had on 14 days in a row, x (400, "
        "14), and on the day after, y (400,). Train a `model` whose mean absolute "
        "error in another year is at most 40 % of that of the simplest forecast: as "
        "many as yesterday, x[:, -1].",
        "单元里已有一家博物馆连续 14 天的参观人数 x (400, 14)，以及随后一天的人数 "
        "y (400,)。请训练一个 `model`，在另一年里，它的平均绝对误差至多是最简单预报"
        "的 40 %；最简单的预报是“和昨天一样多”，即 x[:, -1]。",
    ),
    data=_visitors,
    answers={"model": ModelAnswer()},
    checks=(
        Measured(
            Text(
                "error at most {limit} of that of yesterday's number",
                "误差至多为昨天人数那种预报的 {limit}",
            ),
            compared_with_yesterday,
            most=0.4,
        ),
    ),
    hints=(
        Text(
            "Compute the error of x[:, -1], and then of x[:, -7]. Why is one better?",
            "算算 x[:, -1] 的误差，再算 x[:, -7] 的。为什么有一个更好？",
        ),
        Text(
            "Numbers near 100 make the first steps of a network wild. Scale them "
            "inside the model, or give it many more epochs.",
            "100 上下的数会让网络最初几步很乱。在模型里面缩放，或者多训练很多轮。",
        ),
        Text(
            "A plain Dense(1) on the 14 days may be enough if its loss has settled. "
            "Has it?",
            "在 14 天上接一个简单的 Dense(1)，只要损失稳定了可能就够了。它稳定了吗？",
        ),
    ),
)
