"""Exercises on tables: leaks, splits, useless columns, and a loss for nine in ten."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, HeldOutError, Measured
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Submission


def _leaky_table(rng, held_out_rng):
    direction = rng.normal(size=6)
    column = int(rng.integers(6))
    direction[column] = 0
    direction *= 2.5 / np.linalg.norm(direction)

    def drawn(rng, count, leaks):
        x = rng.normal(size=(count, 6))
        y = (x @ direction + rng.normal(0, 0.5, count) > 0).astype(int)
        told = y if leaks else rng.integers(0, 2, count)
        x[:, column] = 2 * told - 1 + rng.normal(0, 0.4, count)
        return x, y

    return samples.parts(drawn(rng, 600, True), drawn(held_out_rng, 600, False))


LEAKY_COLUMN = Exercise(
    name="leaky_column",
    topic=Text("Data first", "数据第一"),
    title=Text("The column that knew the answer", "早就知道答案的那一列"),
    task=Text(
        "The cell gets a table x (600, 6) of patients and y (600,). One of the columns "
        "was filled in after the diagnosis was known, such as the ward in which a "
        "patient ended up. For new patients it holds a value at random. Train a "
        "`model` that gets all six columns and is right for at least 85 % of new "
        "patients.",
        "单元里已有病人的表格 x (600, 6) 和 y (600,)。其中有一列是知道诊断之后才填的，"
        "比如病人最后住进了哪个病房；对新病人，这一列只是随机的值。"
        "请训练一个 `model`，输入仍是全部六列，对新病人至少答对 85 %。",
    ),
    data=_leaky_table,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.85),),
    hints=(
        Text(
            "Much better on your own rows than here? Which single column predicts y "
            "almost alone?",
            "在自己的数据上比这里好得多？单凭哪一列就几乎能预测 y？",
        ),
        Text(
            "Look at the mean of each column for y = 0 and for y = 1. Which differ "
            "more than nature would make them?",
            "看看每一列在 y = 0 和 y = 1 时的平均值。哪一列的差别大得不自然？",
        ),
        Text(
            "The model keeps six inputs. What does a network learn from a column whose "
            "rows you have shuffled before training?",
            "模型仍有六个输入。如果训练前把一列的各行打乱，网络能从它学到什么？",
        ),
    ),
)

NUM_ROWS, NUM_PEOPLE = 300, 40


def _people(rng):
    shares = rng.dirichlet(np.full(NUM_PEOPLE, 4.0))
    return {
        "person": rng.choice(1000, NUM_PEOPLE, False)[
            rng.choice(NUM_PEOPLE, NUM_ROWS, p=shares)
        ]
    }


def _validation_rows(submission):
    """(persons of the held-out rows, which rows the answer chooses)."""
    person = submission.data.held_out["person"]
    rows = submission.returned("validation_rows", {"person": person})
    chosen = np.zeros(len(person), bool)
    chosen[np.ravel(rows).astype(int)] = True
    return person, chosen


def num_on_both_sides(submission: Submission) -> int:
    """How many persons are among the rows chosen and among the others."""
    person, chosen = _validation_rows(submission)
    return len(np.intersect1d(person[chosen], person[~chosen]))


def chosen_share(submission: Submission) -> float:
    """The share of rows that is chosen."""
    return float(_validation_rows(submission)[1].mean())


NO_PERSON_TWICE = Exercise(
    name="no_person_twice",
    topic=Text("Data first", "数据第一"),
    title=Text("No person on both sides", "同一个人不能在两边"),
    task=Text(
        "The cell gets person (300,): which of 40 persons each of 300 pictures shows. "
        "A network that has seen a face in training is no judge of how well it knows "
        "new faces. Write a function `validation_rows(person)` that returns the "
        "numbers of the rows to validate on: from 15 % to 25 % of the rows, and no "
        "person on both sides. It is tried on other people.",
        "单元里已有 person (300,)：300 张照片各是 40 个人中的哪一位。"
        "训练时见过的脸，不能用来判断网络认不认得新的脸。"
        "请写函数 `validation_rows(person)`，返回用于验证的行号：占 15 % 到 25 %，"
        "而且没有人同时出现在两边。检查时会换一批人。",
    ),
    data=samples.alike(_people),
    answers={"validation_rows": FunctionAnswer("def {name}(person): ...")},
    checks=(
        Measured(
            Text("persons on both sides: {limit}", "同时在两边的人：{limit} 位"),
            num_on_both_sides,
            most=0,
            unit="count",
        ),
        Measured(
            Text("at least {limit} of the rows", "至少占 {limit} 的行"),
            chosen_share,
            least=0.15,
        ),
        Measured(
            Text("at most {limit} of the rows", "至多占 {limit} 的行"),
            chosen_share,
            most=0.25,
        ),
    ),
    hints=(
        Text(
            "Rows drawn at random tear nearly every person apart. What should be drawn "
            "instead of rows?",
            "随机抽行，几乎每个人都会被拆到两边。应该抽的是什么，而不是行？",
        ),
        Text(
            "np.unique gives the persons, np.isin the rows of some of them.",
            "np.unique 给出有哪些人，np.isin 给出其中一些人的行。",
        ),
        Text(
            "Persons have different numbers of pictures: add one after the other until "
            "there are enough rows.",
            "每个人的照片数不同：一个一个地加，直到行数够了为止。",
        ),
    ),
)

NUM_COLUMNS = 40


def _wide_table(rng, held_out_rng):
    used = rng.choice(NUM_COLUMNS, 4, replace=False)
    weights = rng.choice([-1, 1], 4) * rng.uniform(0.8, 1.6, 4)

    def drawn(rng, count):
        x = rng.normal(size=(count, NUM_COLUMNS))
        return x, (x[:, used] @ weights + rng.normal(0, 0.7, count)).astype(np.float32)

    return samples.parts(drawn(rng, 200), drawn(held_out_rng, 500))


def num_columns_used(submission: Submission) -> int:
    """How many columns change the predictions when they are set to 0."""
    x = submission.data.held_out["x"][:60]
    model = submission.answers["model"]
    without = np.repeat(x[None], NUM_COLUMNS + 1, axis=0)
    for column in range(NUM_COLUMNS):
        without[column, :, column] = 0
    predicted = np.asarray(model.predict(without.reshape(-1, NUM_COLUMNS), verbose=0))
    predicted = predicted.reshape(NUM_COLUMNS + 1, len(x))
    moved = np.abs(predicted[:-1] - predicted[-1]).mean(axis=1)
    return int(np.sum(moved > 0.03))


FEW_COLUMNS = Exercise(
    name="few_columns",
    topic=Text("Regularisation", "正则化"),
    title=Text("Which columns matter?", "哪些列有用？"),
    task=Text(
        "The cell gets a table x (200, 40) and values y (200,). Only four columns have "
        "to do with y. Train a `model` with a mean squared error of at most 0.75 on "
        "held-out rows (0.49 is noise) which uses at most eight columns: setting one "
        "of the others to 0 must not move its predictions by more than 0.03.",
        "单元里已有表格 x (200, 40) 和数值 y (200,)。只有四列与 y 有关。"
        "请训练一个 `model`，在留出数据上的均方误差至多 0.75（其中 0.49 是噪声），"
        "而且最多用到八列：把其余任何一列设为 0，预测的变化不超过 0.03。",
    ),
    data=_wide_table,
    answers={"model": ModelAnswer()},
    checks=(
        HeldOutError(0.75, "squared"),
        Measured(
            Text("at most {limit} columns are used", "最多用到 {limit} 列"),
            num_columns_used,
            most=8,
            unit="count",
        ),
    ),
    hints=(
        Text(
            "One Dense(1) is enough: its kernel has one weight a column. How large are "
            "those of the useless columns?",
            "一个 Dense(1) 就够了：它的 kernel 每列一个权重。没用的列权重有多大？",
        ),
        Text(
            "A penalty on the square hardly minds small weights. Which penalty pulls a "
            "small weight as hard as a large one?",
            "惩罚平方的话，小权重几乎不受影响。哪种惩罚对小权重和大权重拉得一样用力？",
        ),
        Text(
            "Too many columns: a larger factor. The error grows: a smaller one. Small "
            "steps at the end let weights settle at 0.",
            "列太多：系数调大；误差变大：系数调小。最后的步子小一些，权重才能停在 0。",
        ),
    ),
)


def _journeys(rng, held_out_rng):
    slope, swing = rng.uniform(0.5, 1.0), rng.uniform(0.3, 0.5)

    def drawn(rng, count):
        x = rng.uniform(0, 3, (count, 1))
        usual = 1 + slope * x[:, 0] + swing * np.sin(4 * x[:, 0])
        late = rng.exponential(0.1 + 0.4 * x[:, 0])
        return x, (usual + late).astype(np.float32)

    return samples.parts(drawn(rng, 800), drawn(held_out_rng, 2000))


def arrived_share(submission: Submission) -> float:
    """The share of held-out y that are not above the prediction."""
    y = submission.data.held_out["y"]
    return float(np.mean(y <= submission.predictions().reshape(y.shape)))


def relative_cost(submission: Submission) -> float:
    """The quantile loss, as a share of that of the best constant prediction."""
    y = submission.data.held_out["y"]

    def cost(promised):
        return float(np.mean(np.maximum(0.9 * (y - promised), 0.1 * (promised - y))))

    predicted = submission.predictions().reshape(y.shape)
    return cost(predicted) / cost(np.quantile(y, 0.9))


NINE_IN_TEN = Exercise(
    name="nine_in_ten",
    topic=Text("Losses", "损失函数"),
    title=Text("On time, nine times in ten", "十次有九次准时"),
    task=Text(
        "The cell gets distances x (800, 1) and how long the journeys took, y (800,). "
        "Train a `model` that promises a time which is kept nine times in ten: from 83 "
        "% to 96 % of held-out journeys take at most as long. Promising the same long "
        "time for every journey is not enough.",
        "单元里已有路程 x (800, 1) 和实际用时 y (800,)。请训练一个 `model`，"
        "它承诺的时间十次有九次能守住：留出的行程中有 83 % 到 96 % 不超过承诺。"
        "对所有行程都承诺同样长的时间是不够的。",
    ),
    data=_journeys,
    answers={"model": ModelAnswer()},
    checks=(
        Measured(
            Text("at least {limit} take no longer", "至少 {limit} 不超过承诺"),
            arrived_share,
            least=0.83,
        ),
        Measured(
            Text("at most {limit} take no longer", "至多 {limit} 不超过承诺"),
            arrived_share,
            most=0.96,
        ),
        Measured(
            Text(
                "its cost is at most {limit} of that of one time for all",
                "代价至多为统一承诺的 {limit}",
            ),
            relative_cost,
            most=0.8,
        ),
    ),
    hints=(
        Text(
            "The squared error aims at the mean, the absolute error at the middle: "
            "half of the journeys take longer.",
            "平方误差瞄准平均值，绝对误差瞄准中间：会有一半的行程更久。",
        ),
        Text(
            "Let too short cost more than too long. If nine in ten shall be kept, how "
            "many times more?",
            "让承诺得太短比太长代价更高。要十次守住九次，应该高多少倍？",
        ),
        Text(
            "A loss may be your own function of y_true and y_pred, with keras.ops or "
            "jax.numpy: maximum(a * error, (a - 1) * error).",
            "损失可以是你自己写的 y_true 和 y_pred 的函数，用 keras.ops 或 jax.numpy："
            "maximum(a * error, (a - 1) * error)。",
        ),
    ),
)
