"""HDF5 files of Keras 1 and 2: whole models and weights."""

import contextlib
import io
import json

import numpy as np

from nbkeras.core.names.display_name import display_name, display_path
from nbkeras.saving import cudnn, keras1_weights, limits
from nbkeras.saving.checksums import checksum, text_checksum
from nbkeras.saving.hdf5_reader import SUM, FileProblem, Reader
from nbkeras.saving.hdf5_reader import opened as opened_hdf5
from nbkeras.saving.safe_json import parse
from nbkeras.saving.weight_layout import mismatch, rate_left_open, read_all

MODEL = "model_weights"
OPTIMIZER = "optimizer_weights"
_TEXTS = ("keras_version", "backend", "model_config", "training_config")


@contextlib.contextmanager
def opened(source, path):
    """A context that yields a `Reader` of a Keras 2 file with verified attributes."""
    with opened_hdf5(source, path) as file:
        file.refuse_changed_texts(lambda: _texts(file))
        yield file


def _texts(file):
    """All strings of a file: configs, versions, names of layers and weights."""
    layers = _layer_names(file, MODEL)
    return {
        "file": {name: file.text("", name) for name in _TEXTS},
        "layers": {
            name: file.texts(f"{MODEL}/{name}", "weight_names") for name in layers
        },
        "optimizer": file.texts(OPTIMIZER, "weight_names"),
    }


def _layer_names(file, top):
    """Names of the layers in the group `top`, a bounded number."""
    names = file.texts(top, "layer_names")
    if len(names) > limits.LEGACY_LAYERS:
        raise limits.TooLarge(
            f"{display_path(file.path)} names {len(names):,} layers, and at most "
            f"{limits.LEGACY_LAYERS:,} are read. Nothing was loaded."
        )
    return names


def is_legacy(source, path):
    """Whether an HDF5 file has the layout of Keras 2."""
    with opened_hdf5(source, path) as file:
        return file.node(MODEL) is not None or bool(file.texts("", "layer_names"))


def read_config(source, path):
    """(architecture, compile arguments or None) of a saved model, as in Keras 3.

    Raises:
        ValueError: the file has weights only, or is damaged.
    """
    with opened(source, path) as file:
        text = file.text("", "model_config")
        if text is None:
            raise FileProblem(
                f"{display_path(path)} holds weights only. Build the model that they "
                f"belong to, and write model.load_weights({str(path)!r})."
            )
        training_config = file.text("", "training_config")
        origin = _origin(file)
    version = "1.0" if origin.is_keras_1 and not origin.version else origin.version
    config = {**parse(text, path), "keras_version": version}
    if training_config is None:
        return config, None
    training_config = parse(training_config, path)
    names = ("loss", "metrics", "weighted_metrics", "loss_weights")
    compile_settings = {name: training_config.get(name) for name in names}
    return config, {
        "optimizer": training_config.get("optimizer_config"),
        **compile_settings,
    }


def _origin(file):
    """The version of Keras and the backend that wrote a file."""
    version, backend = (
        file.text("", name) or file.text(MODEL, name)
        for name in ("keras_version", "backend")
    )
    return keras1_weights.Origin(version, backend)


def read_weights(source, model, path, skip_mismatch=False, by_name=False):
    """Read the arrays for the weights of `model`, without changing the model.

    Args:
        source: the file as bytes, or an open binary file.
        model: a built model.
        path: path of the file, for messages.
        skip_mismatch: whether to skip weights that do not match.
        by_name: whether to match layers by name, as in Keras 2, instead of by order.

    Returns:
        {Variable: array}.

    Raises:
        ValueError: the file is damaged, or its weights do not match the model; the
            message lists the first five mismatches.
    """
    if isinstance(source, bytes):
        limits.refuse_if_packed(
            path, "the weights", sum(w.size for w in model.weights), len(source)
        )
    with opened(source, path) as file:
        top = MODEL if file.node(MODEL) is not None else ""
        stored = {
            name: names
            for name in _layer_names(file, top)
            if (names := file.texts(f"{top}/{name}", "weight_names"))
        }
        origin = _origin(file)
        layers = [layer for layer in model.layers if layer.weights]
        # Keras 1 lists the branches of a `Merge` one after the other.
        same_names = {layer.name for layer in layers} == {*stored}
        if by_name or (origin.is_keras_1 and same_names):
            pairs = [(layer, layer.name) for layer in layers if layer.name in stored]
            mismatches = []
        else:
            pairs = list(zip(layers, stored, strict=False))
            mismatches = _count_mismatch(layers, stored)
        arrays = {}
        for layer, name in pairs:
            names = [f"{top}/{name}/{weight}" for weight in stored[name]]
            _read_layer(file, names, layer, origin, arrays, mismatches)
    if mismatches and not skip_mismatch:
        raise FileProblem(mismatch(path, mismatches))
    return arrays


def _count_mismatch(layers, stored):
    if len(layers) == len(stored):
        return []
    return [
        f"the model has {len(layers)} layers with weights "
        f"({', '.join(display_name(layer.name) for layer in layers[:5])}), the file "
        f"{len(stored)} ({', '.join(map(display_name, list(stored)[:5]))})"
    ]


def _read_layer(file, names, layer, origin, arrays, mismatches):
    """Add the weights of a layer to `arrays`, and problems to `mismatches`."""
    weights = layer.trainable_weights + layer.non_trainable_weights
    plan = keras1_weights.plan(layer, weights, names, file.shape, origin)
    if plan is None:
        mismatches.append(
            f"{display_name(layer.name)}: {len(weights)} weights, {len(names)} in the "
            "file"
        )
        return
    paths = {e.weight: e.names[0] for e in plan if len(e.names) == 1}
    remaining = _read_cudnn(file, paths, layer, arrays)
    for entry in plan:
        if len(entry.names) == 1 and entry.weight not in remaining:
            continue
        parts = [
            file.array(name, shape, entry.weight.dtype)
            for name, shape in zip(entry.names, entry.shapes, strict=True)
        ]
        problem = next((problem for problem, _ in parts if problem), None)
        if problem:
            mismatches.append(
                f"{display_name(layer.name)}: {display_name(entry.weight.name)} "
                f"{entry.weight.shape}, {problem}"
            )
        else:
            arrays[entry.weight] = entry.join(*(array for _, array in parts))


def _read_cudnn(file, paths, layer, arrays):
    """Read the cells stored in CuDNN's layout; returns the paths of other weights."""
    remaining = dict(paths)
    for cell, gates in cudnn.cells(layer):
        weights = cell.kernel, cell.recurrent_kernel, cell.bias
        shape = cudnn.bias_shape(cell, gates)
        if any(weight not in remaining for weight in weights):
            continue
        if file.shape(remaining[cell.bias]) != shape:
            continue
        shapes = cell.kernel.shape, cell.recurrent_kernel.shape, shape
        stored = [
            file.array(remaining[weight], shape, weight.dtype)[1]
            for weight, shape in zip(weights, shapes, strict=True)
        ]
        if any(array is None for array in stored):
            continue
        converted = cudnn.converted(*stored, gates)
        for weight, array in zip(weights, converted, strict=True):
            arrays[weight] = array.reshape(weight.shape)
            del remaining[weight]
    return remaining


def read_optimizer(source, path, variables):
    """The optimizer's arrays if they can be told to be those of `variables`, else None.

    Keras 2.11 and later keep them in Keras 3's order, but for the learning rate, which
    is in the config; older versions keep another order and are not read.
    """
    with opened(source, path) as file:
        names = file.texts(OPTIMIZER, "weight_names")
        if not names or not names[0].split("/")[-1].startswith("iteration"):
            return None
        paths = [f"{OPTIMIZER}/{name}" for name in names]
        return read_all(file, rate_left_open(paths, variables), variables)


def count_optimizer(source, path):
    """The number of optimizer arrays in the file."""
    with opened(source, path) as file:
        return len(file.texts(OPTIMIZER, "weight_names"))


def to_bytes(model, config, compiled=None, optimizer=None):
    """A model in the file format of Keras 2, as bytes.

    Args:
        model: a built model.
        config: its architecture, data for JSON.
        compiled: its compile arguments, data for JSON, or None.
        optimizer: the optimizer's arrays in the order of Keras 3, or None.

    Raises:
        ValueError: a layer has a name that HDF5 does not allow.
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
            training_config = {k: v for k, v in compiled.items() if k != "optimizer"}
            training_config["optimizer_config"] = compiled.get("optimizer")
            file.attrs["training_config"] = json.dumps(training_config)
        top = file.create_group(MODEL)
        _write_texts(top, "layer_names", [layer.name for layer in model.layers])
        for layer in model.layers:
            group = top.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            names = [f"{layer.name}/{number}:0" for number in range(len(weights))]
            _write_texts(group, "weight_names", names)
            for name, weight in zip(names, weights, strict=True):
                _write_array(group, name, weight.value)
        if optimizer:
            _write_optimizer(file.create_group(OPTIMIZER), optimizer)
        # Other programs ignore the checksums of strings and arrays.
        file.attrs[SUM] = text_checksum(_texts(Reader(file, "the file")))
    return buffer.getvalue()


def _write_array(group, name, array):
    array = _without_bfloat16(array)
    group.create_dataset(name, data=array).attrs[SUM] = checksum(array)


def _write_optimizer(group, arrays):
    names = [f"variable_{number}:0" for number in range(len(arrays))]
    names[0] = "iteration:0"
    if len(arrays) > 1 and np.ndim(arrays[1]) == 0:
        names[1] = "learning_rate:0"
    _write_texts(group, "weight_names", names)
    for name, array in zip(names, arrays, strict=True):
        _write_array(group, name, array)


def _without_bfloat16(array):
    """The array in a dtype that Keras 2 can read: float32 instead of bfloat16."""
    array = np.asarray(array)
    return array.astype("float32") if array.dtype.name == "bfloat16" else array


def _write_texts(group, name, texts):
    """Write a list of strings, split if it exceeds HDF5's limit for attributes."""
    encoded = np.array([text.encode("utf-8") for text in texts], dtype="S")
    parts = max(1, -(-encoded.nbytes // 60_000))
    if parts == 1:
        group.attrs[name] = encoded
        return
    for number, part in enumerate(np.array_split(encoded, parts)):
        group.attrs[f"{name}{number}"] = part
