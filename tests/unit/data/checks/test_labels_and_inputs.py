"""Data against a model: number of inputs, shapes, labels, losses."""

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.checks.inputs import check_indices, check_inputs, match_rank
from nbkeras.data.checks.labels import (
    LabelledOutput,
    check_labels,
    labels_in_range,
    no_labels,
)

N = 8
IMAGES = (None, 28, 28, 1)
SCCE, CCE, BCE = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
)


def inputs(x, shape, input_names=None):
    check_inputs(x, shape, input_names)


def labels(y, units, loss, **more):
    check_labels(case_of(y, units, loss, **more))


def case_of(y, units, loss, **more):
    shape = units if isinstance(units, tuple) else (None, units)
    return LabelledOutput("y", np.asarray(y), shape, loss, **more)


def zeros(*shape):
    return np.zeros(shape, np.float32)


BAD = [
    # inputs
    ("features", lambda: inputs(zeros(N, 5), (None, 4)), r"5 features, 4 are needed.*Input\(\(5,\)\)"),
    ("one example", lambda: inputs(zeros(28, 28, 1), IMAGES), r"single example: write x\[None\]"),
    ("1-D example", lambda: inputs(zeros(4), (None, 4)), r"x\[None\]"),
    ("flat pictures", lambda: inputs(zeros(N, 784), IMAGES), r"x\.reshape\(-1, 28, 28, 1\)"),
    ("pictures for a Dense", lambda: inputs(zeros(N, 28, 28), (None, 784)), r"x\.reshape\(-1, 784\)"),
    ("channels first", lambda: inputs(zeros(N, 3, 32, 32), (None, 32, 32, 3)), r"np\.moveaxis\(x, 1, -1\)"),
    ("channels last", lambda: inputs(zeros(N, 32, 32, 3), (None, 3, 32, 32)), r"np\.moveaxis\(x, -1, 1\)"),
    ("grey for colour", lambda: inputs(zeros(N, 32, 32), (None, 32, 32, 3)), r"np\.repeat\(x\[\.\.\., None\], 3"),
    ("picture size", lambda: inputs(zeros(N, 20, 20, 1), IMAGES), r"Input\(\(20, 20, 1\)\)"),
    ("rank", lambda: inputs(zeros(N, 2, 3, 4), (None, 5)), r"4 axes instead of 2"),
    ("1-D x", lambda: inputs(zeros(N), (None, 4)), r"takes \(None, 4\)"),
    ("one array for two inputs", lambda: inputs(zeros(N, 2), [(None, 2), (None, 3)], input_names=["a", "b"]), r"2 inputs \(a, b\).*x=\[a, b\]"),
    ("a list of examples", lambda: inputs([zeros(4)] * 8, (None, 4)), r"list of 8 arrays.*np\.stack\(x\)"),
    ("three arrays for two inputs", lambda: inputs([zeros(N, 2)] * 3, [(None, 2), (None, 2)]), r"3 arrays, and the model has 2 inputs"),
    ("a wrong name", lambda: inputs({"imge": zeros(N, 2), "b": zeros(N, 2)}, [(None, 2), (None, 2)], input_names=["image", "b"]), r"no array for the input 'image'.*Did you mean 'imge'"),
    ("a wrong size by name", lambda: inputs({"a": zeros(N, 2), "b": zeros(N, 2)}, [(None, 2), (None, 3)], input_names=["a", "b"]), r"x\['b'\] has the shape \(8, 2\)"),
    # sparse categorical
    ("labels from 1", lambda: labels([1, 2, 3], 3, SCCE), r"labels run 1\.\.3 but the last layer has 3 units \(expects 0\.\.2\)\. Write y = y - 1"),
    ("label 7 of 3", lambda: labels([0, 1, 7], 3, SCCE), r"labels run 0\.\.7 but the last layer has 3 units \(expects 0\.\.2\).*Dense\(8"),
    ("label -1", lambda: labels([-1, 0, 1], 3, SCCE), r"labels run -1\.\.1 .*return_inverse"),
    ("labels 0.7", lambda: labels([0.7, 1.2, 0], 3, SCCE), r"fraction.*loss='mse'"),
    ("one-hot + sparse", lambda: labels(np.eye(3), 3, SCCE), r"categorical_crossentropy'.*y\.argmax"),
    ("sparse with 1 unit", lambda: labels([0, 1], 1, SCCE), r"loss='binary_crossentropy'"),
    ("class object name", lambda: labels([0, 3], 3, "SparseCategoricalCrossentropy"), r"labels run 0\.\.3"),
    ("sparse, two columns", lambda: labels(np.zeros((N, 2), int), 3, SCCE), r"one class number each, the shape \(None,\)"),
    ("sparse, per pixel", lambda: labels(np.zeros((N, 4, 4), int), (None, 8, 8, 3), SCCE), r"the shape \(None, 8, 8\)"),
    # categorical
    ("ints + categorical", lambda: labels([0, 1, 2], 3, CCE), r"sparse_categorical_crossentropy', or y = to_categorical\(y, 3\)"),
    ("column + categorical", lambda: labels([[0], [1]], 3, CCE), r"sparse_categorical_crossentropy"),
    ("4 columns, 3 units", lambda: labels(np.eye(4), 3, CCE), r"4 columns and the last layer 3 units.*Dense\(4"),
    ("categorical with 1 unit", lambda: labels(np.eye(2), 1, CCE), r"one unit for each class"),
    ("values over 1", lambda: labels(np.eye(3) * 2, 3, CCE), r"values run 0\.\.2"),
    ("Conv output + categorical", lambda: labels(np.eye(3), (None, 5, 5, 3), CCE), r"Flatten\(\)"),
    # binary
    ("ints + BCE(3)", lambda: labels([0, 1, 2], 3, BCE), r"sparse_categorical_crossentropy' with activation='softmax'"),
    ("one-hot + 1 unit", lambda: labels(np.eye(2), 1, BCE), r"y\[:, 1\].*Dense\(2, activation='softmax'\)"),
    ("labels 1 and 2", lambda: labels([1, 2], 1, BCE), r"labels run 1\.\.2.*y = y - 1"),
    ("labels -1 and 1", lambda: labels([-1, 1], 1, BCE), r"\(y \+ 1\) / 2, or loss='hinge'"),
    ("three classes", lambda: labels([0, 1, 2], 1, BCE), r"more than two classes"),
    ("4 columns + BCE(3)", lambda: labels(np.zeros((N, 4)), 3, BCE), r"Dense\(4\)"),
    # place by place
    ("(N, 3) against (N, 1)", lambda: labels(zeros(N, 3), 1, "mse"), r"shape \(8, 3\) and the output \(None, 1\).*Dense\(3\)"),
    ("(N,) against (N, 3)", lambda: labels(zeros(N), 3, "mae"), r"Dense\(1\)"),
    ("sequence output", lambda: labels(zeros(N), (None, 10, 1), "mean_squared_error"), r"Flatten\(\)"),
    ("3-D", lambda: labels(zeros(N, 4, 4, 2), (None, 4, 4, 1), "huber"), r"targets of the output's shape"),
    ("hinge", lambda: labels([0, 2], 1, "hinge"), r"np\.where\(y > 0, 1, -1\)"),
    # the rest
    ("softmax of 1 unit", lambda: labels([0, 1], 1, BCE, activation="softmax"), r"Dense\(1, activation='sigmoid'\)"),
    ("word 9 of 5", lambda: check_indices(np.array([[0, 9]]), "words", 5), r"indices from 0 to 9, and the Embedding 'words' has 5 entries.*Embedding\(10"),
    ("word -1", lambda: check_indices(np.array([[-1, 2]]), "words", 5), r"indices from -1 to 2"),
    ("half a word", lambda: check_indices(np.array([[0.5, 2]]), "words", 5), r"fractional.*Dense instead of Embedding"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_data_that_does_not_suit_the_model_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=f"(?s){words}") as caught:
        call()
    assert type(caught.value) is ValueError
    assert len(str(caught.value)) < 520


GOOD = [
    lambda: inputs(zeros(N, 4), (None, 4)),
    lambda: inputs(zeros(N), (None, 1)),
    lambda: inputs(zeros(N, 28, 28), IMAGES),
    lambda: inputs(zeros(N, 28, 28, 1), (None, 28, 28)),
    lambda: inputs(zeros(N, 7, 3), (None, None, 3)),
    lambda: inputs([zeros(N, 2)], (None, 2)),
    lambda: inputs({"a": zeros(N, 2)}, (None, 2)),
    lambda: labels([0, 1, 2], 3, SCCE),
    lambda: labels([0.0, 1.0, 2.0], 3, SCCE),
    lambda: labels([[0], [1], [2]], 3, SCCE),
    lambda: labels(np.zeros((N, 4, 4), int), (None, 4, 4, 3), SCCE),
    lambda: labels(np.zeros((N, 4, 4, 1), int), (None, 4, 4, 3), SCCE),
    lambda: labels([0, 1, 255], 3, SCCE, ignore_class=255),
    lambda: labels(np.eye(3), 3, CCE),
    lambda: labels(np.full((N, 4), 0.25), 4, CCE),
    lambda: labels([0, 1], 1, BCE),
    lambda: labels([[0], [1]], 1, BCE),
    lambda: labels([True, False], 1, BCE),
    lambda: labels([[0, 1, 1], [1, 0, 0]], 3, BCE),
    lambda: labels(zeros(N), 1, "mse"),
    lambda: labels(zeros(N, 1), (None,), "mse"),
    lambda: labels(zeros(N, 3), 3, "mse"),
    lambda: labels(zeros(N, 9), 1, lambda y, p: p),
    lambda: labels(zeros(N, 9), 1, None),
    lambda: labels([-1, 1], 1, "hinge"),
]


@pytest.mark.parametrize("call", GOOD)
def test_data_that_suits_the_model_passes_without_a_word(call):
    call()


@pytest.mark.parametrize(
    ("activation", "y", "reach"),
    [
        ("sigmoid", [0.5, 100.0], "0 to 1"),
        ("tanh", [-3.0, 0.0], "-1 to 1"),
        ("relu", [-3.0, 2.0], "0 or more"),
        ("softplus", [-3.0, 2.0], "0 or more"),
    ],
)
def test_targets_that_an_activation_never_reaches_are_noticed(activation, y, reach):
    with pytest.warns(NbkerasNotice, match=f"gives only {reach}.*activation=None"):
        labels(y, 1, "mse", activation=activation)


def test_targets_that_the_activation_reaches_pass_without_a_word():
    labels([0.0, 1.0], 1, "mse", activation="sigmoid")
    labels([0.0, 300.0], 1, "mse", activation="relu")
    labels([-5.0, 300.0], 1, "mse", activation="linear")


@pytest.mark.parametrize(
    ("loss", "units", "good", "bad"),
    [
        (SCCE, 3, [0, 2], [0, 3]),
        (SCCE, 3, [0.0, 2.0], [0.0, 1.5]),
        (SCCE, 3, [0, 2], [-1, 2]),
        (BCE, 1, [0, 1], [0, 2]),
        (CCE, 2, np.eye(2), np.eye(2) * 3),
        ("hinge", 1, [-1, 1], [0, 2]),
    ],
)
def test_labels_of_a_later_batch_that_do_not_suit_are_seen(loss, units, good, bad):
    case = case_of(good, units, loss)
    assert labels_in_range(case, np.asarray(good))
    assert not labels_in_range(case, np.asarray(bad))
    with pytest.raises(ValueError, match="y"):
        check_labels(case._replace(y=np.asarray(bad)))


def test_missing_labels_are_explained():
    assert "let the generator yield (x, y)" in no_labels("fit")


def test_a_crossentropy_on_a_linear_layer_is_noticed():
    with pytest.warns(NbkerasNotice, match=r"activation='softmax'.*from_logits=True"):
        labels([0, 1], 3, SCCE, activation="linear")


def test_a_softmax_over_one_unit_is_noticed_under_a_loss_of_quantities():
    with pytest.warns(NbkerasNotice, match=r"1 for every input.*write Dense\(1\)"):
        labels([0.5, 1], 1, "mse", activation="softmax")


def test_logits_after_a_softmax_are_noticed():
    with pytest.warns(NbkerasNotice, match="from_logits=False"):
        labels([0, 1], 3, SCCE, activation="softmax", from_logits=True)


def test_several_labels_a_row_with_categorical_crossentropy_are_noticed():
    with pytest.warns(NbkerasNotice, match="sums to 2.*activation='sigmoid'"):
        labels([[1, 1, 0], [1, 0, 0]], 3, CCE)


def test_entries_that_no_input_uses_are_noticed():
    with pytest.warns(NbkerasNotice, match="does not use: 'c'"):
        inputs(
            {"a": zeros(N, 2), "b": zeros(N, 2), "c": zeros(N)},
            [(None, 2), (None, 2)],
            input_names=["a", "b"],
        )


@pytest.mark.parametrize(
    ("shape", "wanted", "becomes"),
    [
        ((N,), (None, 1), (N, 1)),
        ((N, 28, 28), IMAGES, (N, 28, 28, 1)),
        ((N, 4, 1), (None, 4), (N, 4)),
        ((N, 4), (None, 4), (N, 4)),
        ((N, 4), (None, 5), (N, 4)),
    ],
)
def test_match_rank_adds_or_drops_a_last_axis_of_one_only(shape, wanted, becomes):
    assert match_rank(zeros(*shape), wanted).shape == becomes
