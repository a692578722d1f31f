"""Planted faults of labels and predictions are named; sound ones are left in peace."""

import numpy as np
import pytest

from nbkeras.analysis.interpretation import findings
from nbkeras.analysis.interpretation.findings import Kind, in_words
from nbkeras.analysis.interpretation.interpretation import Interpretation

RNG = np.random.default_rng(0)
K, N = 4, 400
LABELS = np.arange(N) % K
NEIGHBOURS = (0.9, 0.25, N)


def result(
    labels=LABELS, predicted=None, sure=0.8, neighbours=NEIGHBOURS, k=K, column=None
):
    """An interpretation in which nine of ten rows are right, or of `predicted`."""
    if predicted is None:
        wrong = np.arange(len(labels)) % 10 == 0
        predicted = np.where(wrong, (labels + 1) % k, labels)
    probabilities = np.full((len(labels), k), (1 - sure) / (k - 1), "float32")
    probabilities[np.arange(len(labels)), predicted] = sure
    return Interpretation(
        numbers=np.arange(len(labels)),
        probabilities=probabilities,
        labels=labels,
        class_names=[f"class {i}" for i in range(k)],
        neighbours=neighbours,
        label_column=column,
    )


def kinds(made):
    return [finding.kind for finding in made.findings]


RARE = (np.arange(N) % 20 == 0).astype(int)
PLANTED = {
    Kind.RENUMBERED: lambda: result(predicted=(LABELS - 1) % K),
    Kind.UNRELATED: lambda: result(
        predicted=RNG.integers(0, K, N), sure=0.3, neighbours=(0.26, 0.25, N)
    ),
    Kind.CHANCE: lambda: result(predicted=RNG.integers(0, K, N), sure=0.3),
    Kind.LARGEST_ONLY: lambda: result(RARE, np.zeros(N, int), sure=0.95, k=2),
    Kind.RARE_LABEL: lambda: result(RARE, np.zeros(N, int), sure=0.95, k=2, column=3),
    Kind.UNDERCONFIDENT: lambda: result(sure=0.4),
    Kind.OVERCONFIDENT: lambda: result(
        predicted=np.where(np.arange(N) % 5 < 2, LABELS, (LABELS + 1 + np.arange(N) % 3) % K), sure=0.95,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_the_first_that_is_named(kind):
    assert kinds(PLANTED[kind]())[0] is kind


def test_one_answer_for_everything_is_named_with_its_class():
    made = result(predicted=np.full(N, 2), sure=0.3)
    assert kinds(made) == [Kind.COLLAPSED]
    assert made.findings[0].classes == ("class 2",)


@pytest.mark.parametrize(
    "sound",
    [
        lambda: result(),
        lambda: result(neighbours=None),
        # A task that neighbours do not tell anything about, and a model that solves it.
        lambda: result(predicted=LABELS, sure=0.97, neighbours=(0.25, 0.25, N)),
        lambda: result(labels=LABELS[:40]),
        # Rare rows that are recognised.
        lambda: result(RARE, RARE, sure=0.97, k=2),
        # A pair of classes that is confused.
        lambda: result(predicted=np.where(LABELS == 0, 1, LABELS)),
    ],
)
def test_nothing_is_said_of_a_sound_result(sound):
    assert kinds(sound()) == []


def test_a_shift_of_the_numbers_is_said():
    finding = result(predicted=(LABELS - 1) % K).findings[0]
    assert "other classes (k → k -1). Use" in in_words(finding)
    assert "labelled class 0 are predicted as class 3" in in_words(finding)


def test_every_finding_has_its_sentence_and_is_in_the_report():
    assert set(findings.SENTENCES) == set(Kind)
    made = PLANTED[Kind.CHANCE]()
    assert in_words(made.findings[0]) in repr(made)
