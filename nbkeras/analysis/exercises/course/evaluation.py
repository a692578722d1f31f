"""Exercises on curves, certainty, and pictures that fool a network."""

from __future__ import annotations

import numpy as np

from nbkeras.analysis.exercises.answers import FunctionAnswer, ModelAnswer, NumberAnswer
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.checks import Measured
from nbkeras.analysis.exercises.course import samples
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.submission import Data, Submission

LEARNING, SETTLED, OVERFITTING, DIVERGED = range(4)
NUM_EPOCHS = 40


def _curve(rng, kind):
    """(loss, val_loss) of a run of one kind."""
    epochs = np.arange(NUM_EPOCHS)
    top, gap = rng.uniform(1, 3), rng.uniform(1.03, 1.1)
    pace = {LEARNING: rng.uniform(40, 80)}.get(kind, rng.uniform(3, 5))
    loss = top * (0.1 + 0.9 * np.exp(-epochs / pace))
    val_loss = gap * loss
    if kind == OVERFITTING:
        turn = rng.integers(10, 25)
        loss *= np.exp(-epochs / 15)
        val_loss += top * rng.uniform(0.01, 0.03) * np.maximum(epochs - turn, 0)
    if kind == DIVERGED:
        begins = rng.integers(3, 30)
        loss = loss + top * np.expm1(np.maximum(epochs - begins, 0) * 0.5)
        val_loss = 1.2 * loss
        if rng.random() < 0.5:
            loss[begins + 6 :] = val_loss[begins + 6 :] = np.nan
    noise = 1 + rng.normal(0, 0.01, (2, NUM_EPOCHS))
    return loss * noise[0], val_loss * noise[1]


def _curves(rng, held_out_rng):
    def drawn(rng, count):
        kinds = rng.permuted(np.arange(count) % 4)
        loss, val_loss = zip(*(_curve(rng, kind) for kind in kinds), strict=True)
        return {"loss": np.stack(loss), "val_loss": np.stack(val_loss), "kind": kinds}

    return Data(drawn(rng, 16), drawn(held_out_rng, 40))


def share_diagnosed(submission: Submission) -> float:
    """The share of held-out runs whose kind is said correctly."""
    held_out = submission.data.held_out
    curves = zip(held_out["loss"], held_out["val_loss"], strict=True)
    kinds = [
        int(submission.returned("diagnose", {"loss": loss, "val_loss": val_loss}, n))
        for n, (loss, val_loss) in enumerate(curves)
    ]
    return float(np.mean(kinds == held_out["kind"]))


READ_THE_CURVES = Exercise(
    name="read_the_curves",
    topic=Text("Live training", "边训练边看"),
    title=Text("What the curves say", "曲线说了什么"),
    task=Text(
        "The cell gets the curves of 16 runs of 40 epochs, loss (16, 40) and val_loss "
        "(16, 40), and what kind of run each was, kind (16,): 0 it is still learning, "
        "1 it has settled, 2 it overfits, 3 it has diverged. Plot them. Then write a "
        "function `diagnose(loss, val_loss)` that is given the two curves of one run "
        "(40,) and returns its kind. At least 90 % of other runs must be right.",
        "单元里已有 16 次训练、各 40 轮的曲线 loss (16, 40) 和 val_loss (16, 40)，"
        "以及每次训练的类型 kind (16,)：0 还在学，1 已经稳定，2 过拟合，3 发散了。"
        "先画出来看看。再写函数 `diagnose(loss, val_loss)`，"
        "它得到一次训练的两条曲线 (40,)，返回类型。换别的训练，至少要说对 90 %。",
    ),
    data=_curves,
    answers={"diagnose": FunctionAnswer("def {name}(loss, val_loss): ...")},
    checks=(
        Measured(
            Text("at least {limit} of other runs", "至少说对 {limit} 的别的训练"),
            share_diagnosed,
            least=0.9,
        ),
    ),
    hints=(
        Text(
            "Which kind is easiest to tell? Test for it first, for the hardest last.",
            "哪一种最容易看出来？先判断它，最难的放到最后。",
        ),
        Text(
            "Overfitting shows in the curve that the weights were not fitted to: where "
            "is its lowest point, and how high is its end?",
            "过拟合要看没有用来拟合权重的那条曲线：它的最低点在哪，末尾有多高？",
        ),
        Text(
            "Does the mean of the last five epochs lie clearly below that of five "
            "earlier ones? And not every number is finite.",
            "最后五轮的平均值明显低于更早五轮的吗？另外，不是每个数都有限。",
        ),
    ),
)

NUM_SETS = 3


def _scores(rng, held_out_rng):
    def drawn(rng):
        fair = rng.normal(0, 1.5, (600, 5))
        chances = np.exp(fair) / np.exp(fair).sum(axis=1, keepdims=True)
        drawn = rng.random((600, 1)) > np.cumsum(chances, axis=1)
        labels = np.minimum(drawn.sum(axis=1), 4)
        return {"scores": fair * rng.uniform(1.8, 4.0), "labels": labels}

    sets = [drawn(held_out_rng) for _ in range(NUM_SETS)]
    held_out = {name: np.stack([s[name] for s in sets]) for name in sets[0]}
    return Data(drawn(rng), held_out)


def surprise(scores: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """The mean of -log(probability of the label), of scores / temperature."""
    cooled = scores / temperature
    cooled = cooled - cooled.max(axis=1, keepdims=True)
    logs = cooled - np.log(np.exp(cooled).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean())


def worst_excess(submission: Submission) -> float:
    """How much more surprise than with the best temperature, in the worst set."""
    held_out, excess = submission.data.held_out, []
    for n, scores in enumerate(held_out["scores"]):
        labels = held_out["labels"][n]
        arguments = {"scores": scores, "labels": labels}
        temperature = float(submission.returned("temperature", arguments, n))
        if not temperature > 0:
            return float("nan")
        best = min(surprise(scores, labels, t) for t in np.linspace(0.5, 8, 151))
        excess.append(surprise(scores, labels, temperature) - best)
    return max(excess)


TOO_SURE = Exercise(
    name="too_sure",
    topic=Text("Evaluation", "评估"),
    title=Text("A network that is too sure", "过于自信的网络"),
    task=Text(
        "The cell gets what a network gave for 600 held-out samples before softmax, "
        "scores (600, 5), and the true classes, labels (600,). Its probabilities are "
        "too close to 0 and 1. Write a function `temperature(scores, labels)` that "
        "returns the number by which all scores must be divided so that softmax gives "
        "probabilities with the smallest log loss. It is tried on other networks.",
        "单元里已有一个网络在 600 个留出样本上、softmax 之前的输出 scores (600, 5)，"
        "以及真实类别 labels (600,)。它的概率太接近 0 和 1。"
        "请写函数 `temperature(scores, labels)`，返回一个数：把所有 scores 除以它，"
        "再做 softmax，对数损失最小。检查时会换别的网络。",
    ),
    data=_scores,
    answers={"temperature": FunctionAnswer("def {name}(scores, labels): ...")},
    checks=(
        Measured(
            Text(
                "log loss above the smallest possible one: at most {limit}",
                "对数损失比最小值最多高 {limit}",
            ),
            worst_excess,
            most=0.003,
            unit="number",
        ),
    ),
    hints=(
        Text(
            "How often is the network right where it says 95 %? Compare.",
            "网络说 95 % 的那些样本，它实际对了多少？比较一下。",
        ),
        Text(
            "Write the log loss as a function of one number, and draw it from 1 to 5.",
            "把对数损失写成一个数的函数，从 1 画到 5。",
        ),
        Text(
            "A larger number makes probabilities more alike and changes no decision. "
            "np.argmin over a list of candidates is enough.",
            "数越大，各类的概率越接近，而判定不变。在一串候选值里取 np.argmin 就够了。",
        ),
    ),
)


def _blurred_digits(rng, held_out_rng):
    data = samples.digit_parts(rng, held_out_rng, 1200, 1000)

    def noisy(rng, part):
        moved = part["x"] + rng.normal(0, 0.15, part["x"].shape)
        return moved, part["y"]

    return samples.parts(noisy(rng, data.variables), noisy(held_out_rng, data.held_out))


def _answered(submission):
    """(which held-out pictures are answered, which are right)."""
    sure = submission.predictions().max(axis=-1) >= submission.answers["threshold"]
    return sure, submission.classes() == submission.data.held_out["y"]


def answered_share(submission: Submission) -> float:
    """How many pictures get an answer."""
    return float(_answered(submission)[0].mean())


def right_where_answered(submission: Submission) -> float:
    """How many answers are right."""
    sure, right = _answered(submission)
    return float(right[sure].mean()) if sure.any() else 0.0


WHEN_IN_DOUBT = Exercise(
    name="when_in_doubt",
    topic=Text("Evaluation", "评估"),
    title=Text("When in doubt, ask a person", "拿不准就交给人"),
    task=Text(
        "The cell gets noisy digits x (1200, 14, 14, 1) and labels y (1200,). Train a "
        "`model` with ten probabilities and choose a `threshold`: where the largest "
        "probability is below it, a person is asked. The model must answer at least 70 "
        "% of held-out pictures itself, and at least 95 % of its answers must be "
        "right.",
        "单元里已有带噪声的数字图片 x (1200, 14, 14, 1) 和标签 y (1200,)。"
        "请训练一个输出十个概率的 `model`，并选定 `threshold`："
        "最大的概率低于它时，就交给人来看。留出的图片中模型至少要自己回答 70 %，"
        "而它的回答至少 95 % 是对的。",
    ),
    data=_blurred_digits,
    answers={"model": ModelAnswer(), "threshold": NumberAnswer()},
    checks=(
        Measured(
            Text("at least {limit} are answered", "至少回答 {limit}"),
            answered_share,
            least=0.7,
        ),
        Measured(
            Text(
                "at least {limit} of the answers are right", "回答至少 {limit} 是对的"
            ),
            right_where_answered,
            least=0.95,
        ),
    ),
    hints=(
        Text(
            "Keep 300 rows aside. Which share of them is above a threshold of 0.9, and "
            "how many of those are right?",
            "留出 300 行。其中最大概率超过 0.9 的占多少？这些里面又有多少是对的？",
        ),
        Text(
            "On rows that the model was trained on, every threshold looks good. Choose "
            "it on others.",
            "在训练过的行上，什么阈值看起来都好。要在别的行上选。",
        ),
        Text(
            "No threshold meets both goals? Then the model must tell sure from unsure "
            "better: less overfitting, or a convolution.",
            "没有阈值能同时达到两个目标？那模型要更会分清有把握和没把握："
            "减少过拟合，或者用卷积。",
        ),
    ),
)

MOST_CHANGE = 0.15


def _classifier(rng, held_out_rng):
    images, labels = samples.small_digits()
    x = images.reshape(-1, 196).astype(np.float64)

    def drawn(rng):
        order = rng.permutation(len(x))
        fitted, rest = order[:2000], order[2000:2400]
        targets = np.eye(10)[labels[fitted]]
        ones = np.concatenate([x[fitted], np.ones((2000, 1))], axis=1)
        weights = np.linalg.solve(ones.T @ ones + 20 * np.eye(197), ones.T @ targets)
        kernel, bias = weights[:-1], weights[-1]
        right = rest[(x[rest] @ kernel + bias).argmax(axis=1) == labels[rest]][:100]
        return {"x": x[right], "y": labels[right], "kernel": kernel, "bias": bias}

    return Data(drawn(rng), drawn(held_out_rng))


def _fooling(submission):
    held_out = submission.data.held_out
    pictures = np.asarray(submission.returned("fool", held_out), float)
    if pictures.shape != held_out["x"].shape:
        raise ValueError(
            f"the pictures have the shape {pictures.shape}; it should be "
            f"{held_out['x'].shape}"
        )
    return np.clip(pictures, 0, 1), held_out


def largest_change(submission: Submission) -> float:
    """The largest change of a pixel."""
    pictures, held_out = _fooling(submission)
    return float(np.abs(pictures - held_out["x"]).max().round(6))


def fooled_share(submission: Submission) -> float:
    """The share of pictures that the classifier reads wrongly."""
    pictures, held_out = _fooling(submission)
    scores = pictures @ held_out["kernel"] + held_out["bias"]
    return float(np.mean(scores.argmax(axis=1) != held_out["y"]))


UNSEEN_CHANGE = Exercise(
    name="unseen_change",
    topic=Text("Evaluation", "评估"),
    title=Text("A change that nobody sees", "没人看得出的改动"),
    task=Text(
        "The cell gets digits x (100, 196) with values from 0 to 1, their labels y "
        "(100,), and a network that reads all of them correctly: its scores are x @ "
        "kernel + bias, with kernel (196, 10) and bias (10,). Write a function "
        "`fool(x, y, kernel, bias)` that returns the pictures with each pixel changed "
        "by at most 0.15, so that the network reads at least 80 % of them wrongly. It "
        "is tried on other pictures and another network.",
        "单元里已有数字图片 x (100, 196)，值为 0 到 1，标签 y (100,)，"
        "以及一个全部读对的网络：得分是 x @ kernel + bias，"
        "kernel (196, 10)，bias (10,)。请写函数 `fool(x, y, kernel, bias)`，"
        "返回改动后的图片：每个像素最多改 0.15，而网络至少读错 80 %。"
        "检查时会换别的图片和别的网络。",
    ),
    data=_classifier,
    answers={"fool": FunctionAnswer("def {name}(x, y, kernel, bias): ...")},
    checks=(
        Measured(
            Text("no pixel changes by more than {limit}", "每个像素最多改 {limit}"),
            largest_change,
            most=MOST_CHANGE,
            unit="number",
        ),
        Measured(
            Text("at least {limit} are read wrongly", "至少读错 {limit}"),
            fooled_share,
            least=0.8,
        ),
    ),
    hints=(
        Text(
            "Random noise of this size hardly matters. Which pixels count for the "
            "right class, and which for another?",
            "这么小的随机噪声几乎没有影响。哪些像素支持正确的类别，哪些支持别的类别？",
        ),
        Text(
            "How does the score of another class, minus that of the right one, change "
            "with one pixel? Only the sign matters for the direction.",
            "别的类别的得分减去正确类别的得分，随一个像素怎样变？方向只由符号决定。",
        ),
        Text(
            "Choose for each picture the class that is easiest to reach. Values below "
            "0 and above 1 are cut off.",
            "为每张图选最容易到达的类别。小于 0 和大于 1 的值会被截掉。",
        ),
    ),
)
