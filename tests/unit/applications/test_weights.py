"""Weight files are found where they are kept; preprocessing and names are Keras's."""

import hashlib
import importlib
import inspect
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import applications
from nbkeras.applications import imagenet_utils, vgg, weight_files
from nbkeras.applications.weight_files import PublishedFile


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """(our cache, Keras's cache), both empty, and no connection."""
    monkeypatch.setenv("NBKERAS_HOME", str(tmp_path / "ours"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def refuse(*args, **kwargs):
        raise OSError("no connection")

    monkeypatch.setattr(weight_files, "get_file", refuse)
    return tmp_path / "ours", tmp_path / "keras"


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_pixels_are_scaled_as_in_keras(mode, data_format, batch):
    shape = (3, 4, 5) if data_format == "channels_first" else (4, 5, 3)
    x = np.random.default_rng(0).integers(0, 256, (*batch, *shape)).astype("uint8")
    ours = imagenet_utils.preprocess_input(x, data_format, mode)
    theirs = keras.applications.imagenet_utils.preprocess_input(x, data_format, mode)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


MODULES = {
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "ResNet50": "resnet50",
    "ResNet50V2": "resnet_v2",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "Xception": "xception",
    "InceptionV3": "inception_v3",
    "EfficientNetB0": "efficientnet",
    "DenseNet121": "densenet",
}


@pytest.mark.parametrize("module", MODULES.values())
def test_each_module_prepares_pixels_as_that_of_keras(module):
    x = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    ours = getattr(applications, module).preprocess_input(x)
    theirs = getattr(keras.applications, module).preprocess_input(x.copy())
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


@pytest.mark.parametrize("name", MODULES)
def test_the_arguments_of_a_network_are_those_of_keras(name):
    ours, theirs = (
        inspect.signature(getattr(module, name)).parameters
        for module in (applications, keras.applications)
    )
    assert list(ours) == list(theirs)
    assert [p.default for p in ours.values()] == [p.default for p in theirs.values()]


FAMILIES = "vgg resnet resnet_v2 densenet xception inception_v3 efficientnet".split()


@pytest.mark.parametrize("family", FAMILIES)
def test_checksums_are_those_in_the_source_of_keras(family):
    folder = Path(keras.src.applications.__file__).parent
    source = "".join(p.read_text("utf-8") for p in folder.glob("*.py"))
    module = importlib.import_module(f"nbkeras.applications.{family}")
    files = [file for file in jax.tree.leaves(module.FILES) if file.md5]
    assert files
    assert all(f'"{file.md5}"' in source for file in files)


@pytest.mark.parametrize("name", ["VGG16", "MobileNet", "Xception"])
def test_the_published_file_is_the_one_that_keras_downloads(name, caches, monkeypatch):
    asked = []

    def ask(fname, origin, file_hash=None, **settings):
        asked.append((fname, origin, file_hash))
        raise OSError("no connection")

    monkeypatch.setattr(weight_files, "get_file", ask)
    monkeypatch.setattr(keras.src.utils.file_utils, "get_file", ask)
    for module in (applications, keras.applications):
        with pytest.raises(OSError, match="no connection"):
            getattr(module, name)(include_top=False, input_shape=(128, 128, 3))
    ours, theirs = asked
    assert ours == theirs


def test_preprocessing_stands_inside_a_model():
    image = nbkeras.Input((4, 4, 3))
    model = nbkeras.Model(image, applications.vgg16.preprocess_input(image))
    x = np.random.default_rng(0).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    theirs = keras.applications.vgg16.preprocess_input(x.copy())
    np.testing.assert_allclose(model.predict(x, verbose=0), theirs, atol=2e-5)


def test_offline_says_file_checksum_and_folder_in_the_chosen_language(caches):
    ours, keras_home = caches
    wanted = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    try:
        for language, words in (("en", "cannot be downloaded"), ("zh", "无法下载")):
            nbkeras.set_language(language)
            with pytest.raises(OSError, match=words) as caught:
                vgg.FILES["vgg16"][False].path()
            message = str(caught.value)
            assert wanted in message
            assert "6d6bbae143d832006294945121d1f1fc" in message
            assert str(ours / "models" / wanted) in message
            assert str(keras_home / "models") in message
    finally:
        nbkeras.set_language("en")


def test_a_file_in_keras_cache_counts_when_its_checksum_is_right(caches):
    _, keras_home = caches
    path = keras_home / "models" / "net.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    md5 = hashlib.md5(b"weights").hexdigest()
    assert PublishedFile("net.h5", "https://example.org/", md5).path() == path
    path.write_bytes(b"damaged")
    with pytest.raises(OSError, match="on another machine"):
        PublishedFile("net.h5", "https://example.org/", md5).path()


@pytest.mark.parametrize("name", ["net.weights.h5", "net.h5"])
def test_a_file_that_keras_wrote_is_read_from_its_path(name, tmp_path):
    arguments = {"weights": None, "alpha": 0.25, "classes": 3}
    arguments["input_shape"] = (32, 32, 3)
    theirs = keras.applications.MobileNet(**arguments)
    write = theirs.save_weights if "weights" in name else theirs.save
    write(tmp_path / name)
    arguments["weights"] = tmp_path / name
    ours = applications.MobileNet(**arguments)
    for left, right in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_predictions_become_words_in_the_order_of_the_outputs(caches, monkeypatch):
    _, keras_home = caches
    table = {str(i): [f"n{i:08}", f"thing_{i}"] for i in range(1000)}
    path = keras_home / "models" / "imagenet_class_index.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(table))
    index = PublishedFile(path.name, "https://example.org/")
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX", index)
    scores = np.zeros((1, 1000), "float32")
    scores[0, [7, 3]] = 0.5, 0.25
    [row] = applications.vgg16.decode_predictions(scores, top=2)
    assert row == [("n00000007", "thing_7", 0.5), ("n00000003", "thing_3", 0.25)]
    with pytest.raises(ValueError, match=r"decode_predictions\(preds\[None\]\)"):
        imagenet_utils.decode_predictions(scores[0])


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"classes": 5}, "Write include_top=False and add Dense"),
        ({"classifier_activation": "relu"}, 'Write "softmax", or None'),
        ({"input_shape": (64, 64, 3)}, "Write include_top=False for other sizes"),
        ({"weights": "no/file.h5"}, "there is no such file"),
        ({"weights": None, "input_shape": (8, 8, 3)}, r"Resizing\(32, 32\)"),
        ({"weights": None, "input_shape": (8, 8)}, "input_shape="),
        ({"weights": None, "pooling": "mean"}, "pooling"),
        ({"include_top": False, "input_shape": (64, 64, 1)}, "Repeat the grey"),
    ],
)
def test_arguments_that_do_not_go_together_say_what_does(arguments, advice):
    with pytest.raises(ValueError, match=advice):
        applications.VGG16(**arguments)


def test_a_network_goes_on_from_a_tensor():
    image = nbkeras.Input((32, 32, 3))
    scaled = nbkeras.layers.Rescaling(1 / 255)(image)
    model = applications.MobileNet(
        include_top=False, weights=None, input_tensor=scaled, alpha=0.25, pooling="avg"
    )
    assert model.input is image
    assert model.output_shape == (None, 256)
    assert model.layers[1].name == "rescaling"
