"""Exercises on momentum, Adam, deep networks and units that have died."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, Measured, Returned
from nbkeras.analysis.exercises.course import learning, samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data, Submission

NUM_VALLEYS, NUM_STEPS = 4, 80


def _valleys(rng, held_out_rng):
    def drawn(rng):
        low = np.exp(rng.uniform(np.log(0.01), np.log(10)))
        return low * np.array([1.0, rng.uniform(80, 200)])

    valleys = np.stack([drawn(held_out_rng) for _ in range(NUM_VALLEYS)])
    return Data({"curvatures": drawn(rng)}, {"valleys": valleys})


def loss_left(curvatures: np.ndarray, rate: float, momentum: float) -> float:
    """The share of the loss that is left after 80 steps from (1, 1); infinity at most.

    Args:
        curvatures: (2,); the loss is the sum of curvatures * w**2 / 2.
        rate: the learning rate.
        momentum: the share of the last step that is added to the next.
    """
    w, step = np.ones(2), np.zeros(2)
    for _ in range(NUM_STEPS):
        step = momentum * step - rate * curvatures * w
        w = w + step
        if not np.abs(w).max() < 1e9:
            return float("inf")
    return float(curvatures @ w**2 / curvatures.sum())


def worst_loss_left(submission: Submission) -> float:
    """The largest share of the loss that is left in one of the held-out valleys."""
    left = []
    for number, curvatures in enumerate(submission.data.held_out["valleys"]):
        arguments = {"curvatures": curvatures}
        rate, momentum = submission.returned("settings", arguments, number)
        left.append(loss_left(curvatures, float(rate), float(momentum)))
    return max(left)


MOMENTUM_IN_A_VALLEY = Exercise(
    name="momentum_in_a_valley",
    topic=Text("Gradient descent", "梯度下降"),
    title=Text("Down a narrow valley", "走下狭窄的山谷"),
    task=Text(
        "The cell gets curvatures (2,) of a valley: the loss is the sum of curvatures "
        "* w**2 / 2, and one curvature is about a hundred times the other. Write a "
        "function `settings(curvatures)` that returns a learning rate and a momentum, "
        "rate, momentum, with which 80 steps of gradient descent from w = (1, 1) leave "
        "at most a hundred-thousandth of the loss: step = momentum * step - rate * "
        "curvatures * w; w = w + step. It is tried on other valleys.",
        "单元里已有一个山谷的曲率 curvatures (2,)：损失是 curvatures * w**2 / 2 之和，"
        "其中一个曲率约为另一个的一百倍。请写函数 `settings(curvatures)`，返回学习率"
        "和动量 rate, momentum，使梯度下降从 w = (1, 1) 出发走 80 步后，"
        "损失最多剩下十万分之一：step = momentum * step - rate * curvatures * w；"
        "w = w + step。检查时会换别的山谷。",
    ),
    data=_valleys,
    answers={"settings": FunctionAnswer("def {name}(curvatures): ...")},
    checks=(
        Measured(
            Text(
                "in every valley at most {limit} of the loss is left",
                "在每个山谷里，损失最多剩下 {limit}",
            ),
            worst_loss_left,
            most=1e-5,
            unit="number",
        ),
    ),
    hints=(
        Text(
            "Without momentum the steep side limits the rate, and the flat side is too "
            "slow. How much is left with the best rate and momentum 0?",
            "没有动量时，陡的一边限制了学习率，缓的一边又太慢。"
            "用最好的学习率、动量为 0，会剩下多少？",
        ),
        Text(
            "Write the 80 steps as a loop and try pairs. Larger valleys of the same "
            "shape need another rate and the same momentum.",
            "把 80 步写成循环，成对地试。形状相同、整体更大的山谷，"
            "要换学习率，动量不变。",
        ),
        Text(
            "A function may try pairs itself: rates as multiples of 1 / "
            "max(curvatures), momentum from 0.5 to 0.95. Which is best?",
            "函数里也可以自己去试：学习率取 1 / max(curvatures) 的倍数，"
            "动量从 0.5 到 0.95。哪一对最好？",
        ),
    ),
)

RATE, BETA_1, BETA_2, EPSILON = 0.01, 0.9, 0.999, 1e-7


def _adam_state(rng):
    w, m, gradient = rng.normal(size=(3, 5)) * [[0.01], [0.1], [1.0]]
    step = int(rng.integers(2, 6))
    return {
        "w": w,
        "m": m,
        "v": rng.uniform(0.0005, 0.003, 5),
        "gradient": gradient,
        "step": step,
    }


def adam(w, m, v, gradient, step) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step of Adam as Keras makes it; `step` counts from 1."""
    m = BETA_1 * m + (1 - BETA_1) * gradient
    v = BETA_2 * v + (1 - BETA_2) * gradient**2
    rate = RATE * np.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
    return w - rate * m / (np.sqrt(v) + EPSILON), m, v


ADAM_BY_HAND = Exercise(
    name="adam_by_hand",
    topic=Text("Losses, optimizers and metrics", "损失函数、优化器与指标"),
    title=Text("One step of Adam", "Adam 走一步"),
    task=Text(
        "The cell gets weights w (5,), the two averages m (5,) and v (5,) of Adam "
        "before this step, a gradient (5,) and the number of this step, step, counted "
        "from 1. Write a function `adam(w, m, v, gradient, step)` that makes one step "
        "with learning rate 0.01, beta_1 0.9, beta_2 0.999 and epsilon 1e-7, and "
        "returns the new w, m, v. It is tried on other numbers.",
        "单元里已有权重 w (5,)、走这一步之前 Adam 的两个平均值 m (5,) 和 v (5,)、"
        "梯度 gradient (5,)，以及从 1 数起的步数 step。"
        "请写函数 `adam(w, m, v, gradient, step)` 走一步：学习率 0.01、beta_1 0.9、"
        "beta_2 0.999、epsilon 1e-7，返回新的 w, m, v。检查时会换一组数。",
    ),
    data=samples.alike(_adam_state),
    answers={"adam": FunctionAnswer("def {name}(w, m, v, gradient, step): ...")},
    checks=tuple(
        Returned(
            "adam",
            Text("the new {name}", "新的 {name}"),
            adam,
            ("w", "m", "v", "gradient", "step"),
            ("w", "m", "v"),
            index,
        )
        for index in (1, 2, 0)
    ),
    hints=(
        Text(
            "m is a moving average of the gradient, v one of its square. How much does "
            "the newest value count in each?",
            "m 是梯度的滑动平均，v 是梯度平方的滑动平均。最新的值在各自里面占多少？",
        ),
        Text(
            "Both begin at 0 and are too small at first. By what does the n-th average "
            "fall short? That is why `step` is given.",
            "两者都从 0 开始，起初太小。第 n 个平均值小了多少？所以才给出 `step`。",
        ),
        Text(
            "The averages that are returned stay as they are: only what moves w is "
            "corrected.",
            "返回的平均值本身不改，只有用来移动 w 的量才要校正。",
        ),
    ),
)

MANY_LAYERS = 20


def num_kernels(submission: Submission) -> int:
    """How many layers mix features: kernels of two axes."""
    weights = submission.answers["model"].get_weights()
    return sum(weight.ndim == 2 for weight in weights)


DEEP_AND_ALIVE = Exercise(
    name="deep_and_alive",
    topic=Text("Backpropagation", "反向传播"),
    title=Text("Twenty layers that learn", "二十层也能学"),
    task=Text(
        "The cell gets points x (300, 2) and their classes y (300,): a disc in a ring. "
        "Two layers would do. Train a `model` of at least 20 Dense layers, one after "
        "the other, that reaches 95 % on held-out points all the same.",
        "单元里已有点 x (300, 2) 和类别 y (300,)：圆环里有一个圆盘。两层就够了。"
        "请训练一个至少有 20 个 Dense 层、一层接一层的 `model`，"
        "在留出的点上同样达到 95 %。",
    ),
    data=learning.ring,
    answers={"model": ModelAnswer()},
    checks=(
        HeldOutAccuracy(0.95),
        Measured(
            Text("at least {limit} Dense layers", "至少 {limit} 个 Dense 层"),
            num_kernels,
            least=MANY_LAYERS,
            unit="count",
        ),
    ),
    hints=(
        Text(
            "Does the loss move at all? nbkeras.xray shows how large the gradient is "
            "in the first layers and in the last.",
            "损失动了吗？nbkeras.xray 会显示前几层和最后几层的梯度有多大。",
        ),
        Text(
            "Each sigmoid passes back at most a quarter. What is left of a gradient "
            "after twenty of them?",
            "每个 sigmoid 最多传回四分之一。经过二十个，梯度还剩多少？",
        ),
        Text(
            "A layer may add to its input instead of replacing it, or be normalised, "
            "or begin with weights of the right size.",
            "一层可以加在它的输入上而不是取代输入，也可以做归一化，"
            "或者从大小合适的权重开始。",
        ),
    ),
)

NUM_UNITS = 40


def _units(rng):
    kernel = rng.normal(size=(6, NUM_UNITS))
    shift = rng.choice([-14.0, 0.0, 9.0], NUM_UNITS, p=[0.3, 0.5, 0.2])
    bias = rng.normal(0, 1.0, NUM_UNITS) + shift
    return {"x": rng.normal(size=(200, 6)), "kernel": kernel, "bias": bias}


def num_misjudged(submission: Submission) -> int:
    """How many dead units are missing, or named without being dead."""
    held_out = submission.data.held_out
    named = submission.returned("dead_units", held_out)
    dead = np.flatnonzero(
        (held_out["x"] @ held_out["kernel"] <= -held_out["bias"]).all(0)
    )
    return len(set(np.ravel(named).astype(int).tolist()) ^ set(dead.tolist()))


DEAD_UNITS = Exercise(
    name="dead_units",
    topic=Text("Backpropagation", "反向传播"),
    title=Text("Units that never learn again", "再也学不动的单元"),
    task=Text(
        "The cell gets x (200, 6), and the kernel (6, 40) and bias (40,) of a Dense "
        "layer with relu. Some of its 40 units get no gradient from any of the 200 "
        "rows, whatever the loss is. Write a function `dead_units(x, kernel, bias)` "
        "that returns their numbers. It is tried on another layer.",
        "单元里已有 x (200, 6)，以及一个带 relu 的 Dense 层的 kernel (6, 40) 和 "
        "bias (40,)。它的 40 个单元里，有些从 200 行数据的任何一行都得不到梯度，"
        "无论损失是什么。请写函数 `dead_units(x, kernel, bias)`，返回它们的编号。"
        "检查时会换一个层。",
    ),
    data=samples.alike(_units),
    answers={"dead_units": FunctionAnswer("def {name}(x, kernel, bias): ...")},
    checks=(
        Measured(
            Text(
                "units that are missing or named wrongly: {limit}",
                "遗漏或错报的单元：{limit} 个",
            ),
            num_misjudged,
            most=0,
            unit="count",
        ),
    ),
    hints=(
        Text(
            "Where relu gives 0, nothing passes back. For how many rows does a unit "
            "give 0?",
            "relu 输出 0 的地方，什么也传不回去。一个单元对多少行输出 0？",
        ),
        Text(
            "A unit that is 0 for most rows still learns from the others. And a unit "
            "that is never 0 is alive, too.",
            "对大多数行输出 0 的单元，还能从其余的行学习。从不输出 0 的单元也是活的。",
        ),
        Text(
            "A large negative bias alone says nothing: the kernel may be large, too.",
            "偏置是很大的负数还说明不了什么：kernel 也可能很大。",
        ),
    ),
)
