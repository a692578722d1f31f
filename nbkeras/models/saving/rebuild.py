"""Rebuild a model from the config in a file: registered names only, sizes checked."""

from os import PathLike

import jax
import numpy as np

from nbkeras import losses, metrics
from nbkeras.core import notices
from nbkeras.core.errors.structured_errors import CallMistake
from nbkeras.core.names.display_name import display_name, display_path, display_text
from nbkeras.core.serialization import shared_objects
from nbkeras.core.serialization.registry import custom, is_custom
from nbkeras.layers.engine.building import declared_only
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import registry
from nbkeras.models.functional import Functional
from nbkeras.saving import limits
from nbkeras.saving.legacy_configs import translated

# Maximum characters shown of an error and a class name: an untrusted config can make
# both long.
LONGEST_REASON, LONGEST_CLASS = 600, 80


def built(config, path):
    """Build the model that `config` describes, its weights declared but not drawn.

    Raises:
        ValueError: the config names an unregistered class, is inconsistent, too large,
            or not of a model; the message names the file.
        TypeError, ValueError: a custom class needs an object and got its config.
    """
    try:
        with declared_only(), shared_objects.reading():
            model = registry.get(translated(config))
            _build(model, config)
            if isinstance(model, Functional):
                model._frame_columns = _frame_columns(config)
    except Exception as error:
        text = f"{display_path(path)}: the saved model cannot be rebuilt."
        if isinstance(error, TypeError | AttributeError):
            _refuse_config_as_argument(text, config, error)
        raise ValueError(f"{text} {_reason(error)}") from error
    if not isinstance(model, Functional) and not hasattr(model, "is_saved_alone"):
        raise ValueError(
            f"{display_path(path)} holds a {type(model).__name__}, not a model."
        )
    size = sum(
        w.size * np.dtype(_itemsize_dtype(w.dtype)).itemsize for w in model.weights
    )
    limits.refuse_if_too_large(path, "the model's weights", size)
    return model


def _refuse_config_as_argument(text, config, error):
    """Raise if a custom class was given the config of an object in its place."""
    for cls, arguments in _custom_classes(config):
        for name, value in arguments.items():
            if not (isinstance(value, dict) and {"class_name", "config"} <= {*value}):
                continue
            class_name, argument = display_name(cls.__name__), display_name(name)
            function = "nbkeras.saving.deserialize_keras_object"
            reason = display_text(str(error))[:LONGEST_REASON].rstrip(".")
            raise CallMistake(
                class_name,
                class_name,
                f"{class_name}({argument}={{...}})",
                f"{text} {class_name} got the config of its {argument!r} instead of "
                f"the object ({reason})",
                f"a classmethod {class_name}.from_config(cls, config) that begins "
                f"with config[{argument!r}] = {function}(config[{argument!r}]) and "
                "ends with return cls(**config)",
            ) from error


def _custom_classes(config):
    """[(class, config)] of the objects whose custom class has no own `from_config`."""
    if isinstance(config, list):
        return [pair for entry in config for pair in _custom_classes(entry)]
    if not isinstance(config, dict):
        return []
    pairs = [pair for entry in config.values() for pair in _custom_classes(entry)]
    name, inner = config.get("class_name"), config.get("config")
    if not (isinstance(name, str) and isinstance(inner, dict)):
        return pairs
    cls = custom(config.get("registered_name")) or custom(name)
    if not isinstance(cls, type) or not is_custom(cls.__module__):
        return pairs
    if is_custom(getattr(getattr(cls, "from_config", None), "__module__", "nbkeras")):
        return pairs
    return [(cls, inner), *pairs]


def _build(model, config):
    """Build a custom model for the shape that it was saved with."""
    own = type(model).build_from_config is not Layer.build_from_config
    if own and config.get("build_config"):
        model.build_from_config(config["build_config"])
        return
    shape = (config.get("build_config") or {}).get("input_shape")
    if shape and isinstance(model, Functional) and not model.built:
        model.build_for(_shape(shape))


def _frame_columns(config):
    """Names of the columns that the model was trained on; {} if unknown."""
    saved = config.get("frame_columns")
    if not isinstance(saved, dict):
        return {}
    if all(isinstance(columns, list) for columns in saved.values()):
        return {name: list(map(str, columns)) for name, columns in saved.items()}
    raise ValueError("Its frame_columns are not lists of names.")


def _shape(saved):
    """A saved shape as a tuple, or a list or dict of them for several inputs."""
    if isinstance(saved, dict):
        return {key: _shape(part) for key, part in saved.items()}
    if isinstance(saved, list) and any(isinstance(n, list | dict) for n in saved):
        return [_shape(part) for part in saved]
    return tuple(saved)


def _itemsize_dtype(dtype):
    return "float16" if dtype == "bfloat16" else dtype


def _reason(error):
    text = display_text(str(error) or repr(error))
    if len(text) > LONGEST_REASON:
        half = LONGEST_REASON // 2
        text = f"{text[:half]} ... {text[-half:]}"
    if not isinstance(error, ValueError | TypeError | RuntimeError):
        text = f"Its config is inconsistent ({type(error).__name__}: {text})."
    if not text.startswith("Unknown "):
        return f"{text}{'' if text[-1] in '.!?' else '.'} Nothing was loaded."
    name = text.split("'")[1] if text.count("'") > 1 else ""
    name = name if name.isidentifier() and len(name) < LONGEST_CLASS else "Name"
    return (
        f"{text.split(' Known:')[0]} If it is a custom object, pass it: "
        f"load_model(path, custom_objects={{{name!r}: {name}}}). Nothing was loaded."
    )


def compile_as_saved(model, arguments, path):
    """Compile with the arguments saved in a file.

    Raises:
        ValueError: an unknown name; the message says how to load without compiling.
    """
    cls = type(model)
    own_way = is_custom(cls.compile_from_config.__module__)
    if is_custom(cls.compile.__module__) and not own_way:
        notices.once(
            ("custom compile", type(model).__qualname__, str(path)),
            "`compile()` was not called as part of model loading because the model's "
            "`compile()` method is custom. Call it: "
            f"{type(model).__name__}.compile(...).",
        )
        return
    try:
        model.compile_from_config(arguments)
    except Exception as error:
        raise ValueError(
            f"{display_path(path)}: the model cannot be compiled as it was saved. "
            f"{_reason(error)} To load it without compiling, write "
            "load_model(path, compile=False)."
        ) from error


def compile_from_config(model, arguments):
    """Compile with the arguments in a config, as from `get_compile_config`."""
    names = ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics")
    arguments = translated(arguments)
    saved = {k: arguments[k] for k in names if arguments.get(k) is not None}
    for key, family in _FAMILIES.items():
        saved[key] = _revived(saved.get(key), family)
    model.compile(**saved)


_FAMILIES = {"loss": losses, "metrics": metrics, "weighted_metrics": metrics}


def _revived(value, family):
    """Deserialize losses and metrics now, so that unknown names raise before fit."""
    if isinstance(value, list):
        return [_revived(part, family) for part in value]
    if isinstance(value, dict) and "class_name" in value:
        return family.get(value)
    if isinstance(value, dict):
        return {key: _revived(part, family) for key, part in value.items()}
    if not isinstance(value, str) or value in metrics.FROM_SHAPES:
        return value
    return family.registry.custom_member(value) or value


def assign_weights(model, values, path: str | PathLike[str] = "the file"):
    """Assign {Variable: array} to the weights; warn about non-finite values."""
    nonfinite_paths = [
        weight.path for weight, array in values.items() if not _finite(array)
    ]
    if nonfinite_paths:
        more = (
            f" and {len(nonfinite_paths) - 5} more" if len(nonfinite_paths) > 5 else ""
        )
        notices.once(
            ("not finite", str(path), *nonfinite_paths[:5]),
            f"{display_path(path)}: the weights "
            f"{', '.join(map(display_name, nonfinite_paths[:5]))}{more} hold values "
            "that are not finite (NaN or infinity).",
        )
    for weight, array in values.items():
        weight.assign(array)


def _finite(array):
    if array.dtype.kind in "iub":
        return True
    return bool(np.isfinite(array.astype("float32")).all())


def trained_paths(model):
    """Paths of the trained weights in the order of the optimizer's arrays."""
    trainable_paths = model._trainable_flags.trained_paths()
    return [path for path in model.variables_in_training() if path in trainable_paths]


def optimizer_spec(model):
    """Shapes and dtypes of the optimizer's arrays in Keras's order."""
    optimizer, paths = model.optimizer, trained_paths(model)
    table = model.variables_in_training()
    optimizer.adopt({path: table[path] for path in paths}, model)
    params = {
        p: jax.ShapeDtypeStruct(table[p].shape, table[p].value.dtype) for p in paths
    }
    return jax.eval_shape(
        lambda params: optimizer.variables_list(
            optimizer.init_missing(None, params), paths
        ),
        params,
    )


def restore_optimizer(model, read, path):
    """Restore the optimizer's state.

    Args:
        model: compiled, with its weights restored.
        read: function of shapes and dtypes in Keras's order that returns the arrays, or
            None if they do not fit; None in place of an array keeps the current one.
        path: the file, for messages.
    """
    optimizer, paths = model.optimizer, trained_paths(model)
    table = model.variables_in_training()
    arrays = read(optimizer_spec(model))
    if arrays is None:
        notices.say(
            f"{display_path(path)}: the optimizer's state does not fit and was reset; "
            "the weights were loaded."
        )
        return
    initial_state = optimizer.init_missing(None, {p: table[p].value for p in paths})
    current_arrays = optimizer.variables_list(initial_state, paths)
    arrays = [
        a if a is not None else b for a, b in zip(arrays, current_arrays, strict=True)
    ]
    optimizer.detach(optimizer.from_variables_list(arrays, paths, initial_state))
