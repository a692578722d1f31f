"""Parse untrusted JSON: bounded in size and depth, finite numbers only."""

import json
import math

from nbkeras.core.names.display_name import display_path
from nbkeras.saving import limits


def parse(data, path="the text"):
    """Parse a JSON object.

    Args:
        data: a string or bytes.
        path: path of the file, for messages.

    Returns:
        A dict.

    Raises:
        ValueError: the text is not a JSON object, or exceeds one of `limits`.
    """
    try:
        if not isinstance(data, str):
            data = bytes(data).decode("utf-8")
        _refuse_long(data)
        config = json.loads(
            data, parse_constant=_no_constant, parse_int=_integer, parse_float=_finite
        )
        _check(config)
    except RecursionError:
        problem = "it is nested too deeply"
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except json.JSONDecodeError as error:
        problem = f"it is not JSON ({error})"
    except ValueError as error:
        problem = str(error)
    else:
        return config
    raise ValueError(
        f"{display_path(path)}: the config cannot be read: {problem}."
    ) from None


def _refuse_long(text):
    if len(text) > limits.CONFIG_BYTES:
        raise ValueError(f"it has more than {limits.CONFIG_BYTES:,} bytes")
    if text.count("{") + text.count("[") > limits.CONTAINERS:
        raise ValueError(f"it has more than {limits.CONTAINERS:,} objects and lists")
    if text.count(",") > limits.VALUES:
        raise ValueError(f"it has more than {limits.VALUES:,} values")


def _check(config):
    """Check depth, number of layers and lengths of strings; without recursion."""
    if not isinstance(config, dict):
        raise ValueError("it is not an object")
    level, depth, layers = [config], 0, 0
    while level:
        depth += 1
        if depth > limits.DEPTH:
            raise ValueError(f"it is nested more than {limits.DEPTH} levels deep")
        inner = []
        for value in level:
            if isinstance(value, dict):
                _check_texts(value)
                inner_layers = value.get("layers")
                layers += len(inner_layers) if isinstance(inner_layers, list) else 0
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, str) and len(value) > limits.TEXT:
                raise ValueError(f"it has a string of {len(value):,} characters")
        level = inner
    if layers > limits.LAYERS:
        raise ValueError(
            f"it has {layers:,} layers, and at most {limits.LAYERS:,} are built"
        )


def _check_texts(config):
    for key in config:
        if len(key) > limits.NAME:
            raise ValueError(f"it has a key of {len(key):,} characters")
    for key in ("name", "class_name", "registered_name", "module"):
        value = config.get(key)
        if isinstance(value, str) and len(value) > limits.NAME:
            raise ValueError(f"it has a {key} of {len(value):,} characters")


def _no_constant(name):
    raise ValueError(f"{name} is not a finite number")


def _integer(text):
    if len(text) > 17 or abs(int(text)) > limits.INTEGER:
        raise ValueError("a number is too large")
    return int(text)


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
