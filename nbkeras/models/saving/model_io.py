"""Save and load models: files in Keras 3's format, built from registered names only."""

import json
import tempfile
from collections.abc import Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import IO, Any

from nbkeras.core import notices
from nbkeras.core.errors.structured_errors import CallMistake
from nbkeras.core.machine import processes
from nbkeras.core.names.display_name import display_name, display_path, quoted
from nbkeras.core.serialization import shared_objects
from nbkeras.core.serialization.configurable import as_dict, to_config
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers.engine import introspection
from nbkeras.models.functional import Functional
from nbkeras.models.saving import assets, progress_state, rebuild
from nbkeras.models.saving.rebuild import assign_weights
from nbkeras.saving import (
    files,
    keras_archive,
    legacy_hdf5,
    limits,
    shards,
    weight_layout,
)
from nbkeras.saving.file_formats import kind
from nbkeras.train.interrupts import interrupts_put_off


def save_model(
    model: Functional,
    filepath: str | PathLike[str] | IO[bytes],
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    save_format: str | None = None,
    **unknown: Any,
) -> None:
    """Save a model to one file, atomically: an existing file is never damaged.

    Args:
        model: any model; if it has no weights yet, because its input shape is not
            known, a .keras file holds its config only.
        filepath: "name.keras" for Keras 3's format; "name.h5" or "name.hdf5" for Keras
            2's, which older programs read. Or an open binary file such as
            `io.BytesIO()`, to which a .keras file is written.
        overwrite: False refuses to replace an existing file.
        zipped: False writes a folder with the contents of a .keras file.
        include_optimizer: False omits the compile arguments and the optimizer.
        save_format: "h5" writes the format of Keras 2 under any name, as Keras 2 did.

    Raises:
        FileExistsError: the file exists and `overwrite` is False.
        ValueError: an .h5 file is requested for a model without weights, the config
            cannot be written as JSON, or the suffix contradicts `zipped` or
            `save_format`.
        TypeError, ValueError: an argument is unknown.
    """
    if unknown:
        name = next(iter(unknown))
        raise CallMistake(
            "save_model",
            "save_model",
            f"save_model({name}=...)",
            f"save_model has no argument {name!r}; the ending of the name says the "
            "format",
            "save_model(model, 'model.keras')",
        )
    if not isinstance(filepath, str | PathLike):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            save_model(model, path, include_optimizer=include_optimizer)
            filepath.write(path.read_bytes())
        return
    path = _target(filepath, overwrite)
    file_format = _format_of(path, zipped, save_format)
    with interrupts_put_off():
        _save(model, path, include_optimizer, file_format)


def _format_of(path, zipped, save_format):
    """One of "hdf5", "folder" and "archive", by the ending and the arguments."""
    has_ending = path.suffix in (".keras", ".h5", ".hdf5")
    asks_for_hdf5 = str(save_format).lower() in ("h5", "hdf5")
    if zipped is False:
        if has_ending or asks_for_hdf5:
            raise ValueError(
                f"save({path.name!r}, zipped=False) writes a folder, whose name should "
                f"not end in {path.suffix or '.h5'}. Write "
                f"save({path.stem!r}, zipped=False)."
            )
        return "folder"
    if asks_for_hdf5 and path.suffix == ".keras":
        raise ValueError(
            f"save({path.name!r}, save_format={save_format!r}): a .keras file is no "
            f"HDF5 file. Write save({path.stem + '.h5'!r})."
        )
    is_hdf5 = asks_for_hdf5 or path.suffix in (".h5", ".hdf5")
    return "hdf5" if is_hdf5 else "archive"


def _save(model, path, include_optimizer, file_format):
    if file_format == "hdf5":
        _need_built(model, "save")
    elif not model.built:
        notices.say(
            f"{quoted(model.name)} has no weights yet, as its input shape is not "
            f"known: {display_path(path)} holds its settings only. To keep weights, "
            "start it with Input(shape=(...)), or call it on data before saving."
        )
    config = config_of(model)
    arrays, name = optimizer_arrays(model)
    if not include_optimizer:
        config.pop("compile_config", None)
        arrays = None
    _refuse_unwritable(config, path)
    if file_format == "hdf5":
        assets.refuse_if_lost(model, path)
        compiled = config.pop("compile_config", None)
        with files.written(path) as file:
            file.write(legacy_hdf5.to_bytes(model, config, compiled, arrays))
        return
    extra = progress_state.members(model) if include_optimizer else {}
    extra |= assets.members(model)
    weights = weight_layout.to_bytes(model, arrays, name)
    keras_archive.write(path, config, weights, extra, zipped=file_format == "archive")
    if path.suffix != ".keras" and file_format == "archive":
        notices.once(
            ("suffix", path.suffix),
            f"{display_path(path)} is written in the .keras format, which nbkeras "
            f"loads under any name; Keras itself expects the name {path.stem}.keras.",
        )


def load_model(
    filepath: str | PathLike[str] | IO[bytes],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model in a `.keras` file of nbkeras or Keras 3, or an `.h5` file of Keras 2.

    A folder that was written with `zipped=False` is read as well.

    Only registered layers, losses and so on, and those in `custom_objects` ({name:
    class}), are built; code in the file is never run. Shapes are checked before memory
    is allocated.

    Args:
        filepath: the file, or an open binary file such as `io.BytesIO`.
        custom_objects: your own classes and functions by name.
        compile: also compile it with the saved arguments, and restore the optimizer.
        safe_mode: accepted as in Keras; loading is always safe.

    Raises:
        FileNotFoundError, IsADirectoryError: the file does not exist, or is a folder.
        ValueError: the file is damaged, too large or of another kind, or it names an
            unknown class or function.
        RuntimeError: this process was forked from one that has used JAX.
    """
    processes.refuse_after_fork("load_model")
    if not isinstance(filepath, str | PathLike):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            path.write_bytes(filepath.read())
            return load_model(path, custom_objects, compile, safe_mode)
    path = Path(filepath)
    if not safe_mode:
        notices.once(
            "safe mode",
            "load_model(safe_mode=False) has no effect: nbkeras never runs code from "
            "a file. Pass your own functions in custom_objects.",
        )
    config, compiled, source = _parts(path)
    with custom_object_scope(custom_objects):
        model = rebuild.built(config, path)
        assets.load(model, path)
        assign_weights(model, source.weights(model), path)
        source.restore_arrays(model)
        if compile and compiled:
            rebuild.compile_as_saved(model, compiled, path)
        if model.compiled:
            source.restore_optimizer(model)
            progress_state.restore_from(path, model)
    return model


def to_json(model, **options):
    """The architecture and the compile arguments as JSON text."""
    config = config_of(model)
    _refuse_unwritable(config, "to_json")
    return json.dumps(config, **options)


def model_from_json(
    json_string: str, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """A model with new weights from `to_json` text."""
    return model_from_config(
        keras_archive.parse(json_string, "model_from_json"),
        custom_objects,
        "model_from_json",
    )


def model_from_config(
    config: dict[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
    path: str = "model_from_config",
) -> Any:
    """A model with new weights from its config, a dict with "class_name".

    The weights of a large model are initialized on first use, so that inspecting an
    untrusted config needs no memory.
    """
    with custom_object_scope(custom_objects):
        model = rebuild.built(config, path)
    if sum(weight.nbytes for weight in model.weights) <= limits.DRAWN_AT_ONCE:
        for weight in model.weights:
            weight.value  # noqa: B018
    return model


def save_weights(model, filepath, overwrite=True, max_shard_size=None):
    """Save the weights as HDF5 in Keras 3's layout; large models may be split."""
    if max_shard_size is not None:
        path = _target(filepath, overwrite)
        _need_built(model, "save_weights")
        with interrupts_put_off():
            data = weight_layout.to_bytes(model, *optimizer_arrays(model))
            shards.write(path, data, max_shard_size)
        return
    path = _weights_path(filepath, "save_weights")
    if path.suffix == ".keras":
        raise ValueError(
            f"save_weights({str(path)!r}): the name must end in .weights.h5. Write for "
            f"example save_weights({path.stem + '.weights.h5'!r})."
        )
    if path != Path(filepath):
        path.parent.mkdir(parents=True, exist_ok=True)  # as TensorFlow did
    path = _target(path, overwrite)
    _need_built(model, "save_weights")
    with interrupts_put_off():
        data = weight_layout.to_bytes(model, *optimizer_arrays(model))
        with files.written(path) as file:
            file.write(data)


def _weights_path(filepath, method):
    """The path with the suffix of a weights file; TensorFlow's names had none."""
    path = Path(filepath)
    if path.name.endswith((".weights.h5", ".h5", ".hdf5", ".keras")):
        return path
    suffixed_path = path.with_name(path.name.removesuffix(".tf") + ".weights.h5")
    notices.once(
        ("weights file", method),
        f"{method}({path.name!r}): weights are HDF5 files here, whose names end in "
        f".weights.h5. Using {suffixed_path.name!r}.",
    )
    return suffixed_path


def load_weights(model, filepath, skip_mismatch=False, by_name=False):
    """Load weights from a weights or model file of Keras 3 or 2; all or nothing.

    Args:
        model: a built model.
        filepath: the file.
        skip_mismatch: skip layers whose shapes do not match.
        by_name: for files of Keras 2: match layers by name instead of by position.
    """
    path = Path(filepath)
    if not path.exists():
        path = _weights_path(path, "load_weights")
    source = _source(path)
    _need_built(model, "load_weights")
    assign_weights(model, source.weights(model, skip_mismatch, by_name), path)
    source.restore_arrays(model)


def config_of(model):
    """Architecture and compile arguments as plain data."""
    with shared_objects.writing():
        config = as_dict(model)
    shape = getattr(model, "_input", None)
    if shape is not None:
        config["build_config"] = {"input_shape": list(model.input_shape)}
    elif introspection.build_shape(model) is not None:
        shape = introspection.build_shape(model)
        config["build_config"] = {"input_shape": to_config(shape)}
    if model._frame_columns:
        config["frame_columns"] = model._frame_columns
    compile_config = model.get_compile_config()
    if compile_config:
        config["compile_config"] = to_config(compile_config)
    return config


def optimizer_arrays(model):
    """(the optimizer's arrays in Keras's order or None, its name).

    Weights of layers that were added after the last `fit` get initial optimizer state.
    """
    optimizer = model.optimizer
    if optimizer is None or optimizer.state is None:
        return None, "optimizer"
    name = getattr(optimizer, "name", "optimizer")
    # An optimizer that was stepped by hand takes the model's names of the weights here.
    spec = rebuild.optimizer_spec(model)
    paths, state = rebuild.trained_paths(model), optimizer.state
    arrays = optimizer.variables_list(state, paths)
    if _shapes(arrays) != _shapes(spec):
        table = model.variables_in_training()
        state = optimizer.init_missing(state, {p: table[p].value for p in paths})
        arrays = optimizer.variables_list(state, paths)
        notices.say(_untrained_weights_notice(optimizer, paths))
    return arrays, name


def _shapes(arrays):
    return [array.shape for array in arrays]


def _untrained_weights_notice(optimizer, paths):
    """The notice that the optimizer has never trained some of the saved weights."""
    slots = optimizer.state.get("slots") or {}
    trained = {path for slot in slots.values() for path in slot}
    new = [display_name(path) for path in paths if path not in trained]
    if not slots or not new:
        return (
            "The model's weights changed since it was last trained, and the "
            "optimizer's state fits only the old ones: it is saved in its initial "
            "state. Call fit before saving to save a state that fits."
        )
    more = f" and {len(new) - 5} more" if len(new) > 5 else ""
    return (
        "The model has weights that its optimizer has not trained yet: "
        f"{', '.join(new[:5])}{more}. Their optimizer state is saved in its initial "
        "state; that of the other weights is kept."
    )


def restore_optimizer(model, weights, path):
    """Restore the optimizer's state from the bytes of a weights file."""
    _Keras3(weights, path).restore_optimizer(model)


class _Keras3:
    """The bytes of a weights file in Keras 3's layout."""

    def __init__(self, data, path):
        self.data, self.path = data, path

    def weights(self, model, skip_mismatch=False, by_name=False):
        """{Variable: array}."""
        if by_name:
            raise ValueError(
                f"load_weights({str(self.path)!r}, by_name=True): this file stores "
                "layers by position, not by name. Write skip_mismatch=True to load "
                "the weights that fit."
            )
        return weight_layout.read(self.data, model, self.path, skip_mismatch)

    def restore_arrays(self, model):
        """Restore the arrays that layers keep beside their weights."""
        weight_layout.take_file_arrays(self.data, model, self.path)

    def restore_optimizer(self, model):
        """The optimizer's state, where the file has one."""
        if _has_state(model, weight_layout.count_optimizer(self.data, self.path)):
            read = partial(weight_layout.read_optimizer, self.data, self.path)
            rebuild.restore_optimizer(model, read, self.path)


class _Keras2:
    """The bytes of an HDF5 file of Keras 2."""

    def __init__(self, data, path):
        self.data, self.path = data, path

    def weights(self, model, skip_mismatch=False, by_name=False):
        """{Variable: array}."""
        return legacy_hdf5.read_weights(
            self.data, model, self.path, skip_mismatch, by_name
        )

    def restore_arrays(self, model):
        """Nothing: these files hold weights only."""

    def restore_optimizer(self, model):
        """The optimizer's state, where the file has one."""
        if _has_state(model, legacy_hdf5.count_optimizer(self.data, self.path)):
            read = partial(legacy_hdf5.read_optimizer, self.data, self.path)
            rebuild.restore_optimizer(model, read, self.path)


def _has_state(model, count):
    """Whether `count` arrays are more than the two numbers of a new optimizer."""
    return count > 2 or (count > 0 and not model.optimizer.slot_groups())


def _parts(path):
    """(architecture, compile arguments or None, source of weights) of a model file."""
    if kind(path) == "archive":
        config, weights = keras_archive.read(path)
        return config, config.get("compile_config"), _Keras3(weights, path)
    data = _bytes(path)
    return (*legacy_hdf5.read_config(data, path), _Keras2(data, path))


def _source(path):
    """The source of weights: any model or weights file."""
    if path.name.endswith(shards.ENDING) and path.is_file():
        return _Keras3(shards.read(path), path)
    if kind(path) == "archive":
        return _Keras3(keras_archive.read(path)[1], path)
    data = _bytes(path)
    return (_Keras2 if legacy_hdf5.is_legacy(data, path) else _Keras3)(data, path)


def _bytes(path):
    limits.refuse_if_too_large(path, "the file", path.stat().st_size)
    return path.read_bytes()


def _target(filepath, overwrite):
    path = Path(filepath)
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"{display_path(path)} already exists, and overwrite=False was given. "
            "Choose another name, or write overwrite=True."
        )
    return path


def _need_built(model, what):
    if not model.built:
        raise ValueError(
            f"{what} needs a model with weights, and {quoted(model.name)} has none "
            "yet, because its input shape is not known. Start it with "
            "Input(shape=(...)), or call it on data first."
        )


def _refuse_unwritable(config, what):
    """Raise before a file is touched if the config cannot be written as JSON."""
    try:
        json.dumps(config, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{what}: the config cannot be written ({error}): {_culprit(config)} must "
            "be numbers, strings, lists or objects with get_config. Write get_config "
            "and from_config for a custom layer."
        ) from None


def _culprit(config):
    """The innermost object of a config that cannot be written."""
    for value in config.values() if isinstance(config, dict) else config:
        if isinstance(value, dict | list):
            inner = _culprit(value)
            if inner:
                return inner
    if isinstance(config, dict) and isinstance(config.get("config"), dict):
        for key, value in config["config"].items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError):
                return f"the {key!r} of {config.get('class_name')}"
    return ""
