"""`interpret` against scikit-learn, NumPy by hand and code that is run."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA

import nbkeras
from nbkeras import Input, Model, Sequential, layers
from nbkeras.analysis import interpret
from nbkeras.analysis.interpretation import feature_map
from nbkeras.analysis.interpretation.calibration import calibration
from nbkeras.analysis.interpretation.confusion_matrix import class_report
from nbkeras.analysis.interpretation.corrections import correction_code
from nbkeras.analysis.interpretation.suspected_labels import suspects
from nbkeras.core.notices import NbkerasNotice
from nbkeras.datasets import digit_folders, digits
from nbkeras.preprocessing.image import ImageDataGenerator


@pytest.fixture(scope="module")
def trained():
    """A digit network, 300 test digits, and what it predicts for them."""
    nbkeras.utils.set_random_seed(1)
    (x, y), (x_test, y_test) = digits.load()
    model = Sequential(
        [
            Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 5, strides=2, activation="relu"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[..., None], y, epochs=3, verbose=0)
    x_test, y_test = x_test[:300, ..., None], y_test[:300]
    return model, x_test, y_test, model.predict(x_test, verbose=0)


@pytest.fixture(scope="module")
def found(trained):
    model, x, y, _ = trained
    return interpret(model, x, y)


def test_probabilities_are_those_of_predict(trained, found):
    np.testing.assert_allclose(found.probabilities, trained[3], atol=1e-5)
    assert found.accuracy == (trained[3].argmax(axis=1) == trained[2]).mean()


def test_the_confusion_matrix_is_scikit_learns(trained, found):
    wanted = metrics.confusion_matrix(trained[2], trained[3].argmax(axis=1))
    np.testing.assert_array_equal(found.confusion, wanted)


def test_precision_recall_and_f1_are_scikit_learns(trained, found):
    wanted = metrics.precision_recall_fscore_support(
        trained[2], trained[3].argmax(axis=1), zero_division=0
    )
    report = found.report
    for ours, theirs in zip(
        (report.precision, report.recall, report.f1, report.support),
        wanted,
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs)


def test_a_class_that_is_never_predicted_has_precision_zero():
    report = class_report(np.array([[3, 0], [2, 0]]))
    assert report.precision.tolist() == [0.6, 0]
    assert report.f1[1] == 0


def test_the_most_confident_mistake_comes_first(trained, found):
    _, _, y, p = trained
    wrong = [i for i in range(300) if p[i].argmax() != y[i]]
    wanted = sorted(wrong, key=lambda i: -p[i].max())
    assert found.mistakes.tolist() == wanted
    rows = found.cell(y[wanted[0]], p[wanted[0]].argmax())
    assert rows[0] == wanted[0]


def test_the_calibration_error_is_that_of_numpy_by_hand(trained, found):
    _, _, y, p = trained
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    ece = 0
    for low in np.arange(10) / 10:
        inside = (confidence > low) & (confidence <= low + 0.1)
        if inside.any():
            gap = right[inside].mean() - confidence[inside].mean()
            ece += inside.mean() * abs(gap)
    assert found.calibration.ece == pytest.approx(ece, abs=1e-6)
    assert found.calibration.count.sum() == 300


def test_the_reliability_diagram_is_scikit_learns(trained, found):
    _, _, y, p = trained
    accuracy, confidence = calibration_curve(
        p.argmax(axis=1) == y, p.max(axis=1), n_bins=10
    )
    filled = found.calibration.count > 0
    np.testing.assert_allclose(found.calibration.accuracy[filled], accuracy)
    np.testing.assert_allclose(
        found.calibration.confidence[filled], confidence, rtol=1e-5
    )


def test_perfect_confidence_has_no_calibration_error():
    diagram = calibration(np.array([1.0, 1.0, 0.5, 0.5]), np.array([1, 1, 1, 0]))
    assert diagram.ece == 0
    assert diagram.count[[4, 9]].tolist() == [2, 2]


def test_planted_wrong_labels_are_suspected(trained):
    model, x, y, p = trained
    sure = np.flatnonzero((p.argmax(axis=1) == y) & (p.max(axis=1) > 0.95))[:12]
    wrong = y.copy()
    wrong[sure] = (wrong[sure] + 3) % 10
    suspects = interpret(model, x, wrong).suspects
    assert set(sure) <= set(suspects.rows)
    suggested = dict(zip(suspects.rows, suspects.suggested, strict=True))
    assert all(suggested[row] == y[row] for row in sure)
    assert set(suspects.rows[:8]) <= set(sure)


def test_the_rule_of_suspects_by_hand():
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9]])
    labels = np.array([0, 0, 0, 1, 1])
    found = suspects(labels, p)
    # Thresholds: class 0 (0.9 + 0.7 + 0.2) / 3 = 0.6, class 1 (0.6 + 0.9) / 2 = 0.75.
    np.testing.assert_allclose(found.thresholds, [0.6, 0.75])
    assert found.rows.tolist() == [2]
    assert found.suggested.tolist() == [1]
    assert found.margin[0] == pytest.approx(0.6)


def test_features_are_those_of_a_model_cut_at_the_layer(trained, found):
    model, x, _, _ = trained
    cut = Model(model.inputs, model.get_layer("flat").output)
    assert found.layer == "flat"
    np.testing.assert_allclose(found.features, cut.predict(x, verbose=0), atol=1e-5)


def test_features_of_a_map_are_averaged_over_its_positions(trained):
    model, x, y, _ = trained
    found = interpret(model, x[:20], y[:20], layer="pool")
    cut = Model(model.inputs, model.get_layer("pool").output)
    wanted = cut.predict(x[:20], verbose=0).mean(axis=(1, 2))
    np.testing.assert_allclose(found.features, wanted, atol=1e-5)


def test_the_map_is_scikit_learns_pca_but_for_signs(found):
    points, shares = found.pca()
    theirs = PCA(2, svd_solver="full")
    wanted = theirs.fit_transform(found.features)
    np.testing.assert_allclose(abs(points), abs(wanted), atol=1e-3)
    np.testing.assert_allclose(shares, theirs.explained_variance_ratio_, rtol=1e-4)


def test_equal_features_are_one_point():
    points, shares = feature_map.pca(np.ones((5, 3)))
    assert not points.any()
    assert not shares.any()


def test_tsne_keeps_two_clouds_apart():
    rng = np.random.default_rng(0)
    clouds = np.concatenate([rng.normal(size=(30, 8)), 20 + rng.normal(size=(30, 8))])
    points = feature_map.tsne(clouds)
    first, second = points[:30].mean(axis=0), points[30:].mean(axis=0)
    assert np.linalg.norm(first - second) > points[:30].std() * 2


def test_without_scikit_learn_tsne_says_what_there_is(found, monkeypatch):
    monkeypatch.setattr(feature_map, "can_tsne", lambda: False)
    with pytest.raises(ModuleNotFoundError, match=r"use the PCA of `.pca\(\)`"):
        found.tsne()


# Where the data comes from.


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    train, test = digit_folders(root / "digits", size=(28, 28))
    return root, Path(train), Path(test)


def test_a_folder_is_read_with_the_names_of_its_files(trained, folders):
    model, (_, _, test) = trained[0], folders
    found = interpret(model, test)
    assert found.class_names == [str(i) for i in range(10)]
    row = int(found.mistakes[0])
    assert found.name_of_row(row).startswith(f"{found.labels[row]}/")
    assert found.files[row] == str(test / found.name_of_row(row))
    assert found.pictures.get([row])[0].shape == (28, 28, 3)


def test_a_folder_is_scaled_as_the_model_expects_it(trained, folders):
    inside, test = trained[0], folders[2]
    model = Sequential([Input((28, 28, 1)), *inside.layers[1:]])
    found, expected = interpret(model, test), interpret(inside, test)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)
    assert found.pictures.get([0])[0].max() > 1


def test_a_shuffled_generator_gives_each_row_its_file(trained, folders):
    model, (_, _, test) = trained[0], folders
    flow = ImageDataGenerator().flow_from_directory(
        test, (28, 28), color_mode="grayscale", batch_size=32, seed=5
    )
    found = interpret(model, flow, class_names=list("abcdefghij"))
    for row in (0, 40, len(found) - 1):
        assert Path(found.files[row]).parent.name == str(found.labels[row])
    assert found.class_names[3] == "d"
    plain = interpret(model, test)
    np.testing.assert_array_equal(np.sort(found.losses), np.sort(plain.losses))


def test_broken_files_do_not_shift_the_names(trained, folders, tmp_path):
    model, (_, _, test) = trained[0], folders
    shutil.copytree(test, tmp_path / "test")
    (tmp_path / "test" / "0" / "0000-broken.png").write_bytes(b"\x89PNG no")
    (tmp_path / "test" / "4" / "0000-broken.png").write_bytes(b"\x89PNG no")
    flow = ImageDataGenerator(on_error="skip").flow_from_directory(
        tmp_path / "test",
        (28, 28),
        color_mode="grayscale",
        batch_size=32,
        shuffle=False,
    )
    with pytest.warns(NbkerasNotice, match="Skipped an image"):
        found = interpret(model, flow)
    assert len(found) == flow.n - 2
    names = [Path(file).parent.name for file in found.files]
    assert names == [str(label) for label in found.labels]


def test_an_image_data_set_has_its_names_and_files(trained, folders):
    model, (_, _, test) = trained[0], folders
    data = nbkeras.utils.image_dataset_from_directory(
        test, image_size=(28, 28), color_mode="grayscale", verbose=False, seed=3
    )
    found = interpret(model, data)
    names = [Path(file).parent.name for file in found.files]
    assert names == [found.class_names[label] for label in found.labels]


def test_rows_of_a_shuffled_flow_are_those_of_the_array(trained):
    model, x, y, _ = trained
    flow = ImageDataGenerator().flow(x, y, shuffle=True, seed=1)
    found = interpret(model, flow)
    np.testing.assert_array_equal(y[found.numbers], found.labels)


def test_a_generator_needs_its_number_of_batches(trained):
    model, x, y, _ = trained

    def batches():
        while True:
            yield x[:16], y[:16]

    found = interpret(model, batches(), steps=2)
    assert len(found) == 32
    assert found.pictures.get([0])[0].shape == (28, 28, 1)


@pytest.mark.parametrize("form", ["one-hot", "column"])
def test_labels_of_every_form_are_the_same_classes(trained, form):
    model, x, y, _ = trained
    other = np.eye(10)[y] if form == "one-hot" else y[:, None]
    found = interpret(model, x[:30], other[:30])
    np.testing.assert_array_equal(found.labels, y[:30])
    assert found.label_form == form


def test_a_sigmoid_of_one_unit_has_two_classes():
    model = Sequential([Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.layers[0].set_weights([np.array([[4.0], [0.0]]), np.zeros(1)])
    found = interpret(model, np.array([[1.0, 0], [-1, 0], [1, 0]]), [1, 0, 0])
    assert found.confusion.tolist() == [[1, 1], [0, 1]]
    assert found.probabilities[0, 1] == pytest.approx(1 / (1 + np.exp(-4)))
    assert found.pictures is None


def test_linear_outputs_beside_class_numbers_are_logits():
    model = Sequential([Input((2,)), layers.Dense(3)])
    found = interpret(model, np.eye(2), np.array([0, 2]))
    logits = model.predict(np.eye(2), verbose=0)
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities, wanted, rtol=1e-5)


def test_one_of_several_outputs_is_chosen_by_name():
    inputs = Input((2,))
    kind = layers.Dense(3, activation="softmax", name="kind")(inputs)
    model = Model(inputs, [kind, layers.Dense(1, name="size")(inputs)])
    labels = [np.array([0, 2]), np.array([1.5, 2.5])]
    kinds = interpret(model, np.eye(2), labels)
    sizes = interpret(model, np.eye(2), labels, output="size")
    assert kinds.labels.tolist() == [0, 2]
    assert sizes.targets.ravel().tolist() == [1.5, 2.5]


def test_residuals_of_a_regression_are_scikit_learns():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    model = Sequential([Input((3,)), layers.Dense(2)])
    found = interpret(model, x, y)
    predictions = model.predict(x, verbose=0)
    np.testing.assert_allclose(found.residuals, predictions - y, atol=1e-5)
    mae = metrics.mean_absolute_error(y, predictions, multioutput="raw_values")
    np.testing.assert_allclose(found.mean_absolute_error, mae, rtol=1e-5)
    r2 = metrics.r2_score(y, predictions, multioutput="raw_values")
    np.testing.assert_allclose(found.r2, r2, rtol=1e-4)
    mse = metrics.mean_squared_error(y, predictions, multioutput="raw_values")
    np.testing.assert_allclose(found.root_mean_squared_error**2, mse, rtol=1e-4)
    assert found.worst[0] == abs(predictions - y).max(axis=1).argmax()
    assert "bias" in repr(found)


# Corrections.


def test_the_code_for_arrays_does_what_it_says():
    x, y = np.arange(6.0), np.array([0, 1, 2, 3, 4, 5])
    names = {"x": x, "y": y}
    exec(correction_code({3: 8, 5: None, 0: None}), names)
    assert names["y"].tolist() == [1, 2, 8, 4]
    assert names["x"].tolist() == [1, 2, 3, 4]
    assert y.tolist() == [0, 1, 2, 3, 4, 5]


def test_the_code_for_one_hot_labels_and_columns_does_what_it_says():
    names = {"y": np.eye(3)[[0, 1]]}
    exec(correction_code({0: 2}, label_form="one-hot", num_classes=3), names)
    assert names["y"].argmax(axis=1).tolist() == [2, 1]
    names = {"y": np.array([[0], [1]])}
    exec(correction_code({1: 2}, label_form="column"), names)
    assert names["y"].tolist() == [[0], [2]]


def test_the_code_for_a_folder_moves_files_only_when_it_is_run(trained, tmp_path):
    model = trained[0]
    _, test = digit_folders(tmp_path / "digits", size=(28, 28))
    before = sorted(Path(test).rglob("*.png"))
    found = interpret(model, test)
    wrong, out = int(found.mistakes[0]), int(found.mistakes[1])
    code = found.code({wrong: 9, out: None})
    assert sorted(Path(test).rglob("*.png")) == before
    exec(code, {})
    moved = found.name_of_row(wrong).replace("/", "_")
    assert (Path(test) / "9" / moved).is_file()
    assert not Path(found.files[wrong]).exists()
    left_out = Path(test).parent / "left_out" / found.name_of_row(out).replace("/", "_")
    assert left_out.is_file()
    assert len(list(Path(test).rglob("*.png"))) == len(before) - 1


def test_names_of_files_cannot_end_the_code(tmp_path):
    name = str(tmp_path / "a" / '"]; raise SystemExit #.png')
    code = correction_code({0: 0}, files=[name], class_names=["it's"])
    names = {}
    exec(code, names)
    assert names["relabel"] == {name: "it's"}


# What cannot work.


def test_data_without_labels_is_answered_with_what_to_write(trained):
    model, x, _, _ = trained
    with pytest.raises(ValueError, match=r"Write interpret\(model, x, y\)"):
        interpret(model, iter([x[:8]]), steps=1)


@pytest.mark.parametrize(
    ("labels", "advice"),
    [
        (np.array([0, 12]), "the classes 0 to 9"),
        (np.array(["a", "b"]), "return_inverse=True"),
        (
            np.eye(10)[[0, 1]] + np.eye(10)[[2, 3]],
            r'several labels end .*activation="sigmoid"',
        ),
    ],
)
def test_labels_that_do_not_fit_are_answered_with_what_to_give(trained, labels, advice):
    model, x, _, _ = trained
    with pytest.raises(ValueError, match=advice):
        interpret(model, x[:2], labels)


def test_the_advice_for_labels_that_are_names_works(trained):
    model, x, _, _ = trained
    names, y = np.unique(np.array([*"abcdefghij"] * 3), return_inverse=True)
    assert interpret(model, x[:30], y, class_names=names).class_names[0] == "a"


def test_an_unknown_layer_is_answered_with_those_there_are(trained):
    model, x, y, _ = trained
    with pytest.raises(ValueError, match="Did you mean 'pool'"):
        interpret(model, x, y, layer="pol")


def test_a_model_of_unknown_size_says_how_to_read_the_folder(folders):
    model = Sequential(
        [
            Input((None, None, 3)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    with pytest.raises(ValueError, match="image_dataset_from_directory"):
        interpret(model, folders[2])
