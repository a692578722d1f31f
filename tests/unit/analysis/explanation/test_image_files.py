"""`explain` of files and folders."""

import numpy as np
import pytest
from PIL import Image

import nbkeras
from nbkeras import Input, Sequential, layers
from nbkeras.analysis import explain
from nbkeras.preprocessing.image import ImageDataGenerator

QUICK = {"methods": ["gradients"], "fidelity": False, "sanity": False}


@pytest.fixture
def data(tmp_path):
    """A folder with two classes of three images, 10 x 14 pixels."""
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(3):
            pixels = rng.integers(0, 256, (10, 14, 3)).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    return tmp_path


def network(*first, shape=(10, 14, 3), classes=2, **conv):
    return Sequential(
        [
            Input(shape),
            *first,
            layers.Conv2D(3, 3, activation="relu", **conv),
            layers.Flatten(),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def pixels_of(path):
    return np.asarray(Image.open(path), "float32")


def test_a_file_is_explained_as_its_pixels_between_0_and_1_are(data):
    model, path = network(), data / "cat" / "1.png"
    found = explain(model, path, **QUICK)
    wanted = explain(model, pixels_of(path)[None] / 255, **QUICK)
    np.testing.assert_allclose(found.images, pixels_of(path)[None] / 255, rtol=1e-6)
    np.testing.assert_allclose(found.heat("gradients"), wanted.heat("gradients"))
    assert found.files == (str(path),)
    assert f"{path}: why" in repr(found)


def test_a_model_that_scales_gets_values_up_to_255(data):
    path = data / "dog" / "0.png"
    found = explain(network(layers.Rescaling(1 / 255)), str(path), **QUICK)
    np.testing.assert_array_equal(found.images[0], pixels_of(path))


def test_preprocess_sees_values_up_to_255(data):
    paths = [data / "dog" / "0.png", data / "cat" / "2.png"]
    found = explain(network(), paths, preprocess=lambda x: x / 127.5 - 1, **QUICK)
    for image, path in zip(found.images, paths, strict=True):
        np.testing.assert_allclose(image, pixels_of(path) / 127.5 - 1, atol=1e-6)


def test_a_folder_alternates_between_its_classes_and_names_them(data):
    found = explain(network(), data, **QUICK)
    names = [f"{name}/{number}.png" for number in range(3) for name in ("cat", "dog")]
    assert found.files == tuple(str(data / name) for name in names)
    assert found.class_names == ["cat", "dog"]
    assert explain(network(classes=3), data, **QUICK).class_names is None


def test_an_iterator_brings_the_names_of_its_classes(data):
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        data, target_size=(10, 14)
    )
    assert explain(network(), flow, **QUICK).class_names == ["cat", "dog"]


def test_files_are_read_at_the_size_and_in_the_colours_of_the_input(data):
    model = network(shape=(1, 5, 7), data_format="channels_first")
    found = explain(
        model, data / "cat" / "0.png", data_format="channels_first", **QUICK
    )
    image = Image.open(data / "cat" / "0.png").convert("L").resize((7, 5), 0)
    np.testing.assert_allclose(
        found.images[0, ..., 0], np.asarray(image, "float32") / 255, rtol=1e-6
    )


def test_a_file_that_does_not_exist_is_named(data):
    with pytest.raises(FileNotFoundError, match=r"There is no image .*missing\.png"):
        explain(network(), data / "missing.png")


def test_without_a_size_of_the_input_an_array_is_advised(data):
    model = Sequential([Input((None, None, 3)), layers.GlobalAveragePooling2D()])
    with pytest.raises(ValueError, match=r"Give an array \(count, height, width"):
        explain(model, data)


def test_the_view_names_its_files_and_its_code_computes_the_same(data):
    model = network()
    paths = [data / "cat" / "0.png", data / "dog" / "1.png"]
    view = nbkeras.explain(model, paths, methods=["gradients"])
    assert view.names == ["0.png", "1.png"]
    view.at = 1
    view.wait()
    names = {"model": model, "nbkeras": nbkeras}
    exec(view.code.removesuffix("print(found)"), names)
    np.testing.assert_array_equal(names["heat"], view.item.maps[view.methods[0]].heat)
    view.close()


def test_labels_of_a_binary_loss_from_logits_have_their_own_sigmoid():
    x = np.random.default_rng(0).uniform(size=(2, 8, 8, 1)).astype("float32")
    model = Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)])
    model.compile("sgd", nbkeras.losses.BinaryCrossentropy(from_logits=True))
    found = explain(model, x, **QUICK)
    wanted = 1 / (1 + np.exp(-model.predict(x, verbose=0)))
    confidences = [item.confidences for item in found.items]
    np.testing.assert_allclose(confidences, wanted, rtol=1e-5)
