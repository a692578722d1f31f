"""Save and load models: files in Keras 3's format, built from registered names only."""

import json
from pathlib import Path

import numpy as np

from nbkeras.core import notices
from nbkeras.core.configurable import as_dict, to_config
from nbkeras.core.registry import custom_object_scope
from nbkeras.layers.building import declared_only
from nbkeras.layers.registry import registry
from nbkeras.saving import archive, files, h5


def save_model(model, filepath, overwrite=True, **_more):
    """Write a model to one file; atomically, so that an old one is never damaged."""
    path = _target(filepath, overwrite)
    if path.suffix != ".keras":
        notices.once(
            ("suffix", path.suffix),
            f"{path} is written in the .keras format, which load_model reads under any "
            f"name; Keras itself wants it called {path.stem}.keras.",
        )
    _need_built(model, "save")
    archive.write(path, config_of(model), h5.to_bytes(model, *optimizer_arrays(model)))


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model in a `.keras` file of nbkeras or Keras 3.

    Only layers, losses and so on that are registered, or given in `custom_objects`
    ({name: class}), are built; no code from the file runs. Shapes are compared before
    memory is taken.

    Args:
        filepath: the file.
        custom_objects: your own classes and functions by name.
        compile: also compile it as it was, with the optimizer's state.
        safe_mode: accepted as in Keras; loading is always safe.
    """
    path = Path(filepath)
    _refuse_legacy(path)
    config, weights = archive.read(path)
    with custom_object_scope(custom_objects):
        model = _built(config, path)
        take(model, h5.read(weights, model, path))
        if compile and config.get("compile_config"):
            _compile(model, config["compile_config"])
            take_optimizer(model, weights, path)
    return model


def to_json(model, **options):
    """Architecture and compile arguments as JSON text."""
    return json.dumps(config_of(model), **options)


def model_from_json(json_string, custom_objects=None):
    """A model with new weights from `to_json` text."""
    config = archive.parse(json_string, "model_from_json")
    model = registry.get(config, custom_objects)
    for weight in model.weights:
        weight.value  # noqa: B018
    return model


def clone_model(model, **_more):
    """A model of the same architecture with new weights."""
    return type(model).from_config(model.get_config())


def save_weights(model, filepath, overwrite=True):
    """Write the weights as HDF5, in Keras 3's layout."""
    path = _target(filepath, overwrite)
    if not path.name.endswith((".weights.h5", ".h5", ".hdf5")):
        raise ValueError(
            f"save_weights({str(path)!r}): the name must end in .weights.h5. Write for "
            f"example save_weights({path.stem + '.weights.h5'!r})."
        )
    _need_built(model, "save_weights")
    data = h5.to_bytes(model, *optimizer_arrays(model))
    with files.written(path) as file:
        file.write(data)


def load_weights(model, filepath, skip_mismatch=False):
    """Read weights from a `.weights.h5` or `.keras` file; all or nothing."""
    path = Path(filepath)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist. Give the path that save_weights(...) was given."
        )
    _need_built(model, "load_weights")
    if _is_zip(path):
        _, data = archive.read(path)
    else:
        files.refuse_if_too_large(path, "the file", path.stat().st_size)
        data = path.read_bytes()
    take(model, h5.read(data, model, path, skip_mismatch))


def config_of(model):
    """Architecture and compile arguments as plain data."""
    config = {**as_dict(model)}
    shape = getattr(model, "_input", None)
    if shape is not None:
        config["build_config"] = {"input_shape": list(model.input_shape)}
    if model.compiled:
        config["compile_config"] = to_config(model._compile_arguments)
    return config


def _built(config, path):
    with declared_only():
        model = registry.get(config)
    if not hasattr(model, "fit"):
        raise ValueError(f"{path} holds a {type(model).__name__}, which is no model.")
    size = sum(w.size * 4 for w in model.weights)
    files.refuse_if_too_large(path, "the model's weights", size)
    return model


def take(model, values):
    """Give {Weight: array} to the weights."""
    for weight, array in values.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            notices.once(
                ("not finite", weight.path),
                f"The weight {weight.path!r} holds values that are not finite.",
            )
    for weight, array in values.items():
        weight.assign(array)


def _compile(model, given):
    names = ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics")
    model.compile(**{k: _plain(given[k]) for k in names if given.get(k) is not None})


def _plain(value):
    """Saved forms of a function (`{"class_name": "function", ...}`) as its name."""
    if isinstance(value, dict) and value.get("class_name") == "function":
        return value.get("config")
    return [_plain(each) for each in value] if isinstance(value, list) else value


def optimizer_arrays(model):
    """(arrays in Keras's order or None, name) of the optimizer."""
    optimizer = model.optimizer
    if optimizer is None or optimizer.state is None:
        return None, "optimizer"
    paths = _optimizer_paths(model)
    name = getattr(optimizer, "name", "optimizer")
    return optimizer.variables_list(optimizer.state, paths), name


def _optimizer_paths(model):
    open_ = model.trainable_paths()
    return [path for path in model.weights_by_path() if path in open_]


def take_optimizer(model, weights, path):
    """Give the optimizer its state from the bytes of a weights file."""
    if not h5.count_optimizer(weights, path):
        return
    paths = _optimizer_paths(model)
    table = model.weights_by_path()
    params = {p: table[p].value for p in paths}
    fresh = model.optimizer.init_missing(None, params)
    shapes = [tuple(a.shape) for a in model.optimizer.variables_list(fresh, paths)]
    arrays = h5.read_optimizer(weights, path, shapes)
    if arrays is None:
        notices.once(
            "optimizer state",
            f"{path}: the optimizer's state does not fit and begins anew; the weights "
            "were loaded.",
        )
        return
    model.optimizer.detach(model.optimizer.from_variables_list(arrays, paths, fresh))


def _target(filepath, overwrite):
    path = Path(filepath)
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"{path} exists already and overwrite=False was given. Choose another "
            "name, or write overwrite=True."
        )
    return path


def _need_built(model, what):
    if not model.built:
        raise ValueError(
            f"{what} needs a model with weights, and {model.name!r} has none yet: its "
            "input shape is not known. Begin it with Input(shape=(...)), or call it on "
            "data first."
        )


def _is_zip(path):
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _refuse_legacy(path):
    if path.is_file():
        with path.open("rb") as file:
            if file.read(8) == b"\x89HDF\r\n\x1a\n":
                raise ValueError(
                    f"{path} is an HDF5 file, not a .keras file. If it holds weights, "
                    "build the model and write model.load_weights(...)."
                )
