"""HDF5 files of Keras 2: whole models and weights."""

import contextlib
import io
import json

import numpy as np

from nbkeras.core.names.display_name import display_name
from nbkeras.saving import cudnn, limits
from nbkeras.saving.hdf5_reader import SUM, FileProblem, Reader, checksum, text_checksum
from nbkeras.saving.hdf5_reader import opened as opened_hdf5
from nbkeras.saving.safe_json import parse
from nbkeras.saving.weight_layout import mismatch, rate_left_open, read_all

MODEL = "model_weights"
OPTIMIZER = "optimizer_weights"
_TEXTS = ("keras_version", "backend", "model_config", "training_config")


@contextlib.contextmanager
def opened(source, path):
    """A `Reader` of a file of Keras 2 whose texts are as they were written."""
    with opened_hdf5(source, path) as file:
        file.refuse_changed_texts(lambda: _texts(file))
        yield file


def _texts(file):
    """All that says what the data sets are: configs, versions, names of weights."""
    layers = file.texts(MODEL, "layer_names")
    return {
        "file": {name: file.text("", name) for name in _TEXTS},
        "layers": {
            name: file.texts(f"{MODEL}/{name}", "weight_names") for name in layers
        },
        "optimizer": file.texts(OPTIMIZER, "weight_names"),
    }


def is_legacy(source, path):
    """Whether an HDF5 file is laid out as by Keras 2."""
    with opened_hdf5(source, path) as file:
        return file.node(MODEL) is not None or bool(file.texts("", "layer_names"))


def read_config(source, path):
    """(architecture, compile arguments or None) of a whole model, as in Keras 3.

    Raises:
        ValueError: the file holds weights only, or is damaged.
    """
    with opened(source, path) as file:
        text = file.text("", "model_config")
        if text is None:
            raise FileProblem(
                f"{path} holds weights only. Build the model that they belong to, and "
                f"write model.load_weights({str(path)!r})."
            )
        trained = file.text("", "training_config")
        version = file.text("", "keras_version")
    config = {**parse(text, path), "keras_version": version}
    if trained is None:
        return config, None
    trained = parse(trained, path)
    names = ("loss", "metrics", "weighted_metrics", "loss_weights")
    compile_settings = {name: trained.get(name) for name in names}
    return config, {"optimizer": trained.get("optimizer_config"), **compile_settings}


def read_weights(source, model, path, skip_mismatch=False, by_name=False):
    """{Variable: array} for the weights of `model`; the model is not touched.

    Args:
        source: bytes or an open binary file.
        model: built.
        path: named in messages.
        skip_mismatch: leave out what does not fit.
        by_name: take only layers whose names are equal, as in Keras 2.

    Raises:
        ValueError: damaged, or not the weights of this model; lists the first five.
    """
    if isinstance(source, bytes):
        limits.refuse_if_packed(
            path, "the weights", sum(w.size for w in model.weights), len(source)
        )
    with opened(source, path) as file:
        top = MODEL if file.node(MODEL) is not None else ""
        stored = {
            name: names
            for name in file.texts(top, "layer_names")
            if (names := file.texts(f"{top}/{name}", "weight_names"))
        }
        layers = [layer for layer in model.layers if layer.weights]
        if by_name:
            pairs = [(layer, layer.name) for layer in layers if layer.name in stored]
            wrong = []
        else:
            pairs = list(zip(layers, stored, strict=False))
            wrong = _uneven(layers, stored)
        arrays = {}
        for layer, name in pairs:
            _take_layer(file, f"{top}/{name}", stored[name], layer, arrays, wrong)
    if wrong and not skip_mismatch:
        raise FileProblem(mismatch(path, wrong))
    return arrays


def _uneven(layers, stored):
    if len(layers) == len(stored):
        return []
    return [
        f"the model has {len(layers)} layers with weights "
        f"({', '.join(display_name(layer.name) for layer in layers[:5])}), the file "
        f"{len(stored)} ({', '.join(map(display_name, list(stored)[:5]))})"
    ]


def _take_layer(file, group, names, layer, found, wrong):
    weights = layer.trainable_weights + layer.non_trainable_weights
    if len(weights) != len(names):
        wrong.append(
            f"{display_name(layer.name)}: {len(weights)} weights, {len(names)} in the "
            "file"
        )
        return
    places = {
        weight: f"{group}/{name}" for weight, name in zip(weights, names, strict=True)
    }
    places = _take_cudnn(file, places, layer, found)
    for weight, place in places.items():
        problem, array = file.array(place, weight.shape, weight.dtype)
        if problem:
            wrong.append(
                f"{display_name(layer.name)}: {display_name(weight.name)} "
                f"{weight.shape}, {problem}"
            )
        else:
            found[weight] = array


def _take_cudnn(file, places, layer, found):
    """Take the cells that are stored in CuDNN's layout; gives the places left over."""
    left = dict(places)
    for cell, gates in cudnn.cells(layer):
        weights = cell.kernel, cell.recurrent_kernel, cell.bias
        shape = cudnn.bias_shape(cell, gates)
        if any(weight not in left for weight in weights):
            continue
        if file.shape(left[cell.bias]) != shape:
            continue
        shapes = cell.kernel.shape, cell.recurrent_kernel.shape, shape
        stored = [
            file.array(left[weight], shape, weight.dtype)[1]
            for weight, shape in zip(weights, shapes, strict=True)
        ]
        if any(array is None for array in stored):
            continue
        arrays = cudnn.converted(*stored, gates)
        for weight, array in zip(weights, arrays, strict=True):
            found[weight] = array.reshape(weight.shape)
            del left[weight]
    return left


def read_optimizer(source, path, wanted):
    """The optimizer's arrays if they can be told to be those of `wanted`, else None.

    Keras 2.11 and later keep them in Keras 3's order, but for the learning rate, which
    is in the config; older versions keep another order and are not read.
    """
    with opened(source, path) as file:
        names = file.texts(OPTIMIZER, "weight_names")
        if not names or not names[0].split("/")[-1].startswith("iteration"):
            return None
        places = [f"{OPTIMIZER}/{name}" for name in names]
        return read_all(file, rate_left_open(places, wanted), wanted)


def count_optimizer(source, path):
    """The number of optimizer arrays in the file."""
    with opened(source, path) as file:
        return len(file.texts(OPTIMIZER, "weight_names"))


def to_bytes(model, config, compiled=None, optimizer=None):
    """A whole model in the file format of Keras 2.

    Args:
        model: built.
        config: its architecture, plain data.
        compiled: its compile arguments, plain data, or None.
        optimizer: the optimizer's arrays in Keras 3's order, or None.

    Raises:
        ValueError: the name of a layer that HDF5 cannot have.
    """
    import h5py

    if "." in [layer.name for layer in model.layers]:
        raise ValueError(
            "A layer is named '.', and HDF5 takes that for the group itself. Give it "
            "another name, or write a .keras file, which keeps any name: "
            "model.save('model.keras')."
        )
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["keras_version"] = "3.15.1"
        file.attrs["backend"] = "jax"
        file.attrs["model_config"] = json.dumps(config)
        if compiled:
            trained = {k: v for k, v in compiled.items() if k != "optimizer"}
            trained["optimizer_config"] = compiled.get("optimizer")
            file.attrs["training_config"] = json.dumps(trained)
        top = file.create_group(MODEL)
        _put_texts(top, "layer_names", [layer.name for layer in model.layers])
        for layer in model.layers:
            group = top.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            names = [f"{layer.name}/{number}:0" for number in range(len(weights))]
            _put_texts(group, "weight_names", names)
            for name, weight in zip(names, weights, strict=True):
                _put(group, name, weight.value)
        if optimizer:
            _put_optimizer(file.create_group(OPTIMIZER), optimizer)
        # Old programs leave this mark, and those of the arrays, aside.
        file.attrs[SUM] = text_checksum(_texts(Reader(file, "the file")))
    return buffer.getvalue()


def _put(group, name, array):
    array = _known(array)
    group.create_dataset(name, data=array).attrs[SUM] = checksum(array)


def _put_optimizer(group, arrays):
    names = [f"variable_{number}:0" for number in range(len(arrays))]
    names[0] = "iteration:0"
    if len(arrays) > 1 and np.ndim(arrays[1]) == 0:
        names[1] = "learning_rate:0"
    _put_texts(group, "weight_names", names)
    for name, array in zip(names, arrays, strict=True):
        _put(group, name, array)


def _known(array):
    """The array in a dtype that programs of that time know."""
    array = np.asarray(array)
    return array.astype("float32") if array.dtype.name == "bfloat16" else array


def _put_texts(group, name, texts):
    """A list of texts, cut where an attribute would be longer than HDF5 takes."""
    encoded = np.array([text.encode("utf-8") for text in texts], dtype="S")
    parts = max(1, -(-encoded.nbytes // 60_000))
    if parts == 1:
        group.attrs[name] = encoded
        return
    for number, part in enumerate(np.array_split(encoded, parts)):
        group.attrs[f"{name}{number}"] = part
