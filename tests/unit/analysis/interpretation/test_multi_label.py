"""`interpret` of rows with several labels, against scikit-learn and NumPy."""

import numpy as np
import pytest
from sklearn import metrics

import nbkeras
from nbkeras import Input, Sequential, layers
from nbkeras.analysis import MultiLabel, interpret
from nbkeras.analysis.interpretation.corrections import multi_label_code

NAMES = ["warm", "round", "large"]


def network(activation="sigmoid"):
    nbkeras.utils.set_random_seed(1)
    return Sequential([Input((5,)), layers.Dense(3, activation=activation)])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 5)).astype("float32")
    return x, (x[:, :3] + rng.normal(size=(120, 3)) > 0.4).astype("int32")


@pytest.fixture(scope="module")
def found(data):
    return interpret(network(), *data, class_names=NAMES)


def test_probabilities_are_those_of_predict(data, found):
    assert isinstance(found, MultiLabel)
    wanted = network().predict(data[0], verbose=0)
    np.testing.assert_allclose(found.probabilities, wanted, rtol=1e-5)


def test_the_report_and_the_scores_are_scikit_learns(data, found):
    y, predicted = data[1], (found.probabilities > 0.5).astype(int)
    wanted = metrics.precision_recall_fscore_support(y, predicted, zero_division=0)
    report = found.report
    ours = report.precision, report.recall, report.f1, report.support
    for values, theirs in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(values, theirs)
    assert found.exact_match == pytest.approx(metrics.accuracy_score(y, predicted))
    assert 1 - found.accuracy == pytest.approx(metrics.hamming_loss(y, predicted))


@pytest.mark.parametrize("label", [1, "round"])
def test_one_label_is_an_interpretation_of_two_classes(data, found, label):
    one = found.of(label)
    predicted = found.probabilities[:, 1] > 0.5
    wanted = metrics.confusion_matrix(data[1][:, 1], predicted)
    np.testing.assert_array_equal(one.confusion, wanted)
    assert one.class_names == ["not round", "round"]
    assert all(one.labels[row] != predicted[row] for row in one.mistakes)


def test_logits_of_a_binary_loss_are_read_as_sigmoids(data):
    model = network(activation=None)
    model.compile("sgd", nbkeras.losses.BinaryCrossentropy(from_logits=True))
    wanted = 1 / (1 + np.exp(-model.predict(data[0], verbose=0)))
    found = interpret(model, *data)
    np.testing.assert_allclose(found.probabilities, wanted, rtol=1e-5)


def test_one_label_in_each_row_is_a_class(data):
    x, _ = data
    classes = np.eye(3)[np.arange(len(x)) % 3]
    found = interpret(network(), x, classes)
    assert found.label_form == "one-hot"


def test_the_code_changes_the_labels_it_names_and_no_others(data, found):
    x, y = data
    code = found.code({(4, 0): 1, (7, 2): 0, (9, 2): 1, (11, 1): None})
    names = {"x": x, "y": y}
    exec(code, names)
    wanted = y.copy()
    wanted[4, 0], wanted[7, 2], wanted[9, 2] = 1, 0, 1
    np.testing.assert_array_equal(names["y"], np.delete(wanted, 11, axis=0))
    np.testing.assert_array_equal(names["x"], np.delete(x, 11, axis=0))
    one = found.of("large").code({7: 0})
    assert one == "y = y.copy()\ny[[7], 2] = [0]"


def test_the_code_of_files_names_their_labels():
    code = multi_label_code(
        {(1, 0): 1, (1, 2): 0, (0, 1): None}, NAMES, files=["a.png", "b.png"]
    )
    names = {}
    exec(code, names)
    assert names["relabel"] == {"b.png": {"warm": 1, "large": 0}}
    assert names["leave_out"] == ["a.png"]


def test_a_softmax_beside_several_labels_is_answered_with_what_to_write(data):
    with pytest.raises(ValueError, match='loss="binary_crossentropy"'):
        interpret(network("softmax"), *data)


def test_an_unknown_label_is_answered_with_those_there_are(found):
    with pytest.raises(ValueError, match=r"Did you mean 'round'.*of\('warm'\)"):
        found.of("rund")


def test_it_prints_as_a_table(found):
    lines = repr(found).splitlines()
    assert lines[0].startswith("120 rows of 3 labels: accuracy 0.")
    assert lines[3].split()[0] == "round"
