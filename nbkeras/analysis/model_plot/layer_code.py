"""Source code that creates a layer: `Conv2D(32, 3, activation="relu")`."""

import inspect

from nbkeras.core.serialization.configurable import arguments_of, to_config
from nbkeras.core.serialization.signatures import parameters
from nbkeras.layers.engine import introspection
from nbkeras.layers.input import InputLayer
from nbkeras.models.graph import graph_of

# Arguments that are written by position, as is customary.
WITHOUT_NAME = {"kernel_size", "pool_size", "rate", "target_shape", "size"}
OMITTED = {"name", "input_shape", "batch_input_shape", "batch_size", "weights"}


def source_line(layer):
    """The call that creates an equal layer, without default arguments.

    For a Sequential it lists the layers; for a functional model it has only the name,
    because one line cannot show the connections.
    """
    if isinstance(layer, InputLayer):
        return _input(layer)
    if graph_of(layer) is not None:
        return f"Model(inputs, outputs, name={quoted(layer.name)})"
    if getattr(layer, "is_operation", False):
        return f"ops.{getattr(layer.function, '__name__', layer.function)}(...)"
    try:
        return _call(layer)
    except Exception:  # a custom layer may raise anything
        return f"{type(layer).__name__}(...)"


def quoted(text):
    """A string literal, in double quotes if possible."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain


def _input(layer):
    shape = layer.batch_shape
    if shape[0] is None:
        text = f"shape={shape[1:]}"
    else:
        text = f"batch_shape={shape}"
    if layer.policy_name != "float32":
        text += f", dtype={quoted(layer.policy_name)}"
    return f"Input({text}{_name(layer)})"


def _call(layer):
    cls = type(layer)
    config = layer.get_config()
    parts, skipped = [], False
    needed = _needed_arguments(layer)
    for name, parameter in parameters(cls).items():
        required = parameter.default is inspect.Parameter.empty
        if name in OMITTED or (name not in needed and not required):
            # Arguments after an omitted one are written by name.
            skipped = skipped or name not in OMITTED
            continue
        argument = arguments_of(layer).get(name)
        text = _text(config.get(name, argument), argument)
        is_positional = not skipped and (required or name in WITHOUT_NAME)
        parts.append(text if is_positional else f"{name}={text}")
        # After an argument by name there are no positional ones.
        skipped = skipped or not is_positional
    return f"{cls.__name__}({', '.join(parts)}{_name(layer, bool(parts))})"


def _needed_arguments(layer):
    """Names of the arguments that cannot be omitted without changing the layer."""
    signature = parameters(type(layer))
    arguments = {n: v for n, v in arguments_of(layer).items() if n not in OMITTED}
    needed = {n: v for n, v in arguments.items() if not _same(v, signature[n].default)}
    config = layer.get_config()
    for name in list(needed):
        if signature[name].default is inspect.Parameter.empty:
            continue
        others = {n: v for n, v in needed.items() if n != name}
        try:
            without = type(layer)(**others).get_config()
        except (TypeError, ValueError):  # it cannot be left out
            continue
        if without.get(name) == config.get(name):
            needed = others
    return needed


def _same(first, second):
    return first is second or (
        type(first) is type(second) and not _differ(first, second)
    )


def _differ(first, second):
    return (
        not isinstance(first, str | bool | int | float | tuple | list)
        or first != second
    )


def _name(layer, comma=True):
    if not introspection.is_named_by_user(layer):
        return ""
    return f"{', ' if comma else ''}name={quoted(layer.name)}"


def _text(value, argument):
    """A value of a config as code, or the original argument if that is simple."""
    if introspection.is_layer(argument):
        return source_line(argument)
    if isinstance(argument, list) and any(map(introspection.is_layer, argument)):
        return f"[{', '.join(_text(value, value) for value in argument)}]"
    if isinstance(argument, str | bool | int | float) and not isinstance(value, str):
        return quoted(argument) if isinstance(argument, str) else repr(argument)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict) and "class_name" in value:
        return _object(value)
    if isinstance(value, list | tuple):
        sizes = [_text(element, None) for element in value]
        if any(isinstance(element, dict) for element in value):
            return f"[{', '.join(sizes)}]"
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
    return repr(value)


def _object(config):
    inner = config.get("config")
    if not isinstance(inner, dict):
        return quoted(str(inner or config["class_name"]))
    settings = [
        f"{name}={_text(to_config(value), None)}"
        for name, value in inner.items()
        if value is not None and name not in ("name", "trainable", "dtype")
    ]
    home = str(config.get("module") or "").rpartition(".")[2]
    prefix = (
        f"{home}." if home in ("initializers", "regularizers", "constraints") else ""
    )
    return f"{prefix}{config['class_name']}({', '.join(settings)})"
