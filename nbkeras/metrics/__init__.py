"""Metrics: names, functions and classes under Keras 3's names."""

import inspect

from nbkeras.core.configurable import to_config
from nbkeras.core.naming import snake_case
from nbkeras.metrics import accuracy as _accuracy
from nbkeras.metrics import confusion, curves, iou, mean, of_losses, regression
from nbkeras.metrics.base import Metric
from nbkeras.metrics.mean import MeanMetricWrapper
from nbkeras.metrics.registry import registry

_MODULES = (_accuracy, confusion, curves, iou, mean, of_losses, regression)
_PUBLIC = {name: registry.lookup(name) for name in registry.names()}
_PUBLIC |= {alias: registry.lookup(alias) for alias in registry._aliases}
globals().update(_PUBLIC)
# A class is also found by its name in small letters: metrics=["precision", "auc"].
for _name in registry.names():
    registry.add_alias(snake_case(_name), _name)

# Names whose form depends on the shapes of targets and outputs.
FROM_SHAPES = ("accuracy", "acc", "crossentropy", "ce")
_FORMS = {
    "accuracy": {
        "binary": _accuracy.BinaryAccuracy,
        "sparse": _accuracy.SparseCategoricalAccuracy,
        "categorical": _accuracy.CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": of_losses.BinaryCrossentropy,
        "sparse": of_losses.SparseCategoricalCrossentropy,
        "categorical": of_losses.CategoricalCrossentropy,
    },
}


def get(identifier, custom_objects=None):
    """A metric from a name, config, class, function or instance."""
    if isinstance(identifier, str) and identifier not in registry:
        raise registry.unknown(identifier, FROM_SHAPES)
    return registry.get(identifier, custom_objects)


def resolve(identifier, y_shape, y_dtype, pred_shape):
    """A Metric instance for one entry of `compile(metrics=...)`.

    Args:
        identifier: name, function, class or instance; "accuracy" and "crossentropy"
            find their form from the shapes, as in Keras.
        y_shape: shape of the targets with the batch axis.
        y_dtype: their dtype, a string.
        pred_shape: shape of the outputs.
    """
    if identifier in FROM_SHAPES if isinstance(identifier, str) else False:
        kind = "accuracy" if identifier.startswith("acc") else "crossentropy"
        form = _accuracy.form_from_shapes(y_shape, y_dtype, pred_shape)
        return _FORMS[kind][form](name=identifier)
    found = get(identifier)
    if isinstance(found, Metric):
        return found
    if inspect.isfunction(found) or callable(found):
        name = identifier if isinstance(identifier, str) else None
        return MeanMetricWrapper(found, name=name)
    raise ValueError(
        f"{identifier!r} is no metric. Give a name such as 'accuracy', a function "
        "(y_true, y_pred), or an instance of nbkeras.metrics.Metric."
    )


def unique_names(metrics):
    """Names in the logs: the second "auc" is "auc_1"."""
    names, count = [], {}
    for metric in metrics:
        name = metric.name
        if name in count:
            count[name] += 1
            name = f"{name}_{count[name]}"
        else:
            count[name] = 0
        names.append(name)
    return names


def serialize(metric):
    """Plain data from which `deserialize` rebuilds the metric."""
    return to_config(metric)


def deserialize(config, custom_objects=None):
    """The metric that `serialize` described."""
    return get(config, custom_objects)


__all__ = [*_PUBLIC, "FROM_SHAPES", "Metric", "deserialize", "get", "resolve"]
__all__ += ["serialize", "unique_names"]
