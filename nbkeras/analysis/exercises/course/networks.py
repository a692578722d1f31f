"""Exercises on convolution, transfer learning and sequences."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.exercises.answers import ModelAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import HeldOutAccuracy, HeldOutError, NumWeights
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.outcome import Outcome, at_most
from nbkeras.analysis.exercises.submission import Data, Submission
from nbkeras.layers import Dense, Flatten, Input
from nbkeras.models import Sequential


def _filtered(rng, held_out_rng):
    x, _ = samples.small_digits()
    kernel, bias = rng.normal(size=(3, 3)), rng.normal()

    def filtered(images):
        pixels = images[..., 0]
        windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3), (1, 2))
        y = np.einsum("nijkl,kl->nij", windows, kernel)[..., None] + bias
        return images, y.astype(np.float32)

    train, rest = samples.rows(len(x), rng, held_out_rng, num_train=200)
    return samples.parts(filtered(x[train]), filtered(x[rest[:100]]))


COPY_THE_FILTER = Exercise(
    name="copy_the_filter",
    topic=Text("Inside a CNN", "卷积网络内部"),
    title=Text("Which filter was it?", "用的是哪个滤波器？"),
    task=Text(
        "The cell gets pictures x (200, 14, 14, 1) and what an unknown filter made of "
        "them, y (200, 12, 12, 1): at every place, a sum over a 3 by 3 window. Train a "
        "`model` of at most 10 weights that does the same to other pictures, and look "
        "at its kernel.",
        "单元里已有图片 x (200, 14, 14, 1)，以及某个未知滤波器处理后的结果 "
        "y (200, 12, 12, 1)：每个位置都是 3×3 窗口里的加权和。"
        "请训练一个参数不超过 10 个的 `model`，对别的图片也能做同样的处理，"
        "再看看它的卷积核。",
    ),
    data=_filtered,
    answers={"model": ModelAnswer()},
    checks=(HeldOutError(0.005, "squared"), NumWeights(10)),
    hints=(
        Text(
            "Why is y two pixels smaller than x? Which layer makes pictures smaller in "
            "this way?",
            "y 为什么比 x 小两个像素？哪种层会这样把图变小？",
        ),
        Text(
            "Has y values below zero? Then nothing may cut them off.",
            "y 里有小于零的值吗？那就不能有东西把它们截掉。",
        ),
        Text(
            "One layer is enough. If the error still falls at the end, take larger "
            "steps or more of them.",
            "一层就够了。如果结束时误差还在下降，就走大一点或多走几步。",
        ),
    ),
)

NUM_FEATURES = 32


@functools.cache
def pretrained_features() -> tuple[np.ndarray, np.ndarray]:
    """Kernel (196, 32) and bias (32,) of a layer trained to tell 5, 6, 7, 8, 9 apart.

    Plain gradient descent with momentum on all pictures, the same on every machine up
    to rounding, and without the global seed.
    """
    images, labels = samples.small_digits()
    is_late = labels >= 5
    x = jnp.asarray(images[is_late].reshape(-1, 196))
    targets = jax.nn.one_hot(labels[is_late] - 5, 5)
    rng = np.random.default_rng(7)
    start = {
        "kernel": rng.normal(0, np.sqrt(2 / 196), (196, NUM_FEATURES)),
        "bias": np.zeros(NUM_FEATURES),
        "top": rng.normal(0, np.sqrt(1 / NUM_FEATURES), (NUM_FEATURES, 5)),
    }
    weights = {name: jnp.asarray(value, jnp.float32) for name, value in start.items()}

    def loss(weights):
        features = jax.nn.relu(x @ weights["kernel"] + weights["bias"])
        chances = jax.nn.log_softmax(features @ weights["top"])
        return -jnp.mean(jnp.sum(targets * chances, axis=1))

    def step(_, state):
        weights, speed = state
        slopes = jax.grad(loss)(weights)
        speed = jax.tree.map(lambda v, slope: 0.9 * v - 0.2 * slope, speed, slopes)
        return jax.tree.map(jnp.add, weights, speed), speed

    still = jax.tree.map(jnp.zeros_like, weights)
    trained, _ = jax.jit(lambda state: jax.lax.fori_loop(0, 200, step, state))(
        (weights, still)
    )
    return np.asarray(trained["kernel"]), np.asarray(trained["bias"])


def feature_extractor() -> Sequential:
    """The pretrained layer as a model of its own, from pictures to 32 features."""
    base = Sequential(
        [
            Input((14, 14, 1)),
            Flatten(name="pixels"),
            Dense(NUM_FEATURES, activation="relu", name="features"),
        ],
        name="base",
    )
    base.set_weights(list(pretrained_features()))
    return base


def _new_digits(rng, held_out_rng):
    images, labels = samples.small_digits()
    few, held_out = [], []
    for digit in range(5):
        of_digit = np.flatnonzero(labels == digit)
        train, rest = samples.rows(len(of_digit), rng, held_out_rng, num_train=8)
        few.append(of_digit[train])
        held_out.append(of_digit[rest[:200]])
    train = rng.permutation(np.concatenate(few))
    rest = np.concatenate(held_out)
    return Data(
        {"x": images[train], "y": labels[train], "base": feature_extractor()},
        {"x": images[rest], "y": labels[rest]},
    )


@dataclass(frozen=True)
class BaseUnchanged:
    """The weights of the pretrained layer must be in the model as they were."""

    goal: ClassVar[Text] = Text(
        "the weights of `base` are in the model, unchanged",
        "`base` 的权重原样保留在模型中",
    )

    def __call__(self, submission: Submission) -> Outcome:
        """Look for both arrays among the model's weights."""
        weights = submission.answers["model"].get_weights()
        for expected in pretrained_features():
            alike = [w for w in weights if w.shape == expected.shape]
            if not alike:
                absent = Text("they are not in it", "模型里没有它们")
                return Outcome(False, self.goal, absent)
            moved = min(float(np.abs(w - expected).max()) for w in alike)
            if moved > 1e-6:
                changed = Text(
                    "training has changed them by up to {size:.2g}",
                    "训练改变了它们，最多 {size:.2g}",
                ).filled(size=moved)
                return Outcome(False, self.goal, changed)
        return Outcome(True, self.goal, Text("they are", "没有变"))


@dataclass(frozen=True)
class NumTrainable:
    """How many numbers training may change.

    Args:
        most: the budget.
    """

    most: int

    @property
    def goal(self) -> Text:
        """The line of the report."""
        return Text(
            "at most {most} trainable weights", "可训练的参数最多 {most} 个"
        ).filled(most=self.most)

    def __call__(self, submission: Submission) -> Outcome:
        """Count the trainable weights."""
        trainable = submission.answers["model"].trainable_weights
        count = sum(int(np.prod(weight.shape)) for weight in trainable)
        return at_most(self.goal, count, self.most, "count")


FROZEN_BASE = Exercise(
    name="frozen_base",
    topic=Text("Transfer learning", "迁移学习"),
    title=Text("What was learned on other digits", "在别的数字上学到的本领"),
    task=Text(
        "The cell gets only eight pictures of each digit from 0 to 4: x (40, 14, 14, "
        "1), y (40,). It also gets `base`, a model that was trained on 5 to 9 and "
        "gives 32 features. Use it, unchanged, in a `model` that reads at least 80 % "
        "of the held-out digits 0 to 4 and trains at most 200 weights.",
        "单元里 0 到 4 的数字每个只有八张图片：x (40, 14, 14, 1)、y (40,)。"
        "另有一个在 5 到 9 上训练过的模型 `base`，它给出 32 个特征。"
        "请原封不动地用它搭一个 `model`，至少认对 80 % 的留出数字（0 到 4），"
        "可训练的参数最多 200 个。",
    ),
    data=_new_digits,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.80), BaseUnchanged(), NumTrainable(200)),
    hints=(
        Text(
            "A model can be a layer of another model. What comes after `base`?",
            "模型可以当作另一个模型的层。`base` 之后接什么？",
        ),
        Text(
            "model.summary() tells trainable from other weights. What makes a layer "
            "keep its weights, and when must it be set: before or after compile?",
            "model.summary() 会分别列出可训练与不可训练的参数。怎样让一层保住权重？"
            "该在 compile 之前还是之后设置？",
        ),
        Text(
            "Forty pictures are one or two steps per epoch. How many steps has your "
            "training had?",
            "四十张图片一轮只有一两步。你一共训练了多少步？",
        ),
    ),
)

VOCABULARY, LENGTH = 12, 10
FIRST, SECOND = 1, 2


def _sentences(rng, held_out_rng):
    def drawn(rng, count):
        x = rng.integers(3, VOCABULARY, (count, LENGTH))
        places = rng.permuted(np.tile(np.arange(LENGTH), (count, 1)), axis=1)[:, :2]
        rows = np.arange(count)
        x[rows, places[:, 0]], x[rows, places[:, 1]] = FIRST, SECOND
        return {"x": x, "y": (places[:, 0] < places[:, 1]).astype(int)}

    return Data(drawn(rng, 1200), drawn(held_out_rng, 600))


WHICH_CAME_FIRST = Exercise(
    name="which_came_first",
    topic=Text("Sequences", "序列"),
    title=Text("Which word came first?", "哪个词在前？"),
    task=Text(
        "The cell gets sentences x (1200, 10) of ten words each, as numbers from 1 to "
        "11, and y (1200,): 1 where word 1 stands before word 2, else 0. Train a "
        "`model` of at most 2,000 weights with a held-out accuracy of at least 95 %.",
        "单元里已有句子 x (1200, 10)，每句十个词，用 1 到 11 的数表示；y (1200,)："
        "词 1 在词 2 之前为 1，否则为 0。请训练一个 `model`，"
        "留出准确率至少 95 %，参数最多 2,000 个。",
    ),
    data=_sentences,
    answers={"model": ModelAnswer()},
    checks=(HeldOutAccuracy(0.95), NumWeights(2000)),
    hints=(
        Text(
            "Fifty per cent is guessing. Does your network know where a word stands, "
            "or only which words there are?",
            "百分之五十等于瞎猜。你的网络知道词的位置，还是只知道有哪些词？",
        ),
        Text(
            "A mean over the words forgets their order. Which layers read one word "
            "after the other, or can be told the positions?",
            "对所有词取平均会忘掉顺序。哪些层一个词一个词地读，或者能得知位置？",
        ),
        Text(
            "A curve that stays at 50 % for some epochs and then leaps is usual here. "
            "Give it time, or a larger learning rate.",
            "这里常见的曲线是：几轮都停在 50 %，然后突然跃升。给它时间，或调大学习率。",
        ),
    ),
)
